/* SPDX-License-Identifier: MIT */
/*
 * The floor: the datagrams that a good library would send, and no protocol. Messages to the same
 * end share a datagram, each behind its length in two bytes, and datagrams leave and arrive in
 * batches (sendmmsg, recvmmsg). An empty datagram says "here I am", and is answered by one.
 * Nothing is acknowledged; what the system drops is lost.
 */
#define _GNU_SOURCE /* sendmmsg, recvmmsg, ppoll */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum {
    DATAGRAM = 1200,
    BATCH = 64,
    HEAD = 2,
    MORE = 0x8000, /* in a head: the message goes on in the next datagram */
    SYSTEM_BUFFER = 4 << 20
};

typedef struct raw_slot { /* a datagram that is being filled */
    uint32_t connection, size;
    uint8_t bytes[DATAGRAM];
} raw_slot;

typedef struct raw_connection {
    struct sockaddr_in address;
    uint32_t slot; /* where its messages were added last */
} raw_connection;

typedef struct raw_end {
    int descriptor;
    bool is_server;
    uint32_t connection_count, connection_capacity;
    raw_connection *connections;
    uint32_t slot_count, slot_capacity;
    raw_slot *slots;
    uint32_t *by_port; /* of a server: connection + 1 */
    struct mmsghdr out[BATCH], in[BATCH];
    struct iovec out_vectors[BATCH], in_vectors[BATCH];
    struct sockaddr_in names[BATCH];
    uint8_t in_bytes[BATCH][2048];
    uint32_t in_count, in_at; /* datagrams received, and the one that is being read */
    uint32_t in_offset;
    bench_traffic traffic;
} raw_end;

/* POSIX takes the address of any family through this cast. */
static struct sockaddr *name_of(struct sockaddr_in *address)
{
    return (struct sockaddr *)(void *)address;
}

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void close_end(void *self)
{
    raw_end *end = self;
    (void)close(end->descriptor);
    free(end->by_port);
    free(end->connections);
    free(end->slots);
    free(end);
}

static raw_end *open_end(uint32_t connections)
{
    raw_end *end = calloc(1, sizeof *end);
    int size = SYSTEM_BUFFER;
    if (!end) {
        return NULL;
    }
    end->descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    end->connection_capacity = connections;
    end->connections = calloc(connections, sizeof end->connections[0]);
    end->slot_capacity = connections > BATCH ? connections : BATCH;
    end->slots = calloc(end->slot_capacity, sizeof end->slots[0]);
    if (end->descriptor < 0 || !end->connections || !end->slots) {
        close_end(end);
        return NULL;
    }
    (void)setsockopt(end->descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(end->descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    for (uint32_t i = 0; i < BATCH; i++) {
        end->in_vectors[i].iov_base = end->in_bytes[i];
        end->in_vectors[i].iov_len = sizeof end->in_bytes[i];
        end->in[i].msg_hdr.msg_iov = &end->in_vectors[i];
        end->in[i].msg_hdr.msg_iovlen = 1;
        end->out[i].msg_hdr.msg_iov = &end->out_vectors[i];
        end->out[i].msg_hdr.msg_iovlen = 1;
    }
    return end;
}

static void *open_server(const bench_library *library, uint32_t connections, uint16_t *port_out)
{
    (void)library;
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    raw_end *end = open_end(connections);
    if (!end) {
        return NULL;
    }
    end->is_server = true;
    end->by_port = calloc(65536, sizeof end->by_port[0]);
    if (!end->by_port || bind(end->descriptor, name_of(&address), size) != 0 ||
        getsockname(end->descriptor, name_of(&address), &size) != 0) {
        close_end(end);
        return NULL;
    }
    *port_out = ntohs(address.sin_port);
    return end;
}

static void *open_client(const bench_library *library)
{
    (void)library;
    return open_end(1);
}

static void send_slots(raw_end *end, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        raw_slot *slot = &end->slots[first + i];
        struct msghdr *header = &end->out[i].msg_hdr;
        end->out_vectors[i] = (struct iovec){.iov_base = slot->bytes, .iov_len = slot->size};
        header->msg_name = end->is_server ? &end->connections[slot->connection].address : NULL;
        header->msg_namelen = end->is_server ? sizeof(struct sockaddr_in) : 0;
        end->traffic.bytes_sent += slot->size;
    }
    end->traffic.packets_sent += count;
    for (uint32_t sent = 0; sent < count;) {
        int taken = sendmmsg(end->descriptor, end->out + sent, count - sent, 0);
        sent += taken > 0 ? (uint32_t)taken : 1; /* the first was not taken: it is lost */
    }
}

static void flush(void *self, uint64_t now_us)
{
    raw_end *end = self;
    (void)now_us;
    for (uint32_t first = 0; first < end->slot_count; first += BATCH) {
        uint32_t left = end->slot_count - first;
        send_slots(end, first, left < BATCH ? left : BATCH);
    }
    end->slot_count = 0;
}

static raw_slot *new_slot(raw_end *end, uint32_t connection)
{
    if (end->slot_count == end->slot_capacity) {
        flush(end, 0);
    }
    raw_slot *slot = &end->slots[end->slot_count];
    end->connections[connection].slot = end->slot_count++;
    slot->connection = connection;
    slot->size = 0;
    return slot;
}

static raw_slot *slot_with_room(raw_end *end, uint32_t connection, uint32_t size)
{
    uint32_t last = end->connections[connection].slot;
    if (last < end->slot_count && end->slots[last].connection == connection &&
        end->slots[last].size + HEAD + size <= DATAGRAM) {
        return &end->slots[last];
    }
    return new_slot(end, connection);
}

static void append(raw_slot *slot, uint32_t head, const uint8_t *bytes, uint32_t size)
{
    uint8_t *at = slot->bytes + slot->size;
    at[0] = (uint8_t)head;
    at[1] = (uint8_t)(head >> 8);
    memcpy(at + HEAD, bytes, size);
    slot->size += HEAD + size;
}

static bool send_message(void *self, uint32_t connection, const void *data, uint32_t size,
                         bench_delivery delivery)
{
    raw_end *end = self;
    const uint8_t *bytes = data;
    (void)delivery;
    for (; size > DATAGRAM - HEAD; size -= DATAGRAM - HEAD, bytes += DATAGRAM - HEAD) {
        append(new_slot(end, connection), (DATAGRAM - HEAD) | MORE, bytes, DATAGRAM - HEAD);
    }
    append(slot_with_room(end, connection, size), size, bytes, size);
    return true;
}

static uint32_t broadcast(void *self, const void *data, uint32_t size, bench_delivery delivery)
{
    raw_end *end = self;
    for (uint32_t i = 0; i < end->connection_count; i++) {
        (void)send_message(end, i, data, size, delivery);
    }
    return end->connection_count;
}

static bool connect_end(void *self, uint16_t port)
{
    raw_end *end = self;
    struct sockaddr_in address = loopback(port);
    if (connect(end->descriptor, name_of(&address), sizeof address) != 0) {
        return false;
    }
    end->connection_count = 1;
    (void)new_slot(end, 0);
    flush(end, 0);
    return true;
}

static void update(void *self, uint64_t now_us)
{
    (void)self;
    (void)now_us;
}

/* Where the next unread datagram is; false: nothing came. */
static bool receive(raw_end *end)
{
    if (end->in_at < end->in_count) {
        return true;
    }
    for (uint32_t i = 0; i < BATCH; i++) {
        end->in[i].msg_hdr.msg_name = end->is_server ? &end->names[i] : NULL;
        end->in[i].msg_hdr.msg_namelen = end->is_server ? sizeof end->names[i] : 0;
    }
    int count = recvmmsg(end->descriptor, end->in, BATCH, MSG_DONTWAIT, NULL);
    end->in_at = 0;
    end->in_count = count > 0 ? (uint32_t)count : 0;
    end->traffic.packets_received += end->in_count;
    return end->in_count > 0;
}

/* An empty datagram. */
static bool read_greeting(raw_end *end, bench_event *event)
{
    const struct sockaddr_in *from = &end->names[end->in_at++];
    uint32_t connection = 0;
    if (end->is_server) {
        uint16_t port = ntohs(from->sin_port);
        if (end->by_port[port] != 0 || end->connection_count == end->connection_capacity) {
            return false;
        }
        connection = end->connection_count++;
        end->by_port[port] = connection + 1;
        end->connections[connection].address = *from;
        (void)new_slot(end, connection);
    }
    *event = (bench_event){.kind = BENCH_CONNECTED, .connection = connection};
    return true;
}

static bool read_message(raw_end *end, bench_event *event)
{
    const uint8_t *bytes = end->in_bytes[end->in_at] + end->in_offset;
    uint32_t left = end->in[end->in_at].msg_len - end->in_offset;
    uint32_t head = left >= HEAD ? bytes[0] | (uint32_t)bytes[1] << 8 : 0;
    uint32_t size = head & ~(uint32_t)MORE;
    uint16_t port = end->is_server ? ntohs(end->names[end->in_at].sin_port) : 0;
    end->in_offset += HEAD + size;
    if (left <= HEAD + size) {
        end->in_at++;
        end->in_offset = 0;
    }
    if (left < HEAD + size || (head & MORE) || (end->is_server && end->by_port[port] == 0)) {
        return false;
    }
    *event = (bench_event){.kind = BENCH_MESSAGE,
                           .connection = end->is_server ? end->by_port[port] - 1 : 0,
                           .size = size,
                           .data = bytes + HEAD};
    return true;
}

static uint32_t poll_events(void *self, bench_event *events, uint32_t capacity)
{
    raw_end *end = self;
    uint32_t count = 0;
    while (count < capacity && (count == 0 || end->in_at < end->in_count) && receive(end)) {
        bool is_event = end->in[end->in_at].msg_len == 0 ? read_greeting(end, &events[count])
                                                         : read_message(end, &events[count]);
        count += is_event ? 1 : 0;
    }
    return count;
}

static void wait_end(void *self, uint64_t timeout_us)
{
    const raw_end *end = self;
    struct pollfd entry = {.fd = end->descriptor, .events = POLLIN};
    struct timespec timeout = {.tv_sec = (time_t)(timeout_us / 1000000),
                               .tv_nsec = (long)(timeout_us % 1000000 * 1000)};
    (void)ppoll(&entry, 1, &timeout, NULL);
}

static uint32_t max_message(const void *self, bench_delivery delivery)
{
    (void)self;
    (void)delivery;
    return UINT32_MAX;
}

static bench_traffic traffic(const void *self)
{
    const raw_end *end = self;
    return end->traffic;
}

const bench_library bench_raw = {
    .name = "raw",
    .max_connections = 65535,
    .under_way_bytes = 1 << 20, /* nothing else keeps the receiver from drowning */
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
