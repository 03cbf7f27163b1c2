/* SPDX-License-Identifier: MIT */
/*
 * What packets carried, until their fate is known: of each packet a list of (slot, version). Lists
 * are chains of small chunks out of one array, and the index of the first chunk is the number of
 * the manifest.
 */
#ifndef OBJECT_MANIFEST_H
#define OBJECT_MANIFEST_H

#include "base/memory.h"

#include <stdbool.h>

#define MNI_MANIFEST_NONE UINT32_MAX

enum { MNI_MANIFEST_CHUNK = 31 };

typedef struct mni_manifest_item {
    uint32_t slot;
    uint16_t version;
    uint8_t generation;
    bool is_gone;
} mni_manifest_item;

typedef struct mni_manifest_chunk {
    uint32_t next; /* of the manifest, or of the free ones */
    uint32_t count;
    mni_manifest_item items[MNI_MANIFEST_CHUNK];
} mni_manifest_chunk;

typedef struct mni_manifests {
    mni_memory *memory;
    mni_manifest_chunk *chunks;
    uint32_t capacity;
    uint32_t free;
} mni_manifests;

void mni_manifests_init(mni_manifests *manifests, mni_memory *memory);
void mni_manifests_clear(mni_manifests *manifests);

/* Both numbers are MNI_MANIFEST_NONE in a manifest with nothing in it. */
typedef struct mni_manifest {
    uint32_t first, last;
} mni_manifest;

/* MN_ERROR_MEMORY: nothing has changed. */
MNI_CHECK mn_result mni_manifest_add(mni_manifests *manifests, mni_manifest *manifest,
                                     mni_manifest_item item);
/* The chunk of this number and the number of the next; a manifest is read from its first on. */
const mni_manifest_chunk *mni_manifest_read(const mni_manifests *manifests, uint32_t number);
void mni_manifest_free(mni_manifests *manifests, uint32_t first);

#endif
