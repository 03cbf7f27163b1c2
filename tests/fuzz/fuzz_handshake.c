/* SPDX-License-Identifier: MIT */
/*
 * Handshake packets against a peer that listens and one that connects. The input is a list of
 * records: what to do, how many bytes, the bytes. Since nobody guesses a checksum, a token or a
 * cookie, a record may have those filled in that the peers themselves said last.
 */
#include "base/assert.h"
#include "base/bytes.h"
#include "socket/handshake.h"

#include <miragenet.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { PACKET_MAX = 1472, TIME_STEP_US = 20000 };

enum { /* what a record does; its upper four bits are the port that it comes from */
       TO_SERVER,
       TO_SERVER_SEALED, /* with the right checksum */
       TO_SERVER_PROVEN, /* and token and cookie of the last retry */
       TO_CLIENT,
       TO_CLIENT_SEALED,
       TO_CLIENT_KNOWN, /* and with its token */
       TIME_PASSES,
       DISCONNECT
};

/* One datagram waits to be received, and the last that was sent is kept. */
typedef struct side {
    mn_peer *peer;
    uint8_t in[PACKET_MAX], out[PACKET_MAX];
    uint32_t in_size, out_size;
    mn_address from;
    bool has_in;
} side;

typedef struct world {
    side server, client;
    uint64_t now_us;
    uint64_t random;
} world;

static mn_result side_send(void *self, const mn_datagram *datagrams, uint32_t count,
                           uint64_t now_us)
{
    side *it = self;
    (void)now_us;
    for (uint32_t i = 0; i < count; i++) {
        MNI_ASSERT(datagrams[i].size > 0 && datagrams[i].size <= 1200);
        memcpy(it->out, datagrams[i].bytes, datagrams[i].size);
        it->out_size = datagrams[i].size;
    }
    return (mn_result)count;
}

static mn_result side_receive(void *self, mn_datagram *datagrams, uint32_t capacity,
                              uint64_t now_us)
{
    side *it = self;
    (void)now_us;
    if (!it->has_in || capacity == 0) {
        return 0;
    }
    it->has_in = false;
    datagrams[0] = (mn_datagram){.address = it->from, .size = it->in_size, .bytes = it->in};
    return 1;
}

static uint64_t side_next_us(void *self)
{
    (void)self;
    return UINT64_MAX;
}

static mn_result side_wait(void *self, uint64_t timeout_us)
{
    (void)self;
    (void)timeout_us;
    return 0;
}

static mn_result side_address(void *self, mn_address *address_out)
{
    (void)self;
    *address_out = (mn_address){.port = 1};
    return MN_OK;
}

static void side_close(void *self)
{
    (void)self;
}

static const mn_socket_ops ops = {.struct_size = sizeof(ops),
                                  .send = side_send,
                                  .receive = side_receive,
                                  .next_us = side_next_us,
                                  .wait = side_wait,
                                  .address = side_address,
                                  .close = side_close};

static mn_result open_server(void *user, const mn_address *bind, mn_socket *socket_out)
{
    world *it = user;
    (void)bind;
    *socket_out = (mn_socket){&ops, &it->server};
    return MN_OK;
}

static mn_result open_client(void *user, const mn_address *remote, mn_socket *socket_out)
{
    world *it = user;
    (void)remote;
    *socket_out = (mn_socket){&ops, &it->client};
    return MN_OK;
}

static void fill_random(void *user, void *bytes, uint32_t size)
{
    world *it = user;
    for (uint32_t i = 0; i < size; i++) {
        it->random = it->random * UINT64_C(6364136223846793005) + 1;
        ((uint8_t *)bytes)[i] = (uint8_t)(it->random >> 56);
    }
}

static void seal(side *it)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE + 1] = "miragenet packet";
    if (it->in_size >= 4) {
        uint64_t sum = mni_siphash(key, it->in, it->in_size - 4);
        for (uint32_t i = 0; i < 4; i++) {
            it->in[it->in_size - 4 + i] = (uint8_t)(sum >> (8 * i));
        }
    }
}

static void take_events(mn_peer *peer)
{
    mn_event events[8];
    mn_result count;
    while ((count = mn_peer_poll(peer, events, 8)) > 0) {
        for (mn_result i = 0; i < count; i++) {
            MNI_ASSERT(events[i].size == 0 || events[i].data != NULL);
            uint64_t tag;
            mn_connection who = {events[i].who};
            (void)mn_peer_tag(peer, who, &tag);
            (void)mn_peer_send(peer, who, "hello", 5, MN_RELIABLE, 0);
        }
    }
}

static void run(world *it)
{
    side *sides[] = {&it->server, &it->client};
    for (uint32_t i = 0; i < 2; i++) {
        (void)mn_peer_update(sides[i]->peer, it->now_us);
        take_events(sides[i]->peer);
        (void)mn_peer_flush(sides[i]->peer, it->now_us);
    }
}

/* What begins at `from` of the packet that a side said last replaces the same of the next one. */
static void borrow(side *to, const side *said, uint32_t from, uint32_t size)
{
    if (said->out_size >= from + size && to->in_size >= from + size) {
        memcpy(to->in + from, said->out + from, size);
    }
}

static void put(side *to, const uint8_t *bytes, uint32_t size, uint8_t port)
{
    memcpy(to->in, bytes, size);
    to->in_size = size;
    to->from = (mn_address){.port = (uint16_t)(1000 + port)};
    to->has_in = true;
}

static void play(world *it, uint8_t what, const uint8_t *bytes, uint32_t size)
{
    enum { TOKEN_AT = 2, TOKEN_SIZE = 8, COOKIE_AT = 10 };
    uint32_t action = what & 7;
    if (action <= TO_SERVER_PROVEN) {
        put(&it->server, bytes, size, what >> 4);
        if (action == TO_SERVER_PROVEN && it->server.out_size == 30) {
            borrow(&it->server, &it->server, TOKEN_AT, TOKEN_SIZE);
            borrow(&it->server, &it->server, COOKIE_AT, MNI_COOKIE_SIZE);
        }
        if (action != TO_SERVER) {
            seal(&it->server);
        }
    } else if (action <= TO_CLIENT_KNOWN) {
        put(&it->client, bytes, size, what >> 4);
        if (action == TO_CLIENT_KNOWN) {
            borrow(&it->client, &it->client, TOKEN_AT, TOKEN_SIZE);
        }
        if (action != TO_CLIENT) {
            seal(&it->client);
        }
    } else if (action == TIME_PASSES) {
        it->now_us += (size + 1) * (uint64_t)TIME_STEP_US;
    } else if (size >= 4) {
        mni_reader reader = mni_reader_over(bytes, size);
        mn_connection who = {mni_read_u32(&reader)};
        (void)mn_peer_disconnect(it->server.peer, who, MN_REASON_USER, "go");
        (void)mn_peer_disconnect(it->client.peer, who, MN_REASON_USER, NULL);
    }
    run(it);
}

static void start(world *it)
{
    const mn_socket_factory sockets = {.struct_size = sizeof(sockets),
                                       .max_packet_size = PACKET_MAX,
                                       .open_server = open_server,
                                       .open_client = open_client,
                                       .user = it};
    const mn_random_source random = {.fill = fill_random, .user = it};
    const mn_peer_config config = {.struct_size = sizeof(config),
                                   .security = MN_SECURITY_NONE,
                                   .max_connections = 4,
                                   .application = 7,
                                   .sockets = &sockets,
                                   .random = &random};
    mn_connection connection;
    mn_result result = mn_peer_create(&config, &it->server.peer);
    result = result < 0 ? result : mn_peer_create(&config, &it->client.peer);
    result = result < 0 ? result : mn_peer_listen(it->server.peer, NULL);
    result = result < 0 ? result
                        : mn_peer_connect(it->client.peer, &(mn_address){.port = 9}, "payload", 7,
                                          &connection);
    MNI_ASSERT(result == MN_OK);
    run(it);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const world nothing;
    world it = nothing;
    it.now_us = 1000;
    start(&it);
    for (size_t at = 0; at + 2 <= size;) {
        uint8_t what = bytes[at];
        size_t count = bytes[at + 1];
        at += 2;
        count = count < size - at ? count : size - at;
        play(&it, what, bytes + at, (uint32_t)count);
        at += count;
    }
    mn_peer_destroy(it.client.peer);
    mn_peer_destroy(it.server.peer);
    return 0;
}
