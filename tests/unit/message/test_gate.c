/* SPDX-License-Identifier: MIT */
/* Who may send what, and when: one table. */
#include "message/gate.h"
#include "support/test.h"

#include <string.h>

enum { EITHER = 1, TO_SERVER = 2, TO_CLIENT = 3, EARLY = 4, SMALL = 5, FAR = 300 };

static mn_schema *schema;

static int make_schema(void **state)
{
    (void)state;
    static const struct {
        uint32_t id, flags, max_size;
        const char *name;
    } types[] = {
        {EITHER, 0, 0, "either"},
        {TO_SERVER, MN_MESSAGE_TO_SERVER, 0, "to server"},
        {TO_CLIENT, MN_MESSAGE_TO_CLIENT, 0, "to client"},
        {EARLY, MN_MESSAGE_BEFORE_AUTHENTICATION, 0, "early"},
        {SMALL, 0, 3, "small"},
        {FAR, MN_MESSAGE_TO_SERVER | MN_MESSAGE_TO_CLIENT, 0, "far"},
    };
    assert_int_equal(mn_schema_create(NULL, &schema), MN_OK);
    for (uint32_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        mn_message_type type = {.struct_size = sizeof type,
                                .id = types[i].id,
                                .flags = types[i].flags,
                                .max_size = types[i].max_size,
                                .name = types[i].name};
        assert_int_equal(mn_schema_add_message(schema, &type), MN_OK);
    }
    return mn_schema_finish(schema);
}

static int drop_schema(void **state)
{
    (void)state;
    mn_schema_destroy(schema);
    return 0;
}

static mni_admission admit(bool is_server, mni_stage stage, uint32_t id)
{
    uint8_t bytes[8];
    mni_writer writer = mni_writer_over(bytes, sizeof bytes);
    mni_write_varint(&writer, id);
    mni_write_u8(&writer, 42);
    mni_incoming message = {0};
    mni_admission admission = mni_gate_admit(schema, is_server, stage, bytes,
                                             (uint32_t)mni_writer_size(&writer), &message);
    if (admission != MNI_ADMISSION_REFUSE) {
        assert_int_equal(message.type->id, id);
        assert_int_equal(message.size, 1);
        assert_int_equal(message.body[0], 42);
    }
    return admission;
}

static char letter(mni_admission admission)
{
    switch (admission) {
    case MNI_ADMISSION_PASS:
        return 'P';
    case MNI_ADMISSION_LATER:
        return 'L';
    case MNI_ADMISSION_REFUSE:
        break;
    }
    return 'R';
}

static void direction_and_stage_decide(void **state)
{
    (void)state;
    /* P: passes, L: later, R: is refused. At a server from who waits for the verdict, from who is
       in; at a client likewise. */
    static const struct {
        uint32_t id;
        const char *outcomes;
    } cases[] = {
        {EITHER, "RPLP"}, {TO_SERVER, "RPRR"}, {TO_CLIENT, "RRLP"},
        {EARLY, "PPPP"},  {SMALL, "RPLP"},     {FAR, "RPLP"},
        {6, "RRRR"},      {16383, "RRRR"},     {16384 + EARLY, "RRRR"},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t id = cases[i].id;
        const char *outcomes = cases[i].outcomes;
        assert_int_equal(letter(admit(true, MNI_STAGE_CONNECTED, id)), outcomes[0]);
        assert_int_equal(letter(admit(true, MNI_STAGE_AUTHENTICATED, id)), outcomes[1]);
        assert_int_equal(letter(admit(false, MNI_STAGE_CONNECTED, id)), outcomes[2]);
        assert_int_equal(letter(admit(false, MNI_STAGE_AUTHENTICATED, id)), outcomes[3]);
        for (mni_stage stage = MNI_STAGE_NONE; stage < MNI_STAGE_CONNECTED; stage++) {
            assert_int_equal(admit(true, stage, id), MNI_ADMISSION_REFUSE);
            assert_int_equal(admit(false, stage, id), MNI_ADMISSION_REFUSE);
        }
    }
}

static void a_head_that_is_none_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t size;
        uint8_t bytes[12];
    } cases[] = {
        {0, {0}},
        {1, {0x80}},             /* cut */
        {2, {0x81, 0x00}},       /* not the shortest form of 1 */
        {5, {SMALL, 1, 2, 3, 4}} /* one byte too many */
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mni_incoming message;
        assert_int_equal(mni_gate_admit(schema, true, MNI_STAGE_AUTHENTICATED, cases[i].bytes,
                                        cases[i].size, &message),
                         MNI_ADMISSION_REFUSE);
    }
}

static void an_empty_body_is_a_body(void **state)
{
    (void)state;
    const uint8_t bytes[] = {EITHER};
    mni_incoming message;
    assert_int_equal(
        mni_gate_admit(schema, true, MNI_STAGE_AUTHENTICATED, bytes, sizeof bytes, &message),
        MNI_ADMISSION_PASS);
    assert_int_equal(message.size, 0);
}

static void without_a_schema_nothing_comes_in(void **state)
{
    (void)state;
    const uint8_t bytes[] = {EITHER};
    mni_incoming message;
    assert_int_equal(
        mni_gate_admit(NULL, true, MNI_STAGE_AUTHENTICATED, bytes, sizeof bytes, &message),
        MNI_ADMISSION_REFUSE);
}

static void a_side_may_send_what_the_other_takes_in(void **state)
{
    (void)state;
    static const uint32_t ids[] = {EITHER, TO_SERVER, TO_CLIENT, EARLY, SMALL, FAR};
    for (uint32_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        const mni_message_type *type = mni_schema_message(schema, ids[i]);
        assert_int_equal(mni_gate_allows(type, true),
                         admit(false, MNI_STAGE_AUTHENTICATED, ids[i]) == MNI_ADMISSION_PASS);
        assert_int_equal(mni_gate_allows(type, false),
                         admit(true, MNI_STAGE_AUTHENTICATED, ids[i]) == MNI_ADMISSION_PASS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(direction_and_stage_decide),
        cmocka_unit_test(a_head_that_is_none_is_refused),
        cmocka_unit_test(an_empty_body_is_a_body),
        cmocka_unit_test(without_a_schema_nothing_comes_in),
        cmocka_unit_test(a_side_may_send_what_the_other_takes_in),
    };
    return cmocka_run_group_tests(tests, make_schema, drop_schema);
}
