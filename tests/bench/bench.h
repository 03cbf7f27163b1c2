/* SPDX-License-Identifier: MIT */
/*
 * The parts of mn_bench. A work is written once, as what its server process does and what its
 * client process does, against a small table of functions that each library fills in. A case is a
 * work with numbers, a run is a case with a library: two processes on two processors, talking over
 * loopback, and a block of memory between them for the measurements.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- what is measured ------------------------------------------------------------------------ */

/* Name in the output, and whether it is compared between the libraries. */
#define BENCH_METRICS(X)                                                               \
  X(CPU_US_PER_MESSAGE, "cpu_us_per_message", true) /* of the server; see each work */ \
  X(RECEIVER_US_PER_MESSAGE, "receiver_us_per_message", true)                          \
  X(CPU_US_PER_PACKET, "cpu_us_per_packet", true)     /* of the server, both ways */   \
  X(CPU_US_PER_MEGABYTE, "cpu_us_per_megabyte", true) /* of both ends */               \
  X(CPU_PERCENT, "cpu_percent", true)                 /* of one processor */           \
  X(ALL_UP_MS, "all_up_ms", true)                                                      \
  X(MESSAGES_PER_SECOND, "messages_per_second", true)                                  \
  X(MEGABYTES_PER_SECOND, "megabytes_per_second", true)                                \
  X(ROUND_TRIPS_PER_SECOND, "round_trips_per_second", true)                            \
  X(MEAN_US, "mean_us", false)                                                         \
  X(P50_US, "p50_us", true)                                                            \
  X(P95_US, "p95_us", true)                                                            \
  X(P99_US, "p99_us", true)                                                            \
  X(MAX_US, "max_us", false)                                                           \
  X(DELIVERED, "delivered", false) /* of what was sent, 0 to 1 */                      \
  X(WIRE_BYTES_PER_MESSAGE, "wire_bytes_per_message", false)                           \
  X(PACKETS_BACK_PER_MESSAGE, "packets_back_per_message", false)                       \
  X(MEMORY_KIB_PER_CONNECTION, "memory_kib_per_connection", false)

typedef enum bench_metric {
#define X(symbol, name, is_compared) BENCH_##symbol,
    BENCH_METRICS(X)
#undef X
        BENCH_METRIC_COUNT
} bench_metric;

typedef struct bench_result {
    double values[BENCH_METRIC_COUNT]; /* NAN: not measured */
    char skipped[128];                 /* why there is no result, "" if there is one */
    bool has_failed;                   /* skipped says what went wrong */
} bench_result;

uint64_t bench_now_us(void);
double bench_cpu_us(void);       /* of this process, since it began; user and system */
double bench_memory_bytes(void); /* resident, of this process */
void bench_sleep_us(uint64_t us);
void bench_sleep_until_us(uint64_t then_us);
double bench_median(double *values, uint32_t count); /* sorts them */

typedef struct bench_samples {
    double *values;
    uint32_t count, capacity;
} bench_samples;
void bench_samples_add(bench_samples *samples, double value);

/* ---- libraries ------------------------------------------------------------------------------- */

typedef enum bench_delivery { BENCH_UNRELIABLE, BENCH_RELIABLE } bench_delivery;

typedef struct bench_event {
    enum { BENCH_CONNECTED, BENCH_GONE, BENCH_MESSAGE } kind;
    uint32_t connection; /* of a server: counted from 0 as they came; of a client: 0 */
    uint32_t size;
    const void *data; /* until the next poll or update */
} bench_event;

typedef struct bench_traffic { /* of datagrams */
    uint64_t packets_sent, bytes_sent, packets_received;
} bench_traffic;

/* Of ours. Shared: a key that both sides have; pinned: the server's, which clients know. */
typedef enum bench_security {
    BENCH_NONE,
    BENCH_OPEN,
    BENCH_SHARED_KEY,
    BENCH_PINNED_KEY,
    BENCH_SECURITIES
} bench_security;

/* An end is a server with many connections, or a client with one. Functions that can fail by what
   they are given return false or NULL. */
typedef struct bench_library bench_library;
struct bench_library {
    const char *name;
    bench_security security;  /* the others have none */
    uint32_t max_connections; /* that one server can have */
    bool is_reliable;
    uint32_t under_way_bytes; /* that a stream may have sent, and the receiver not counted */
    void *(*open_server)(const bench_library *library, uint32_t connections, uint16_t *port_out);
    void *(*open_client)(const bench_library *library);
    bool (*connect)(void *end, uint16_t port);
    uint32_t (*max_message)(const void *end, bench_delivery delivery);
    /* To one; false: not now, the queue is full. */
    bool (*send)(void *end, uint32_t connection, const void *data, uint32_t size,
                 bench_delivery delivery);
    /* To all; to how many it was queued. */
    uint32_t (*broadcast)(void *end, const void *data, uint32_t size, bench_delivery delivery);
    void (*update)(void *end, uint64_t now_us);
    uint32_t (*poll)(void *end, bench_event *events, uint32_t capacity);
    void (*flush)(void *end, uint64_t now_us);
    void (*wait)(void *end, uint64_t timeout_us); /* until something arrives */
    bench_traffic (*traffic)(const void *end);
    void (*close)(void *end);
};

extern const bench_library bench_miragenet, bench_raw;
#ifdef MN_HAVE_ENET
extern const bench_library bench_enet;
#endif

/* ---- works ----------------------------------------------------------------------------------- */

typedef struct bench_case {
    const char *name;
    uint32_t clients, size; /* of a message */
    bench_delivery delivery;
    uint32_t messages; /* in a tick, or in all */
    float loss;        /* each way, 0 to 1; of a work that has a relay */
} bench_case;

typedef struct bench_run bench_run;

typedef struct bench_work {
    const char *name;
    const bench_case *cases;
    uint32_t case_count;
    uint32_t repeats; /* of which the median is told */
    void (*serve)(bench_run *run);
    void (*play)(bench_run *run);
    void (*relay)(bench_run *run); /* NULL: the two talk directly */
} bench_work;

extern const bench_work bench_connect, bench_fanout, bench_bulk, bench_latency, bench_ping,
    bench_flood, bench_idle;

typedef enum bench_step {
    BENCH_OPENING,
    BENCH_STARTED, /* connecting may begin */
    BENCH_RUNNING, /* everybody is connected, and what is measured has begun */
    BENCH_DONE
} bench_step;

typedef struct bench_shared { /* by the processes of a run */
    atomic_uint step;
    atomic_uint server_port, entry_port; /* entry: where clients connect to */
    atomic_uint clients_up;
    atomic_ullong sent, received; /* messages from server to clients, so far */
    atomic_ullong started_us;     /* when the clients began to connect, or the stream began */
    bench_result result;
} bench_shared;

struct bench_run {
    const bench_work *work;
    const bench_library *library;
    const bench_case *spec;
    bench_shared *shared;
    bool is_quick;
};

/* Forks, pins, waits; a process that hangs or dies makes the result a failed one. */
void bench_run_once(const bench_work *work, const bench_case *spec, const bench_library *library,
                    bool is_quick, bench_result *result_out);

/* In a process of a run. fail and skip end it, and with it the run. */
void bench_set(bench_run *run, bench_metric metric, double value);
void bench_set_distribution(bench_run *run, bench_samples *samples); /* and empties them */
void bench_set_packet_cost(bench_run *run, double cpu_us, const bench_traffic *before,
                           const bench_traffic *after);
_Noreturn void bench_fail(bench_run *run, const char *what);
_Noreturn void bench_skip(bench_run *run, const char *why);
void bench_reach(bench_run *run, bench_step step);
void bench_await(bench_run *run, bench_step step);
bool bench_is_done(const bench_run *run);

typedef struct bench_tally { /* what came */
    uint32_t connected;
    uint64_t messages;
    bench_samples *delays_us; /* of messages that begin with their time of sending; may be NULL */
} bench_tally;

/* Update, and everything that there is to poll; whether there was something. A run whose
   connections end before it is done has failed. */
bool bench_take(bench_run *run, void *end, bench_tally *tally);

void *bench_serve(bench_run *run); /* opens the server, tells its port, waits for the start */
void bench_await_all(bench_run *run, void *server, bench_tally *tally); /* serves meanwhile */

typedef struct bench_crowd { /* the clients of a process */
    void **ends;
    uint32_t count;
    bench_tally tally;
} bench_crowd;

void bench_crowd_open(bench_run *run, bench_crowd *crowd);    /* waits for the server */
void bench_crowd_connect(bench_run *run, bench_crowd *crowd); /* and returns when all are up */
bool bench_crowd_take(bench_run *run, bench_crowd *crowd);
void bench_crowd_flush(bench_run *run, bench_crowd *crowd);
void bench_crowd_close(bench_run *run, bench_crowd *crowd);

/* Stands between clients and server, and loses and delays what passes. */
void bench_relay(bench_run *run);
/* Messages through one connection as fast as they go, from the server to the client. */
void bench_stream_serve(bench_run *run);
void bench_stream_play(bench_run *run);

#endif
