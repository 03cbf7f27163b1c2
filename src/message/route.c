/* SPDX-License-Identifier: MIT */
/*
 * What comes in, from the peer or over the host channel: who sent it is looked up once, and each
 * thing goes to the one who can tell whether it is right. Only what a player could have meant to
 * send reaches the inbox or the attachment; the rest is counted and charged to the player.
 */
#include "message/authenticate.h"
#include "message/gate.h"

mn_result mni_endpoint_make_room(mni_endpoint *endpoint)
{
    /* AUTHENTICATED lets in all that a client held back. */
    mn_result result =
        mni_inbox_reserve(&endpoint->inbox, MNI_PLACES_PER_EVENT + endpoint->held.count);
    if (result == MN_OK && !endpoint->is_server) {
        result = mni_ring_reserve(&endpoint->held, endpoint->held.count + 1);
    }
    return result;
}

/* ---- into the inbox */

static mni_inbox_entry entry_of(const mni_endpoint *endpoint, const mni_player *player,
                                mn_event event, mni_peer_event *from)
{
    mni_inbox_entry entry = {.event = event};
    entry.event.who = player != NULL ? player->id : 0;
    entry.event.user = player != NULL ? player->user : 0;
    entry.event.time_us = mni_endpoint_server_time(endpoint, endpoint->now_us);
    if (from != NULL) {
        entry.buffer = from->buffer;
        entry.credit = from->credit;
        entry.connection = from->event.who;
        *from = (mni_peer_event){0};
    }
    return entry;
}

void mni_endpoint_note(mni_endpoint *endpoint, const mni_player *player, mn_event event,
                       mni_peer_event *from)
{
    mni_inbox_entry entry = entry_of(endpoint, player, event, from);
    mn_result result = mni_inbox_push(&endpoint->inbox, &entry);
    MNI_ASSERT(result == MN_OK);
    (void)result;
}

void mni_endpoint_note_end(mni_endpoint *endpoint, const mni_player *player, mn_event event,
                           mni_peer_event *from)
{
    mni_inbox_entry entry = entry_of(endpoint, player, event, from);
    mni_inbox_redeem(&endpoint->inbox, &entry);
}

/* ---- messages and calls */

static void refuse(mni_endpoint *endpoint, mni_player *from, mni_peer_event *event)
{
    mni_endpoint_counts(endpoint)->dropped[MN_DROP_MALFORMED]++;
    if (!from->is_host) {
        mni_peer_charge(endpoint->peer, (mn_connection){from->connection});
    }
    mni_endpoint_return(endpoint, event);
}

/* Until the client knows that it is in. The order within a channel stays, because once something is
   held, all that comes after it is. */
static void hold(mni_endpoint *client, mni_peer_event *event)
{
    mni_peer_event *place = mni_ring_push(&client->held);
    MNI_ASSERT(place != NULL);
    *place = *event;
}

static void take_message(mni_endpoint *endpoint, mni_player *from, mni_peer_event *event)
{
    mni_incoming message = {0};
    mni_admission admission =
        mni_gate_admit(endpoint->schema, endpoint->is_server, (mni_stage)from->stage,
                       event->event.data, event->event.size, &message);
    if (admission == MNI_ADMISSION_REFUSE) {
        refuse(endpoint, from, event);
        return;
    }
    if (admission == MNI_ADMISSION_LATER ||
        (from->stage == MNI_STAGE_CONNECTED && endpoint->held.count > 0)) {
        hold(endpoint, event);
        return;
    }
    mn_event noted = {.type = MN_EVENT_MESSAGE,
                      .delivery = event->event.delivery,
                      .channel = event->event.channel,
                      .what = message.type->id,
                      .size = message.size,
                      .data = message.body};
    mni_endpoint_note(endpoint, endpoint->is_server ? from : NULL, noted, event);
}

static void take_call(mni_endpoint *endpoint, mni_player *from, mni_peer_event *event)
{
    if (from->stage == MNI_STAGE_CONNECTED && !endpoint->is_server) {
        hold(endpoint, event);
    } else if (from->stage == MNI_STAGE_AUTHENTICATED && endpoint->is_attached) {
        endpoint->attachment.called(endpoint->attachment.user, (mn_player){from->id}, event);
    } else if (endpoint->is_server) {
        refuse(endpoint, from, event);
    } else {
        mni_endpoint_return(endpoint, event); /* a client that has no use for objects */
    }
}

static void take_control(mni_endpoint *endpoint, mni_player *from, mni_peer_event *event)
{
    mni_control control;
    bool is_good = mni_control_read(event->event.data, event->event.size, &control);
    if (is_good && control.kind == MNI_CONTROL_TABLE) {
        is_good = mni_authenticate_compare(endpoint, from, &control);
    } else if (is_good) {
        is_good =
            from->stage != MNI_STAGE_DIFFERENT && endpoint->side->told(endpoint, from, &control);
    }
    if (is_good) {
        mni_endpoint_return(endpoint, event);
    } else {
        refuse(endpoint, from, event);
    }
}

static void take(mni_endpoint *endpoint, mni_player *from, mni_peer_event *event)
{
    if (event->event.channel == MNI_CHANNEL_CONTROL) {
        take_control(endpoint, from, event);
    } else if (from->stage == MNI_STAGE_DIFFERENT) {
        refuse(endpoint, from, event);
    } else if (event->event.channel == MNI_CHANNEL_CALLS) {
        take_call(endpoint, from, event);
    } else {
        take_message(endpoint, from, event);
    }
}

void mni_endpoint_route(mni_endpoint *endpoint, mni_peer_event *event)
{
    if (event->event.type == MN_EVENT_CONNECTED) {
        endpoint->side->connected(endpoint, event);
        return;
    }
    mni_player *from = mni_players_of_connection(&endpoint->players, event->event.who);
    if (from == NULL) {
        mni_endpoint_return(endpoint, event);
        return;
    }
    switch (event->event.type) {
    case MN_EVENT_CONNECT_FAILED:
    case MN_EVENT_DISCONNECTED:
        endpoint->side->ended(endpoint, from, event);
        break;
    case MN_EVENT_DELIVERED:
    case MN_EVENT_LOST: {
        mn_event fate = {.type = event->event.type, .token = event->event.token};
        mni_endpoint_note(endpoint, endpoint->is_server ? from : NULL, fate, event);
        break;
    }
    default:
        if (from->is_leaving) {
            mni_endpoint_return(endpoint, event);
        } else {
            take(endpoint, from, event);
        }
        break;
    }
}
