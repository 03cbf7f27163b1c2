/* SPDX-License-Identifier: MIT */
/* See raw.h. */
#include "support/raw.h"

#include "base/bytes.h"
#include "support/security.h"
#include "support/test.h"

#include <string.h>

test_raw test_raw_open(test_peers *world, const mn_address *from, uint64_t token)
{
    const mn_socket_factory *sockets = mn_network_sockets(world->network);
    test_raw raw = {.version = MNI_PROTOCOL_VERSION,
                    .security = MNI_SECURITY_PLAIN,
                    .token = token,
                    .share = {1, 2, 3}};
    assert_int_equal(sockets->open_server(sockets->user, from, &raw.socket), MN_OK);
    return raw;
}

void test_raw_close(test_raw *raw)
{
    raw->socket.ops->close(raw->socket.self);
}

void test_raw_send(test_raw *raw, const void *bytes, uint32_t size)
{
    const mn_datagram datagram = {.address = test_server_address, .size = size, .bytes = bytes};
    assert_int_equal(raw->socket.ops->send(raw->socket.self, &datagram, 1, 0), 1);
}

void test_raw_send_sealed(test_raw *raw, uint8_t *bytes, uint32_t size)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE + 1] = "miragenet packet";
    mni_store_u32(bytes + size - 4, (uint32_t)mni_siphash(key, bytes, size - 4));
    test_raw_send(raw, bytes, size);
}

uint32_t test_raw_say(test_raw *raw, const mni_handshake *packet)
{
    raw->said_size = mni_handshake_write(packet, raw->said, sizeof(raw->said));
    test_raw_repeat(raw);
    return raw->said_size;
}

void test_raw_repeat(test_raw *raw)
{
    test_raw_send(raw, raw->said, raw->said_size);
}

uint32_t test_raw_hello(test_raw *raw)
{
    const mni_handshake hello = {.kind = MNI_HELLO, .version = raw->version, .token = raw->token};
    return test_raw_say(raw, &hello);
}

static const mni_offer offer = {.window = 100000, .max_packet_size = 1200};

static void seal(test_raw *raw, mni_handshake *connect)
{
    uint8_t prologue[MNI_PROLOGUE_SIZE], payload[MNI_FIRST_PAYLOAD_MAX];
    size_t size = raw->payload != NULL ? strlen(raw->payload) : 0;
    raw->ephemeral[1]++; /* some bits of the first byte are not used */
    const mni_noise_keys keys = {
        .shared = test_shared_key, .server_public = test_public_key, .ephemeral = raw->ephemeral};
    mni_handshake_prologue(connect, MNI_PROTOCOL_VERSION, prologue);
    mni_noise_init(&raw->noise, mni_security_pattern(raw->security), true, prologue,
                   sizeof(prologue), &keys);
    mni_offer_write(&offer, payload);
    if (size > 0) {
        memcpy(payload + MNI_OFFER_SIZE, raw->payload, size);
    }
    connect->data = raw->message;
    connect->size =
        mni_noise_write(&raw->noise, payload, MNI_OFFER_SIZE + (uint32_t)size, raw->message);
}

mni_handshake test_raw_connect_of(test_raw *raw)
{
    mni_handshake connect = {.kind = MNI_CONNECT,
                             .version = raw->version,
                             .token = raw->token,
                             .cookie = raw->cookie,
                             .application = 7,
                             .security = raw->security};
    if (raw->security == MNI_SECURITY_PLAIN) {
        connect.share = raw->share;
        connect.offer = offer;
    } else {
        seal(raw, &connect);
    }
    return connect;
}

bool test_raw_opens_accept(const test_raw *raw)
{
    mni_noise noise = raw->noise;
    uint8_t payload[MNI_ACCEPT_SIZE_MAX];
    uint32_t size;
    assert_int_equal(raw->packet.kind, MNI_ACCEPT);
    return raw->packet.share == NULL &&
           mni_noise_read(&noise, raw->packet.data, raw->packet.size, payload, &size);
}

uint32_t test_raw_connect(test_raw *raw)
{
    mni_handshake packet = test_raw_connect_of(raw);
    return test_raw_say(raw, &packet);
}

uint32_t test_raw_hear(test_raw *raw)
{
    mn_datagram datagram;
    while (raw->socket.ops->receive(raw->socket.self, &datagram, 1, 0) == 1) {
        if (!mni_is_handshake(datagram.bytes[0])) {
            continue;
        }
        memcpy(raw->bytes, datagram.bytes, datagram.size);
        raw->size = datagram.size;
        assert_int_equal(mni_handshake_read(raw->bytes, raw->size, &raw->packet), -1);
        return raw->packet.kind;
    }
    return 0;
}

uint32_t test_raw_answer(test_peers *world, test_raw *raw)
{
    test_peers_step(world);
    return test_raw_hear(raw);
}

void test_raw_get_cookie(test_peers *world, test_raw *raw)
{
    (void)test_raw_hello(raw);
    assert_int_equal(test_raw_answer(world, raw), MNI_RETRY);
    assert_int_equal(raw->packet.token, raw->token);
    memcpy(raw->cookie, raw->packet.cookie, MNI_COOKIE_SIZE);
}

void test_raw_join(test_peers *world, test_raw *raw)
{
    test_raw_get_cookie(world, raw);
    (void)test_raw_connect(raw);
    assert_int_equal(test_raw_answer(world, raw), MNI_ACCEPT);
    assert_int_equal(raw->packet.token, raw->token);
}
