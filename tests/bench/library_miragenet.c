/* SPDX-License-Identifier: MIT */
/*
 * Our own socket layer, mn_peer, as its header tells to use it: defaults everywhere except for the
 * limits against floods, which w3 and w6 are, and for security, which is asked for.
 */
#include <miragenet.h>

#include <stdlib.h>

#include "bench.h"

enum { BATCH = 64 };

typedef struct miragenet_end {
    mn_peer *peer;
    mn_connection *connections;
    uint32_t count, capacity;
    bool is_server;
    mn_event events[BATCH];
} miragenet_end;

static void close_end(void *self)
{
    miragenet_end *end = self;
    mn_peer_destroy(end->peer);
    free(end->connections);
    free(end);
}

static miragenet_end *open_end(bench_security security, uint32_t connections, bool is_server)
{
    static const uint8_t key[MN_KEY_SIZE] = "shared or private";
    uint8_t public_key[MN_KEY_SIZE];
    mn_peer_config config = {
        .struct_size = sizeof config,
        .security = security == BENCH_NONE ? MN_SECURITY_NONE : MN_SECURITY_ENCRYPTED,
        .max_connections = connections,
        .max_packets_per_second = UINT32_MAX,
        .max_bytes_per_second = UINT32_MAX,
        .max_messages_per_second = UINT32_MAX,
        .shared_key = security == BENCH_SHARED_KEY ? key : NULL,
        .private_key = security == BENCH_PINNED_KEY && is_server ? key : NULL,
        .remote_key = security == BENCH_PINNED_KEY && !is_server ? public_key : NULL};
    if (config.remote_key != NULL) {
        (void)mn_key_public(key, public_key);
    }
    miragenet_end *end = calloc(1, sizeof *end);
    if (!end) {
        return NULL;
    }
    end->capacity = connections;
    end->is_server = is_server;
    end->connections = calloc(connections, sizeof end->connections[0]);
    if (!end->connections || mn_peer_create(&config, &end->peer) != MN_OK) {
        close_end(end);
        return NULL;
    }
    return end;
}

static mn_address loopback(uint16_t port)
{
    mn_address address = {0};
    (void)mn_address_parse("127.0.0.1", port, &address);
    return address;
}

static void *open_server(const bench_library *library, uint32_t connections, uint16_t *port_out)
{
    mn_address address = loopback(0);
    miragenet_end *end = open_end(library->security, connections, true);
    if (end && (mn_peer_listen(end->peer, &address) != MN_OK ||
                mn_peer_address(end->peer, &address) != MN_OK)) {
        close_end(end);
        return NULL;
    }
    if (end) {
        *port_out = address.port;
    }
    return end;
}

static void *open_client(const bench_library *library)
{
    return open_end(library->security, 1, false);
}

static bool connect_end(void *self, uint16_t port)
{
    miragenet_end *end = self;
    mn_address address = loopback(port);
    end->count = 1;
    return mn_peer_connect(end->peer, &address, NULL, 0, &end->connections[0]) == MN_OK;
}

static uint32_t how_of(bench_delivery delivery)
{
    return delivery == BENCH_RELIABLE ? MN_RELIABLE : MN_UNRELIABLE;
}

static uint32_t max_message(const void *self, bench_delivery delivery)
{
    const miragenet_end *end = self;
    mn_result size = mn_peer_max_message_size(end->peer, how_of(delivery));
    return size > 0 ? (uint32_t)size : 0;
}

static bool send_message(void *self, uint32_t connection, const void *data, uint32_t size,
                         bench_delivery delivery)
{
    miragenet_end *end = self;
    return mn_peer_send(end->peer, end->connections[connection], data, size, how_of(delivery), 0) ==
           MN_OK;
}

static uint32_t broadcast(void *self, const void *data, uint32_t size, bench_delivery delivery)
{
    miragenet_end *end = self;
    mn_result queued = mn_peer_send_many(end->peer, end->connections, end->count, data, size,
                                         how_of(delivery), NULL);
    return queued > 0 ? (uint32_t)queued : 0;
}

static void update(void *self, uint64_t now_us)
{
    miragenet_end *end = self;
    (void)mn_peer_update(end->peer, now_us);
}

/* A server numbers its connections as they come; a client knows its one from connect. */
static uint32_t number_of(miragenet_end *end, const mn_event *event)
{
    if (event->type == MN_EVENT_CONNECTED && end->is_server && end->count < end->capacity) {
        mn_connection connection = {event->who};
        (void)mn_peer_set_user(end->peer, connection, end->count);
        end->connections[end->count] = connection;
        return end->count++;
    }
    return (uint32_t)event->user;
}

static uint32_t poll_events(void *self, bench_event *events, uint32_t capacity)
{
    miragenet_end *end = self;
    mn_result count = mn_peer_poll(end->peer, end->events, capacity < BATCH ? capacity : BATCH);
    for (mn_result i = 0; i < count; i++) {
        const mn_event *event = &end->events[i];
        events[i] = (bench_event){.kind = BENCH_GONE,
                                  .connection = number_of(end, event),
                                  .size = event->size,
                                  .data = event->data};
        if (event->type == MN_EVENT_CONNECTED || event->type == MN_EVENT_MESSAGE) {
            events[i].kind = event->type == MN_EVENT_MESSAGE ? BENCH_MESSAGE : BENCH_CONNECTED;
        }
    }
    return count > 0 ? (uint32_t)count : 0;
}

static void flush(void *self, uint64_t now_us)
{
    miragenet_end *end = self;
    (void)mn_peer_flush(end->peer, now_us);
}

static void wait_end(void *self, uint64_t timeout_us)
{
    miragenet_end *end = self;
    (void)mn_peer_wait(end->peer, timeout_us);
}

static bench_traffic traffic(const void *self)
{
    const miragenet_end *end = self;
    mn_counters counters = {.struct_size = sizeof counters};
    (void)mn_peer_counters(end->peer, &counters);
    return (bench_traffic){.packets_sent = counters.packets_sent,
                           .bytes_sent = counters.bytes_sent,
                           .packets_received = counters.packets_received};
}

const bench_library bench_miragenet = {
    .name = "miragenet",
    .max_connections = 65535,
    .is_reliable = true,
    .under_way_bytes = UINT32_MAX, /* it says itself when its queue is full */
    .open_server = open_server,
    .open_client = open_client,
    .connect = connect_end,
    .max_message = max_message,
    .send = send_message,
    .broadcast = broadcast,
    .update = update,
    .poll = poll_events,
    .flush = flush,
    .wait = wait_end,
    .traffic = traffic,
    .close = close_end,
};
