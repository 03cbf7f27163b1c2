/* SPDX-License-Identifier: MIT */
/*
 * ChaCha20: what there is of the stream is used up, then comes as much again as is asked for. How
 * many blocks are made at once depends on the processor: eight, four, or one.
 */
#include "socket/crypto/chacha20.h"

/* Vectors as gcc and clang have them, where any processor that runs this can work with them. */
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ &&          \
    (defined(__SSE2__) || defined(__ARM_NEON) || defined(__wasm_simd128__)) && \
    !defined(MNI_CRYPTO_PORTABLE)
#  define MNI_LANES 4
#else
#  define MNI_LANES 1
#endif
#define MNI_LANES_TARGET
#include "socket/crypto/chacha20_lanes.h"

void mni_chacha_init(mni_chacha *chacha, const uint8_t key[MNI_KEY_SIZE],
                     const uint8_t nonce[MNI_CHACHA_NONCE_SIZE], uint32_t counter)
{
    static const char constants[] = "expand 32-byte k";
    chacha->used = chacha->filled = 0;
    for (uint32_t i = 0; i < 4; i++) {
        chacha->state[i] = mni_load_u32((const uint8_t *)constants + (size_t)4 * i);
    }
    for (uint32_t i = 0; i < 8; i++) {
        chacha->state[4 + i] = mni_load_u32(key + (size_t)4 * i);
    }
    chacha->state[12] = counter;
    for (uint32_t i = 0; i < 3; i++) {
        chacha->state[13 + i] = mni_load_u32(nonce + (size_t)4 * i);
    }
}

/* Makes so many bytes of the stream, or more, but no more than there is room for. */
static void fill(mni_chacha *chacha, size_t size)
{
    chacha->used = chacha->filled = 0;
#if MNI_CHACHA_AVX2
    if (size > (size_t)MNI_LANES * MNI_CHACHA_BLOCK_SIZE && __builtin_cpu_supports("avx2")) {
        mni_chacha_avx2(chacha->state, chacha->stream);
        chacha->state[12] += 8;
        chacha->filled = MNI_CHACHA_STREAM_SIZE;
        return;
    }
#endif
    while (chacha->filled < size && chacha->filled < MNI_CHACHA_STREAM_SIZE) {
        make_blocks(chacha->state, chacha->stream + chacha->filled);
        chacha->state[12] += MNI_LANES;
        chacha->filled += MNI_LANES * MNI_CHACHA_BLOCK_SIZE;
    }
}

const uint8_t *mni_chacha_block(mni_chacha *chacha, size_t size)
{
    MNI_ASSERT(chacha->used == chacha->filled);
    fill(chacha, MNI_CHACHA_BLOCK_SIZE + size);
    chacha->used = MNI_CHACHA_BLOCK_SIZE;
    return chacha->stream;
}

static void combine(const uint8_t *in, const uint8_t *stream, size_t size, uint8_t *out)
{
    size_t at = 0;
    for (; at + 8 <= size; at += 8) {
        mni_store_u64(out + at, mni_load_u64(in + at) ^ mni_load_u64(stream + at));
    }
    for (; at < size; at++) {
        out[at] = in[at] ^ stream[at];
    }
}

void mni_chacha_xor(mni_chacha *chacha, const uint8_t *in, size_t size, uint8_t *out)
{
    while (size > 0) {
        if (chacha->used == chacha->filled) {
            fill(chacha, size);
        }
        size_t left = chacha->filled - chacha->used;
        size_t count = size < left ? size : left;
        combine(in, chacha->stream + chacha->used, count, out);
        chacha->used += (uint32_t)count;
        in += count;
        out += count;
        size -= count;
    }
}
