/* SPDX-License-Identifier: MIT */
/*
 * Handshake packets against a peer that listens and one that connects, in plain mode and with every
 * choice of keys. The input is a list of records: what to do, how many bytes, the bytes. Since
 * nobody guesses a checksum, a token, a cookie or a key, a record may have those filled in that the
 * peers themselves said last, or that they have; and what one of them said may reach the other,
 * altered or not.
 */
#include "base/assert.h"
#include "base/bytes.h"
#include "socket/answer.h"

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
       DISCONNECT,
       TO_SERVER_NOISE,  /* a connect that is right: security, which keys are wrong, payload */
       CLIENT_TO_SERVER, /* what the client said last; pairs of a place and what is added there */
       SERVER_TO_CLIENT, /* and what the server said last */
       TO_CLIENT_NOISE,  /* an accept of the client's last connect, by somebody with these keys */
       BEGIN = 15        /* everything, with these keys of server and client */
};

/* One datagram waits to be received, and the last that was sent is kept. */
typedef struct side {
    mn_peer *peer;
    uint8_t in[PACKET_MAX], out[PACKET_MAX];
    uint32_t in_size, out_size;
    uint8_t said[6][PACKET_MAX]; /* the last of each kind of handshake packet */
    uint32_t said_size[6];
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
        uint32_t size = datagrams[i].size;
        const uint8_t *bytes = datagrams[i].bytes;
        memcpy(it->out, bytes, size);
        it->out_size = size;
        uint32_t kind = bytes[0] & 0x7f;
        if (mni_is_handshake(bytes[0])) {
            bool answers = kind != MNI_HELLO && kind != MNI_CONNECT;
            MNI_ASSERT(kind <= MNI_REJECT && (!answers || size <= it->in_size));
            memcpy(it->said[kind], bytes, size);
            it->said_size[kind] = size;
        }
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

/* ---- with keys */

static const uint8_t shared_key[MNI_KEY_SIZE] = {1};
static const uint8_t private_key[MNI_KEY_SIZE] = {2};
static const uint8_t wrong_key[MNI_KEY_SIZE] = {3};

enum { HAS_SHARED = 1, HAS_STATIC = 2, IS_PLAIN = 4, KEY_CHOICES = 5 };

/* Altered as the pairs say, with the right checksum again. */
static void pass_on(side *to, const uint8_t *said, uint32_t said_size, const uint8_t *pairs,
                    uint32_t pairs_size)
{
    if (said_size == 0) {
        return;
    }
    put(to, said, said_size, 0);
    for (uint32_t i = 0; i + 2 <= pairs_size; i += 2) {
        to->in[pairs[i] % said_size] ^= pairs[i + 1];
    }
    if (pairs_size >= 2) {
        seal(to);
    }
}

/* A connect by somebody who has the server's cookie, and its keys or others. */
static void say_connect(world *it, const uint8_t *bytes, uint32_t size, uint8_t port)
{
    const uint8_t *retry = it->server.said[MNI_RETRY];
    if (size < 2 || it->server.said_size[MNI_RETRY] == 0) {
        return;
    }
    uint8_t public_key[MNI_KEY_SIZE], ephemeral[MNI_KEY_SIZE], prologue[MNI_PROLOGUE_SIZE];
    uint8_t payload[MNI_FIRST_PAYLOAD_MAX] = {0};
    uint8_t message[MNI_NOISE_OVERHEAD + MNI_FIRST_PAYLOAD_MAX], packet[PACKET_MAX];
    mni_handshake connect = {.kind = MNI_CONNECT,
                             .version = MNI_PROTOCOL_VERSION,
                             .token = mni_load_u64(retry + 2),
                             .application = 7,
                             .security = (uint8_t)(MNI_SECURITY_NN + bytes[0] % 4),
                             .cookie = retry + 10,
                             .data = message};
    mni_x25519_public(public_key, bytes[1] & HAS_STATIC ? wrong_key : private_key);
    fill_random(it, ephemeral, sizeof(ephemeral));
    const mni_noise_keys keys = {.shared = bytes[1] & HAS_SHARED ? wrong_key : shared_key,
                                 .server_public = public_key,
                                 .ephemeral = ephemeral};
    mni_noise noise;
    mni_handshake_prologue(&connect, MNI_PROTOCOL_VERSION, prologue);
    mni_noise_init(&noise, mni_security_pattern(connect.security), true, prologue, sizeof(prologue),
                   &keys);
    mni_offer_write(&(mni_offer){.window = 100000, .max_packet_size = 1200}, payload);
    uint32_t more = connect.security == MNI_SECURITY_NN ? 0 : size - 2;
    memcpy(payload + MNI_OFFER_SIZE, bytes + 2, more);
    connect.size = mni_noise_write(&noise, payload, MNI_OFFER_SIZE + more, message);
    put(&it->server, packet, mni_handshake_write(&connect, packet, sizeof(packet)), port);
    it->server.said_size[MNI_ACCEPT] = 0;
    run(it);
    const uint8_t *answer = it->server.said[MNI_ACCEPT];
    if (it->server.said_size[MNI_ACCEPT] == MNI_ACCEPT_SIZE_MAX) {
        uint32_t opened;
        MNI_ASSERT(mni_noise_read(&noise, answer + 10, MNI_ACCEPT_SIZE_MAX - 14, payload, &opened));
    }
}

static void choose_keys(mn_peer_config *config, uint8_t choice)
{
    choice %= KEY_CHOICES;
    config->security = choice & IS_PLAIN ? MN_SECURITY_NONE : MN_SECURITY_ENCRYPTED;
    config->shared_key = choice & HAS_SHARED ? shared_key : NULL;
    config->private_key = choice & HAS_STATIC ? private_key : NULL;
}

/* An accept of what the client said, by a server that has keys of this choice. */
static void say_accept(world *it, const uint8_t *bytes, uint32_t size)
{
    mni_handshake connect;
    mni_config config;
    mni_answer answer;
    mni_agreement agreement;
    uint8_t accept[MNI_ACCEPT_SIZE_MAX];
    mn_peer_config choice = {.struct_size = sizeof(choice), .application = 7, .seed = 1};
    const side *client = &it->client;
    if (size < 1 || client->said_size[MNI_CONNECT] == 0) {
        return;
    }
    choose_keys(&choice, bytes[0]);
    if (mni_config_read(&choice, &config) < 0 ||
        mni_handshake_read(client->said[MNI_CONNECT], client->said_size[MNI_CONNECT], &connect) >=
            0 ||
        mni_answer_find_fault(&config, &connect) != MN_REASON_NONE) {
        return;
    }
    if (mni_answer_open(&answer, &config, &connect) < 0) {
        pass_on(&it->client, accept, mni_answer_accept(&answer, accept, &agreement), bytes + 1,
                size - 1);
    }
    mni_answer_clear(&answer);
}

static void start(world *it, uint8_t server_choice, uint8_t client_choice);

static void stop(world *it)
{
    mn_peer_destroy(it->client.peer);
    mn_peer_destroy(it->server.peer);
}

/* Of records that work with keys; what they put is taken in by the caller's run. */
static void play_with_keys(world *it, uint8_t what, const uint8_t *bytes, uint32_t size)
{
    switch (what & 15) {
    case TO_SERVER_NOISE:
        say_connect(it, bytes, size, what >> 4);
        break;
    case CLIENT_TO_SERVER:
        pass_on(&it->server, it->client.out, it->client.out_size, bytes, size);
        break;
    case SERVER_TO_CLIENT:
        pass_on(&it->client, it->server.out, it->server.out_size, bytes, size);
        break;
    case TO_CLIENT_NOISE:
        say_accept(it, bytes, size);
        break;
    case BEGIN:
        if (size >= 2) {
            stop(it);
            start(it, bytes[0], bytes[1]);
        }
        break;
    default:
        break;
    }
}

static void play(world *it, uint8_t what, const uint8_t *bytes, uint32_t size)
{
    enum { TOKEN_AT = 2, TOKEN_SIZE = 8, COOKIE_AT = 10 };
    uint32_t action = what & 15;
    if (action > DISCONNECT) {
        play_with_keys(it, what, bytes, size);
    } else if (action <= TO_SERVER_PROVEN) {
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

static void start(world *it, uint8_t server_choice, uint8_t client_choice)
{
    static const side nothing;
    const mn_socket_factory sockets = {.struct_size = sizeof(sockets),
                                       .max_packet_size = PACKET_MAX,
                                       .open_server = open_server,
                                       .open_client = open_client,
                                       .user = it};
    const mn_random_source random = {.fill = fill_random, .user = it};
    mn_peer_config config = {.struct_size = sizeof(config),
                             .max_connections = 4,
                             .application = 7,
                             .sockets = &sockets,
                             .random = &random};
    uint8_t public_key[MNI_KEY_SIZE];
    mn_connection connection;
    it->server = nothing;
    it->client = nothing;
    choose_keys(&config, server_choice);
    mn_result result = mn_peer_create(&config, &it->server.peer);
    choose_keys(&config, client_choice);
    if (config.private_key != NULL) {
        mni_x25519_public(public_key, config.private_key);
        config.private_key = NULL;
        config.remote_key = public_key;
    }
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
    start(&it, IS_PLAIN, IS_PLAIN);
    for (size_t at = 0; at + 2 <= size;) {
        uint8_t what = bytes[at];
        size_t count = bytes[at + 1];
        at += 2;
        count = count < size - at ? count : size - at;
        play(&it, what, bytes + at, (uint32_t)count);
        at += count;
    }
    stop(&it);
    return 0;
}
