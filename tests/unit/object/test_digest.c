/* SPDX-License-Identifier: MIT */
#include "object/digest.h"
#include "support/kinds.h"
#include "support/test.h"

static uint64_t digest(const test_kinds *all, uint32_t object, uint32_t owner, uint64_t mask,
                       const stage_tank *tank)
{
    return mni_digest_object(all->tank, object, owner, mask, tank);
}

static void whatever_is_seen_changes_the_digest(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    const stage_tank tank = {.counter = 5};
    const stage_tank other = {.counter = 6};
    uint64_t mask = all.tank->everything;
    uint64_t first = digest(&all, 1, 2, mask, &tank);
    assert_true(first == digest(&all, 1, 2, mask, &tank));
    assert_true(first != digest(&all, 2, 2, mask, &tank));
    assert_true(first != digest(&all, 1, 3, mask, &tank));
    assert_true(first != digest(&all, 1, 2, mask, &other));
    assert_true(first != digest(&all, 1, 2, all.tank->in_public, &tank));
    test_kinds_close(&all);
}

static void what_is_not_seen_changes_nothing(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    const stage_tank tank = {.counter = 5, .ammo = 7};
    const stage_tank other = {.counter = 5, .ammo = 8, .secret = "s"};
    uint64_t mask = all.tank->in_public;
    assert_true(digest(&all, 1, 2, mask, &tank) == digest(&all, 1, 2, mask, &other));
    mask = all.tank->everything;
    assert_true(digest(&all, 1, 2, mask, &tank) != digest(&all, 1, 2, mask, &other));
    test_kinds_close(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_seen_changes_the_digest),
        cmocka_unit_test(what_is_not_seen_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
