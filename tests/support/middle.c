/* SPDX-License-Identifier: MIT */
/* See middle.h. */
#include "support/middle.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(int condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "test_middle: %s\n", what);
        abort();
    }
}

static void note(test_middle_socket *socket, const mn_datagram *datagram)
{
    uint32_t kind = (datagram->bytes[0] & 0x80) != 0 ? datagram->bytes[0] & 0x7fu : 0;
    require(kind < TEST_MIDDLE_KINDS && datagram->size <= TEST_MIDDLE_BYTES, "what is this?");
    test_middle_packet *packet = &socket->owner->seen[kind];
    socket->owner->counts[kind]++;
    packet->from = socket;
    packet->to = datagram->address;
    packet->size = datagram->size;
    memcpy(packet->bytes, datagram->bytes, datagram->size);
}

static mn_result middle_send(void *self, const mn_datagram *datagrams, uint32_t count,
                             uint64_t now_us)
{
    test_middle_socket *socket = self;
    test_middle *middle = socket->owner;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[TEST_MIDDLE_BYTES];
        mn_datagram copy = datagrams[i];
        note(socket, &copy);
        memcpy(bytes, copy.bytes, copy.size);
        copy.bytes = bytes;
        if (middle->look == NULL || middle->look(middle->user, bytes, copy.size)) {
            require(socket->inner.ops->send(socket->inner.self, &copy, 1, now_us) == 1, "full");
        }
    }
    return (mn_result)count;
}

static mn_result middle_receive(void *self, mn_datagram *datagrams, uint32_t capacity,
                                uint64_t now_us)
{
    const test_middle_socket *socket = self;
    return socket->inner.ops->receive(socket->inner.self, datagrams, capacity, now_us);
}

static uint64_t middle_next_us(void *self)
{
    const test_middle_socket *socket = self;
    return socket->inner.ops->next_us(socket->inner.self);
}

static mn_result middle_wait(void *self, uint64_t timeout_us)
{
    const test_middle_socket *socket = self;
    return socket->inner.ops->wait(socket->inner.self, timeout_us);
}

static mn_result middle_address(void *self, mn_address *address_out)
{
    const test_middle_socket *socket = self;
    return socket->inner.ops->address(socket->inner.self, address_out);
}

static void middle_close(void *self)
{
    test_middle_socket *socket = self;
    socket->inner.ops->close(socket->inner.self);
    socket->owner = NULL;
}

static const mn_socket_ops middle_ops = {
    .struct_size = sizeof(mn_socket_ops),
    .send = middle_send,
    .receive = middle_receive,
    .next_us = middle_next_us,
    .wait = middle_wait,
    .address = middle_address,
    .close = middle_close,
};

static test_middle_socket *take(test_middle *middle)
{
    uint32_t index = 0;
    while (index < TEST_MIDDLE_SOCKETS && middle->sockets[index].owner != NULL) {
        index++;
    }
    require(index < TEST_MIDDLE_SOCKETS, "too many sockets");
    return &middle->sockets[index];
}

static mn_result open_server(void *user, const mn_address *bind, mn_socket *socket_out)
{
    test_middle *middle = user;
    test_middle_socket *socket = take(middle);
    mn_result result = middle->inner.open_server(middle->inner.user, bind, &socket->inner);
    if (result == MN_OK) {
        socket->owner = middle;
        *socket_out = (mn_socket){&middle_ops, socket};
    }
    return result;
}

static mn_result open_client(void *user, const mn_address *remote, mn_socket *socket_out)
{
    test_middle *middle = user;
    test_middle_socket *socket = take(middle);
    mn_result result = middle->inner.open_client(middle->inner.user, remote, &socket->inner);
    if (result == MN_OK) {
        socket->owner = middle;
        *socket_out = (mn_socket){&middle_ops, socket};
    }
    return result;
}

void test_middle_init(test_middle *middle, const mn_socket_factory *inner)
{
    *middle = (test_middle){.factory = *inner, .inner = *inner};
    middle->factory.open_server = open_server;
    middle->factory.open_client = open_client;
    middle->factory.user = middle;
}

void test_middle_say_again(const test_middle_packet *packet, uint64_t now_us)
{
    require(packet->size > 0 && packet->from->owner != NULL, "nothing to say again");
    const mn_datagram datagram = {
        .address = packet->to, .size = packet->size, .bytes = packet->bytes};
    const mn_socket *inner = &packet->from->inner;
    require(inner->ops->send(inner->self, &datagram, 1, now_us) == 1, "full");
}

void test_middle_seal(uint8_t *bytes, uint32_t size)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE + 1] = "miragenet packet";
    mni_store_u32(bytes + size - 4, (uint32_t)mni_siphash(key, bytes, size - 4));
}
