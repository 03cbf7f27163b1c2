/* SPDX-License-Identifier: MIT */
/*
 * Bits as several tables of fields: first a whole struct, then a field mask and a difference
 * against it. Whatever is accepted must be canonical, and must arrive when it is sent on.
 *
 * Input: one byte chooses the table; the rest are bits.
 */
#include "message/codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct tank {
    float position[3];
    float rotation[4];
    int32_t health;
    mn_object target;
    char name[24];
    float heading;
} tank;

static const mn_field tank_fields[] = {
    MN_VECTOR3(tank, position, -512, 512, 0.01),
    MN_QUATERNION(tank, rotation, 10),
    MN_INT(tank, health, 0, 100),
    MN_OBJECT(tank, target),
    MN_STRING(tank, name),
    MN_ANGLE(tank, heading, 16),
};

typedef struct widths {
    int8_t i8;
    int16_t i16;
    int32_t i32[5];
    int64_t i64;
    uint8_t u8[4];
    uint16_t u16;
    uint64_t u64;
    uint8_t flags[9];
    float exact;
    double exact_wide[2];
    double place;
    double turn[4];
    uint8_t id[16];
} widths;

static const mn_field widths_fields[] = {
    MN_INT(widths, i8, 0, 0),
    MN_INT(widths, i16, -300, 300),
    MN_FIELD(widths, i32, MN_KIND_INT, 5, 0, 0, 1, 0),
    MN_INT(widths, i64, 0, 0),
    MN_FIELD(widths, u8, MN_KIND_UINT, 4, 0, 0, 1, 0),
    MN_FIELD(widths, u16, MN_KIND_UINT, 1, 0, 0, 0, 11),
    MN_FIELD(widths, u64, MN_KIND_UINT, 1, 0, 0, 0, 64),
    MN_FIELD(widths, flags, MN_KIND_BOOL, 9, 0, 0, 0, 0),
    MN_FLOAT(widths, exact, 0, 0, 0),
    MN_VECTOR2(widths, exact_wide, 0, 0, 0),
    MN_FLOAT(widths, place, 0, 0, 0.001),
    MN_QUATERNION(widths, turn, 5),
    MN_BLOB(widths, id),
};

typedef struct item {
    uint16_t shot_count;
    uint8_t shots[4];
    float aim[4];
    char label[6];
} item;

typedef struct bag {
    uint16_t item_count, note_count, byte_count;
    item items[3];
    char notes[3][8];
    uint8_t bytes[20];
} bag;

static const mn_field item_fields[] = {
    {.offset = offsetof(item, shots),
     .size = 4,
     .count = 4,
     .kind = MN_KIND_UINT,
     .min = 1,
     .max = 200,
     .name = "shots",
     .flags = MN_FIELD_COUNTED,
     .count_offset = offsetof(item, shot_count)},
    MN_QUATERNION(item, aim, 10),
    MN_STRING(item, label),
};
static const mn_field bag_fields[] = {
    {.offset = offsetof(bag, items),
     .size = 3 * sizeof(item),
     .count = 3,
     .kind = MN_KIND_STRUCT,
     .name = "items",
     .flags = MN_FIELD_COUNTED,
     .count_offset = offsetof(bag, item_count),
     .fields = item_fields,
     .field_count = 3},
    {.offset = offsetof(bag, notes),
     .size = 24,
     .count = 3,
     .kind = MN_KIND_STRING,
     .name = "notes",
     .flags = MN_FIELD_COUNTED,
     .count_offset = offsetof(bag, note_count)},
    {.offset = offsetof(bag, bytes),
     .size = 20,
     .count = 20,
     .kind = MN_KIND_BLOB,
     .name = "bytes",
     .flags = MN_FIELD_COUNTED,
     .count_offset = offsetof(bag, byte_count)},
};

enum { LAYOUTS = 3, SIZE_MAX_OF_ALL = 512, BYTES_MAX = 1024 };

static const struct {
    mni_table table;
    uint32_t size;
} sources[LAYOUTS] = {
    {{tank_fields, MN_COUNT(tank_fields)}, sizeof(tank)},
    {{widths_fields, MN_COUNT(widths_fields)}, sizeof(widths)},
    {{bag_fields, MN_COUNT(bag_fields)}, sizeof(bag)},
};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void make_layout(uint32_t which, mni_layout *layout, mni_memory *memory)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE];
    mni_hash hash;
    mni_hash_init(&hash, key);
    mni_layout_source source = {&sources[which].table, 1, sources[which].size};
    mni_layout_fault fault;
    mni_memory_init(memory, NULL, 0);
    require(source.size <= SIZE_MAX_OF_ALL);
    require(mni_layout_init(layout, memory, &source, &hash, &fault) == MN_OK);
}

static void check(const mni_layout *layout, uint64_t mask, const uint8_t *value,
                  const uint8_t *baseline)
{
    static uint8_t again[SIZE_MAX_OF_ALL];
    uint8_t bytes[BYTES_MAX];
    memset(again, 0, sizeof again);
    mni_layout_quantise(layout, UINT64_MAX, value, again);
    require(memcmp(value, again, layout->size) == 0);

    mni_bit_writer writer = mni_bit_writer_over(bytes, sizeof bytes);
    mni_layout_encode(layout, mask, value, baseline, &writer);
    require(!writer.failed);
    require(mni_bit_writer_count(&writer) <= mni_layout_max_bits(layout, mask));
    mni_bit_reader reader = mni_bit_reader_over(bytes, mni_bit_writer_size(&writer));
    memset(again, 0, sizeof again);
    if (baseline != NULL) {
        memcpy(again, baseline, layout->size);
    }
    require(mni_layout_decode(layout, mask, baseline, &reader, again));
    require(reader.at == mni_bit_writer_count(&writer));
    require(memcmp(value, again, layout->size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    mni_memory memory;
    mni_layout layout;
    make_layout(data[0] % LAYOUTS, &layout, &memory);
    uint8_t whole[SIZE_MAX_OF_ALL] = {0};
    uint8_t changed[SIZE_MAX_OF_ALL] = {0};
    mni_bit_reader reader = mni_bit_reader_over(data + 1, size - 1);
    if (mni_layout_decode(&layout, UINT64_MAX, NULL, &reader, whole)) {
        check(&layout, UINT64_MAX, whole, NULL);
        uint64_t mask = mni_read_field_mask(&reader, layout.field_count);
        memcpy(changed, whole, layout.size);
        if (mni_layout_decode(&layout, mask, whole, &reader, changed)) {
            require((mni_layout_changed(&layout, UINT64_MAX, whole, changed) & ~mask) == 0);
            check(&layout, mask, changed, whole);
        }
    }
    mni_layout_clear(&layout, &memory);
    require(memory.used == 0);
    return 0;
}
