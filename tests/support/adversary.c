/* SPDX-License-Identifier: MIT */
/* See adversary.h. */
#include "support/adversary.h"

#include <string.h>

enum { HANDSHAKE_BIT = 0x80, DELAY_MAX_US = 200000 };

static uint32_t below(adversary *he, uint32_t bound)
{
    return (uint32_t)mni_random_below(&he->random, bound);
}

static void scribble(adversary *he, uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)mni_random_next(&he->random);
    }
}

static const intercept_packet *any_seen(adversary *he)
{
    return &he->way->seen[below(he, he->way->seen_count)];
}

static void overwrite(adversary *he, intercept_packet *packet)
{
    uint32_t at = below(he, packet->size);
    uint32_t most = packet->size - at < 16 ? packet->size - at : 16;
    scribble(he, packet->bytes + at, 1 + below(he, most));
}

static void extend(adversary *he, intercept_packet *packet)
{
    uint32_t room = INTERCEPT_PACKET_MAX - packet->size;
    uint32_t size = room < 24 ? room : 1 + below(he, 24);
    scribble(he, packet->bytes + packet->size, size);
    packet->size += size;
}

static void splice(adversary *he, intercept_packet *packet)
{
    const intercept_packet *other = any_seen(he);
    uint32_t least = other->size < packet->size ? other->size : packet->size;
    uint32_t size = below(he, least) + 1;
    memcpy(packet->bytes + packet->size - size, other->bytes + other->size - size, size);
}

/* Into a packet that nobody has sent; mostly. */
static void alter(adversary *he, enum adversary_deed deed, intercept_packet *packet)
{
    uint32_t head = packet->size < 4 ? packet->size : 4;
    bool is_handshake = (packet->bytes[0] & HANDSHAKE_BIT) != 0;
    switch ((int)deed) {
    case ADVERSARY_FLIP:
        for (uint32_t i = 1 + below(he, 3); i > 0; i--) {
            packet->bytes[below(he, packet->size)] ^= (uint8_t)(1U << below(he, 8));
        }
        break;
    case ADVERSARY_OVERWRITE:
        overwrite(he, packet);
        break;
    case ADVERSARY_CUT:
        packet->size = below(he, packet->size);
        break;
    case ADVERSARY_EXTEND:
        extend(he, packet);
        break;
    case ADVERSARY_RENUMBER:
        packet->bytes[below(he, head)] ^= (uint8_t)(1U << below(he, 5));
        break;
    case ADVERSARY_SPLICE:
        splice(he, packet);
        break;
    default:
        scribble(he, packet->bytes + head, packet->size - head);
        break;
    }
    if (is_handshake && below(he, 4) > 0) {
        intercept_fix_checksum(packet->bytes, packet->size);
    }
}

static void delay(adversary *he, const intercept_packet *packet)
{
    if (he->held_count < ADVERSARY_HELD_MAX) {
        he->due_us[he->held_count] = he->way->now_us + below(he, DELAY_MAX_US);
        he->held[he->held_count++] = *packet;
    }
}

/* Beside the packet itself, which passes. */
static void add(adversary *he, enum adversary_deed deed, const intercept_packet *packet)
{
    intercept_packet other = *packet;
    if (deed == ADVERSARY_REPLAY) {
        other = *any_seen(he); /* of any line, at any time, to where it once went */
    } else if (deed == ADVERSARY_REFLECT) {
        other.to_server = !other.to_server;
    } else if (deed == ADVERSARY_CROSS) {
        other.line = below(he, he->way->line_count);
        other.to_server = below(he, 4) > 0 ? other.to_server : !other.to_server;
    }
    intercept_pass(he->way, &other);
}

static void meddle(adversary *he, const intercept_packet *packet)
{
    enum adversary_deed deed = (enum adversary_deed)below(he, ADVERSARY_DEEDS);
    intercept_packet altered = *packet;
    he->deeds[deed]++;
    switch (deed) {
    case ADVERSARY_WITHHOLD:
        return;
    case ADVERSARY_DELAY:
        delay(he, packet);
        return;
    case ADVERSARY_FLIP:
    case ADVERSARY_OVERWRITE:
    case ADVERSARY_CUT:
    case ADVERSARY_EXTEND:
    case ADVERSARY_RENUMBER:
    case ADVERSARY_SPLICE:
    case ADVERSARY_FORGE:
        alter(he, deed, &altered);
        intercept_pass(he->way, &altered);
        if (below(he, 2) > 0) {
            return; /* instead of the true one, else before it */
        }
        break;
    case ADVERSARY_DOUBLE:
    case ADVERSARY_REPLAY:
    case ADVERSARY_REFLECT:
    case ADVERSARY_CROSS:
        add(he, deed, packet);
        break;
    case ADVERSARY_DEEDS:
        break;
    }
    intercept_pass(he->way, packet);
}

static void handle(void *user, const intercept_packet *packet)
{
    adversary *he = user;
    if (packet->size > 0 && mni_random_chance(&he->random, he->rate)) {
        meddle(he, packet);
    } else {
        intercept_pass(he->way, packet);
    }
}

void adversary_init(adversary *he, intercept *way, uint64_t seed)
{
    memset(he, 0, sizeof(*he));
    he->way = way;
    mni_random_init(&he->random, seed);
    way->handle = handle;
    way->user = he;
}

void adversary_step(adversary *he, uint64_t now_us)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < he->held_count; i++) {
        if (he->due_us[i] <= now_us) {
            intercept_pass(he->way, &he->held[i]);
        } else {
            he->due_us[kept] = he->due_us[i];
            he->held[kept++] = he->held[i];
        }
    }
    he->held_count = kept;
}
