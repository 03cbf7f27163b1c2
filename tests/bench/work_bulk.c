/* SPDX-License-Identifier: MIT */
/* w3, bulk: 64 MB through one connection, reliable, in messages of 1 KB and of 16 KB. */
#include "bench.h"

static const bench_case cases[] = {
    {.name = "1 KB", .clients = 1, .size = 1024, .delivery = BENCH_RELIABLE, .messages = 64 * 1024},
    {.name = "16 KB",
     .clients = 1,
     .size = 16 * 1024,
     .delivery = BENCH_RELIABLE,
     .messages = 4 * 1024},
};

const bench_work bench_bulk = {
    .name = "w3",
    .cases = cases,
    .case_count = sizeof cases / sizeof cases[0],
    .repeats = 5,
    .serve = bench_stream_serve,
    .play = bench_stream_play,
};
