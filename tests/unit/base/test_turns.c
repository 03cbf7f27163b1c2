/* SPDX-License-Identifier: MIT */
/* Written as the letters of those whose turn it is. */
#include "base/turns.h"
#include "support/test.h"

enum { COUNT = 3 };

typedef struct player {
    mni_turn turn;
    char name;
} player;

typedef struct table {
    mni_turns turns;
    player players[COUNT];
} table;

static char first_of(const table *it)
{
    return it->turns.first == NULL ? '-' : ((const player *)(const void *)it->turns.first)->name;
}

static void seat(table *it, uint32_t weight_of_a)
{
    *it = (table){0};
    for (uint32_t i = 0; i < COUNT; i++) {
        it->players[i] = (player){.turn.weight = i == 0 ? weight_of_a : 0, .name = (char)('a' + i)};
        mni_turns_join(&it->turns, &it->players[i].turn);
    }
}

/* Who has the next turns, one letter each. */
static void take(table *it, const char *expected)
{
    for (; *expected != '\0'; expected++) {
        assert_int_equal(first_of(it), *expected);
        mni_turns_take(&it->turns);
    }
}

static void turns_go_round_in_the_order_of_joining(void **state)
{
    (void)state;
    table it;
    seat(&it, 1);
    assert_int_equal(it.turns.count, COUNT);
    take(&it, "abcabca");
    assert_int_equal(it.turns.count, COUNT);
}

static void a_weight_is_so_many_turns_in_a_row(void **state)
{
    (void)state;
    table it;
    seat(&it, 3);
    take(&it, "aaabcaaab");
}

static void who_is_skipped_begins_anew(void **state)
{
    (void)state;
    table it;
    seat(&it, 3);
    take(&it, "aa");
    mni_turns_skip(&it.turns);
    take(&it, "bcaaab");
}

static void who_returns_has_what_was_left(void **state)
{
    (void)state;
    table it;
    seat(&it, 3);
    take(&it, "aa");
    mni_turn *turn = mni_turns_leave(&it.turns);
    assert_int_equal(it.turns.count, COUNT - 1);
    mni_turns_return(&it.turns, turn);
    take(&it, "bcabc");
}

static void who_joins_again_has_all(void **state)
{
    (void)state;
    table it;
    seat(&it, 3);
    take(&it, "aa");
    mni_turns_join(&it.turns, mni_turns_leave(&it.turns));
    take(&it, "bcaaab");
}

static void the_last_one_leaves_an_empty_circle(void **state)
{
    (void)state;
    table it;
    seat(&it, 1);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_ptr_equal(mni_turns_leave(&it.turns), &it.players[i].turn);
    }
    assert_int_equal(first_of(&it), '-');
    assert_int_equal(it.turns.count, 0);
    mni_turns_join(&it.turns, &it.players[1].turn);
    take(&it, "bbb");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_go_round_in_the_order_of_joining),
        cmocka_unit_test(a_weight_is_so_many_turns_in_a_row),
        cmocka_unit_test(who_is_skipped_begins_anew),
        cmocka_unit_test(who_returns_has_what_was_left),
        cmocka_unit_test(who_joins_again_has_all),
        cmocka_unit_test(the_last_one_leaves_an_empty_circle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
