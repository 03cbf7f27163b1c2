/* SPDX-License-Identifier: MIT */
/*
 * ENet, where it is installed. Driven in the way that costs it least: one enet_host_service for all
 * that has arrived, events fetched afterwards with enet_host_check_events.
 */
#include "bench.h"

#ifdef MN_HAVE_ENET
#  include <enet/enet.h>
#  include <stdlib.h>
#  include <string.h>

enum {
    HELD_MAX = 256,
    SERVICE_PACKETS = 256, /* that ENet takes in, in one call */
};

typedef struct enet_end {
    ENetHost *host;
    ENetPeer *peer; /* a client's server */
    ENetPacket *held[HELD_MAX];
    uint32_t held_count;
} enet_end;

static enet_end *open_end(const ENetAddress *address, uint32_t connections)
{
    enet_end *end = calloc(1, sizeof *end);
    if (end) {
        end->host = enet_host_create(address, connections, 1, 0, 0);
    }
    if (end && !end->host) {
        free(end);
        end = NULL;
    }
    return end;
}

static void set_loopback(ENetAddress *address, uint16_t port)
{
    (void)enet_address_set_host_ip(address, "127.0.0.1");
    address->port = port;
}

static void *open_server(const bench_library *library, uint32_t connections, uint16_t *port_out)
{
    (void)library;
    ENetAddress address;
    set_loopback(&address, 0);
    enet_end *end = open_end(&address, connections);
    if (end) {
        *port_out = end->host->address.port;
    }
    return end;
}

static void *open_client(const bench_library *library)
{
    (void)library;
    return open_end(NULL, 1);
}

static bool connect_end(void *self, uint16_t port)
{
    enet_end *end = self;
    ENetAddress address;
    set_loopback(&address, port);
    end->peer = enet_host_connect(end->host, &address, 1, 0);
    return end->peer != NULL;
}

static uint32_t max_message(const void *self, bench_delivery delivery)
{
    const enet_end *end = self;
    (void)delivery;
    return (uint32_t)end->host->maximumPacketSize;
}

static ENetPacket *packet_of(const void *data, uint32_t size, bench_delivery delivery)
{
    return enet_packet_create(data, size,
                              delivery == BENCH_RELIABLE ? ENET_PACKET_FLAG_RELIABLE : 0);
}

/* The server's peers are slots that fill from the first on, so that they count like connections. */
static bool send_message(void *self, uint32_t connection, const void *data, uint32_t size,
                         bench_delivery delivery)
{
    enet_end *end = self;
    ENetPacket *packet = packet_of(data, size, delivery);
    ENetPeer *to = end->peer ? end->peer : &end->host->peers[connection];
    if (packet && enet_peer_send(to, 0, packet) == 0) {
        return true;
    }
    enet_packet_destroy(packet);
    return false;
}

static uint32_t broadcast(void *self, const void *data, uint32_t size, bench_delivery delivery)
{
    enet_end *end = self;
    ENetPacket *packet = packet_of(data, size, delivery);
    if (!packet) {
        return 0;
    }
    enet_host_broadcast(end->host, 0, packet);
    return (uint32_t)end->host->connectedPeers;
}

static void release_held(enet_end *end)
{
    while (end->held_count > 0) {
        enet_packet_destroy(end->held[--end->held_count]);
    }
}

static void update(void *self, uint64_t now_us)
{
    enet_end *end = self;
    enet_uint32 before;
    (void)now_us;
    release_held(end);
    do {
        before = end->host->totalReceivedPackets;
        (void)enet_host_service(end->host, NULL, 0);
    } while (end->host->totalReceivedPackets - before >= SERVICE_PACKETS);
}

static uint32_t poll_events(void *self, bench_event *events, uint32_t capacity)
{
    enet_end *end = self;
    ENetEvent event;
    uint32_t count = 0;
    release_held(end);
    while (count < capacity && count < HELD_MAX && enet_host_check_events(end->host, &event) > 0) {
        uint32_t connection = end->peer ? 0 : (uint32_t)(event.peer - end->host->peers);
        bench_event *out = &events[count++];
        *out = (bench_event){.kind = BENCH_GONE, .connection = connection};
        if (event.type == ENET_EVENT_TYPE_CONNECT) {
            out->kind = BENCH_CONNECTED;
        } else if (event.type == ENET_EVENT_TYPE_RECEIVE) {
            out->kind = BENCH_MESSAGE;
            out->size = (uint32_t)event.packet->dataLength;
            out->data = event.packet->data;
            end->held[end->held_count++] = event.packet;
        }
    }
    return count;
}

static void flush(void *self, uint64_t now_us)
{
    enet_end *end = self;
    (void)now_us;
    enet_host_flush(end->host);
}

static void wait_end(void *self, uint64_t timeout_us)
{
    enet_end *end = self;
    enet_uint32 condition = ENET_SOCKET_WAIT_RECEIVE;
    (void)enet_socket_wait(end->host->socket, &condition, (enet_uint32)((timeout_us + 999) / 1000));
}

static bench_traffic traffic(const void *self)
{
    const enet_end *end = self;
    return (bench_traffic){.packets_sent = end->host->totalSentPackets,
                           .bytes_sent = end->host->totalSentData,
                           .packets_received = end->host->totalReceivedPackets};
}

static void close_end(void *self)
{
    enet_end *end = self;
    release_held(end);
    enet_host_destroy(end->host);
    free(end);
}

const bench_library bench_enet = {
    .name = "enet",
    .max_connections = ENET_PROTOCOL_MAXIMUM_PEER_ID,
    .is_reliable = true,
    .under_way_bytes = 64 * 1024, /* its window; a longer queue is walked through at each send */
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
#endif
