/* SPDX-License-Identifier: MIT */
/* Outgoing datagrams, over a socket that answers as told. */
#include "socket/batch.h"
#include "support/memory.h"
#include "support/test.h"

#include <string.h>

enum { SIZE = 32, MAX = 4, TAKEN_MAX = 64, NONE_TAKEN = -1000 };

typedef struct scripted_socket {
    mn_result answers[8]; /* one for each call; after them: all taken */
    uint32_t calls;
    uint8_t taken[TAKEN_MAX]; /* the first byte of each datagram */
    uint16_t ports[TAKEN_MAX];
    uint32_t taken_count;
} scripted_socket;

static mn_result scripted_send(void *self, const mn_datagram *datagrams, uint32_t count,
                               uint64_t now_us)
{
    scripted_socket *script = self;
    (void)now_us;
    mn_result answer = (mn_result)count;
    if (script->calls < 8 && script->answers[script->calls] != 0) {
        answer = script->answers[script->calls];
    }
    answer = answer == NONE_TAKEN ? 0 : answer;
    script->calls++;
    for (int32_t i = 0; i < answer && i < (int32_t)count; i++) {
        script->taken[script->taken_count] = datagrams[i].bytes[0];
        script->ports[script->taken_count] = datagrams[i].address.port;
        script->taken_count++;
    }
    return answer;
}

static const mn_socket_ops ops = {.struct_size = sizeof(ops), .send = scripted_send};

typedef struct fixture {
    mni_memory memory;
    mn_counters counters;
    scripted_socket script;
    mni_batch batch;
} fixture;

static void open_batch(fixture *it, uint32_t capacity_max)
{
    assert_int_equal(
        mni_batch_init(&it->batch, &it->memory, &it->counters, MAX, capacity_max, SIZE), MN_OK);
    mni_batch_reset(&it->batch, &(mn_socket){&ops, &it->script});
}

static fixture *start(const mn_result *answers, uint32_t count)
{
    static fixture it;
    memset(&it, 0, sizeof(it));
    mni_memory_init(&it.memory, NULL, 0);
    if (count > 0) {
        memcpy(it.script.answers, answers, count * sizeof(answers[0]));
    }
    open_batch(&it, MAX);
    return &it;
}

static void stop(fixture *it)
{
    mni_batch_clear(&it->batch);
    assert_int_equal(it->memory.used, 0);
}

static bool add(fixture *it, uint8_t name)
{
    uint8_t *bytes = mni_batch_begin(&it->batch, 0);
    if (bytes == NULL) {
        return false;
    }
    memset(bytes, name, SIZE);
    mni_batch_end(&it->batch, &(mn_address){.port = name}, SIZE);
    return true;
}

static void assert_taken(const fixture *it, const char *names)
{
    assert_int_equal(it->script.taken_count, strlen(names));
    assert_memory_equal(it->script.taken, names, strlen(names));
    for (uint32_t i = 0; i < it->script.taken_count; i++) {
        assert_int_equal(it->script.ports[i], it->script.taken[i]);
    }
    assert_int_equal(it->counters.packets_sent, strlen(names));
    assert_int_equal(it->counters.bytes_sent, strlen(names) * SIZE);
}

static void assert_it_leaves_when_full(fixture *it)
{
    for (uint32_t i = 0; i < 2 * MAX + 1; i++) {
        assert_true(add(it, (uint8_t)('a' + i)));
    }
    assert_int_equal(it->script.calls, 2);
    mni_batch_send(&it->batch, 0);
    assert_taken(it, "abcdefghi");
}

static void datagrams_leave_together(void **state)
{
    (void)state;
    fixture *it = start(NULL, 0);
    assert_true(add(it, 'a') && add(it, 'b') && add(it, 'c'));
    assert_int_equal(it->script.calls, 0);
    mni_batch_send(&it->batch, 0);
    assert_int_equal(it->script.calls, 1);
    assert_taken(it, "abc");
    mni_batch_send(&it->batch, 0); /* nothing is left: no call */
    assert_int_equal(it->script.calls, 1);
    stop(it);
}

static void a_full_batch_leaves_by_itself(void **state)
{
    (void)state;
    fixture *it = start(NULL, 0);
    assert_it_leaves_when_full(it);
    stop(it);
}

static void a_batch_grows_before_it_leaves(void **state)
{
    (void)state;
    enum { LARGER = 3 * MAX };
    static const char names[] = "abcdefghijklm";
    fixture *it = start(NULL, 0);
    mni_batch_clear(&it->batch);
    open_batch(it, LARGER);
    assert_int_equal(it->memory.used, MAX * SIZE);
    for (uint32_t i = 0; i < LARGER; i++) {
        assert_true(add(it, (uint8_t)names[i]));
    }
    assert_int_equal(it->memory.used, LARGER * SIZE);
    assert_int_equal(it->script.calls, 0);
    assert_true(add(it, (uint8_t)names[LARGER])); /* no more than that */
    assert_int_equal(it->memory.used, LARGER * SIZE);
    assert_int_equal(it->script.calls, 1);
    mni_batch_send(&it->batch, 0);
    assert_taken(it, names);
    stop(it);
}

static void a_batch_without_memory_to_grow_leaves_early(void **state)
{
    (void)state;
    fixture *it = start(NULL, 0);
    mni_batch_clear(&it->batch);
    open_batch(it, 2 * MAX);
    it->memory.limit = it->memory.used;
    assert_it_leaves_when_full(it);
    stop(it);
}

static void the_rest_of_a_part_is_sent_at_once(void **state)
{
    (void)state;
    const mn_result answers[] = {1, 2};
    fixture *it = start(answers, 2);
    assert_true(add(it, 'a') && add(it, 'b') && add(it, 'c') && add(it, 'd'));
    mni_batch_send(&it->batch, 0);
    assert_int_equal(it->script.calls, 3);
    assert_taken(it, "abcd");
    stop(it);
}

static void a_full_socket_loses_nothing(void **state)
{
    (void)state;
    const mn_result answers[] = {1, MN_ERROR_FULL, MN_ERROR_FULL};
    fixture *it = start(answers, 3);
    assert_true(add(it, 'a') && add(it, 'b') && add(it, 'c'));
    mni_batch_send(&it->batch, 0);
    assert_taken(it, "a");
    assert_false(add(it, 'd'));
    mni_batch_send(&it->batch, 0);
    assert_int_equal(it->script.calls, 2); /* it is not asked again before time has passed */
    mni_batch_retry(&it->batch, 0);
    assert_true(it->batch.is_stuck);
    mni_batch_retry(&it->batch, 0);
    assert_false(it->batch.is_stuck);
    assert_taken(it, "abc");
    assert_true(add(it, 'e'));
    mni_batch_send(&it->batch, 0);
    assert_taken(it, "abce");
    stop(it);
}

static void a_socket_that_takes_none_counts_as_full(void **state)
{
    (void)state;
    const mn_result answers[] = {NONE_TAKEN};
    fixture *it = start(answers, 1);
    assert_true(add(it, 'a'));
    mni_batch_send(&it->batch, 0);
    assert_int_equal(it->script.calls, 1);
    assert_true(it->batch.is_stuck);
    mni_batch_retry(&it->batch, 0);
    assert_taken(it, "a");
    stop(it);
}

static void what_the_socket_refuses_is_dropped_and_counted(void **state)
{
    (void)state;
    const mn_result answers[] = {MN_ERROR_TOO_LARGE, 1, MN_ERROR_NETWORK, -99};
    fixture *it = start(answers, 4);
    assert_true(add(it, 'a') && add(it, 'b') && add(it, 'c') && add(it, 'd'));
    mni_batch_send(&it->batch, 0);
    assert_taken(it, "b");
    assert_int_equal(it->counters.dropped[MN_DROP_SEND_TOO_LARGE], 1);
    assert_int_equal(it->counters.dropped[MN_DROP_SEND_FAILED], 2);
    assert_true(add(it, 'e'));
    stop(it);
}

static void a_socket_that_counts_wrongly_does_no_harm(void **state)
{
    (void)state;
    const mn_result answers[] = {1000};
    fixture *it = start(answers, 1);
    assert_true(add(it, 'a') && add(it, 'b'));
    mni_batch_send(&it->batch, 0);
    assert_taken(it, "ab");
    stop(it);
}

static void a_new_socket_gets_nothing_of_the_old(void **state)
{
    (void)state;
    const mn_result answers[] = {MN_ERROR_FULL};
    fixture *it = start(answers, 1);
    assert_true(add(it, 'a'));
    mni_batch_send(&it->batch, 0);
    mni_batch_reset(&it->batch, &(mn_socket){&ops, &it->script});
    assert_true(add(it, 'b'));
    mni_batch_send(&it->batch, 0);
    assert_taken(it, "b");
    stop(it);
}

static void without_memory_nothing_is_made(void **state)
{
    (void)state;
    test_allocator allocator;
    mni_memory memory;
    mn_counters counters;
    mni_batch batch;
    test_allocator_init(&allocator);
    allocator.fail_at = 1;
    mni_memory_init(&memory, &allocator.table, 0);
    assert_int_equal(mni_batch_init(&batch, &memory, &counters, MAX, MAX, SIZE), MN_ERROR_MEMORY);
    mni_batch_clear(&batch);
    assert_int_equal(allocator.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_leave_together),
        cmocka_unit_test(a_full_batch_leaves_by_itself),
        cmocka_unit_test(a_batch_grows_before_it_leaves),
        cmocka_unit_test(a_batch_without_memory_to_grow_leaves_early),
        cmocka_unit_test(the_rest_of_a_part_is_sent_at_once),
        cmocka_unit_test(a_full_socket_loses_nothing),
        cmocka_unit_test(a_socket_that_takes_none_counts_as_full),
        cmocka_unit_test(what_the_socket_refuses_is_dropped_and_counted),
        cmocka_unit_test(a_socket_that_counts_wrongly_does_no_harm),
        cmocka_unit_test(a_new_socket_gets_nothing_of_the_old),
        cmocka_unit_test(without_memory_nothing_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
