/* SPDX-License-Identifier: MIT */
/* See offer.h; docs/protocol_handshake.md has the bytes. */
#include "socket/offer.h"

#include "base/bytes.h"
#include "socket/socket.h"

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

mni_offer mni_offer_of(const mn_peer_config *config)
{
    return (mni_offer){.tag = config->tag,
                       .window = config->receive_window_bytes,
                       .max_packet_size = config->max_packet_size,
                       .max_message_size = config->max_message_size};
}

void mni_offer_write(const mni_offer *offer, uint8_t bytes_out[MNI_OFFER_SIZE])
{
    mni_writer writer = mni_writer_over(bytes_out, MNI_OFFER_SIZE);
    mni_write_u64(&writer, offer->tag);
    mni_write_u32(&writer, offer->window);
    mni_write_u32(&writer, offer->max_packet_size);
    mni_write_u32(&writer, offer->max_message_size);
}

bool mni_offer_read(const uint8_t bytes[MNI_OFFER_SIZE], mni_offer *offer_out)
{
    mni_reader reader = mni_reader_over(bytes, MNI_OFFER_SIZE);
    mni_offer offer = {0};
    offer.tag = mni_read_u64(&reader);
    offer.window = mni_read_u32(&reader);
    offer.max_packet_size = mni_read_u32(&reader);
    offer.max_message_size = mni_read_u32(&reader);
    if (offer.max_packet_size < MNI_PACKET_SIZE_MIN) {
        return false;
    }
    *offer_out = offer;
    return true;
}

void mni_offer_agree(const mni_offer *theirs, const mn_peer_config *config,
                     mni_agreement *agreement)
{
    agreement->tag = theirs->tag;
    agreement->remote_window = theirs->window;
    agreement->max_packet_size = min_u32(theirs->max_packet_size, config->max_packet_size);
    agreement->max_message_size = min_u32(theirs->max_message_size, config->max_message_size);
}
