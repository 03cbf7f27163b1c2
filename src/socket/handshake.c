/* SPDX-License-Identifier: MIT */
/*
 * See handshake.h. Every packet ends in a checksum under a key that everybody knows: it tells
 * corruption, of which a wrong version or application would be mistaken for a mismatch, and nothing
 * else. What protects the handshake from forgers is the token, which only the client and who sees
 * its packets know, and the cookie.
 */
#include "socket/handshake.h"

#include "base/bytes.h"

#include <string.h>

enum { HANDSHAKE_BIT = 0x80, CHECKSUM_SIZE = 4 };

static const uint8_t checksum_key[MNI_HASH_KEY_SIZE] = {'m', 'i', 'r', 'a', 'g', 'e', 'n', 'e',
                                                        't', ' ', 'p', 'a', 'c', 'k', 'e', 't'};

static uint32_t checksum(const uint8_t *bytes, size_t size)
{
    return (uint32_t)mni_siphash(checksum_key, bytes, size);
}

static bool has_right_checksum(const uint8_t *bytes, uint32_t size)
{
    if (size < CHECKSUM_SIZE) {
        return false;
    }
    mni_reader tail = mni_reader_over(bytes + size - CHECKSUM_SIZE, CHECKSUM_SIZE);
    return mni_read_u32(&tail) == checksum(bytes, size - CHECKSUM_SIZE);
}

static void read_plain(mni_reader *reader, mni_handshake *packet)
{
    packet->share = mni_read_bytes(reader, MNI_SHARE_SIZE);
    const uint8_t *offer = mni_read_bytes(reader, MNI_OFFER_SIZE);
    if (offer == NULL || !mni_offer_read(offer, &packet->offer)) {
        reader->failed = true;
    }
}

static void read_rest(mni_reader *reader, mni_handshake *packet, uint32_t min, uint32_t max)
{
    size_t left = mni_reader_left(reader);
    if (left < min || left > max) {
        reader->failed = true;
        return;
    }
    packet->size = (uint32_t)left;
    packet->data = mni_read_bytes(reader, left);
}

/* The first Noise message. Where it encrypts nothing yet, the payload of the application comes
   later. */
static void read_first_message(mni_reader *reader, mni_handshake *packet)
{
    bool seals = mni_pattern_seals_first(mni_security_pattern(packet->security));
    uint32_t least = MNI_KEY_SIZE + (seals ? MNI_TAG_SIZE : 0) + MNI_OFFER_SIZE;
    read_rest(reader, packet, least, least + (seals ? MN_PAYLOAD_MAX : 0));
}

static void read_connect(mni_reader *reader, mni_handshake *packet)
{
    packet->cookie = mni_read_bytes(reader, MNI_COOKIE_SIZE);
    if (packet->version == MNI_PROTOCOL_VERSION) {
        packet->application = mni_read_u64(reader);
        packet->security = mni_read_u8(reader);
        if (packet->security == MNI_SECURITY_PLAIN) {
            read_plain(reader, packet);
            read_rest(reader, packet, 0, MN_PAYLOAD_MAX);
            return;
        }
        if (mni_security_is_sealed(packet->security)) {
            read_first_message(reader, packet);
            return;
        }
    }
    (void)mni_read_bytes(reader, mni_reader_left(reader)); /* it will be refused by name */
}

static void read_accept(mni_reader *reader, mni_handshake *packet)
{
    if (mni_reader_left(reader) == MNI_SHARE_SIZE + MNI_OFFER_SIZE) {
        read_plain(reader, packet);
        return;
    }
    uint32_t size = MNI_NOISE_OVERHEAD + MNI_SECOND_PAYLOAD_SIZE;
    read_rest(reader, packet, size, size);
}

/* False for a kind that does not exist. */
static bool read_body(mni_reader *reader, mni_handshake *packet, uint32_t size)
{
    switch (packet->kind) {
    case MNI_HELLO:
        (void)mni_read_bytes(reader, mni_reader_left(reader));
        return size >= MNI_HELLO_SIZE;
    case MNI_RETRY:
        packet->cookie = mni_read_bytes(reader, MNI_COOKIE_SIZE);
        return true;
    case MNI_CONNECT:
        read_connect(reader, packet);
        return true;
    case MNI_ACCEPT:
        read_accept(reader, packet);
        return packet->version == MNI_PROTOCOL_VERSION;
    case MNI_REJECT:
        packet->reason = mni_read_u16(reader);
        read_rest(reader, packet, 0, MN_TEXT_MAX);
        return packet->reason != MN_REASON_NONE;
    }
    return false;
}

int32_t mni_handshake_read(const uint8_t *bytes, uint32_t size, mni_handshake *packet_out)
{
    if (!has_right_checksum(bytes, size)) {
        return MN_DROP_CHECKSUM;
    }
    mni_reader reader = mni_reader_over(bytes, size - CHECKSUM_SIZE);
    mni_handshake packet = {0};
    uint8_t first = mni_read_u8(&reader);
    packet.kind = (mni_handshake_kind)(first & ~HANDSHAKE_BIT);
    packet.version = mni_read_u8(&reader);
    packet.token = mni_read_u64(&reader);
    bool is_known = (first & HANDSHAKE_BIT) != 0 && read_body(&reader, &packet, size);
    if (!is_known || reader.failed || mni_reader_left(&reader) > 0) {
        return MN_DROP_HANDSHAKE;
    }
    *packet_out = packet;
    return -1;
}

static void write_plain(mni_writer *writer, const mni_handshake *packet)
{
    uint8_t offer[MNI_OFFER_SIZE];
    mni_offer_write(&packet->offer, offer);
    mni_write_bytes(writer, packet->share, MNI_SHARE_SIZE);
    mni_write_bytes(writer, offer, sizeof(offer));
}

static void write_body(mni_writer *writer, const mni_handshake *packet)
{
    static const uint8_t padding[MNI_HELLO_SIZE];
    switch (packet->kind) {
    case MNI_HELLO:
        mni_write_bytes(writer, padding, MNI_HELLO_SIZE - CHECKSUM_SIZE - mni_writer_size(writer));
        break;
    case MNI_RETRY:
        mni_write_bytes(writer, packet->cookie, MNI_COOKIE_SIZE);
        break;
    case MNI_CONNECT:
        mni_write_bytes(writer, packet->cookie, MNI_COOKIE_SIZE);
        mni_write_u64(writer, packet->application);
        mni_write_u8(writer, packet->security);
        break;
    case MNI_ACCEPT:
        break;
    case MNI_REJECT:
        mni_write_u16(writer, (uint16_t)packet->reason);
        break;
    }
    if (packet->share != NULL) {
        write_plain(writer, packet);
    }
    if (packet->size > 0) {
        mni_write_bytes(writer, packet->data, packet->size);
    }
}

uint32_t mni_handshake_write(const mni_handshake *packet, uint8_t *bytes, uint32_t capacity)
{
    mni_writer writer = mni_writer_over(bytes, capacity);
    mni_write_u8(&writer, (uint8_t)(HANDSHAKE_BIT | packet->kind));
    mni_write_u8(&writer, packet->version);
    mni_write_u64(&writer, packet->token);
    write_body(&writer, packet);
    mni_write_u32(&writer, checksum(bytes, mni_writer_size(&writer)));
    MNI_ASSERT(!writer.failed);
    return (uint32_t)mni_writer_size(&writer);
}

void mni_handshake_prologue(const mni_handshake *connect, uint8_t retry_version,
                            uint8_t prologue_out[MNI_PROLOGUE_SIZE])
{
    const mni_handshake hello = {
        .kind = MNI_HELLO, .version = connect->version, .token = connect->token};
    const mni_handshake retry = {.kind = MNI_RETRY,
                                 .version = retry_version,
                                 .token = connect->token,
                                 .cookie = connect->cookie};
    const mni_handshake head = {.kind = MNI_CONNECT,
                                .version = connect->version,
                                .token = connect->token,
                                .cookie = connect->cookie,
                                .application = connect->application,
                                .security = connect->security};
    uint8_t bytes[MNI_CONNECT_HEAD_SIZE + CHECKSUM_SIZE];
    (void)mni_handshake_write(&hello, prologue_out, MNI_HELLO_SIZE);
    (void)mni_handshake_write(&retry, prologue_out + MNI_HELLO_SIZE, MNI_RETRY_SIZE);
    (void)mni_handshake_write(&head, bytes, sizeof(bytes));
    memcpy(prologue_out + MNI_HELLO_SIZE + MNI_RETRY_SIZE, bytes, MNI_CONNECT_HEAD_SIZE);
}

static void derive(const uint8_t client_share[MNI_SHARE_SIZE],
                   const uint8_t server_share[MNI_SHARE_SIZE], uint64_t token, uint8_t label,
                   uint8_t key_out[MNI_HASH_KEY_SIZE])
{
    mni_writer writer = mni_writer_over(key_out, MNI_HASH_KEY_SIZE);
    for (uint8_t half = 0; half < 2; half++) {
        uint8_t name = (uint8_t)(label + half);
        mni_hash hash;
        mni_hash_init(&hash, server_share);
        mni_hash_add(&hash, client_share, MNI_SHARE_SIZE);
        mni_hash_add_u64(&hash, token);
        mni_hash_add(&hash, &name, 1);
        mni_write_u64(&writer, mni_hash_end(&hash));
    }
}

void mni_handshake_keys(const uint8_t client_share[MNI_SHARE_SIZE],
                        const uint8_t server_share[MNI_SHARE_SIZE], uint64_t token,
                        uint8_t client_to_server_out[MNI_HASH_KEY_SIZE],
                        uint8_t server_to_client_out[MNI_HASH_KEY_SIZE])
{
    derive(client_share, server_share, token, 0, client_to_server_out);
    derive(client_share, server_share, token, 2, server_to_client_out);
}
