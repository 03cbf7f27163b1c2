/* SPDX-License-Identifier: MIT */
#include "object/manifest.h"
#include "support/memory.h"
#include "support/test.h"

static const mni_manifest nothing = {MNI_MANIFEST_NONE, MNI_MANIFEST_NONE};

static void fill(mni_manifests *manifests, mni_manifest *manifest, uint32_t count, uint32_t from)
{
    for (uint32_t i = 0; i < count; i++) {
        mni_manifest_item item = {.slot = from + i, .version = (uint16_t)i};
        assert_int_equal(mni_manifest_add(manifests, manifest, item), MN_OK);
    }
}

static void check(const mni_manifests *manifests, const mni_manifest *manifest, uint32_t count,
                  uint32_t from)
{
    uint32_t seen = 0;
    for (uint32_t i = manifest->first; i != MNI_MANIFEST_NONE;) {
        const mni_manifest_chunk *chunk = mni_manifest_read(manifests, i);
        assert_non_null(chunk);
        for (uint32_t j = 0; j < chunk->count; j++, seen++) {
            assert_int_equal(chunk->items[j].slot, from + seen);
            assert_int_equal(chunk->items[j].version, seen);
        }
        i = chunk->next;
    }
    assert_int_equal(seen, count);
}

static void a_manifest_has_what_was_added_in_order(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, MNI_MANIFEST_CHUNK, MNI_MANIFEST_CHUNK + 1, 500};
    mni_memory memory;
    mni_memory_init(&memory, NULL, 0);
    mni_manifests manifests;
    mni_manifests_init(&manifests, &memory);
    mni_manifest all[4] = {nothing, nothing, nothing, nothing};
    for (uint32_t i = 0; i < 4; i++) {
        fill(&manifests, &all[i], counts[i], 1000 * i);
    }
    for (uint32_t i = 0; i < 4; i++) {
        check(&manifests, &all[i], counts[i], 1000 * i);
        mni_manifest_free(&manifests, all[i].first);
    }
    mni_manifest_free(&manifests, MNI_MANIFEST_NONE);
    mni_manifests_clear(&manifests);
    assert_int_equal(memory.used, 0);
}

static void what_is_freed_is_used_again(void **state)
{
    (void)state;
    mni_memory memory;
    mni_memory_init(&memory, NULL, 0);
    mni_manifests manifests;
    mni_manifests_init(&manifests, &memory);
    uint64_t allocations = 0;
    for (uint32_t round = 0; round < 100; round++) {
        mni_manifest manifest = nothing;
        fill(&manifests, &manifest, 200, round);
        check(&manifests, &manifest, 200, round);
        mni_manifest_free(&manifests, manifest.first);
        allocations = round == 0 ? memory.allocations : allocations;
    }
    assert_int_equal(memory.allocations, allocations);
    mni_manifests_clear(&manifests);
}

static void out_of_memory_leaves_the_manifest_as_it_was(void **state)
{
    (void)state;
    test_allocator allocator;
    test_allocator_init(&allocator);
    mni_memory memory;
    mni_memory_init(&memory, &allocator.table, 0);
    mni_manifests manifests;
    mni_manifests_init(&manifests, &memory);
    mni_manifest manifest = nothing;
    allocator.fail_at = 1;
    assert_int_equal(mni_manifest_add(&manifests, &manifest, (mni_manifest_item){0}),
                     MN_ERROR_MEMORY);
    assert_int_equal(manifest.first, MNI_MANIFEST_NONE);
    fill(&manifests, &manifest, 64 * MNI_MANIFEST_CHUNK, 0);
    allocator.fail_at = allocator.count + 1;
    assert_int_equal(mni_manifest_add(&manifests, &manifest, (mni_manifest_item){0}),
                     MN_ERROR_MEMORY);
    check(&manifests, &manifest, 64 * MNI_MANIFEST_CHUNK, 0);
    mni_manifests_clear(&manifests);
    assert_int_equal(allocator.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_has_what_was_added_in_order),
        cmocka_unit_test(what_is_freed_is_used_again),
        cmocka_unit_test(out_of_memory_leaves_the_manifest_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
