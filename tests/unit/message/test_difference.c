/* SPDX-License-Identifier: MIT */
/* Two schemas, their tables, and the words in which both sides name the first difference. */
#include "message/control.h"
#include "message/difference.h"
#include "support/memory.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

typedef struct test_type {
    uint32_t kind; /* MNI_TYPE_… */
    uint32_t id;
    const char *name;
    uint32_t max_size; /* makes the hash of a message another one */
} test_type;

typedef struct state_struct {
    int32_t value;
} state_struct;

static const mn_field fields[] = {MN_INT(state_struct, value, 0, 100)};
static const mn_group groups[] = {MN_GROUP(fields, MN_TO_ALL, MN_FROM_SERVER, 0)};

static void add(mn_schema *schema, const test_type *type)
{
    if (type->kind == MNI_TYPE_MESSAGE) {
        mn_message_type message = {.struct_size = sizeof message,
                                   .id = type->id,
                                   .max_size = type->max_size,
                                   .name = type->name};
        assert_int_equal(mn_schema_add_message(schema, &message), MN_OK);
    } else {
        mn_object_type object = {.struct_size = sizeof object,
                                 .id = type->id,
                                 .size = sizeof(state_struct),
                                 .group_count = 1,
                                 .groups = groups,
                                 .name = type->name};
        assert_int_equal(mn_schema_add_object(schema, &object), MN_OK);
    }
}

static mn_schema *make(const test_type *types)
{
    mn_schema *schema = NULL;
    assert_int_equal(mn_schema_create(NULL, &schema), MN_OK);
    for (; types->name != NULL; types++) {
        add(schema, types);
    }
    assert_int_equal(mn_schema_finish(schema), MN_OK);
    return schema;
}

/* The whole of one side's table, in pieces of at most piece_size, read by the other. */
static mni_comparison tell(const mn_schema *from, const mn_schema *to, bool to_server,
                           size_t piece_size, char *text_out)
{
    uint32_t sent = 0;
    uint32_t seen = 0;
    bool is_last = false;
    mni_comparison result = MNI_COMPARISON_OPEN;
    while (result == MNI_COMPARISON_OPEN) {
        assert_false(is_last);
        uint8_t bytes[MNI_TABLE_SIZE_MAX];
        mni_writer writer = mni_writer_over(bytes, piece_size);
        sent = mni_difference_write(from, sent, &writer, &is_last);
        assert_true(mni_writer_size(&writer) > 0 || is_last);
        mni_reader reader = mni_reader_over(bytes, mni_writer_size(&writer));
        result = mni_difference_read(to, to_server, &seen, &reader, is_last, text_out);
    }
    return result;
}

static void both_say(const mn_schema *server, const mn_schema *client, const char *expected)
{
    static const size_t sizes[] = {72, 100, MNI_TABLE_SIZE_MAX};
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char text[MN_TEXT_MAX + 1] = "";
        assert_int_equal(tell(client, server, true, sizes[i], text), MNI_COMPARISON_FOUND);
        assert_string_equal(text, expected);
        memset(text, 0, sizeof text);
        assert_int_equal(tell(server, client, false, sizes[i], text), MNI_COMPARISON_FOUND);
        assert_string_equal(text, expected);
    }
}

static void the_first_difference_is_named_alike_on_both_sides(void **state)
{
    (void)state;
    static const struct {
        test_type server[5], client[5];
        const char *text;
    } cases[] = {
        {{{0, 3, "chat", 10}}, {{0, 3, "chat", 11}}, "message 3 'chat' differs"},
        {{{0, 3, "chat", 0}},
         {{0, 3, "talk", 0}},
         "message 3 is 'chat' on the server, 'talk' on the client"},
        {{{0, 1, "a", 0}, {0, 2, "b", 0}},
         {{0, 1, "a", 0}},
         "message 2 'b' is missing on the client"},
        {{{0, 1, "a", 0}},
         {{0, 1, "a", 0}, {0, 2, "b", 0}},
         "message 2 'b' is missing on the server"},
        {{{0, 2, "b", 0}},
         {{0, 1, "a", 0}, {0, 2, "b", 0}},
         "message 1 'a' is missing on the server"},
        {{{0, 1, "a", 0}, {0, 2, "b", 0}},
         {{0, 2, "b", 0}},
         "message 1 'a' is missing on the client"},
        {{{0, 300, "far", 0}, {1, 7, "tank", 0}},
         {{0, 300, "far", 0}, {1, 7, "tank", 0}, {1, 8, "shell", 0}},
         "object 8 'shell' is missing on the server"},
        {{{1, 7, "tank", 0}},
         {{1, 7, "car", 0}},
         "object 7 is 'tank' on the server, 'car' on the client"},
        {{{1, 1, "tank", 0}}, {{0, 5, "chat", 0}}, "message 5 'chat' is missing on the server"},
        {{{0, 1, "a", 1}, {0, 2, "b", 1}},
         {{0, 1, "a", 2}, {0, 2, "b", 2}},
         "message 1 'a' differs"},
        {{{0, 1, "a", 0}}, {{0, 0, NULL, 0}}, "message 1 'a' is missing on the client"},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mn_schema *server = make(cases[i].server);
        mn_schema *client = make(cases[i].client);
        both_say(server, client, cases[i].text);
        mn_schema_destroy(server);
        mn_schema_destroy(client);
    }
}

static void no_schema_is_one_without_types(void **state)
{
    (void)state;
    mn_schema *one = make((test_type[]){{0, 1, "a", 0}, {0, 0, NULL, 0}});
    both_say(NULL, one, "message 1 'a' is missing on the server");
    both_say(one, NULL, "message 1 'a' is missing on the client");
    mn_schema_destroy(one);
}

static void tables_without_difference_say_no_more_than_that(void **state)
{
    (void)state;
    mn_schema *one = make((test_type[]){{0, 1, "a", 0}, {1, 2, "b", 0}, {0, 0, NULL, 0}});
    both_say(one, one, mni_difference_unnamed);
    both_say(NULL, NULL, mni_difference_unnamed);
    mn_schema_destroy(one);
}

static void a_long_table_goes_in_pieces(void **state)
{
    (void)state;
    mn_schema *schemas[2];
    for (uint32_t side = 0; side < 2; side++) {
        assert_int_equal(mn_schema_create(NULL, &schemas[side]), MN_OK);
        for (uint32_t i = 0; i < 400; i++) {
            char name[16];
            (void)snprintf(name, sizeof name, "m%u", (unsigned)i);
            add(schemas[side], &(test_type){0, i * 3, name, side == 1 && i == 377 ? 5 : 4});
        }
        assert_int_equal(mn_schema_finish(schemas[side]), MN_OK);
    }
    both_say(schemas[0], schemas[1], "message 1131 'm377' differs");
    mn_schema_destroy(schemas[0]);
    mn_schema_destroy(schemas[1]);
}

static void long_and_strange_names_are_cut_at_a_character_and_shown_harmlessly(void **state)
{
    (void)state;
    /* 31 letters and a character of two bytes, which would be cut in its middle. */
    mn_schema *server =
        make((test_type[]){{0, 1, "abcdefghijklmnopqrstuvwxyzabcde\xc3\xa9", 1}, {0, 0, NULL, 0}});
    mn_schema *client = make((test_type[]){
        {0, 1, "line\nbreak and forty more letters in its name", 1}, {0, 0, NULL, 0}});
    both_say(server, client,
             "message 1 is 'abcdefghijklmnopqrstuvwxyzabcde' on the server, "
             "'line?break and forty more letter' on the client");
    mn_schema_destroy(server);
    mn_schema_destroy(client);
}

/* Of a name that is as long as may travel, and of one that is longer, 64 bytes do. */
static void long_names_do_not_stop_the_comparison(void **state)
{
    (void)state;
    char names[2][71];
    for (uint32_t i = 0; i < 2; i++) {
        memset(names[i], 'n', sizeof names[i]);
        names[i][i == 0 ? 64 : 70] = '\0';
        mn_schema *server = make((test_type[]){{0, 1, names[i], 1}, {0, 2, "b", 1}, {0}});
        mn_schema *client = make((test_type[]){{0, 1, names[i], 1}, {0, 2, "b", 2}, {0}});
        both_say(server, client, "message 2 'b' differs");
        mn_schema_destroy(server);
        mn_schema_destroy(client);
    }
}

/* ---- from a stranger */

static mni_comparison read_bytes(const mn_schema *schema, const uint8_t *bytes, size_t size)
{
    uint32_t seen = 0;
    char text[MN_TEXT_MAX + 1];
    mni_reader reader = mni_reader_over(bytes, size);
    return mni_difference_read(schema, true, &seen, &reader, false, text);
}

static void a_table_that_is_none_is_refused(void **state)
{
    (void)state;
    mn_schema *schema = make((test_type[]){{0, 5, "a", 0}, {0, 9, "b", 0}, {0, 0, NULL, 0}});
    uint8_t good[64];
    bool is_last;
    mni_writer writer = mni_writer_over(good, sizeof good);
    assert_int_equal(mni_difference_write(schema, 0, &writer, &is_last), 2);
    size_t size = mni_writer_size(&writer);
    size_t first = size / 2;
    assert_int_equal(read_bytes(schema, good, size), MNI_COMPARISON_OPEN);
    for (size_t cut = 1; cut < size; cut++) {
        mni_comparison expected = cut == first ? MNI_COMPARISON_OPEN : MNI_COMPARISON_MALFORMED;
        assert_int_equal(read_bytes(schema, good, cut), expected);
    }
    uint8_t twice[64];
    memcpy(twice, good, first);
    memcpy(twice + first, good, first);
    assert_int_equal(read_bytes(schema, twice, 2 * first), MNI_COMPARISON_MALFORMED);

    static const uint8_t strange[][12] = {
        {2, 5, 0, 0, 0, 0, 0},                /* another kind */
        {0, 0x80, 0x80, 0x01, 0, 0, 0, 0, 0}, /* an id above 16383 */
        {0, 5, 0, 0, 0, 0, 65},               /* a name above 64 */
    };
    for (uint32_t i = 0; i < 3; i++) {
        uint8_t bytes[100] = {0};
        memcpy(bytes, strange[i], sizeof strange[i]);
        assert_int_equal(read_bytes(schema, bytes, sizeof bytes), MNI_COMPARISON_MALFORMED);
    }
    mn_schema_destroy(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_difference_is_named_alike_on_both_sides),
        cmocka_unit_test(no_schema_is_one_without_types),
        cmocka_unit_test(tables_without_difference_say_no_more_than_that),
        cmocka_unit_test(a_long_table_goes_in_pieces),
        cmocka_unit_test(long_and_strange_names_are_cut_at_a_character_and_shown_harmlessly),
        cmocka_unit_test(long_names_do_not_stop_the_comparison),
        cmocka_unit_test(a_table_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
