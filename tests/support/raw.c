/* SPDX-License-Identifier: MIT */
/* See raw.h. */
#include "support/raw.h"

#include "base/bytes.h"
#include "support/test.h"

#include <string.h>

test_raw test_raw_open(test_peers *world, const mn_address *from, uint64_t token)
{
    const mn_socket_factory *sockets = mn_network_sockets(world->network);
    test_raw raw = {.version = MNI_PROTOCOL_VERSION, .token = token, .share = {1, 2, 3}};
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
    uint8_t bytes[MNI_HANDSHAKE_SIZE_MAX];
    uint32_t size = mni_handshake_write(packet, bytes, sizeof(bytes));
    test_raw_send(raw, bytes, size);
    return size;
}

uint32_t test_raw_hello(test_raw *raw)
{
    const mni_handshake hello = {.kind = MNI_HELLO, .version = raw->version, .token = raw->token};
    return test_raw_say(raw, &hello);
}

mni_handshake test_raw_connect_of(const test_raw *raw)
{
    return (mni_handshake){.kind = MNI_CONNECT,
                           .version = raw->version,
                           .token = raw->token,
                           .cookie = raw->cookie,
                           .application = 7,
                           .security = MN_SECURITY_NONE,
                           .share = raw->share,
                           .offer = {.window = 100000, .max_packet_size = 1200}};
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
