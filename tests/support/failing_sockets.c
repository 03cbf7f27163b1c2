/* SPDX-License-Identifier: MIT */
/* See failing_sockets.h. A failed call never reaches the inner socket, as with a system call. */
#include "support/failing_sockets.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* The result to fail with now, or 0: go on. */
static mn_result step(failing_sockets *failing, enum failing_call call)
{
    failing_plan *plan = &failing->plans[call];
    failing->calls[call]++;
    if (plan->times == 0) {
        return 0;
    }
    if (plan->after > 0) {
        plan->after--;
        return 0;
    }
    if (plan->times != FAILING_FOREVER) {
        plan->times--;
    }
    failing->failed[call]++;
    errno = plan->error;
    return plan->result;
}

static mn_result failing_send(void *self, const mn_datagram *datagrams, uint32_t count,
                              uint64_t now_us)
{
    failing_socket *socket = self;
    mn_result failure = step(socket->owner, FAILING_SEND);
    return failure != 0 ? failure
                        : socket->inner.ops->send(socket->inner.self, datagrams, count, now_us);
}

static mn_result failing_receive(void *self, mn_datagram *datagrams, uint32_t capacity,
                                 uint64_t now_us)
{
    static const uint8_t nothing[1];
    failing_socket *socket = self;
    failing_sockets *failing = socket->owner;
    mn_result failure = step(failing, FAILING_RECEIVE);
    uint32_t closed = 0;
    if (failure != 0) {
        return failure;
    }
    if (failing->closed_datagrams > 0 && capacity > 0) {
        failing->closed_datagrams--;
        datagrams[closed++] = (mn_datagram){
            .address = failing->closed_address, .flags = MN_DATAGRAM_CLOSED, .bytes = nothing};
    }
    mn_result result = socket->inner.ops->receive(socket->inner.self, datagrams + closed,
                                                  capacity - closed, now_us);
    return result >= 0 ? result + (mn_result)closed : result;
}

static uint64_t failing_next_us(void *self)
{
    failing_socket *socket = self;
    return socket->owner->closed_datagrams > 0 ? 0 : socket->inner.ops->next_us(socket->inner.self);
}

static mn_result failing_wait(void *self, uint64_t timeout_us)
{
    failing_socket *socket = self;
    socket->owner->waited_us = timeout_us;
    mn_result failure = step(socket->owner, FAILING_WAIT);
    return failure != 0 ? failure : socket->inner.ops->wait(socket->inner.self, timeout_us);
}

static mn_result failing_address(void *self, mn_address *address_out)
{
    failing_socket *socket = self;
    mn_result failure = step(socket->owner, FAILING_ADDRESS);
    return failure != 0 ? failure : socket->inner.ops->address(socket->inner.self, address_out);
}

static void failing_close(void *self)
{
    failing_socket *socket = self;
    socket->inner.ops->close(socket->inner.self);
    socket->owner->open--;
    socket->owner = NULL;
}

static const mn_socket_ops failing_ops = {
    .struct_size = sizeof(mn_socket_ops),
    .send = failing_send,
    .receive = failing_receive,
    .next_us = failing_next_us,
    .wait = failing_wait,
    .address = failing_address,
    .close = failing_close,
};

static mn_result open_around(failing_sockets *failing, enum failing_call call,
                             const mn_address *address, mn_socket *socket_out)
{
    uint32_t index = 0;
    mn_result result = step(failing, call);
    if (result != 0) {
        return result;
    }
    if (socket_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    while (index < FAILING_SOCKETS_MAX && failing->sockets[index].owner != NULL) {
        index++;
    }
    if (index == FAILING_SOCKETS_MAX) {
        errno = EMFILE;
        return MN_ERROR_NETWORK;
    }
    failing_socket *socket = &failing->sockets[index];
    result = call == FAILING_OPEN_SERVER
                 ? failing->inner.open_server(failing->inner.user, address, &socket->inner)
                 : failing->inner.open_client(failing->inner.user, address, &socket->inner);
    if (result < 0) {
        return result;
    }
    socket->owner = failing;
    failing->open++;
    socket_out->ops = &failing_ops;
    socket_out->self = socket;
    return MN_OK;
}

static mn_result failing_open_server(void *user, const mn_address *bind, mn_socket *socket_out)
{
    return open_around(user, FAILING_OPEN_SERVER, bind, socket_out);
}

static mn_result failing_open_client(void *user, const mn_address *remote, mn_socket *socket_out)
{
    return open_around(user, FAILING_OPEN_CLIENT, remote, socket_out);
}

void failing_sockets_init(failing_sockets *failing, const mn_socket_factory *inner)
{
    memset(failing, 0, sizeof(*failing));
    failing->inner = *inner;
    failing->factory = *inner;
    failing->factory.open_server = failing_open_server;
    failing->factory.open_client = failing_open_client;
    failing->factory.user = failing;
}

void failing_sockets_plan(failing_sockets *failing, enum failing_call call, uint32_t after,
                          uint32_t times, mn_result result)
{
    failing->plans[call] = (failing_plan){after, times, result, 0};
}

void failing_sockets_close_peer(failing_sockets *failing, const mn_address *address)
{
    failing->closed_address = *address;
    failing->closed_datagrams++;
}
