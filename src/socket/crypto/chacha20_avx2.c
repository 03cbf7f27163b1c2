/* SPDX-License-Identifier: MIT */
/* ChaCha20 in eight lanes, for the x86 processors that have AVX2. Elsewhere this file is empty. */
#include "socket/crypto/chacha20.h"

#if MNI_CHACHA_AVX2
#  define MNI_LANES 8
#  define MNI_LANES_TARGET __attribute__((target("avx2")))
#  include "socket/crypto/chacha20_lanes.h"

MNI_LANES_TARGET void mni_chacha_avx2(const uint32_t state[16],
                                      uint8_t stream_out[MNI_CHACHA_STREAM_SIZE])
{
    make_blocks(state, stream_out);
}
#endif
