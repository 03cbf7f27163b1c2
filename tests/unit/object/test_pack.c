/* SPDX-License-Identifier: MIT */
/* What goes into packets, where the test says what becomes of them: a world beside the stage's. */
#include "object/call.h"
#include "object/pack.h"
#include "support/stage.h"
#include "support/test.h"

#define SECOND UINT64_C(1000000)

enum { PIECE_SIZE = 1000 };

typedef struct pack_line {
    test_stage *stage;
    mni_world world;
    mni_view *view;
    mni_object *object;
    uint8_t bytes[PIECE_SIZE];
    uint32_t record, size;
} pack_line;

static void open_line(pack_line *line)
{
    line->stage = stage_create(NULL, 1);
    stage_serve(line->stage);
    (void)stage_join(line->stage);
    assert_true(stage_settle(line->stage, 5 * SECOND) != UINT64_MAX);
    mni_endpoint *endpoint = mni_server_endpoint(line->stage->server);
    assert_int_equal(mni_world_init(&line->world, endpoint), MN_OK);
    line->view = mni_world_seat(&line->world, stage_player(line->stage, 0));
    assert_non_null(line->view);
    mni_kind *kind = mni_kinds_find(&line->world.kinds, STAGE_FLAG);
    assert_int_equal(mni_objects_add(&line->world.objects, kind, 0, &line->object), MN_OK);
}

static void close_line(pack_line *line)
{
    mni_world_clear(&line->world);
    stage_destroy(line->stage);
}

/* A flush, and what it has to say. */
static void flush(pack_line *line)
{
    mni_world_refresh(&line->world, line->world.flush_us + 16000);
    line->size = mni_pack_write(&line->world, line->view, line->bytes, PIECE_SIZE, &line->record);
}

static enum mni_entry entry_of(const pack_line *line)
{
    uint32_t slot;
    mni_piece_reader reader = mni_piece_open(line->bytes, line->size);
    return mni_piece_next(&reader, &slot);
}

static void settle(pack_line *line, bool is_delivered)
{
    if (line->size > 0) {
        mni_pack_settle(&line->world, line->view, line->record, is_delivered);
    }
}

static void a_baseline_that_grows_old_unchanged_is_given_up(void **state)
{
    (void)state;
    pack_line line = {0};
    open_line(&line);
    flush(&line);
    assert_int_equal(entry_of(&line), MNI_ENTRY_STATE);
    settle(&line, true);
    stage_flag *flag = mni_object_state(line.object);
    flag->is_up = 1;
    uint32_t began = line.world.flush;
    flush(&line);
    assert_int_equal(entry_of(&line), MNI_ENTRY_UPDATE);
    settle(&line, false);
    /* The numbers of flushes wrap, and none of it ever arrives. */
    while (line.world.flush < began + (1 << 16) + 10) {
        flush(&line);
        bool is_old = line.world.flush - began >= MNI_HISTORY_REACH;
        if (line.size > 0) {
            assert_int_equal(entry_of(&line), is_old ? MNI_ENTRY_STATE : MNI_ENTRY_UPDATE);
        }
        settle(&line, false);
    }
    flush(&line);
    assert_true(line.size > 0);
    settle(&line, true);
    flush(&line);
    assert_int_equal(line.size, 0);
    close_line(&line);
}

/* Whoever gets a call waits for its object, and has to be told of its end though its state was
   never sent: else the call would wait for ever. */
static void what_was_called_does_not_go_without_a_word(void **state)
{
    (void)state;
    pack_line line = {0};
    open_line(&line);
    mni_buffers *buffers = mni_endpoint_buffers(line.world.endpoint);
    mni_buffer *arguments = mni_buffer_take(buffers, 1);
    assert_non_null(arguments);
    mni_world_refresh(&line.world, SECOND);
    mni_queued_call call = {.arguments = arguments, .object = line.object->id, .how = MN_RELIABLE};
    assert_int_equal(mni_queued_call_add(line.view, &call), MN_OK);
    mni_pack_calls(&line.world, line.view);
    assert_int_equal(line.view->calls.count, 0);
    mni_world_remove(&line.world, line.object, MN_REASON_DESTROYED);
    flush(&line);
    assert_int_equal(entry_of(&line), MNI_ENTRY_GONE);
    settle(&line, true);
    mni_buffer_drop(buffers, arguments);
    close_line(&line);
}

static void what_nobody_heard_of_goes_without_a_word(void **state)
{
    (void)state;
    pack_line line = {0};
    open_line(&line);
    mni_world_refresh(&line.world, SECOND);
    mni_world_remove(&line.world, line.object, MN_REASON_DESTROYED);
    flush(&line);
    assert_int_equal(line.size, 0);
    close_line(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_baseline_that_grows_old_unchanged_is_given_up),
        cmocka_unit_test(what_was_called_does_not_go_without_a_word),
        cmocka_unit_test(what_nobody_heard_of_goes_without_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
