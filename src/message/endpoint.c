/* SPDX-License-Identifier: MIT */
/*
 * What a server and a client have in common: what they are made of, and the door through which the
 * object floor comes in. The rider that sits in the peer is here as well: it turns connections into
 * players, and lets nobody through who is not authenticated.
 */
#include "message/endpoint_state.h"
#include "message/schema.h"

enum { HELD_MAX = 1 << 20 };

/* ---- the rider */

static mni_player *rider_player(const mni_endpoint *endpoint, mn_connection connection)
{
    mni_player *player = mni_players_of_connection(&endpoint->players, connection.id);
    return player != NULL && player->stage == MNI_STAGE_AUTHENTICATED ? player : NULL;
}

static mni_verdict check_piece(void *user, mn_connection from, const uint8_t *bytes, uint32_t size)
{
    const mni_endpoint *endpoint = user;
    const mni_player *player = rider_player(endpoint, from);
    if (player == NULL || (endpoint->is_server && !endpoint->is_attached)) {
        return MNI_VERDICT_MALFORMED;
    }
    if (!endpoint->is_attached) {
        return MNI_VERDICT_GOOD; /* a client that has no use for objects */
    }
    return endpoint->attachment.check(endpoint->attachment.user, (mn_player){player->id}, bytes,
                                      size);
}

static void take_piece(void *user, mn_connection from, uint64_t packet, const uint8_t *bytes,
                       uint32_t size)
{
    const mni_endpoint *endpoint = user;
    const mni_player *player = rider_player(endpoint, from);
    if (player != NULL && endpoint->is_attached) {
        endpoint->attachment.take(endpoint->attachment.user, (mn_player){player->id}, packet, bytes,
                                  size);
    }
}

/* Nothing goes to a client that may not know yet that it is in: it could not read it, and the
   packet that tells it might carry such a piece again and again. */
static uint32_t write_piece(void *user, mn_connection to, uint8_t *bytes, uint32_t capacity,
                            uint32_t *record_out)
{
    const mni_endpoint *endpoint = user;
    const mni_player *player = rider_player(endpoint, to);
    if (player == NULL || !player->is_ready || player->is_leaving || !endpoint->is_attached) {
        return 0;
    }
    return endpoint->attachment.write(endpoint->attachment.user, (mn_player){player->id}, bytes,
                                      capacity, record_out);
}

static void settle_piece(void *user, mn_connection to, uint32_t record, bool delivered)
{
    const mni_endpoint *endpoint = user;
    const mni_player *player = rider_player(endpoint, to);
    if (player != NULL && endpoint->is_attached) {
        endpoint->attachment.settled(endpoint->attachment.user, (mn_player){player->id}, record,
                                     delivered);
    }
}

/* ---- life */

static uint32_t wire_size_of(const mn_schema *schema)
{
    uint32_t count = 0;
    uint32_t size = 0;
    const mni_schema_entry *entries = mni_schema_entries(schema, &count);
    for (uint32_t i = 0; i < count && entries[i].kind == MNI_TYPE_MESSAGE; i++) {
        const mni_message_type *type = mni_schema_message(schema, entries[i].id);
        if (type->size != 0 && type->max_size > size) {
            size = type->max_size;
        }
    }
    return size;
}

/* One byte more than nothing, so that a schema without structs is no special case. */
static mn_result allocate_scratch(mni_endpoint *endpoint)
{
    mni_memory *memory = mni_endpoint_memory(endpoint);
    endpoint->scratch_size = mni_schema_scratch_size(endpoint->schema) + 1;
    endpoint->wire_size = wire_size_of(endpoint->schema) + 1;
    endpoint->scratch = mni_allocate(memory, endpoint->scratch_size);
    endpoint->wire = mni_allocate(memory, endpoint->wire_size);
    return endpoint->scratch != NULL && endpoint->wire != NULL ? MN_OK : MN_ERROR_MEMORY;
}

mn_result mni_endpoint_init(mni_endpoint *endpoint, mn_peer *peer, const mn_schema *schema,
                            const mni_side *side, bool is_server)
{
    mni_memory *memory = mni_peer_memory(peer);
    const mn_peer_config *config = mni_peer_config(peer);
    *endpoint =
        (mni_endpoint){.peer = peer, .schema = schema, .side = side, .is_server = is_server};
    mni_inbox_init(&endpoint->inbox, memory);
    mni_host_init(&endpoint->host, memory);
    mni_ring_init(&endpoint->held, memory, sizeof(mni_peer_event), HELD_MAX);
    mn_result result = allocate_scratch(endpoint);
    if (result == MN_OK) {
        result = mni_players_init(&endpoint->players, memory, config->max_connections, config->seed,
                                  !is_server);
    }
    if (result != MN_OK) {
        mni_endpoint_clear(endpoint);
        return result;
    }
    mni_rider rider = {.user = endpoint,
                       .check = check_piece,
                       .take = take_piece,
                       .write = write_piece,
                       .settled = settle_piece};
    mni_peer_set_rider(peer, &rider);
    return MN_OK;
}

mn_result mni_endpoint_add_player(mni_endpoint *endpoint, uint32_t connection)
{
    if (endpoint->players.count == endpoint->players.capacity) {
        return MN_ERROR_FULL;
    }
    mn_result result = mni_inbox_promise(&endpoint->inbox);
    if (result == MN_OK) {
        const mni_player *player =
            mni_players_add(&endpoint->players, connection, MNI_STAGE_ARRIVING);
        MNI_ASSERT(player != NULL);
        (void)player;
    }
    return result;
}

void mni_endpoint_forget_player(mni_endpoint *endpoint, mni_player *player)
{
    mni_inbox_recall(&endpoint->inbox);
    mni_players_remove(&endpoint->players, player);
}

void mni_endpoint_shut(mni_endpoint *endpoint)
{
    if (endpoint->host.partner != NULL) {
        mni_host_part(endpoint, MN_REASON_STOPPED, "");
    }
    (void)mn_peer_close(endpoint->peer);
    /* Out of memory, the events stay in the peer and come with a later update. */
    (void)mni_endpoint_receive(endpoint);
}

static void let_attachment_go(mni_endpoint *endpoint)
{
    if (!endpoint->is_attached) {
        return;
    }
    while (endpoint->players.authenticated_count > 0) {
        mni_player *player = mni_players_authenticated(&endpoint->players, 0);
        endpoint->attachment.left(endpoint->attachment.user, (mn_player){player->id});
        mni_players_remove(&endpoint->players, player);
    }
    endpoint->is_attached = false;
    endpoint->attachment.destroyed(endpoint->attachment.user);
}

void mni_endpoint_clear(mni_endpoint *endpoint)
{
    mni_memory *memory = mni_endpoint_memory(endpoint);
    let_attachment_go(endpoint);
    mni_peer_set_rider(endpoint->peer, NULL);
    while (mni_inbox_next(&endpoint->inbox) != NULL) {
        mni_inbox_advance(&endpoint->inbox);
    }
    mni_endpoint_release(endpoint);
    mni_inbox_clear(&endpoint->inbox);
    while (endpoint->held.count > 0) {
        mni_endpoint_return(endpoint, mni_ring_at(&endpoint->held, 0));
        mni_ring_pop(&endpoint->held);
    }
    mni_ring_clear(&endpoint->held);
    mni_host_clear(&endpoint->host);
    mni_players_clear(&endpoint->players);
    mni_release(memory, endpoint->scratch, endpoint->scratch_size);
    mni_release(memory, endpoint->wire, endpoint->wire_size);
}

/* ---- the door */

mn_result mni_endpoint_attach(mni_endpoint *endpoint, const mni_attachment *attachment)
{
    if (endpoint->is_attached || endpoint->is_started || endpoint->players.count > 0) {
        return MN_ERROR_STATE;
    }
    endpoint->attachment = *attachment;
    endpoint->is_attached = true;
    return MN_OK;
}

void mni_endpoint_detach(mni_endpoint *endpoint)
{
    endpoint->is_attached = false;
}

mn_result mni_endpoint_push(mni_endpoint *endpoint, const mn_event *event, mni_buffer *buffer)
{
    return mni_inbox_push(&endpoint->inbox, &(mni_inbox_entry){.event = *event, .buffer = buffer});
}

mn_result mni_endpoint_reserve(mni_endpoint *endpoint, uint32_t count)
{
    return mni_inbox_reserve(&endpoint->inbox, count);
}

uint32_t mni_endpoint_waiting(const mni_endpoint *endpoint)
{
    return mni_inbox_waiting(&endpoint->inbox);
}

static mni_player *find_authenticated(const mni_endpoint *endpoint, mn_player player)
{
    mni_player *found = mni_players_find(&endpoint->players, player);
    return found != NULL && found->stage == MNI_STAGE_AUTHENTICATED ? found : NULL;
}

mn_result mni_endpoint_send_call(mni_endpoint *endpoint, mn_player to, mni_buffer *buffer,
                                 uint32_t how)
{
    if (how != MN_RELIABLE && how != MN_UNRELIABLE) {
        return MN_ERROR_ARGUMENT;
    }
    mni_player *player = find_authenticated(endpoint, to);
    if (player == NULL) {
        return MN_ERROR_STALE;
    }
    return mni_outgoing_post(endpoint, player, buffer, how | MN_ON_CHANNEL(MNI_CHANNEL_CALLS), 0);
}

void mni_endpoint_return_credit(mni_endpoint *endpoint, mni_peer_event *event)
{
    if (event->event.who == MNI_CONNECTION_HOST) {
        mni_host_read(endpoint, event->credit);
        event->credit = 0;
    } else {
        mni_peer_return_credit(endpoint->peer, event);
    }
}

void mni_endpoint_return(mni_endpoint *endpoint, mni_peer_event *event)
{
    mni_endpoint_return_credit(endpoint, event);
    mni_peer_return_event(endpoint->peer, event);
}

void mni_endpoint_charge(mni_endpoint *endpoint, mn_player player)
{
    const mni_player *found = mni_players_find(&endpoint->players, player);
    if (found != NULL && !found->is_host) {
        mni_peer_charge(endpoint->peer, (mn_connection){found->connection});
    }
}

void mni_endpoint_wake(mni_endpoint *endpoint, mn_player player)
{
    const mni_player *found = mni_players_find(&endpoint->players, player);
    if (found != NULL && !found->is_host) {
        mni_peer_wake(endpoint->peer, (mn_connection){found->connection});
    }
}

int32_t mni_endpoint_index(const mni_endpoint *endpoint, mn_player player)
{
    const mni_player *found = find_authenticated(endpoint, player);
    return found != NULL ? (int32_t)found->index : -1;
}

mn_player mni_endpoint_player(const mni_endpoint *endpoint, uint32_t index)
{
    const mni_player *found = mni_players_at(&endpoint->players, index);
    bool is_in = found != NULL && found->stage == MNI_STAGE_AUTHENTICATED;
    return (mn_player){is_in ? found->id : 0};
}

uint32_t mni_endpoint_max_players(const mni_endpoint *endpoint)
{
    return endpoint->players.capacity;
}

bool mni_endpoint_is_host(const mni_endpoint *endpoint, mn_player player)
{
    const mni_player *found = mni_players_find(&endpoint->players, player);
    return found != NULL && found->is_host;
}

void *mni_endpoint_partner(const mni_endpoint *endpoint, mn_player player)
{
    const mni_endpoint *partner = endpoint->host.partner;
    if (partner == NULL || !partner->is_attached || !mni_endpoint_is_host(endpoint, player)) {
        return NULL;
    }
    return partner->attachment.user;
}

const mn_schema *mni_endpoint_schema(const mni_endpoint *endpoint)
{
    return endpoint->schema;
}

mni_memory *mni_endpoint_memory(mni_endpoint *endpoint)
{
    return mni_peer_memory(endpoint->peer);
}

mni_buffers *mni_endpoint_buffers(mni_endpoint *endpoint)
{
    return mni_peer_buffers(endpoint->peer);
}

mn_counters *mni_endpoint_counts(mni_endpoint *endpoint)
{
    return mni_peer_counts(endpoint->peer);
}

uint64_t mni_endpoint_seed(const mni_endpoint *endpoint)
{
    return mni_peer_config(endpoint->peer)->seed;
}

uint64_t mni_endpoint_now_us(const mni_endpoint *endpoint)
{
    return endpoint->now_us;
}

uint64_t mni_endpoint_server_time(const mni_endpoint *endpoint, uint64_t now_us)
{
    if (endpoint->is_server) {
        return now_us;
    }
    const mni_player *self = mni_players_at(&endpoint->players, 0);
    bool is_remote = self != NULL && self->stage == MNI_STAGE_AUTHENTICATED && !self->is_host;
    return is_remote ? mni_server_clock_time(&endpoint->clock, now_us) : now_us;
}
