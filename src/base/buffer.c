/* SPDX-License-Identifier: MIT */
/*
 * Classes of 24, 32, 48, 64, 96 … 65536 bytes: with the halfway step no more than a third of a
 * buffer is unused, and which class a buffer is of depends on nothing but the size asked for.
 */
#include "base/buffer.h"

enum {
    LARGE = MNI_BUFFER_CLASSES, /* the class of buffers that are allocated on their own */
    SLAB_SIZE = 16 * 1024       /* of small classes, about; of large ones a slab is one buffer */
};

static uint32_t class_capacity(uint32_t size_class)
{
    return (size_class % 2 == 0 ? 24u : 32u) << (size_class / 2);
}

static uint32_t class_of(uint32_t size)
{
    uint32_t size_class = 0;
    while (size_class < LARGE && class_capacity(size_class) < size) {
        size_class++;
    }
    return size_class;
}

void mni_buffers_init(mni_buffers *buffers, mni_memory *memory)
{
    buffers->memory = memory;
    for (uint32_t i = 0; i < MNI_BUFFER_CLASSES; i++) {
        uint32_t size = (uint32_t)sizeof(mni_buffer) + class_capacity(i);
        uint32_t per_slab = size < SLAB_SIZE ? SLAB_SIZE / size : 1;
        mni_pool_init(&buffers->pools[i], memory, size, per_slab, 0);
    }
}

void mni_buffers_clear(mni_buffers *buffers)
{
    for (uint32_t i = 0; i < MNI_BUFFER_CLASSES; i++) {
        MNI_ASSERT(buffers->pools[i].used == 0);
        mni_pool_clear(&buffers->pools[i]);
    }
}

mni_buffer *mni_buffer_take(mni_buffers *buffers, uint32_t size)
{
    uint32_t size_class = class_of(size);
    uint32_t capacity = size_class == LARGE ? size : class_capacity(size_class);
    mni_buffer *buffer;
    if (size_class < LARGE) {
        buffer = mni_pool_take_unzeroed(&buffers->pools[size_class]);
    } else if (capacity <= UINT32_MAX - sizeof(mni_buffer)) {
        buffer = mni_allocate_unzeroed(buffers->memory, sizeof(mni_buffer) + capacity);
    } else {
        buffer = NULL;
    }
    if (buffer != NULL) {
        buffer->references = 1;
        buffer->size = size;
        buffer->capacity = capacity;
        buffer->size_class = size_class;
    }
    return buffer;
}

mni_buffer *mni_buffer_share(mni_buffer *buffer)
{
    MNI_ASSERT(buffer->references > 0 && buffer->references < UINT32_MAX);
    buffer->references++;
    return buffer;
}

void mni_buffer_drop(mni_buffers *buffers, mni_buffer *buffer)
{
    if (buffer == NULL) {
        return;
    }
    MNI_ASSERT(buffer->references > 0);
    buffer->references--;
    if (buffer->references > 0) {
        return;
    }
    if (buffer->size_class < LARGE) {
        mni_pool_give(&buffers->pools[buffer->size_class], buffer);
    } else {
        mni_release(buffers->memory, buffer, sizeof(mni_buffer) + buffer->capacity);
    }
}
