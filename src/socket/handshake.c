/* SPDX-License-Identifier: MIT */
/*
 * See handshake.h. Every packet ends in a checksum under a key that everybody knows: it tells
 * corruption, of which a wrong version or application would be mistaken for a mismatch, and nothing
 * else. What protects the handshake from forgers is the token, which only the client and who sees
 * its packets know, and the cookie.
 */
#include "socket/handshake.h"

#include "base/bytes.h"
#include "socket/socket.h"

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

static void read_offer(mni_reader *reader, mni_handshake *packet)
{
    packet->share = mni_read_bytes(reader, MNI_SHARE_SIZE);
    packet->tag = mni_read_u64(reader);
    packet->window = mni_read_u32(reader);
    packet->max_packet_size = mni_read_u32(reader);
    packet->max_message_size = mni_read_u32(reader);
    if (packet->max_packet_size < MNI_PACKET_SIZE_MIN) {
        reader->failed = true;
    }
}

static void read_rest(mni_reader *reader, mni_handshake *packet, uint32_t max)
{
    size_t left = mni_reader_left(reader);
    if (left > max) {
        reader->failed = true;
        return;
    }
    packet->size = (uint32_t)left;
    packet->data = mni_read_bytes(reader, left);
}

static void read_connect(mni_reader *reader, mni_handshake *packet)
{
    packet->cookie = mni_read_bytes(reader, MNI_COOKIE_SIZE);
    if (packet->version != MNI_PROTOCOL_VERSION) {
        (void)mni_read_bytes(reader, mni_reader_left(reader));
        return;
    }
    packet->application = mni_read_u64(reader);
    packet->security = mni_read_u8(reader);
    read_offer(reader, packet);
    read_rest(reader, packet, MN_PAYLOAD_MAX);
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
        read_offer(reader, packet);
        return packet->version == MNI_PROTOCOL_VERSION;
    case MNI_REJECT:
        packet->reason = mni_read_u16(reader);
        read_rest(reader, packet, MN_TEXT_MAX);
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

static void write_offer(mni_writer *writer, const mni_handshake *packet)
{
    mni_write_bytes(writer, packet->share, MNI_SHARE_SIZE);
    mni_write_u64(writer, packet->tag);
    mni_write_u32(writer, packet->window);
    mni_write_u32(writer, packet->max_packet_size);
    mni_write_u32(writer, packet->max_message_size);
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
        write_offer(writer, packet);
        break;
    case MNI_ACCEPT:
        write_offer(writer, packet);
        break;
    case MNI_REJECT:
        mni_write_u16(writer, (uint16_t)packet->reason);
        break;
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
