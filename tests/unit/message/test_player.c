/* SPDX-License-Identifier: MIT */
/* The table of players and its two lists: who is authenticated, and for whom something is due. */
#include "base/random.h"
#include "message/player.h"
#include "support/memory.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>

enum { CAPACITY = 5 };

typedef struct test_world {
    test_allocator allocator;
    mni_memory memory;
    mni_players players;
} test_world;

static void begin(test_world *world, uint32_t capacity, bool is_named)
{
    test_allocator_init(&world->allocator);
    mni_memory_init(&world->memory, &world->allocator.table, 0);
    assert_int_equal(mni_players_init(&world->players, &world->memory, capacity, 1, is_named),
                     MN_OK);
}

static void end(test_world *world)
{
    mni_players_clear(&world->players);
    assert_int_equal(world->allocator.live, 0);
}

static mni_player *add(test_world *world, uint32_t connection)
{
    mni_player *player = mni_players_add(&world->players, connection, MNI_STAGE_CONNECTED);
    assert_non_null(player);
    return player;
}

static void a_player_is_found_by_its_id_and_its_connection(void **state)
{
    (void)state;
    test_world world;
    begin(&world, CAPACITY, false);
    mni_player *a = add(&world, 11);
    mni_player *b = add(&world, 12);
    assert_int_not_equal(a->id, b->id);
    assert_ptr_equal(mni_players_find(&world.players, (mn_player){a->id}), a);
    assert_ptr_equal(mni_players_of_connection(&world.players, 12), b);
    assert_ptr_equal(mni_players_at(&world.players, a->index), a);
    assert_null(mni_players_of_connection(&world.players, 13));
    assert_null(mni_players_find(&world.players, (mn_player){0}));
    end(&world);
}

static void a_full_table_says_so_and_takes_the_next_when_one_has_gone(void **state)
{
    (void)state;
    test_world world;
    begin(&world, 2, false);
    mni_player *a = add(&world, 1);
    add(&world, 2);
    assert_null(mni_players_add(&world.players, 3, MNI_STAGE_CONNECTED));
    mni_players_remove(&world.players, a);
    assert_non_null(mni_players_add(&world.players, 3, MNI_STAGE_CONNECTED));
    end(&world);
}

static void the_id_of_who_has_gone_is_stale(void **state)
{
    (void)state;
    test_world world;
    begin(&world, 1, false);
    mn_player old = {add(&world, 1)->id};
    mni_players_remove(&world.players, mni_players_find(&world.players, old));
    assert_null(mni_players_find(&world.players, old));
    assert_null(mni_players_of_connection(&world.players, 1));
    assert_null(mni_players_at(&world.players, 0));
    mni_player *next = add(&world, 1);
    assert_int_not_equal(next->id, old.id);
    assert_null(mni_players_find(&world.players, old));
    end(&world);
}

static void a_client_is_found_by_the_name_that_the_server_gave(void **state)
{
    (void)state;
    test_world world;
    begin(&world, 1, true);
    mni_player *self = add(&world, 9);
    assert_int_equal(self->id, 0);
    assert_null(mni_players_find(&world.players, (mn_player){0}));
    mni_players_authenticate(&world.players, self, 0x500007);
    assert_ptr_equal(mni_players_find(&world.players, (mn_player){0x500007}), self);
    assert_null(mni_players_find(&world.players, (mn_player){1}));
    mni_players_remove(&world.players, self);
    assert_null(mni_players_find(&world.players, (mn_player){0x500007}));
    end(&world);
}

static bool is_listed(const mni_players *players, const mni_player *player)
{
    for (uint32_t i = 0; i < players->authenticated_count; i++) {
        if (mni_players_authenticated(players, i) == player) {
            return true;
        }
    }
    return false;
}

static bool list_is_right(const mni_players *players)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < CAPACITY; i++) {
        const mni_player *one = &players->all[i];
        bool is_in = one->stage == MNI_STAGE_AUTHENTICATED;
        count += is_in;
        if (is_listed(players, one) != is_in) {
            return false;
        }
    }
    return count == players->authenticated_count;
}

static void the_list_of_the_authenticated_has_exactly_these(void **state)
{
    (void)state;
    uint64_t seed = test_seed(7);
    mni_random random;
    mni_random_init(&random, seed);
    test_world world;
    begin(&world, CAPACITY, false);
    for (uint32_t step = 0; step < 3000; step++) {
        mni_player *player = &world.players.all[mni_random_below(&random, CAPACITY)];
        if (player->stage == MNI_STAGE_NONE) {
            add(&world, 100 + step);
        } else if (player->stage == MNI_STAGE_CONNECTED && mni_random_chance(&random, 0.6)) {
            mni_players_authenticate(&world.players, player, player->id);
        } else {
            mni_players_remove(&world.players, player);
        }
        if (!list_is_right(&world.players)) {
            fail_msg("seed %" PRIu64 ", step %u", seed, (unsigned)step);
        }
    }
    end(&world);
}

static void errands_are_listed_once_and_in_order(void **state)
{
    (void)state;
    test_world world;
    begin(&world, CAPACITY, false);
    mni_player *a = add(&world, 1);
    mni_player *b = add(&world, 2);
    mni_players_add_errand(&world.players, b, MNI_ERRAND_PONG);
    mni_players_add_errand(&world.players, a, MNI_ERRAND_ACCEPTED);
    mni_players_add_errand(&world.players, b, MNI_ERRAND_ACCEPTED);
    assert_int_equal(mni_players_errand_count(&world.players), 2);
    assert_ptr_equal(mni_players_take_errand(&world.players), b);
    assert_int_equal(b->errands, MNI_ERRAND_PONG | MNI_ERRAND_ACCEPTED);
    assert_ptr_equal(mni_players_take_errand(&world.players), a);
    assert_int_equal(mni_players_errand_count(&world.players), 0);
    end(&world);
}

static void who_left_has_no_errands_and_who_came_after_has_its_own(void **state)
{
    (void)state;
    test_world world;
    begin(&world, 1, false);
    for (uint32_t i = 0; i < 100; i++) {
        mni_player *player = add(&world, i + 1);
        mni_players_add_errand(&world.players, player, MNI_ERRAND_PONG);
        mni_players_remove(&world.players, player);
        if (i % 2 == 0) {
            assert_int_equal(mni_players_errand_count(&world.players), 1);
            assert_null(mni_players_take_errand(&world.players));
        }
    }
    mni_player *last = add(&world, 1000);
    mni_players_add_errand(&world.players, last, MNI_ERRAND_ACCEPTED);
    assert_int_equal(mni_players_errand_count(&world.players), 1);
    assert_ptr_equal(mni_players_take_errand(&world.players), last);
    assert_int_equal(last->errands, MNI_ERRAND_ACCEPTED);
    end(&world);
}

static void a_deadline_goes_with_the_verdict_or_the_player(void **state)
{
    (void)state;
    test_world world;
    begin(&world, CAPACITY, false);
    mni_player *a = add(&world, 1);
    mni_player *b = add(&world, 2);
    mni_timers_set(&world.players.deadlines, a->index, 50);
    mni_timers_set(&world.players.deadlines, b->index, 60);
    mni_players_authenticate(&world.players, a, a->id);
    assert_int_equal(mni_timers_next_us(&world.players.deadlines), 60);
    mni_players_remove(&world.players, b);
    assert_int_equal(mni_timers_next_us(&world.players.deadlines), MNI_NEVER);
    end(&world);
}

static void nothing_is_allocated_after_init_and_a_failed_init_keeps_nothing(void **state)
{
    (void)state;
    uint64_t needed = 0;
    for (uint64_t fail_at = 1;; fail_at++) {
        test_world world;
        test_allocator_init(&world.allocator);
        world.allocator.fail_at = fail_at;
        mni_memory_init(&world.memory, &world.allocator.table, 0);
        mn_result result = mni_players_init(&world.players, &world.memory, CAPACITY, 1, false);
        if (result == MN_OK) {
            needed = world.allocator.count;
            for (uint32_t i = 0; i < CAPACITY; i++) {
                mni_player *player = add(&world, i + 1);
                mni_players_add_errand(&world.players, player, MNI_ERRAND_PONG);
                mni_players_authenticate(&world.players, player, player->id);
            }
            assert_int_equal(world.allocator.count, needed);
            end(&world);
            break;
        }
        assert_int_equal(result, MN_ERROR_MEMORY);
        assert_int_equal(world.allocator.live, 0);
    }
    assert_true(needed > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_player_is_found_by_its_id_and_its_connection),
        cmocka_unit_test(a_full_table_says_so_and_takes_the_next_when_one_has_gone),
        cmocka_unit_test(the_id_of_who_has_gone_is_stale),
        cmocka_unit_test(a_client_is_found_by_the_name_that_the_server_gave),
        cmocka_unit_test(the_list_of_the_authenticated_has_exactly_these),
        cmocka_unit_test(errands_are_listed_once_and_in_order),
        cmocka_unit_test(who_left_has_no_errands_and_who_came_after_has_its_own),
        cmocka_unit_test(a_deadline_goes_with_the_verdict_or_the_player),
        cmocka_unit_test(nothing_is_allocated_after_init_and_a_failed_init_keeps_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
