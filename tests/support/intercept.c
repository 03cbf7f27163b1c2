/* SPDX-License-Identifier: MIT */
/* See intercept.h. Only what is sent is intercepted; what the inner sockets hear is as he wants it
   already. */
#include "support/intercept.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "intercept: %s\n", what);
        abort();
    }
}

static bool is_same(const mn_address *a, const mn_address *b)
{
    return memcmp(a->ip, b->ip, sizeof(a->ip)) == 0 && a->port == b->port;
}

static void see(intercept *way, const intercept_packet *packet)
{
    if (way->seen_count == way->seen_capacity) {
        way->seen_capacity = way->seen_capacity > 0 ? 2 * way->seen_capacity : 256;
        way->seen = realloc(way->seen, way->seen_capacity * sizeof(*way->seen));
        require(way->seen != NULL, "the machine is out of memory");
    }
    way->seen[way->seen_count++] = *packet;
}

/* The line of what this socket sends to this address. */
static uint32_t find_line(const intercept *way, const intercept_socket *from, const mn_address *to)
{
    if (from->remote.port != 0) {
        return (uint32_t)(from - way->lines);
    }
    uint32_t line = 0;
    while (line < way->line_count && !is_same(&way->lines[line].local, to)) {
        line++;
    }
    require(line < way->line_count, "a server speaks to a stranger");
    return line;
}

static mn_result intercepted_send(void *self, const mn_datagram *datagrams, uint32_t count,
                                  uint64_t now_us)
{
    intercept_socket *from = self;
    intercept *way = from->owner;
    way->now_us = now_us;
    for (uint32_t i = 0; i < count; i++) {
        intercept_packet packet = {
            .line = find_line(way, from, &datagrams[i].address),
            .to_server = from->remote.port != 0,
            .size = datagrams[i].size,
        };
        if (packet.size > INTERCEPT_PACKET_MAX) {
            return i > 0 ? (mn_result)i : MN_ERROR_TOO_LARGE;
        }
        memcpy(packet.bytes, datagrams[i].bytes, packet.size);
        see(way, &packet);
        if (way->handle != NULL) {
            way->handle(way->user, &packet);
        } else {
            intercept_pass(way, &packet);
        }
    }
    return (mn_result)count;
}

static mn_result intercepted_receive(void *self, mn_datagram *datagrams, uint32_t capacity,
                                     uint64_t now_us)
{
    intercept_socket *socket = self;
    socket->owner->now_us = now_us;
    return socket->inner.ops->receive(socket->inner.self, datagrams, capacity, now_us);
}

static uint64_t intercepted_next_us(void *self)
{
    intercept_socket *socket = self;
    return socket->inner.ops->next_us(socket->inner.self);
}

static mn_result intercepted_wait(void *self, uint64_t timeout_us)
{
    intercept_socket *socket = self;
    return socket->inner.ops->wait(socket->inner.self, timeout_us);
}

static mn_result intercepted_address(void *self, mn_address *address_out)
{
    intercept_socket *socket = self;
    return socket->inner.ops->address(socket->inner.self, address_out);
}

static void intercepted_close(void *self)
{
    intercept_socket *socket = self;
    socket->is_open = false;
    if (socket->remote.port == 0) { /* a server's: another one may listen at its address */
        socket->inner.ops->close(socket->inner.self);
        socket->owner = NULL;
    }
}

static const mn_socket_ops intercepted_ops = {
    .struct_size = sizeof(mn_socket_ops),
    .send = intercepted_send,
    .receive = intercepted_receive,
    .next_us = intercepted_next_us,
    .wait = intercepted_wait,
    .address = intercepted_address,
    .close = intercepted_close,
};

static mn_result open_around(intercept *way, intercept_socket *socket, mn_result result,
                             mn_socket *socket_out)
{
    if (result < 0) {
        return result;
    }
    socket->owner = way;
    socket->is_open = true;
    require(socket->inner.ops->address(socket->inner.self, &socket->local) == MN_OK, "no address");
    *socket_out = (mn_socket){.ops = &intercepted_ops, .self = socket};
    return MN_OK;
}

static mn_result intercept_open_server(void *user, const mn_address *bind, mn_socket *socket_out)
{
    intercept *way = user;
    uint32_t index = 0;
    while (index < INTERCEPT_SERVERS_MAX && way->servers[index].owner != NULL) {
        index++;
    }
    require(index < INTERCEPT_SERVERS_MAX, "too many servers");
    intercept_socket *socket = &way->servers[index];
    return open_around(way, socket, way->inner.open_server(way->inner.user, bind, &socket->inner),
                       socket_out);
}

static mn_result intercept_open_client(void *user, const mn_address *remote, mn_socket *socket_out)
{
    intercept *way = user;
    require(way->line_count < INTERCEPT_LINES_MAX, "too many lines");
    intercept_socket *socket = &way->lines[way->line_count];
    socket->remote = *remote;
    mn_result result = way->inner.open_client(way->inner.user, remote, &socket->inner);
    way->line_count += result < 0 ? 0 : 1;
    return open_around(way, socket, result, socket_out);
}

void intercept_init(intercept *way, const mn_socket_factory *inner)
{
    memset(way, 0, sizeof(*way));
    way->inner = *inner;
    way->factory = *inner;
    way->factory.open_server = intercept_open_server;
    way->factory.open_client = intercept_open_client;
    way->factory.user = way;
}

void intercept_clear(intercept *way)
{
    for (uint32_t i = 0; i < way->line_count; i++) {
        require(!way->lines[i].is_open, "a socket is still open");
        way->lines[i].inner.ops->close(way->lines[i].inner.self);
    }
    free(way->seen);
    memset(way, 0, sizeof(*way));
}

void intercept_inject(intercept *way, uint32_t line, bool to_server, const void *bytes,
                      uint32_t size)
{
    const intercept_socket *client = &way->lines[line];
    const intercept_socket *from = client;
    for (uint32_t i = 0; !to_server && i < INTERCEPT_SERVERS_MAX; i++) {
        const intercept_socket *server = &way->servers[i];
        from = server->owner != NULL && is_same(&server->local, &client->remote) ? server : from;
    }
    if (!to_server && from == client) {
        return; /* nobody listens there any more, and from no other place would it be heard */
    }
    mn_datagram datagram = {
        .address = to_server ? client->remote : client->local, .size = size, .bytes = bytes};
    (void)from->inner.ops->send(from->inner.self, &datagram, 1, way->now_us);
}

void intercept_pass(intercept *way, const intercept_packet *packet)
{
    intercept_inject(way, packet->line, packet->to_server, packet->bytes, packet->size);
}

const intercept_packet *intercept_find(const intercept *way, uint32_t line, bool to_server,
                                       uint8_t first_byte)
{
    for (uint32_t i = way->seen_count; i > 0; i--) {
        const intercept_packet *each = &way->seen[i - 1];
        if (each->line == line && each->to_server == to_server && each->size > 0 &&
            each->bytes[0] == first_byte) {
            return each;
        }
    }
    return NULL;
}

uint32_t intercept_count(const intercept *way, uint8_t first_byte)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < way->seen_count; i++) {
        count += way->seen[i].size > 0 && way->seen[i].bytes[0] == first_byte ? 1 : 0;
    }
    return count;
}

void intercept_fix_checksum(uint8_t *bytes, uint32_t size)
{
    enum { CHECKSUM_SIZE = 4 };
    static const uint8_t key[MNI_HASH_KEY_SIZE] = "miragenet packet";
    if (size >= CHECKSUM_SIZE) {
        uint64_t sum = mni_siphash(key, bytes, size - CHECKSUM_SIZE);
        mni_store_u32(bytes + size - CHECKSUM_SIZE, (uint32_t)sum);
    }
}
