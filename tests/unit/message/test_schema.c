/* SPDX-License-Identifier: MIT */
/* What a schema takes and refuses, that nothing of the caller's is kept, and what its hash knows.
   */
#include "message/schema.h"
#include "support/memory.h"
#include "support/test.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

typedef struct tank {
    float position[3];
    float rotation[4];
    int32_t health;
    mn_object target;
    char name[24];
} tank;

static const mn_field motion[] = {MN_VECTOR3(tank, position, -512, 512, 0.01),
                                  MN_QUATERNION(tank, rotation, 10)};
static const mn_field vitals[] = {MN_INT(tank, health, 0, 100)};
static const mn_field identity[] = {MN_OBJECT(tank, target), MN_STRING(tank, name)};
static const mn_group groups[] = {
    MN_GROUP(motion, MN_TO_ALL, MN_FROM_SERVER, 0),
    MN_GROUP(vitals, MN_TO_OWNER, MN_FROM_SERVER, 10),
    MN_GROUP(identity, MN_TO_ALL, MN_FROM_SERVER, 0),
};
typedef struct fire {
    float direction[3];
} fire;
static const mn_field fire_fields[] = {MN_VECTOR3(fire, direction, -1, 1, 0.01)};
static const mn_call_type calls[] = {
    {.size = sizeof(fire),
     .field_count = 1,
     .flags = MN_CALL_TO_SERVER,
     .fields = fire_fields,
     .name = "fire"},
    {.how = MN_UNRELIABLE, .flags = MN_CALL_TO_CLIENT, .name = "boom"},
};
static const mn_object_type tank_type = {.struct_size = sizeof(mn_object_type),
                                         .id = 3,
                                         .size = sizeof(tank),
                                         .group_count = 3,
                                         .call_count = 2,
                                         .groups = groups,
                                         .calls = calls,
                                         .name = "tank"};

typedef struct chat {
    char text[200];
} chat;
static const mn_field chat_fields[] = {MN_STRING(chat, text)};
static const mn_message_type chat_type = {.struct_size = sizeof(mn_message_type),
                                          .id = 1,
                                          .size = sizeof(chat),
                                          .field_count = 1,
                                          .fields = chat_fields,
                                          .name = "chat"};
static const mn_message_type raw_type = {.struct_size = sizeof(mn_message_type),
                                         .id = 16383,
                                         .flags = MN_MESSAGE_TO_SERVER,
                                         .name = "raw"};

static test_allocator allocator;

static int set_up(void **state)
{
    mn_schema *schema;
    test_allocator_init(&allocator);
    mn_result result = mn_schema_create(&allocator.table, &schema);
    *state = schema;
    return result == MN_OK ? 0 : 1;
}

static int tear_down(void **state)
{
    mn_schema_destroy(*state);
    return allocator.live == 0 ? 0 : 1;
}

static void types_are_found_once_it_is_finished(void **state)
{
    mn_schema *schema = *state;
    assert_int_equal(mn_schema_add_message(schema, &raw_type), MN_OK);
    assert_int_equal(mn_schema_add_message(schema, &chat_type), MN_OK);
    assert_int_equal(mn_schema_add_object(schema, &tank_type), MN_OK);
    assert_null(mni_schema_message(schema, 1));
    assert_false(mni_schema_is_finished(schema));
    assert_int_equal(mn_schema_hash(schema), 0);
    assert_int_equal(mn_schema_finish(schema), MN_OK);
    assert_true(mni_schema_is_finished(schema));
    assert_int_not_equal(mn_schema_hash(schema), 0);
    assert_string_equal(mn_schema_error_text(schema), "");

    const mni_message_type *chat_message = mni_schema_message(schema, 1);
    assert_non_null(chat_message);
    assert_string_equal(chat_message->name, "chat");
    assert_int_equal(chat_message->how, MN_RELIABLE);
    assert_int_equal(chat_message->max_size, 200);
    assert_int_equal(mni_schema_message(schema, 16383)->max_size, UINT32_MAX);
    assert_null(mni_schema_message(schema, 0));
    assert_null(mni_schema_message(schema, 3));
    assert_null(mni_schema_message(schema, UINT32_MAX));
    assert_int_equal(mni_schema_scratch_size(schema), sizeof(chat));
}

static const mni_object_type *object_of(const mn_schema *schema, uint32_t id)
{
    uint32_t count;
    const mni_schema_entry *entries = mni_schema_entries(schema, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (entries[i].kind == MNI_TYPE_OBJECT && entries[i].id == id) {
            return entries[i].type;
        }
    }
    return NULL;
}

static void an_object_type_has_all_that_the_object_floor_needs(void **state)
{
    mn_schema *schema = *state;
    tank defaults = {.position = {1, 2, 3}, .health = 1000, .name = "nobody"};
    mn_object_type type = tank_type;
    type.defaults = &defaults;
    assert_int_equal(mn_schema_add_object(schema, &type), MN_OK);
    assert_int_equal(mn_schema_finish(schema), MN_OK);
    const mni_object_type *object = object_of(schema, 3);
    assert_non_null(object);
    assert_int_equal(object->group_count, 3);
    assert_int_equal(object->groups[0].mask, 3);
    assert_int_equal(object->groups[1].mask, 4);
    assert_int_equal(object->groups[1].audience, MN_TO_OWNER);
    assert_true(object->groups[1].max_hz == 10);
    assert_int_equal(object->groups[2].mask, 8 + 16);
    assert_int_equal(object->groups[2].first_field, 3);
    assert_int_equal(object->history, 32);
    assert_in_range(object->max_bits, 30 * 8, 8000);
    tank canonical;
    memcpy(&canonical, object->defaults, sizeof canonical);
    assert_int_equal(canonical.health, 100);
    assert_true(canonical.rotation[3] > 0.9999F);
    assert_string_equal(canonical.name, "nobody");
    assert_int_equal(object->call_count, 2);
    assert_string_equal(object->calls[0].name, "fire");
    assert_int_equal(object->calls[0].how, MN_RELIABLE);
    assert_int_equal(object->calls[0].max_size, (3 * 8 + 2 + 7) / 8);
    assert_int_equal(object->calls[1].max_size, 0);
    assert_int_equal(mni_schema_scratch_size(schema), sizeof(fire));
}

static void nothing_of_the_callers_is_kept(void **state)
{
    mn_schema *schema = *state;
    mn_field fields[1] = {chat_fields[0]};
    char field_name[] = "text";
    char name[] = "chat";
    fields[0].name = field_name;
    mn_message_type type = chat_type;
    type.fields = fields;
    type.name = name;
    assert_int_equal(mn_schema_add_message(schema, &type), MN_OK);
    memset(fields, 0xa5, sizeof fields);
    memset(field_name, 'x', 4);
    memset(name, 'x', 4);
    assert_int_equal(mn_schema_finish(schema), MN_OK);
    const mni_message_type *message = mni_schema_message(schema, 1);
    assert_string_equal(message->name, "chat");
    uint32_t count;
    assert_string_equal(mni_schema_entries(schema, &count)->name, "chat");
    const chat value = {.text = "hi"};
    chat scratch;
    uint8_t bytes[8];
    mni_writer writer = mni_writer_over(bytes, sizeof bytes);
    mni_message_encode(message, &value, sizeof value, &scratch, &writer);
    assert_int_equal(mni_writer_size(&writer), 3);
}

static void a_finished_schema_stays_as_it_is(void **state)
{
    mn_schema *schema = *state;
    assert_int_equal(mn_schema_add_message(schema, &chat_type), MN_OK);
    assert_int_equal(mn_schema_finish(schema), MN_OK);
    uint64_t hash = mn_schema_hash(schema);
    assert_int_equal(mn_schema_add_message(schema, &raw_type), MN_ERROR_STATE);
    assert_int_equal(mn_schema_add_object(schema, &tank_type), MN_ERROR_STATE);
    assert_int_equal(mn_schema_finish(schema), MN_ERROR_STATE);
    assert_true(mn_schema_hash(schema) == hash);
    uint32_t count;
    (void)mni_schema_entries(schema, &count);
    assert_int_equal(count, 1);
}

static void wrong_arguments_are_answered(void **state)
{
    mn_schema *schema = *state;
    mn_message_type message = chat_type;
    mn_object_type object = tank_type;
    message.struct_size = 4;
    object.struct_size = 0;
    assert_int_equal(mn_schema_create(NULL, NULL), MN_ERROR_ARGUMENT);
    mn_allocator half = {.allocate = allocator.table.allocate};
    mn_schema *none = schema;
    assert_int_equal(mn_schema_create(&half, &none), MN_ERROR_ARGUMENT);
    assert_null(none);
    assert_int_equal(mn_schema_add_message(NULL, &chat_type), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_schema_add_message(schema, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_schema_add_message(schema, &message), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_schema_add_object(NULL, &tank_type), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_schema_add_object(schema, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_schema_add_object(schema, &object), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_schema_finish(NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_schema_hash(NULL), 0);
    assert_string_equal(mn_schema_error_text(NULL), "");
    mn_schema_destroy(NULL);
}

static void no_schema_is_an_empty_one(void **state)
{
    mn_schema *schema = *state;
    uint32_t count = 1;
    assert_true(mni_schema_is_finished(NULL));
    assert_null(mni_schema_message(NULL, 0));
    (void)mni_schema_entries(NULL, &count);
    assert_int_equal(count, 0);
    assert_int_equal(mni_schema_scratch_size(NULL), 0);
    assert_int_equal(mn_schema_finish(schema), MN_OK);
    assert_true(mni_schema_hash(schema) == mni_schema_hash(NULL));
    assert_true(mni_schema_hash(NULL) != 0);
}

static void refuse_message(mn_schema *schema, const mn_message_type *type, const char *text)
{
    assert_int_equal(mn_schema_add_message(schema, type), MN_ERROR_SCHEMA);
    assert_string_equal(mn_schema_error_text(schema), text);
}

static void a_faulty_message_is_named_with_its_field(void **state)
{
    mn_schema *schema = *state;
    mn_field fields[2] = {chat_fields[0], chat_fields[0]};
    mn_message_type type = chat_type;
    type.fields = fields;
    fields[0].flags = 64;
    refuse_message(schema, &type, "message \"chat\" (id 1), field \"text\": unknown flags");
    type = chat_type;
    type.name = NULL;
    refuse_message(schema, &type, "message \"\" (id 1): it has no name");
    type = chat_type;
    type.id = 16384;
    refuse_message(schema, &type, "message \"chat\" (id 16384): its id is above 16383");
    type = chat_type;
    type.flags = 8;
    refuse_message(schema, &type, "message \"chat\" (id 1): unknown flags");
    type = chat_type;
    type.how = 6;
    refuse_message(schema, &type, "message \"chat\" (id 1): how is not a mode and a channel");
    type.how = MN_RELIABLE | MN_ON_CHANNEL(64);
    refuse_message(schema, &type, "message \"chat\" (id 1): how is not a mode and a channel");
    type = chat_type;
    type.size = 0;
    refuse_message(schema, &type, "message \"chat\" (id 1): it has no size");
    type = chat_type;
    type.max_size = 9;
    refuse_message(schema, &type,
                   "message \"chat\" (id 1): max_size is for raw bytes, which have no size");
    type = chat_type;
    type.field_count = 0;
    refuse_message(schema, &type, "message \"chat\" (id 1): it has a size, but no fields");
    assert_int_equal(mn_schema_add_message(schema, &chat_type), MN_OK);
    type = raw_type;
    type.id = 1;
    refuse_message(schema, &type, "message \"raw\" (id 1): the id is taken");
}

static void refuse_object(mn_schema *schema, const mn_object_type *type, const char *text)
{
    assert_int_equal(mn_schema_add_object(schema, type), MN_ERROR_SCHEMA);
    assert_string_equal(mn_schema_error_text(schema), text);
}

static void a_faulty_object_is_named_with_its_group(void **state)
{
    mn_schema *schema = *state;
    mn_group changed[3];
    mn_object_type type = tank_type;
    type.groups = changed;
    memcpy(changed, groups, sizeof groups);
    changed[1].audience = 9;
    refuse_object(schema, &type, "object \"tank\" (id 3), group 1: unknown audience");
    memcpy(changed, groups, sizeof groups);
    changed[2].direction = 9;
    refuse_object(schema, &type, "object \"tank\" (id 3), group 2: unknown direction");
    memcpy(changed, groups, sizeof groups);
    changed[2].max_hz = -1;
    refuse_object(schema, &type, "object \"tank\" (id 3), group 2: max_hz is negative");
    memcpy(changed, groups, sizeof groups);
    changed[0].field_count = 0;
    refuse_object(schema, &type, "object \"tank\" (id 3), group 0: it has no fields");
    memcpy(changed, groups, sizeof groups);
    changed[0].flags = 1;
    refuse_object(schema, &type, "object \"tank\" (id 3), group 0: unknown flags");
    memcpy(changed, groups, sizeof groups);
    changed[2] = changed[1];
    refuse_object(schema, &type,
                  "object \"tank\" (id 3), field \"health\": it overlaps another field");
    type = tank_type;
    type.history = 1;
    refuse_object(schema, &type, "object \"tank\" (id 3): its history is not 2 to 64 versions");
    type = tank_type;
    type.groups = NULL;
    refuse_object(schema, &type, "object \"tank\" (id 3): its groups are missing, or more than 64");
    type = tank_type;
    type.call_count = 65;
    refuse_object(schema, &type, "object \"tank\" (id 3): its calls are missing, or more than 64");
    type = tank_type;
    type.flags = 1;
    refuse_object(schema, &type, "object \"tank\" (id 3): unknown flags");
}

static void a_faulty_call_is_named_with_its_place(void **state)
{
    mn_schema *schema = *state;
    static const struct {
        mn_call_type call;
        const char *text;
    } cases[] = {
        {{.flags = MN_CALL_TO_SERVER}, "object \"tank\" (id 3), call 1: it has no name"},
        {{.name = "x", .flags = 64}, "object \"tank\" (id 3), call 1: unknown flags"},
        {{.name = "x"},
         "object \"tank\" (id 3), call 1: it is either to the server or to the client"},
        {{.name = "x", .flags = MN_CALL_TO_SERVER | MN_CALL_TO_CLIENT},
         "object \"tank\" (id 3), call 1: it is either to the server or to the client"},
        {{.name = "x", .flags = MN_CALL_TO_CLIENT | MN_CALL_BY_ANYBODY},
         "object \"tank\" (id 3), call 1: only what is to the server is by anybody"},
        {{.name = "x", .flags = MN_CALL_TO_CLIENT, .how = MN_NOTIFY},
         "object \"tank\" (id 3), call 1: how is neither reliable nor unreliable"},
        {{.name = "x",
          .flags = MN_CALL_TO_CLIENT,
          .size = 4,
          .field_count = 1,
          .fields = fire_fields},
         "object \"tank\" (id 3), call 1, field \"direction\": it reaches outside the struct"},
        {{.name = "x", .flags = MN_CALL_TO_CLIENT, .size = 4, .field_count = 1},
         "object \"tank\" (id 3), call 1: a table of fields is missing"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        mn_call_type changed[2] = {calls[0], cases[i].call};
        mn_object_type type = tank_type;
        type.calls = changed;
        refuse_object(schema, &type, cases[i].text);
    }
}

static void state_fits_a_packet_and_a_mask(void **state)
{
    mn_schema *schema = *state;
    typedef struct crate {
        char text[4][260];
    } crate;
    static const mn_field fields[] = {MN_FIELD(crate, text, MN_KIND_STRING, 4, 0, 0, 0, 0)};
    static const mn_group group[] = {MN_GROUP(fields, MN_TO_ALL, MN_FROM_SERVER, 0)};
    mn_object_type type = {.struct_size = sizeof type,
                           .id = 1,
                           .size = sizeof(crate),
                           .group_count = 1,
                           .groups = group,
                           .name = "crate"};
    refuse_object(schema, &type,
                  "object \"crate\" (id 1): its state can take more than 1000 bytes");
    mn_call_type call = {.size = sizeof(crate),
                         .field_count = 1,
                         .fields = fields,
                         .flags = MN_CALL_TO_CLIENT,
                         .name = "drop"};
    mn_object_type caller = {
        .struct_size = sizeof caller, .id = 1, .call_count = 1, .calls = &call, .name = "crate"};
    refuse_object(schema, &caller,
                  "object \"crate\" (id 1), call 0: its arguments can take more than 1000 bytes");
    mn_field many[33];
    mn_group two[2];
    for (uint32_t i = 0; i < 33; i++) {
        many[i] = (mn_field){.name = "x", .kind = MN_KIND_UINT, .size = 1, .count = 1, .offset = i};
    }
    two[0] = (mn_group){.field_count = 33, .fields = many};
    two[1] = two[0];
    type.group_count = 2;
    type.groups = two;
    refuse_object(schema, &type,
                  "object \"crate\" (id 1), group 1: more than 64 fields up to here");
    type.group_count = 0; /* an object may have calls only, or nothing */
    type.size = 0;
    assert_int_equal(mn_schema_add_object(schema, &type), MN_OK);
}

static uint64_t hash_of(const mn_message_type *message, const mn_object_type *object, bool reverse)
{
    mn_schema *schema;
    assert_int_equal(mn_schema_create(NULL, &schema), MN_OK);
    for (uint32_t i = 0; i < 2; i++) {
        if ((i == 0) != reverse) {
            assert_int_equal(mn_schema_add_object(schema, object), MN_OK);
        } else {
            assert_int_equal(mn_schema_add_message(schema, &raw_type), MN_OK);
            assert_int_equal(mn_schema_add_message(schema, message), MN_OK);
        }
    }
    assert_int_equal(mn_schema_finish(schema), MN_OK);
    uint64_t hash = mn_schema_hash(schema);
    mn_schema_destroy(schema);
    return hash;
}

static void the_order_of_adding_means_nothing(void **state)
{
    (void)state;
    assert_true(hash_of(&chat_type, &tank_type, false) == hash_of(&chat_type, &tank_type, true));
}

static void whatever_changes_the_wire_changes_the_hash(void **state)
{
    (void)state;
    uint64_t hash = hash_of(&chat_type, &tank_type, false);
    mn_field fields[1] = {chat_fields[0]};
    mn_message_type message = chat_type;
    message.fields = fields;
    fields[0].size = 100;
    assert_true(hash_of(&message, &tank_type, false) != hash);
    fields[0] = chat_fields[0];
    fields[0].name = "words";
    assert_true(hash_of(&message, &tank_type, false) != hash);
    message = chat_type;
    message.id = 2;
    assert_true(hash_of(&message, &tank_type, false) != hash);
    message = chat_type;
    message.name = "talk";
    assert_true(hash_of(&message, &tank_type, false) != hash);
    message = chat_type;
    message.flags = MN_MESSAGE_TO_SERVER;
    assert_true(hash_of(&message, &tank_type, false) != hash);

    mn_object_type object = tank_type;
    object.history = 16;
    assert_true(hash_of(&chat_type, &object, false) != hash);
    object = tank_type;
    object.call_count = 1;
    assert_true(hash_of(&chat_type, &object, false) != hash);
    mn_group changed[3];
    memcpy(changed, groups, sizeof groups);
    object = tank_type;
    object.groups = changed;
    changed[0].audience = MN_TO_OWNER;
    assert_true(hash_of(&chat_type, &object, false) != hash);
    tank defaults = {.health = 5};
    object = tank_type;
    object.defaults = &defaults;
    assert_true(hash_of(&chat_type, &object, false) != hash);
}

static void what_does_not_change_the_wire_does_not_change_the_hash(void **state)
{
    (void)state;
    uint64_t hash = hash_of(&chat_type, &tank_type, false);
    tank defaults = {.rotation = {0, 0, 0, 1}};
    mn_group changed[3];
    memcpy(changed, groups, sizeof groups);
    changed[1].max_hz = 3;
    mn_object_type object = tank_type;
    object.groups = changed;
    object.defaults = &defaults; /* canonically the same as zeros */
    object.history = 32;         /* the default */
    mn_field fields[1] = {chat_fields[0]};
    fields[0].offset = 8; /* another struct around it */
    mn_message_type message = chat_type;
    message.fields = fields;
    message.size = 300;
    message.how = MN_RELIABLE;
    assert_true(hash_of(&message, &object, false) == hash);
}

static void the_hash_is_the_same_everywhere(void **state)
{
    (void)state;
    assert_true(hash_of(&chat_type, &tank_type, false) == UINT64_C(0xd763a41effcf3711));
    assert_true(mni_schema_hash(NULL) == UINT64_C(0xd8bfc25235f607e3));
}

static void entries_are_sorted_by_kind_and_id(void **state)
{
    mn_schema *schema = *state;
    for (uint32_t i = 0; i < 50; i++) {
        mn_message_type message = raw_type;
        mn_object_type object = tank_type;
        message.id = i * 37 % 50;
        object.id = 1000 - i;
        assert_int_equal(mn_schema_add_message(schema, &message), MN_OK);
        assert_int_equal(mn_schema_add_object(schema, &object), MN_OK);
    }
    assert_int_equal(mn_schema_finish(schema), MN_OK);
    uint32_t count;
    const mni_schema_entry *entries = mni_schema_entries(schema, &count);
    assert_int_equal(count, 100);
    for (uint32_t i = 0; i < 50; i++) {
        assert_int_equal(entries[i].kind, MNI_TYPE_MESSAGE);
        assert_int_equal(entries[i].id, i);
        assert_ptr_equal(entries[i].type, mni_schema_message(schema, i));
        assert_int_equal(entries[50 + i].kind, MNI_TYPE_OBJECT);
        assert_int_equal(entries[50 + i].id, 951 + i);
        assert_int_equal(entries[i].hash, entries[0].hash); /* the id is not in it */
    }
    assert_int_not_equal(entries[0].hash, entries[50].hash);
}

static mn_result build(mn_schema **schema_out, mn_result *results)
{
    results[0] = mn_schema_create(&allocator.table, schema_out);
    if (results[0] != MN_OK) {
        return results[0];
    }
    results[1] = mn_schema_add_message(*schema_out, &chat_type);
    results[2] = mn_schema_add_object(*schema_out, &tank_type);
    mn_result finished = mn_schema_finish(*schema_out);
    if (results[1] != MN_OK || results[2] != MN_OK) {
        return results[1] != MN_OK ? results[1] : results[2];
    }
    return finished;
}

static void without_memory_nothing_changes(void **state)
{
    (void)state;
    mn_result result = MN_ERROR_MEMORY;
    for (uint64_t i = 1; result != MN_OK; i++) {
        mn_schema *schema = NULL;
        mn_result results[3] = {0};
        test_allocator_init(&allocator);
        allocator.fail_at = i;
        result = build(&schema, results);
        assert_true(result == MN_OK || result == MN_ERROR_MEMORY);
        if (schema != NULL && result != MN_OK) {
            allocator.fail_at = 0; /* the same again, now that there is memory */
            if (!mni_schema_is_finished(schema)) {
                if (results[1] != MN_OK) {
                    assert_int_equal(mn_schema_add_message(schema, &chat_type), MN_OK);
                }
                assert_int_equal(mn_schema_finish(schema), MN_OK);
            }
            assert_true((object_of(schema, 3) != NULL) == (results[2] == MN_OK));
        }
        mn_schema_destroy(schema);
        assert_int_equal(allocator.live, 0);
        assert_true(i < 100);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(types_are_found_once_it_is_finished),
        TEST(an_object_type_has_all_that_the_object_floor_needs),
        TEST(nothing_of_the_callers_is_kept),
        TEST(a_finished_schema_stays_as_it_is),
        TEST(wrong_arguments_are_answered),
        TEST(no_schema_is_an_empty_one),
        TEST(a_faulty_message_is_named_with_its_field),
        TEST(a_faulty_object_is_named_with_its_group),
        TEST(a_faulty_call_is_named_with_its_place),
        TEST(state_fits_a_packet_and_a_mask),
        TEST(entries_are_sorted_by_kind_and_id),
        cmocka_unit_test(the_order_of_adding_means_nothing),
        cmocka_unit_test(whatever_changes_the_wire_changes_the_hash),
        cmocka_unit_test(what_does_not_change_the_wire_does_not_change_the_hash),
        cmocka_unit_test(the_hash_is_the_same_everywhere),
        cmocka_unit_test(without_memory_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
