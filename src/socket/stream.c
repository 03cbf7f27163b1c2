/* SPDX-License-Identifier: MIT */
/*
 * The ring has a place for each sequence from the one that is expected to the newest known, so that
 * finding one is a subtraction. Who sends far ahead pays for the places with credit (see
 * inbound.c), and an unusually large ring is given back as it empties: the places that it keeps are
 * in proportion to what is still paid for.
 */
#include "socket/stream.h"

enum { KEPT_PLACES = 256 };

typedef enum place_state { MISSING, ASSEMBLING, HELD, DELIVERED } place_state;

typedef struct stream_place {
    union {
        mni_buffer *buffer;     /* of one held */
        mni_assembly *assembly; /* of one that is assembling */
    } it;
    place_state state;
    uint32_t credit; /* of one held */
} stream_place;

void mni_stream_init(mni_stream *stream, mni_memory *memory)
{
    *stream = (mni_stream){0};
    mni_ring_init(&stream->places, memory, sizeof(stream_place), MNI_STREAM_AHEAD);
}

static stream_place *place_of(const mni_stream *stream, uint16_t sequence)
{
    int32_t ahead = mni_seq16_distance(stream->expected, sequence);
    MNI_ASSERT(ahead >= 0);
    return mni_ring_at(&stream->places, (uint32_t)ahead);
}

uint32_t mni_stream_clear(mni_stream *stream, mni_messages *messages, mni_assemblies *assemblies)
{
    while (stream->flight_first != NULL) {
        mni_message *message = stream->flight_first;
        stream->flight_first = message->next_flight;
        mni_message_drop(messages, message);
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < stream->places.count; i++) {
        stream_place *place = mni_ring_at(&stream->places, i);
        if (place->state == HELD) {
            mni_buffer_drop(messages->buffers, place->it.buffer);
            count++;
        } else if (place->state == ASSEMBLING) {
            mni_assembly_drop(assemblies, place->it.assembly);
        }
    }
    mni_ring_clear(&stream->places);
    return count;
}

void mni_stream_sent(mni_stream *stream, mni_message *message)
{
    mni_message_hold(message);
    message->sequence = stream->next_sequence++;
    message->next_flight = NULL;
    if (stream->flight_first == NULL) {
        stream->flight_first = message;
    } else {
        stream->flight_last->next_flight = message;
    }
    stream->flight_last = message;
}

mni_arrival mni_stream_check(const mni_stream *stream, uint16_t sequence)
{
    int32_t ahead = mni_seq16_distance(stream->expected, sequence);
    if (ahead >= MNI_STREAM_AHEAD) {
        return MNI_ARRIVAL_TOO_FAR;
    }
    if (ahead < 0) {
        return MNI_ARRIVAL_DUPLICATE;
    }
    const stream_place *place = place_of(stream, sequence);
    return place != NULL && place->state > ASSEMBLING ? MNI_ARRIVAL_DUPLICATE : MNI_ARRIVAL_NEW;
}

uint32_t mni_stream_unknown(const mni_stream *stream, uint16_t sequence)
{
    uint32_t wanted = (uint32_t)mni_seq16_distance(stream->expected, sequence) + 1;
    return wanted > stream->places.count ? wanted - stream->places.count : 0;
}

mn_result mni_stream_expect(mni_stream *stream, uint16_t sequence)
{
    uint32_t wanted = (uint32_t)mni_seq16_distance(stream->expected, sequence) + 1;
    mn_result result = mni_ring_reserve(&stream->places, wanted);
    while (result == MN_OK && stream->places.count < wanted) {
        stream_place *place = mni_ring_push(&stream->places); /* zeroed: missing */
        MNI_ASSERT(place != NULL);
    }
    return result;
}

mni_assembly *mni_stream_assembly(const mni_stream *stream, uint16_t sequence)
{
    const stream_place *place = place_of(stream, sequence);
    return place != NULL && place->state == ASSEMBLING ? place->it.assembly : NULL;
}

void mni_stream_assemble(mni_stream *stream, uint16_t sequence, mni_assembly *assembly)
{
    stream_place *place = place_of(stream, sequence);
    MNI_ASSERT(place != NULL && place->state == (assembly != NULL ? MISSING : ASSEMBLING));
    *place = (stream_place){.it = {.assembly = assembly},
                            .state = assembly != NULL ? ASSEMBLING : MISSING};
}

void mni_stream_hold(mni_stream *stream, uint16_t sequence, mni_buffer *buffer, uint32_t credit)
{
    stream_place *place = place_of(stream, sequence);
    MNI_ASSERT(place != NULL && place->state == MISSING);
    *place = (stream_place){.it = {.buffer = buffer}, .state = HELD, .credit = credit};
}

/* Where there is no memory for the smaller ring, the larger one stays. */
static void shrink(mni_ring *places)
{
    if (places->capacity <= KEPT_PLACES || places->count > places->capacity / 4) {
        return;
    }
    mni_ring smaller;
    mni_ring_init(&smaller, places->memory, places->element_size, places->max);
    if (mni_ring_reserve(&smaller, places->count) != MN_OK) {
        return;
    }
    for (uint32_t i = 0; i < places->count; i++) {
        const stream_place *from = mni_ring_at(places, i);
        stream_place *to = mni_ring_push(&smaller);
        MNI_ASSERT(from != NULL && to != NULL);
        *to = *from;
    }
    mni_ring_clear(places);
    *places = smaller;
}

static void pop(mni_stream *stream)
{
    mni_ring_pop(&stream->places);
    stream->expected++;
    shrink(&stream->places);
}

mni_buffer *mni_stream_deliver(mni_stream *stream, uint32_t *credit_out)
{
    const stream_place *place = mni_ring_at(&stream->places, 0);
    if (place == NULL || place->state != HELD) {
        return NULL;
    }
    mni_buffer *buffer = place->it.buffer;
    *credit_out = place->credit;
    pop(stream);
    return buffer;
}

void mni_stream_mark(mni_stream *stream, uint16_t sequence)
{
    stream_place *place = place_of(stream, sequence);
    MNI_ASSERT(place != NULL && place->state == MISSING);
    *place = (stream_place){.state = DELIVERED};
    while ((place = mni_ring_at(&stream->places, 0)) != NULL && place->state == DELIVERED) {
        pop(stream);
    }
}
