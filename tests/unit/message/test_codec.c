/* SPDX-License-Identifier: MIT */
/*
 * Structs of random tables, full of random bits: what travels arrives as its canonical copy, whole
 * or as a difference, and what does not belong in a packet is refused and harms nobody.
 */
#include "base/random.h"
#include "message/codec.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { STRUCT_MAX = 4096, INNER_TABLES = 8, FIELDS = 12 };

/* A random table of fields, with tables for the structures in it. */
typedef struct random_table {
    mn_field fields[INNER_TABLES + 1][FIELDS];
    uint32_t counts[INNER_TABLES + 1];
    uint32_t sizes[INNER_TABLES + 1];
    uint32_t inner; /* tables in use */
    mni_memory memory;
    mni_layout layout;
} random_table;

static uint32_t below(mni_random *random, uint32_t bound)
{
    return (uint32_t)mni_random_below(random, bound);
}

static void choose_bounds(mni_random *random, mn_field *field, uint32_t lanes)
{
    bool is_integer = field->kind == MN_KIND_INT || field->kind == MN_KIND_UINT;
    uint32_t element = is_integer ? 1U << below(random, 4) : 4U << below(random, 2);
    field->size = element * lanes * field->count;
    if (mni_random_chance(random, 0.7)) {
        field->min = field->kind == MN_KIND_UINT ? below(random, 9) : -(double)below(random, 100);
        field->max = field->min + 1 + below(random, 100);
        field->step = is_integer ? 1 : mni_random_unit(random);
    } else if (mni_random_chance(random, 0.5)) {
        field->step = is_integer ? 0 : 0.5;
    }
    if (field->kind == MN_KIND_ANGLE) {
        field->step = 0;
        field->packing = (uint16_t)below(random, 14);
    }
}

static void choose_kind(mni_random *random, random_table *table, mn_field *field, uint32_t depth)
{
    field->kind = (uint8_t)(1 + below(random, MN_KIND_STRUCT));
    field->count = (uint16_t)(mni_random_chance(random, 0.3) ? 1 + below(random, 9) : 1);
    switch (field->kind) {
    case MN_KIND_BOOL:
        field->size = field->count;
        break;
    case MN_KIND_OBJECT:
        field->size = 4U * field->count;
        break;
    case MN_KIND_STRING:
    case MN_KIND_BLOB:
        field->size = (1 + below(random, 20)) * field->count;
        break;
    case MN_KIND_QUATERNION:
        field->size = (16U << below(random, 2)) * field->count;
        field->packing = (uint16_t)(2 + below(random, 15));
        break;
    case MN_KIND_STRUCT:
        if (depth == 3 || table->inner == 0) {
            field->kind = MN_KIND_INT;
            field->size = 4U * field->count;
        } else {
            uint32_t inner = 1 + below(random, table->inner);
            field->fields = table->fields[inner];
            field->field_count = (uint16_t)table->counts[inner];
            field->size = table->sizes[inner] * field->count;
        }
        break;
    default: {
        bool is_vector = field->kind >= MN_KIND_VECTOR2 && field->kind <= MN_KIND_VECTOR4;
        choose_bounds(random, field, is_vector ? field->kind - MN_KIND_VECTOR2 + 2U : 1);
        break;
    }
    }
}

/* Fills table `index`, using tables above it for structures; holes between the members. */
static void fill_table(mni_random *random, random_table *table, uint32_t index, uint32_t count)
{
    uint32_t offset = 0;
    table->counts[index] = 0;
    while (table->counts[index] < count) {
        mn_field *field = &table->fields[index][table->counts[index]];
        *field = (mn_field){.name = "field"};
        choose_kind(random, table, field, index);
        offset += below(random, 3);
        if (mni_random_chance(random, 0.3)) {
            field->flags = MN_FIELD_COUNTED;
            field->count_offset = offset;
            offset += 2;
        }
        field->offset = offset;
        offset += field->size;
        table->counts[index]++;
    }
    table->sizes[index] = offset + below(random, 3);
}

static bool make_table(mni_random *random, random_table *table)
{
    memset(table, 0, sizeof *table);
    mni_memory_init(&table->memory, NULL, 0);
    uint32_t inner = below(random, 3);
    for (uint32_t i = 1; i <= inner; i++) { /* each can hold those before it */
        fill_table(random, table, i, 1 + below(random, 3));
        table->inner = i;
    }
    fill_table(random, table, 0, 1 + below(random, FIELDS));
    if (table->sizes[0] > STRUCT_MAX) {
        return false;
    }
    static const uint8_t key[MNI_HASH_KEY_SIZE];
    mni_hash hash;
    mni_hash_init(&hash, key);
    mni_table tables = {table->fields[0], table->counts[0]};
    mni_layout_source source = {&tables, 1, table->sizes[0]};
    mni_layout_fault fault;
    return mni_layout_init(&table->layout, &table->memory, &source, &hash, &fault) == MN_OK;
}

static void drop_table(random_table *table)
{
    mni_layout_clear(&table->layout, &table->memory);
    assert_true(table->memory.used == 0);
}

static void fill_randomly(mni_random *random, uint8_t *bytes, uint32_t size)
{
    uint32_t density = below(random, 4); /* often much is zero, as in games */
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(below(random, 4) < density ? mni_random_next(random) : 0);
    }
    for (uint32_t i = 0; i + 4 <= size && density < 3; i += 4) {
        float small = (float)(200 * mni_random_unit(random) - 100);
        if (mni_random_chance(random, 0.4)) {
            memcpy(bytes + i, &small, 4);
        }
    }
}

/* A struct and one that it grew out of, both canonical, in blocks of their exact size. */
typedef struct sample {
    uint8_t *raw, *now, *before, *out;
    uint8_t *packet;
    uint32_t capacity;
} sample;

static sample make_pair(mni_random *random, const mni_layout *layout)
{
    uint32_t size = layout->size;
    sample pair = {.raw = malloc(size),
                   .now = calloc(1, size),
                   .before = calloc(1, size),
                   .out = malloc(size),
                   .capacity = (mni_layout_max_bits(layout, UINT64_MAX) + 7) / 8};
    pair.packet = malloc(pair.capacity + 1);
    assert_true(pair.raw != NULL && pair.now != NULL && pair.before != NULL && pair.out != NULL &&
                pair.packet != NULL);
    fill_randomly(random, pair.raw, size);
    mni_layout_quantise(layout, UINT64_MAX, pair.raw, pair.before);
    for (uint32_t changes = below(random, 12); changes > 0; changes--) {
        pair.raw[below(random, size)] ^= (uint8_t)(1U << below(random, 8));
    }
    mni_layout_quantise(layout, UINT64_MAX, pair.raw, pair.now);
    return pair;
}

static void drop_pair(const sample *pair)
{
    free(pair->raw);
    free(pair->now);
    free(pair->before);
    free(pair->out);
    free(pair->packet);
}

static mni_bit_writer encode(const mni_layout *layout, const sample *pair, uint64_t mask,
                             const uint8_t *baseline)
{
    mni_bit_writer writer = mni_bit_writer_over(pair->packet, pair->capacity);
    mni_layout_encode(layout, mask, pair->now, baseline, &writer);
    return writer;
}

static bool is_canonical(const mni_layout *layout, const uint8_t *value)
{
    uint8_t *again = calloc(1, layout->size);
    assert_non_null(again);
    mni_layout_quantise(layout, UINT64_MAX, value, again);
    bool is_same = memcmp(again, value, layout->size) == 0;
    free(again);
    return is_same;
}

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fail_msg("MN_SEED=%" PRIu64 ", round %u: %s", seed, round, #condition); \
    }                                                                         \
  } while (0)

static void check_whole(const random_table *table, const sample *pair, uint64_t seed,
                        uint32_t round)
{
    const mni_layout *layout = &table->layout;
    CHECK(is_canonical(layout, pair->now));
    mni_bit_writer writer = encode(layout, pair, UINT64_MAX, NULL);
    CHECK(!writer.failed);
    CHECK(mni_bit_writer_count(&writer) <= mni_layout_max_bits(layout, UINT64_MAX));
    mni_bit_reader reader = mni_bit_reader_over(pair->packet, mni_bit_writer_size(&writer));
    memset(pair->out, 0, layout->size);
    CHECK(mni_layout_decode(layout, UINT64_MAX, NULL, &reader, pair->out));
    CHECK(reader.at == mni_bit_writer_count(&writer));
    CHECK(memcmp(pair->out, pair->now, layout->size) == 0);
}

static void check_difference(const random_table *table, const sample *pair, uint64_t more,
                             uint64_t seed, uint32_t round)
{
    const mni_layout *layout = &table->layout;
    uint64_t mask = mni_layout_changed(layout, UINT64_MAX, pair->now, pair->before) | more;
    mni_bit_writer writer = encode(layout, pair, mask, pair->before);
    CHECK(!writer.failed);
    CHECK(mni_bit_writer_count(&writer) <= mni_layout_max_bits(layout, mask));
    mni_bit_reader reader = mni_bit_reader_over(pair->packet, mni_bit_writer_size(&writer));
    memcpy(pair->out, pair->before, layout->size);
    CHECK(mni_layout_decode(layout, mask, pair->before, &reader, pair->out));
    CHECK(reader.at == mni_bit_writer_count(&writer));
    CHECK(memcmp(pair->out, pair->now, layout->size) == 0);
}

static void random_structs_arrive_as_their_canonical_copies(void **state)
{
    (void)state;
    uint64_t seed = test_seed(31);
    mni_random random;
    mni_random_init(&random, seed);
    uint32_t made = 0;
    for (uint32_t round = 0; round < 1500; round++) {
        random_table table;
        if (make_table(&random, &table)) {
            made++;
            for (uint32_t i = 0; i < 8; i++) {
                sample pair = make_pair(&random, &table.layout);
                check_whole(&table, &pair, seed, round);
                check_difference(&table, &pair, 0, seed, round);
                check_difference(&table, &pair, mni_random_next(&random), seed, round);
                drop_pair(&pair);
            }
        }
        drop_table(&table);
    }
    assert_true(made > 500);
}

static void changes_and_digests_agree(void **state)
{
    (void)state;
    uint64_t seed = test_seed(32);
    mni_random random;
    mni_random_init(&random, seed);
    static const uint8_t key[MNI_HASH_KEY_SIZE];
    for (uint32_t round = 0; round < 1500; round++) {
        random_table table;
        if (make_table(&random, &table)) {
            const mni_layout *layout = &table.layout;
            sample pair = make_pair(&random, layout);
            uint64_t changed = mni_layout_changed(layout, UINT64_MAX, pair.now, pair.before);
            CHECK((changed == 0) == (memcmp(pair.now, pair.before, layout->size) == 0));
            CHECK(changed == mni_layout_changed(layout, UINT64_MAX, pair.before, pair.now));
            for (uint32_t i = 0; i < layout->field_count; i++) {
                mni_hash now;
                mni_hash before;
                mni_hash_init(&now, key);
                mni_hash_init(&before, key);
                mni_layout_digest(layout, UINT64_C(1) << i, pair.now, &now);
                mni_layout_digest(layout, UINT64_C(1) << i, pair.before, &before);
                CHECK((mni_hash_end(&now) != mni_hash_end(&before)) == (changed >> i & 1));
            }
            drop_pair(&pair);
        }
        drop_table(&table);
    }
}

static void fields_outside_the_mask_are_left_alone(void **state)
{
    (void)state;
    uint64_t seed = test_seed(33);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < 1500; round++) {
        random_table table;
        if (make_table(&random, &table)) {
            const mni_layout *layout = &table.layout;
            sample pair = make_pair(&random, layout);
            uint64_t mask = mni_random_next(&random);
            memcpy(pair.out, pair.before, layout->size);
            mni_layout_quantise(layout, mask, pair.raw, pair.out);
            uint64_t changed = mni_layout_changed(layout, UINT64_MAX, pair.now, pair.before);
            CHECK(mni_layout_changed(layout, UINT64_MAX, pair.out, pair.before) ==
                  (changed & mask));
            CHECK(mni_layout_changed(layout, mask, pair.out, pair.now) == 0);
            drop_pair(&pair);
        }
        drop_table(&table);
    }
}

static void a_packet_that_is_cut_anywhere_is_refused(void **state)
{
    (void)state;
    uint64_t seed = test_seed(34);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < 300; round++) {
        random_table table;
        if (make_table(&random, &table)) {
            const mni_layout *layout = &table.layout;
            sample pair = make_pair(&random, layout);
            const uint8_t *baseline = round % 2 == 0 ? pair.before : NULL;
            mni_bit_writer writer = encode(layout, &pair, UINT64_MAX, baseline);
            size_t count = mni_bit_writer_count(&writer);
            for (size_t end = 0; end < count; end += 1 + count / 500) {
                uint8_t *cut = malloc((end + 7) / 8 + 1);
                assert_non_null(cut);
                memcpy(cut, pair.packet, (end + 7) / 8);
                mni_bit_reader reader = mni_bit_reader_over(cut, (end + 7) / 8);
                reader.end = end;
                CHECK(!mni_layout_decode(layout, UINT64_MAX, baseline, &reader, pair.out));
                free(cut);
            }
            drop_pair(&pair);
        }
        drop_table(&table);
    }
}

/* Whatever is accepted is canonical, and can be sent on. */
static void rubbish_is_refused_or_means_something(void **state)
{
    (void)state;
    uint64_t seed = test_seed(35);
    mni_random random;
    mni_random_init(&random, seed);
    uint32_t accepted = 0;
    uint32_t refused = 0;
    for (uint32_t round = 0; round < 1500; round++) {
        random_table table;
        if (make_table(&random, &table)) {
            const mni_layout *layout = &table.layout;
            sample pair = make_pair(&random, layout);
            const uint8_t *baseline = mni_random_chance(&random, 0.5) ? pair.before : NULL;
            for (uint32_t i = 0; i < 20; i++) {
                (void)encode(layout, &pair, UINT64_MAX, baseline);
                for (uint32_t flips = 1 + below(&random, 4); flips > 0; flips--) {
                    pair.packet[below(&random, pair.capacity)] ^=
                        (uint8_t)(1U << below(&random, 8));
                }
                mni_bit_reader reader = mni_bit_reader_over(pair.packet, pair.capacity);
                memset(pair.out, 0, layout->size);
                if (!mni_layout_decode(layout, UINT64_MAX, baseline, &reader, pair.out)) {
                    refused++;
                    continue;
                }
                accepted++;
                CHECK(is_canonical(layout, pair.out));
            }
            drop_pair(&pair);
        }
        drop_table(&table);
    }
    assert_true(accepted > 1000 && refused > 1000);
}

static void field_masks_come_back_within_their_bound(void **state)
{
    (void)state;
    uint64_t seed = test_seed(36);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t count = below(&random, 65);
        uint64_t mask = mni_random_next(&random) & mni_bit_mask(count);
        for (uint32_t i = below(&random, 8); i > 0; i--) {
            mask &= mni_random_next(&random);
        }
        uint8_t bytes[16] = {0};
        mni_bit_writer writer = mni_bit_writer_over(bytes, sizeof bytes);
        mni_write_field_mask(&writer, mask, count);
        CHECK(mni_bit_writer_count(&writer) <= mni_field_mask_max_bits(count));
        mni_bit_reader reader = mni_bit_reader_over(bytes, mni_bit_writer_size(&writer));
        CHECK(mni_read_field_mask(&reader, count) == mask);
        CHECK(!reader.failed && reader.at == mni_bit_writer_count(&writer));
    }
}

static void an_empty_block_of_a_field_mask_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[2] = {0x01}; /* of eight fields, the first block has some: none */
    mni_bit_reader reader = mni_bit_reader_over(bytes, sizeof bytes);
    assert_int_equal(mni_read_field_mask(&reader, 8), 0);
    assert_true(reader.failed);
}

typedef struct tank {
    float position[3];
    float rotation[4];
    int32_t health;
    char name[16];
    mn_object target;
    float heading;
    uint16_t shot_count;
    uint8_t shots[6];
} tank;

static const mn_field tank_fields[] = {
    MN_VECTOR3(tank, position, -512, 512, 0.01),
    MN_QUATERNION(tank, rotation, 10),
    MN_INT(tank, health, 0, 100),
    MN_STRING(tank, name),
    MN_OBJECT(tank, target),
    MN_ANGLE(tank, heading, 16),
    {.min = 0,
     .max = 9,
     .step = 1,
     .offset = offsetof(tank, shots),
     .size = 6,
     .count = 6,
     .kind = MN_KIND_UINT,
     .flags = MN_FIELD_COUNTED,
     .count_offset = offsetof(tank, shot_count),
     .name = "shots"},
};

static void make_tank_layout(mni_memory *memory, mni_layout *layout)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE];
    mni_hash hash;
    mni_hash_init(&hash, key);
    mni_table table = {tank_fields, MN_COUNT(tank_fields)};
    mni_layout_source source = {&table, 1, sizeof(tank)};
    mni_layout_fault fault;
    mni_memory_init(memory, NULL, 0);
    if (mni_layout_init(layout, memory, &source, &hash, &fault) != MN_OK) {
        fail_msg("%s: %s", fault.field, fault.why);
    }
}

static uint32_t size_of(const mni_layout *layout, const tank *from, const tank *to)
{
    tank a;
    tank b;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    mni_layout_quantise(layout, UINT64_MAX, from, &a);
    mni_layout_quantise(layout, UINT64_MAX, to, &b);
    uint8_t bytes[256];
    mni_bit_writer writer = mni_bit_writer_over(bytes, sizeof bytes);
    mni_layout_encode(layout, mni_layout_changed(layout, UINT64_MAX, &a, &b), &b, &a, &writer);
    assert_false(writer.failed);
    return (uint32_t)mni_bit_writer_count(&writer);
}

static void small_changes_take_few_bits(void **state)
{
    (void)state;
    mni_memory memory;
    mni_layout layout;
    make_tank_layout(&memory, &layout);
    const tank from = {.position = {10, 0, -20},
                       .rotation = {0, 0, 0, 1},
                       .health = 100,
                       .name = "anna",
                       .target = {1000},
                       .heading = 6.283F,
                       .shot_count = 2,
                       .shots = {1, 2}};
    tank to = from;
    assert_int_equal(size_of(&layout, &from, &to), 0);
    to.position[1] = 0.03F; /* 3 steps: residual 5 */
    assert_int_equal(size_of(&layout, &from, &to), 2 + 1 + 5 + 1);
    to = from;
    to.position[0] += 0.3F; /* 30 steps each */
    to.position[2] -= 0.3F;
    assert_int_equal(size_of(&layout, &from, &to), 2 + 7 + 7 + 7);
    to = from;
    to.health = 99;
    assert_int_equal(size_of(&layout, &from, &to), 7);
    to = from;
    to.heading = 0.0005F; /* 7 steps, across 0 */
    assert_true(size_of(&layout, &from, &to) <= 2 + 6);
    to = from;
    to.target.id = 1001;
    assert_int_equal(size_of(&layout, &from, &to), 2 + 3);
    to = from;
    to.shots[1] = 3; /* count: the same; the two: 1 and 2 to 1 and 3 */
    assert_int_equal(size_of(&layout, &from, &to), 1 + 1 + 8);
    mni_layout_clear(&layout, &memory);
}

static void what_lies_behind_the_end_does_not_travel(void **state)
{
    (void)state;
    mni_memory memory;
    mni_layout layout;
    make_tank_layout(&memory, &layout);
    tank raw = {.name = "ab\0cd", .shot_count = 2, .shots = {1, 200, 3, 4, 5, 6}};
    tank canonical;
    memset(&canonical, 0, sizeof canonical);
    mni_layout_quantise(&layout, UINT64_MAX, &raw, &canonical);
    assert_memory_equal(canonical.name, "ab\0\0\0", 6);
    assert_memory_equal(canonical.shots, "\x01\x09\0\0\0\0", 6);
    assert_true(canonical.rotation[3] > 0.9999F);
    memset(raw.name, 'x', sizeof raw.name); /* not terminated */
    raw.shot_count = 60000;
    mni_layout_quantise(&layout, UINT64_MAX, &raw, &canonical);
    assert_memory_equal(canonical.name, "xxxxxxxxxxxxxxx", 16);
    assert_int_equal(canonical.shot_count, 6);
    assert_memory_equal(canonical.shots, "\x01\x09\x03\x04\x05\x06", 6);
    raw.shot_count = 1; /* fewer than before */
    mni_layout_quantise(&layout, UINT64_MAX, &raw, &canonical);
    assert_memory_equal(canonical.shots, "\x01\0\0\0\0\0", 6);
    mni_layout_clear(&layout, &memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_structs_arrive_as_their_canonical_copies),
        cmocka_unit_test(changes_and_digests_agree),
        cmocka_unit_test(fields_outside_the_mask_are_left_alone),
        cmocka_unit_test(a_packet_that_is_cut_anywhere_is_refused),
        cmocka_unit_test(rubbish_is_refused_or_means_something),
        cmocka_unit_test(field_masks_come_back_within_their_bound),
        cmocka_unit_test(an_empty_block_of_a_field_mask_is_refused),
        cmocka_unit_test(small_changes_take_few_bits),
        cmocka_unit_test(what_lies_behind_the_end_does_not_travel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
