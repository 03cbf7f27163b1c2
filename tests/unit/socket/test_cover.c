/* SPDX-License-Identifier: MIT */
/* Ranges of bytes against a plain array of flags. */
#include "base/random.h"
#include "socket/cover.h"
#include "support/seed.h"
#include "support/test.h"

#include <string.h>

enum { TOTAL = 5000 };

static uint8_t flags[TOTAL];

static uint32_t count(uint32_t offset, uint32_t size, uint8_t flag)
{
    uint32_t found = 0;
    for (uint32_t i = offset; i < offset + size; i++) {
        found += flags[i] == flag;
    }
    return found;
}

static void expect_first(const mni_cover *cover)
{
    uint32_t offset = 0;
    uint32_t size = 0;
    const uint8_t *first = memchr(flags, 1, TOTAL);
    assert_int_equal(mni_cover_first(cover, &offset, &size), first != NULL);
    if (first == NULL) {
        return;
    }
    const uint8_t *end = memchr(first, 0, (size_t)(flags + TOTAL - first));
    end = end != NULL ? end : flags + TOTAL;
    assert_int_equal(offset, first - flags);
    assert_int_equal(size, end - first);
}

static void it_is_a_set_of_bytes(void **state)
{
    (void)state;
    mni_random random;
    mni_random_init(&random, test_seed(1));
    uint8_t bits[(TOTAL + 511) / 512];
    mni_cover cover;
    assert_int_equal(mni_cover_size(TOTAL), sizeof bits);
    mni_cover_init(&cover, bits, TOTAL);
    memset(flags, 0, sizeof flags);
    for (int i = 0; i < 20000; i++) {
        uint32_t offset = (uint32_t)mni_random_below(&random, TOTAL / 64 + 1) * 64;
        uint32_t size = 64 * (1 + (uint32_t)mni_random_below(&random, 20));
        size = size < TOTAL - offset ? size : TOTAL - offset;
        assert_true(mni_cover_fits(TOTAL, offset, size));
        assert_int_equal(mni_cover_missing(&cover, offset, size), count(offset, size, 0));
        bool adds = mni_random_chance(&random, i % 400 < 200 ? 0.7 : 0.2);
        memset(flags + offset, adds, size);
        if (adds) {
            mni_cover_add(&cover, offset, size);
        } else {
            mni_cover_remove(&cover, offset, size);
        }
        assert_int_equal(cover.covered, count(0, TOTAL, 1));
        expect_first(&cover);
    }
}

static void pieces_are_of_whole_units(void **state)
{
    (void)state;
    static const struct {
        uint32_t offset, size;
        bool fits;
    } cases[] = {
        {0, 64, true},    {0, 5000, true},  {4992, 8, true},         {64, 4936, true},
        {0, 0, false},    {0, 63, false},   {1, 64, false},          {4992, 7, false},
        {4992, 9, false}, {5056, 1, false}, {64, UINT32_MAX, false}, {0, 5056, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(mni_cover_fits(TOTAL, cases[i].offset, cases[i].size), cases[i].fits);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_a_set_of_bytes),
        cmocka_unit_test(pieces_are_of_whole_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
