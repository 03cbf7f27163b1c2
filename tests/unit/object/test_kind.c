/* SPDX-License-Identifier: MIT */
#include "support/kinds.h"
#include "support/test.h"

#include <string.h>

static void kinds_are_numbered_by_id(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    assert_int_equal(all.kinds.count, 5);
    assert_int_equal(all.kinds.bits, 3);
    assert_int_equal(all.tank->number, 0);
    assert_int_equal(all.shell->number, 1);
    assert_int_equal(all.bag->number, 2);
    assert_int_equal(all.flag->number, 3);
    assert_null(mni_kinds_find(&all.kinds, 0));
    assert_null(mni_kinds_find(&all.kinds, 5));
    assert_null(mni_kinds_find(&all.kinds, 103));
    assert_true(all.kinds.max_size >= sizeof(stage_tank));
    test_kinds_close(&all);
}

static void masks_follow_the_audience(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    assert_int_equal(all.tank->everything, 0x7f);
    assert_int_equal(mni_kind_mask(all.tank, true), 0x7f);
    assert_int_equal(mni_kind_mask(all.tank, false), 0x7f & ~(STAGE_TANK_AMMO | STAGE_TANK_SECRET));
    assert_int_equal(all.tank->limited, 8);
    assert_int_equal(all.bag->in_public, all.bag->everything);
    test_kinds_close(&all);
}

static void a_veil_leaves_defaults(void **state)
{
    (void)state;
    test_kinds all;
    test_kinds_open(&all);
    stage_tank tank = {.counter = 9, .ammo = 8, .secret = "x", .name = "n"};
    stage_tank seen;
    mni_kind_veil(all.tank, all.tank->in_public, &tank, &seen);
    assert_int_equal(seen.counter, 9);
    assert_int_equal(seen.ammo, 50);
    assert_string_equal(seen.secret, "");
    assert_string_equal(seen.name, "n");
    mni_kind_veil(all.tank, all.tank->everything, &tank, &seen);
    assert_memory_equal(&seen, &tank, sizeof tank);
    test_kinds_close(&all);
}

static void a_schema_without_objects_has_no_kinds(void **state)
{
    (void)state;
    mni_memory memory;
    mni_memory_init(&memory, NULL, 0);
    mni_kinds kinds;
    assert_int_equal(mni_kinds_init(&kinds, &memory, NULL), MN_OK);
    assert_int_equal(kinds.count, 0);
    assert_null(mni_kinds_find(&kinds, 1));
    mni_kinds_clear(&kinds);
    assert_int_equal(memory.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_numbered_by_id),
        cmocka_unit_test(masks_follow_the_audience),
        cmocka_unit_test(a_veil_leaves_defaults),
        cmocka_unit_test(a_schema_without_objects_has_no_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
