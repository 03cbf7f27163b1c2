/* SPDX-License-Identifier: MIT */
/*
 * Each check gets a fresh server and a client of it, and time that begins anew. It returns the
 * expectation that was not met, so that a suite that fails says what to mend. Datagrams are told
 * apart by their first byte, from which all of their bytes follow.
 */
#include "support/socket_conformance.h"

#include <stdbool.h>
#include <string.h>

enum {
    OTHERS_MAX = 2,
    MANY = 150, /* datagrams: more than two batches of any bundled socket, and not over 256 */
    QUIET_LOOKS = 20,
    LOOKS = 500,
    STEP_US = 1000,
    PACKET_MAX = 65536
};

#define REQUIRE(condition, expectation) \
  if (!(condition)) {                   \
    return "expected: " expectation;    \
  }

typedef struct world {
    const socket_conformance_case *subject;
    uint64_t now_us;
    mn_address server_address;
    mn_socket server, client;
    mn_socket others[OTHERS_MAX];
} world;

typedef struct arrival {
    mn_address address;
    uint32_t size, flags;
    uint8_t tag;
    bool is_intact;
} arrival;

static mn_result open_server(world *w, const mn_address *bind, mn_socket *socket_out)
{
    const mn_socket_factory *factory = w->subject->factory;
    return factory->open_server(factory->user, bind, socket_out);
}

static mn_result open_client(world *w, const mn_address *remote, mn_socket *socket_out)
{
    const mn_socket_factory *factory = w->subject->factory;
    return factory->open_client(factory->user, remote, socket_out);
}

static void close_socket(mn_socket *socket)
{
    if (socket->ops != NULL) {
        socket->ops->close(socket->self);
    }
    memset(socket, 0, sizeof(*socket));
}

static uint8_t byte_of(uint8_t tag, uint32_t index)
{
    return (uint8_t)(tag ^ (index * 11));
}

static mn_result send_as(world *w, mn_socket *from, const mn_address *to, uint8_t tag,
                         uint32_t size)
{
    static uint8_t bytes[PACKET_MAX];
    for (uint32_t i = 0; i < size && i < PACKET_MAX; i++) {
        bytes[i] = byte_of(tag, i);
    }
    mn_datagram datagram = {.address = *to, .size = size, .bytes = bytes};
    mn_result result = from->ops->send(from->self, &datagram, 1, w->now_us);
    memset(bytes, 0xee, size < PACKET_MAX ? size : PACKET_MAX); /* it was copied, or it is lost */
    return result;
}

static void read_arrival(const mn_datagram *datagram, arrival *arrived)
{
    arrived->address = datagram->address;
    arrived->size = datagram->size;
    arrived->flags = datagram->flags & ~(uint32_t)MN_DATAGRAM_LAST; /* who asks again may */
    arrived->tag = datagram->size > 0 ? datagram->bytes[0] : 0;
    arrived->is_intact = datagram->size > 0;
    for (uint32_t i = 0; i < datagram->size; i++) {
        if (datagram->bytes[i] != byte_of(arrived->tag, i)) {
            arrived->is_intact = false;
        }
    }
}

/* A moment passes, and each socket is called, as its owner would do it in every frame. */
static void step(world *w, mn_socket *waiting)
{
    uint64_t step_us = w->subject->step_us > 0 ? w->subject->step_us : STEP_US;
    mn_socket *all[] = {&w->server, &w->client, &w->others[0], &w->others[1]};
    w->now_us += step_us;
    for (uint32_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i]->ops != NULL) {
            (void)all[i]->ops->send(all[i]->self, NULL, 0, w->now_us);
        }
    }
    if (w->subject->advance != NULL) {
        w->subject->advance(w->subject->user, w->now_us);
    }
    (void)waiting->ops->wait(waiting->self, step_us);
}

/* Waits until `want` datagrams came, or too many looks were in vain. How many came, or an error. */
static mn_result collect(world *w, mn_socket *at, arrival *arrivals, uint32_t want, uint32_t looks)
{
    mn_datagram datagrams[16];
    uint32_t count = 0;
    for (uint32_t in_vain = 0; count < want && in_vain < looks;) {
        uint32_t room = want - count < 16 ? want - count : 16;
        mn_result came = at->ops->receive(at->self, datagrams, room, w->now_us);
        if (came < 0 || (uint32_t)came > room) {
            return came < 0 ? came : MN_ERROR_TOO_LARGE;
        }
        for (uint32_t i = 0; i < (uint32_t)came; i++) {
            read_arrival(&datagrams[i], &arrivals[count++]);
        }
        if (came == 0) {
            in_vain++;
            step(w, at);
        }
    }
    return (mn_result)count;
}

static bool arrives(world *w, mn_socket *at, uint8_t tag, uint32_t size, mn_address *from_out)
{
    arrival arrived;
    uint32_t looks = w->subject->looks > 0 ? w->subject->looks : LOOKS;
    if (collect(w, at, &arrived, 1, looks) != 1) {
        return false;
    }
    *from_out = arrived.address;
    return arrived.tag == tag && arrived.size == size && arrived.is_intact && arrived.flags == 0;
}

static bool is_quiet(world *w, mn_socket *at)
{
    arrival arrived;
    return collect(w, at, &arrived, 1, QUIET_LOOKS) == 0;
}

static bool equals(const mn_address *a, const mn_address *b)
{
    return memcmp(a->ip, b->ip, sizeof(a->ip)) == 0 && a->port == b->port && a->kind == b->kind;
}

static const char *check_ops(world *w)
{
    const mn_socket_ops *ops = w->server.ops;
    REQUIRE(ops->struct_size >= sizeof(mn_socket_ops), "ops.struct_size is that of mn_socket_ops");
    REQUIRE(ops->send && ops->receive && ops->next_us && ops->wait && ops->address && ops->close,
            "all functions of mn_socket_ops are there");
    return NULL;
}

static const char *check_wrong_opening(world *w)
{
    mn_socket socket = {NULL, NULL};
    REQUIRE(open_server(w, &w->subject->bind, NULL) == MN_ERROR_ARGUMENT,
            "open_server without socket_out is MN_ERROR_ARGUMENT");
    REQUIRE(open_client(w, &w->server_address, NULL) == MN_ERROR_ARGUMENT,
            "open_client without socket_out is MN_ERROR_ARGUMENT");
    REQUIRE(open_client(w, NULL, &socket) == MN_ERROR_ARGUMENT,
            "open_client without an address is MN_ERROR_ARGUMENT");
    REQUIRE(socket.ops == NULL && socket.self == NULL, "a failed open leaves socket_out alone");
    return NULL;
}

static const char *check_address(world *w)
{
    mn_address address;
    REQUIRE(w->server_address.kind != 0 || w->server_address.port != 0,
            "a server that was opened with port 0 knows the port that it got");
    REQUIRE(w->server.ops->address(w->server.self, NULL) == MN_ERROR_ARGUMENT,
            "address without address_out is MN_ERROR_ARGUMENT");
    REQUIRE(w->client.ops->address(w->client.self, &address) == MN_OK,
            "a client has a local address");
    return NULL;
}

static const char *check_there_and_back(world *w)
{
    mn_address client;
    mn_address server;
    REQUIRE(send_as(w, &w->client, &w->server_address, 1, 20) == 1, "a client can send");
    REQUIRE(arrives(w, &w->server, 1, 20, &client), "what a client sends arrives at its server");
    REQUIRE(send_as(w, &w->server, &client, 2, 30) == 1, "a server can answer the sender");
    REQUIRE(arrives(w, &w->client, 2, 30, &server), "what a server answers arrives at the client");
    REQUIRE(equals(&server, &w->server_address),
            "at the client, datagrams come from the address that it was opened with");
    return NULL;
}

static const char *check_sizes(world *w)
{
    uint32_t max = w->subject->factory->max_packet_size;
    uint32_t sizes[] = {1, 2, 3, 64, 500, 1199, 1200, max - 1, max};
    mn_address from;
    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        REQUIRE(send_as(w, &w->client, &w->server_address, (uint8_t)i, sizes[i]) == 1,
                "datagrams of 1 to max_packet_size bytes are taken");
        REQUIRE(arrives(w, &w->server, (uint8_t)i, sizes[i], &from),
                "datagrams of 1 to max_packet_size bytes arrive whole");
    }
    return NULL;
}

static const char *check_too_large(world *w)
{
    static const uint8_t bytes[PACKET_MAX + 1];
    uint32_t max = w->subject->factory->max_packet_size;
    mn_datagram datagrams[3] = {{.address = w->server_address, .size = 1, .bytes = bytes},
                                {.address = w->server_address, .size = max + 1, .bytes = bytes},
                                {.address = w->server_address, .size = 1, .bytes = bytes}};
    mn_socket *client = &w->client;
    mn_address from;
    REQUIRE(client->ops->send(client->self, datagrams, 3, w->now_us) == 1,
            "send takes what comes before a datagram over max_packet_size");
    REQUIRE(client->ops->send(client->self, datagrams + 1, 2, w->now_us) == MN_ERROR_TOO_LARGE,
            "a datagram over max_packet_size is MN_ERROR_TOO_LARGE");
    REQUIRE(client->ops->send(client->self, datagrams + 2, 1, w->now_us) == 1,
            "what comes after it can be sent");
    REQUIRE(arrives(w, &w->server, 0, 1, &from) && arrives(w, &w->server, 0, 1, &from) &&
                is_quiet(w, &w->server),
            "what comes before and after one that is too large arrives, and nothing else");
    return NULL;
}

static const char *check_many(world *w)
{
    static uint8_t bytes[MANY];
    mn_datagram datagrams[MANY];
    arrival arrivals[MANY];
    bool came[256] = {false};
    uint32_t sent = 0;
    for (uint32_t i = 0; i < MANY; i++) {
        bytes[i] = (uint8_t)i;
        datagrams[i] = (mn_datagram){.address = w->server_address, .size = 1, .bytes = &bytes[i]};
    }
    for (uint32_t tries = 0; sent < MANY && tries < LOOKS; tries++) {
        mn_result taken =
            w->client.ops->send(w->client.self, datagrams + sent, MANY - sent, w->now_us);
        REQUIRE((taken > 0 && (uint32_t)taken <= MANY - sent) || taken == MN_ERROR_FULL,
                "of many datagrams send takes some, or is full");
        sent += taken > 0 ? (uint32_t)taken : 0;
    }
    REQUIRE(sent == MANY, "many datagrams are taken in the end");
    REQUIRE(collect(w, &w->server, arrivals, MANY, LOOKS) == MANY, "all of many arrive");
    for (uint32_t i = 0; i < MANY; i++) {
        REQUIRE(arrivals[i].is_intact && !came[arrivals[i].tag], "each of many arrives once");
        came[arrivals[i].tag] = true;
    }
    REQUIRE(is_quiet(w, &w->server), "after all of many came nothing comes");
    return NULL;
}

static const char *check_capacity(world *w)
{
    static const uint8_t mark[1];
    mn_datagram two[2] = {{.bytes = mark}, {.bytes = mark}};
    mn_address from;
    for (uint8_t tag = 1; tag <= 3; tag++) {
        REQUIRE(send_as(w, &w->client, &w->server_address, tag, 10) == 1, "a client can send");
    }
    REQUIRE(arrives(w, &w->server, 1, 10, &from), "the first of three arrives");
    for (uint32_t i = 0; i < QUIET_LOOKS; i++) {
        step(w, &w->server); /* so that the others are there as well */
    }
    mn_result none = w->server.ops->receive(w->server.self, two, 0, w->now_us);
    mn_result one = w->server.ops->receive(w->server.self, two, 1, w->now_us);
    REQUIRE(none == 0, "receive without room gives nothing and loses nothing");
    REQUIRE(one == 1 && two[1].bytes == mark, "receive gives no more than there is room for");
    REQUIRE(arrives(w, &w->server, 3, 10, &from), "what there was no room for comes next");
    return NULL;
}

static const char *check_bytes_last(world *w)
{
    mn_datagram received;
    arrival arrived;
    mn_address address;
    mn_result came = 0;
    REQUIRE(send_as(w, &w->client, &w->server_address, 9, 700) == 1, "a client can send");
    for (uint32_t i = 0; i < LOOKS && came == 0; i++) {
        step(w, &w->server);
        came = w->server.ops->receive(w->server.self, &received, 1, w->now_us);
    }
    REQUIRE(came == 1, "what a client sends arrives at its server");
    (void)w->server.ops->next_us(w->server.self);
    (void)w->server.ops->address(w->server.self, &address);
    REQUIRE(send_as(w, &w->server, &received.address, 4, 900) == 1, "a server can answer");
    REQUIRE(send_as(w, &w->client, &w->server_address, 5, 900) == 1, "a client can send again");
    step(w, &w->server);
    read_arrival(&received, &arrived);
    REQUIRE(arrived.is_intact && arrived.tag == 9 && arrived.size == 700,
            "bytes that were received last until the next receive");
    return NULL;
}

static const char *check_two_clients(world *w)
{
    mn_address first;
    mn_address second;
    mn_address from;
    REQUIRE(open_client(w, &w->server_address, &w->others[0]) >= 0, "a second client can open");
    REQUIRE(send_as(w, &w->client, &w->server_address, 1, 10) == 1, "a client can send");
    REQUIRE(arrives(w, &w->server, 1, 10, &first), "what the first client sends arrives");
    REQUIRE(send_as(w, &w->others[0], &w->server_address, 2, 10) == 1, "a client can send");
    REQUIRE(arrives(w, &w->server, 2, 10, &second), "what the second client sends arrives");
    REQUIRE(!equals(&first, &second), "two clients are known by different addresses");
    REQUIRE(send_as(w, &w->server, &first, 3, 10) == 1, "a server can answer");
    REQUIRE(arrives(w, &w->client, 3, 10, &from) && is_quiet(w, &w->others[0]),
            "an answer arrives at the client that it is for, and there alone");
    return NULL;
}

static const char *check_strangers(world *w)
{
    mn_address client;
    mn_address from;
    REQUIRE(send_as(w, &w->client, &w->server_address, 1, 10) == 1, "a client can send");
    REQUIRE(arrives(w, &w->server, 1, 10, &client), "what a client sends arrives");
    REQUIRE(open_server(w, &w->subject->bind, &w->others[0]) >= 0, "a second server can open");
    (void)send_as(w, &w->others[0], &client, 66, 10);
    REQUIRE(is_quiet(w, &w->client), "a client hears from its server alone");
    mn_address other;
    REQUIRE(w->others[0].ops->address(w->others[0].self, &other) == MN_OK,
            "a server has a local address");
    REQUIRE(send_as(w, &w->client, &other, 7, 10) == 1 && arrives(w, &w->server, 7, 10, &from) &&
                is_quiet(w, &w->others[0]),
            "what a client sends goes to its server, whatever the address in the datagram");
    return NULL;
}

static const char *check_conflict(world *w)
{
    mn_socket second = {NULL, NULL};
    mn_address from;
    REQUIRE(open_server(w, &w->server_address, &second) == MN_ERROR_NETWORK,
            "a second server at the same address is MN_ERROR_NETWORK");
    REQUIRE(second.ops == NULL, "a failed open leaves socket_out alone");
    close_socket(&w->server);
    REQUIRE(open_server(w, &w->server_address, &w->server) >= 0,
            "after close the address is free again");
    REQUIRE(send_as(w, &w->client, &w->server_address, 8, 10) == 1 &&
                arrives(w, &w->server, 8, 10, &from),
            "a client reaches a server that was opened anew at the same address");
    return NULL;
}

/* Nobody is there: what was sent vanishes, perhaps with the news that it did, and when somebody
   comes, the socket works. */
static const char *check_nobody(world *w)
{
    arrival arrived;
    mn_address nobody = w->server_address;
    mn_address from;
    REQUIRE(open_server(w, &w->subject->bind, &w->others[0]) >= 0, "a second server can open");
    close_socket(&w->server);
    for (uint32_t i = 0; i < 5; i++) {
        REQUIRE(send_as(w, &w->client, &nobody, 1, 10) == 1 &&
                    send_as(w, &w->others[0], &nobody, 1, 10) == 1,
                "what is sent to an address where nobody is, is taken");
        step(w, &w->client);
        mn_result news = collect(w, &w->client, &arrived, 1, 2);
        REQUIRE(news == 0 || (news == 1 && arrived.flags == MN_DATAGRAM_CLOSED &&
                              arrived.size == 0 && equals(&arrived.address, &nobody)),
                "a client without a server hears nothing, or that it is closed");
    }
    REQUIRE(is_quiet(w, &w->others[0]), "a server hears nothing about peers that are gone");
    (void)collect(w, &w->client, &arrived, 1, QUIET_LOOKS);
    REQUIRE(open_server(w, &nobody, &w->server) >= 0, "after close the address is free again");
    REQUIRE(send_as(w, &w->client, &nobody, 2, 10) == 1 && arrives(w, &w->server, 2, 10, &from),
            "a client reaches a server that opened after it");
    return NULL;
}

static const char *check_waiting(world *w)
{
    mn_datagram received;
    mn_socket *server = &w->server;
    mn_result is_there = 0;
    REQUIRE(w->client.ops->send(w->client.self, NULL, 0, w->now_us) == 0,
            "to send nothing is nothing");
    REQUIRE(server->ops->receive(server->self, &received, 1, w->now_us) == 0,
            "where nothing was sent nothing is received");
    REQUIRE(server->ops->wait(server->self, 0) == 0, "wait says no while there is nothing");
    REQUIRE(send_as(w, &w->client, &w->server_address, 1, 10) == 1, "a client can send");
    for (uint32_t i = 0; i < LOOKS && is_there == 0; i++) {
        is_there = server->ops->wait(server->self, 1000);
        step(w, &w->client);
    }
    REQUIRE(is_there == 1, "wait says yes when there is something");
    REQUIRE(arrives(w, server, 1, 10, &received.address), "after wait said yes something arrives");
    return NULL;
}

/* What waits to be received or to be sent is freed with the socket; a leak checker sees it. */
static const char *check_closing_early(world *w)
{
    mn_address from;
    for (uint32_t i = 0; i < 5; i++) {
        REQUIRE(send_as(w, &w->client, &w->server_address, 1, 10) == 1, "a client can send");
    }
    REQUIRE(arrives(w, &w->server, 1, 10, &from), "what a client sends arrives");
    (void)send_as(w, &w->server, &from, 1, 10);
    (void)send_as(w, &w->client, &w->server_address, 1, 10);
    return NULL;
}

static const char *run(const socket_conformance_case *subject, const char *(*check)(world *))
{
    world w = {.subject = subject, .now_us = 1000000};
    const char *failure = "expected: a server can open and knows its address, a client can open";
    if (open_server(&w, &subject->bind, &w.server) >= 0 && w.server.ops != NULL &&
        w.server.ops->address(w.server.self, &w.server_address) >= 0 &&
        open_client(&w, &w.server_address, &w.client) >= 0 && w.client.ops != NULL) {
        failure = check(&w);
    }
    close_socket(&w.client);
    close_socket(&w.server);
    close_socket(&w.others[0]);
    close_socket(&w.others[1]);
    return failure;
}

const char *socket_conformance(const socket_conformance_case *subject)
{
    static const char *(*const checks[])(world *) = {
        check_ops,        check_wrong_opening, check_address,       check_there_and_back,
        check_sizes,      check_too_large,     check_many,          check_capacity,
        check_bytes_last, check_two_clients,   check_strangers,     check_conflict,
        check_nobody,     check_waiting,       check_closing_early,
    };
    const mn_socket_factory *factory = subject->factory;
    REQUIRE(factory->struct_size >= sizeof(*factory), "struct_size is that of mn_socket_factory");
    REQUIRE(factory->open_server != NULL && factory->open_client != NULL,
            "both open functions are there");
    REQUIRE(factory->max_packet_size >= 1200 && factory->max_packet_size < PACKET_MAX,
            "max_packet_size is 1200 at least, and below 64 KiB");
    for (uint32_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        const char *failure = run(subject, checks[i]);
        if (failure != NULL) {
            return failure;
        }
    }
    return NULL;
}
