/* SPDX-License-Identifier: MIT */
/* See tap.h. A socket is on the heap from its opening until it is closed. */
#include "support/tap.h"

#include <stdlib.h>

static mn_result tap_send(void *self, const mn_datagram *datagrams, uint32_t count, uint64_t now_us)
{
    const test_tapped *socket = self;
    return socket->tap->ops->send(socket, datagrams, count, now_us);
}

static mn_result tap_receive(void *self, mn_datagram *datagrams, uint32_t capacity, uint64_t now_us)
{
    const test_tapped *socket = self;
    return socket->tap->ops->receive(socket, datagrams, capacity, now_us);
}

static uint64_t tap_next_us(void *self)
{
    const test_tapped *socket = self;
    return socket->inner.ops->next_us(socket->inner.self);
}

static mn_result tap_wait(void *self, uint64_t timeout_us)
{
    const test_tapped *socket = self;
    return socket->inner.ops->wait(socket->inner.self, timeout_us);
}

static mn_result tap_address(void *self, mn_address *address_out)
{
    const test_tapped *socket = self;
    return socket->inner.ops->address(socket->inner.self, address_out);
}

static void tap_close(void *self)
{
    test_tapped *socket = self;
    socket->inner.ops->close(socket->inner.self);
    free(socket);
}

static const mn_socket_ops socket_ops = {
    .struct_size = sizeof(mn_socket_ops),
    .send = tap_send,
    .receive = tap_receive,
    .next_us = tap_next_us,
    .wait = tap_wait,
    .address = tap_address,
    .close = tap_close,
};

static mn_result wrap(test_tap *tap, uint32_t index, mn_socket inner, mn_socket *socket_out)
{
    test_tapped *socket = malloc(sizeof(*socket));
    if (socket == NULL) {
        inner.ops->close(inner.self);
        return MN_ERROR_MEMORY;
    }
    *socket = (test_tapped){.inner = inner, .tap = tap, .index = index};
    *socket_out = (mn_socket){.ops = &socket_ops, .self = socket};
    if (index > 0 && tap->ops->opened != NULL) {
        tap->ops->opened(socket);
    }
    return MN_OK;
}

static mn_result open_server(void *user, const mn_address *bind, mn_socket *socket_out)
{
    test_tap *tap = user;
    mn_socket inner = {0};
    mn_result opened = tap->inner->open_server(tap->inner->user, bind, &inner);
    return opened < 0 ? opened : wrap(tap, 0, inner, socket_out);
}

static mn_result open_client(void *user, const mn_address *remote, mn_socket *socket_out)
{
    test_tap *tap = user;
    mn_socket inner = {0};
    mn_result opened = tap->inner->open_client(tap->inner->user, remote, &inner);
    return opened < 0 ? opened : wrap(tap, ++tap->clients, inner, socket_out);
}

void test_tap_init(test_tap *tap, const mn_socket_factory *inner, const test_tap_ops *ops,
                   void *user)
{
    *tap = (test_tap){.factory = *inner, .inner = inner, .ops = ops, .user = user};
    tap->factory.open_server = open_server;
    tap->factory.open_client = open_client;
    tap->factory.user = tap;
}

mn_result test_tapped_send(const test_tapped *socket, const mn_datagram *datagrams, uint32_t count,
                           uint64_t now_us)
{
    return socket->inner.ops->send(socket->inner.self, datagrams, count, now_us);
}

mn_result test_tapped_receive(const test_tapped *socket, mn_datagram *datagrams, uint32_t capacity,
                              uint64_t now_us)
{
    return socket->inner.ops->receive(socket->inner.self, datagrams, capacity, now_us);
}
