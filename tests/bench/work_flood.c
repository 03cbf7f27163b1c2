/* SPDX-License-Identifier: MIT */
/* w6, flood: small reliable messages through one connection as fast as they go. */
#include "bench.h"

static const bench_case cases[] = {
    {.name = "32 B reliable",
     .clients = 1,
     .size = 32,
     .delivery = BENCH_RELIABLE,
     .messages = 4000000},
};

const bench_work bench_flood = {
    .name = "w6",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .repeats = 5,
    .serve = bench_stream_serve,
    .play = bench_stream_play,
};
