/* SPDX-License-Identifier: MIT */
/*
 * The simulated game: movers wander, come, go and change hands, calls fly both ways, and every
 * flush each side sends one message per mode. Its event handlers check what a player may rely on.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/contract.h"
#include "sim/world.h"

static const uint32_t how[SIM_MODES] = {MN_UNRELIABLE, MN_RELIABLE, MN_NOTIFY};

enum { FLUSHES_A_FIRE = 10, FLUSHES_A_BOOM = 7, FLUSHES_A_BIRTH = 15, FLUSHES_A_GIFT = 30 };

static uint32_t below(sim_world *world, uint32_t bound)
{
    return (uint32_t)mni_random_below(&world->random, bound);
}

static uint32_t up_stream(uint32_t client, sim_mode mode)
{
    return client * SIM_STREAMS_EACH + (uint32_t)mode;
}

static uint32_t down_stream(uint32_t client, sim_mode mode)
{
    return up_stream(client, mode) + SIM_MODES;
}

static mn_object spawn(sim_world *world, mn_player owner)
{
    mn_object object = {0};
    if (mn_server_objects_spawn(world->objects, SIM_MOVER, owner, &object) != MN_OK) {
        sim_world_violate(world, "a spawn failed");
        return object;
    }
    sim_mover *mover = mn_server_objects_state(world->objects, object);
    *mover = (sim_mover){.health = 100, .secret = object.id};
    return object;
}

void sim_game_joined(sim_world *world, uint32_t index)
{
    sim_client *client = &world->clients[index];
    client->character = spawn(world, client->player);
    if (mn_server_objects_set_character(world->objects, client->player, client->character) < 0) {
        sim_world_violate(world, "a character was refused");
    }
}

static void wander(sim_world *world, mn_object object)
{
    sim_mover *mover = mn_server_objects_state(world->objects, object);
    if (!mover) {
        sim_world_violate(world, "an object of the server's is gone");
        return;
    }
    for (int axis = 0; axis < 3; axis++) {
        mover->position[axis] += (float)(mni_random_unit(&world->random) - 0.5);
    }
    mover->heading = (float)(mni_random_unit(&world->random) * 6.28);
    mover->health = (int32_t)below(world, 101);
}

static void boom(sim_world *world, mn_object object)
{
    sim_mover *mover = mn_server_objects_state(world->objects, object);
    sim_argument argument = {.number = ++mover->stamp};
    const mn_call call = {
        .object = object,
        .call = SIM_BOOM,
        .target = MN_TARGET_OBSERVERS,
        .size = sizeof argument,
        .arguments = &argument,
    };
    if (mn_server_objects_call(world->objects, &call) < 0) {
        sim_world_violate(world, "a call to the clients was refused");
    }
}

static void replace_one(sim_world *world)
{
    mn_object *mover = &world->movers[below(world, world->mover_count)];
    if (mn_server_objects_despawn(world->objects, *mover, 0) != MN_OK) {
        sim_world_violate(world, "a despawn was refused");
    }
    *mover = spawn(world, (mn_player){0});
}

static void give_one(sim_world *world)
{
    mn_object mover = world->movers[below(world, world->mover_count)];
    mn_player owner = world->clients[below(world, world->options.clients)].player;
    if (mn_server_objects_set_owner(world->objects, mover, owner) != MN_OK) {
        sim_world_violate(world, "an owner was refused");
    }
}

static void move_objects(sim_world *world)
{
    while (world->mover_count < world->options.objects) {
        world->movers[world->mover_count++] = spawn(world, (mn_player){0});
    }
    for (uint32_t i = 0; i < world->options.clients; i++) {
        wander(world, world->clients[i].character);
    }
    for (uint32_t i = 0; i < world->mover_count; i++) {
        if (below(world, 4) == 0) {
            wander(world, world->movers[i]);
        }
    }
    if (world->mover_count == 0) {
        return;
    }
    if (world->flushes % FLUSHES_A_BIRTH == 0) {
        replace_one(world);
    }
    if (world->flushes % FLUSHES_A_GIFT == 0) {
        give_one(world);
    }
    if (world->flushes % FLUSHES_A_BOOM == 0) {
        boom(world, world->movers[below(world, world->mover_count)]);
    }
}

static mn_result send_up(sim_client *client, sim_mode mode, const uint8_t *bytes, uint64_t token)
{
    if (mode == SIM_NOTIFY) {
        return mn_client_notify(client->client, SIM_PROBE, bytes, SIM_MESSAGE_SIZE, token);
    }
    return mn_client_send(client->client, SIM_PROBE, bytes, SIM_MESSAGE_SIZE, how[mode]);
}

static mn_result send_down(sim_world *world, mn_player to, sim_mode mode, const uint8_t *bytes,
                           uint64_t token)
{
    if (mode == SIM_NOTIFY) {
        return mn_server_notify(world->server, to, SIM_PROBE, bytes, SIM_MESSAGE_SIZE, token);
    }
    return mn_server_send(world->server, to, SIM_PROBE, bytes, SIM_MESSAGE_SIZE, how[mode]);
}

/* A queue that is full refuses, and what was refused is not counted as sent. */
static void note_sending(sim_world *world, uint32_t stream, mn_result result)
{
    if (result == MN_OK) {
        sim_traffic_taken(&world->traffic, stream);
    } else if (result != MN_ERROR_FULL) {
        sim_world_violate(world, "a message was refused");
    }
}

static void send_messages(sim_world *world, uint32_t index)
{
    uint8_t bytes[SIM_MESSAGE_SIZE];
    sim_client *client = &world->clients[index];
    for (sim_mode mode = 0; mode < SIM_MODES; mode++) {
        uint32_t stream = up_stream(index, mode);
        uint32_t number = sim_traffic_next(&world->traffic, stream, world->now_us, bytes);
        note_sending(world, stream,
                     send_up(client, mode, bytes, sim_traffic_token(stream, number)));
        stream = down_stream(index, mode);
        number = sim_traffic_next(&world->traffic, stream, world->now_us, bytes);
        note_sending(
            world, stream,
            send_down(world, client->player, mode, bytes, sim_traffic_token(stream, number)));
    }
}

static void fire(sim_world *world, sim_client *client)
{
    sim_argument argument = {.number = client->fired};
    const mn_call call = {
        .object = client->character,
        .call = SIM_FIRE,
        .size = sizeof argument,
        .arguments = &argument,
    };
    if (mn_client_objects_owner(client->objects, client->character).id != client->player.id) {
        return; /* it has not heard of its character yet */
    }
    if (mn_client_objects_call(client->objects, &call) == MN_OK) {
        client->fired++;
    } else {
        sim_world_violate(world, "a call to the server was refused");
    }
}

void sim_game_move(sim_world *world)
{
    if (!world->is_moving) {
        return;
    }
    move_objects(world);
    for (uint32_t i = 0; i < world->options.clients; i++) {
        send_messages(world, i);
        if (world->flushes % FLUSHES_A_FIRE == 0) {
            fire(world, &world->clients[i]);
        }
    }
}

static void note(sim_world *world, const char *wrong)
{
    if (wrong) {
        sim_world_violate(world, wrong);
    }
}

static void note_message(sim_world *world, uint32_t client, uint32_t first, const mn_event *event)
{
    uint32_t stream = event->size >= 4 ? sim_traffic_stream_of(event->data) : UINT32_MAX;
    uint32_t offset = stream - (client * SIM_STREAMS_EACH + first);
    if (offset >= SIM_MODES) {
        sim_world_violate(world, "a message at the wrong player");
        return;
    }
    note(world,
         sim_traffic_received(&world->traffic, stream, event->data, event->size, world->now_us));
}

static uint32_t client_of(const sim_world *world, uint32_t player)
{
    for (uint32_t i = 0; i < world->options.clients; i++) {
        if (world->clients[i].player.id == player) {
            return i;
        }
    }
    return UINT32_MAX;
}

static void meet(sim_world *world, const mn_event *event)
{
    uint32_t index;
    if (event->size != sizeof index) {
        sim_world_violate(world, "a payload was changed");
        return;
    }
    memcpy(&index, event->data, sizeof index);
    if (index < world->options.clients) {
        world->clients[index].player.id = event->who;
    }
}

static void hear_fire(sim_world *world, sim_client *client, const mn_event *event)
{
    const sim_argument *argument = event->data;
    if (event->what != SIM_FIRE || event->object.id != client->character.id ||
        argument->number != client->heard) {
        sim_world_violate(world, "a call to the server arrived wrongly");
    }
    client->heard++;
}

void sim_game_server_event(sim_world *world, const mn_event *event)
{
    if (event->type == MN_EVENT_CONNECTED) {
        meet(world, event);
        return;
    }
    uint32_t index = client_of(world, event->who);
    if (event->type == MN_EVENT_DELIVERED || event->type == MN_EVENT_LOST) {
        bool delivered = event->type == MN_EVENT_DELIVERED;
        note(world, sim_traffic_told(&world->traffic, event->token, delivered));
    } else if (event->type == MN_EVENT_DISCONNECTED) {
        sim_world_violate(world, "the server lost a player");
    } else if (index == UINT32_MAX) {
        sim_world_violate(world, "an event of nobody");
    } else if (event->type == MN_EVENT_AUTHENTICATED) {
        sim_game_joined(world, index);
    } else if (event->type == MN_EVENT_MESSAGE) {
        note_message(world, index, 0, event);
    } else if (event->type == MN_EVENT_CALL) {
        hear_fire(world, &world->clients[index], event);
    }
}

static sim_seen *seen(sim_client *client, mn_object object)
{
    if (object.id >= client->seen_count) {
        uint32_t count = object.id + 1024;
        sim_seen *larger = realloc(client->seen, count * sizeof *larger);
        if (!larger) {
            abort();
        }
        memset(larger + client->seen_count, 0, (count - client->seen_count) * sizeof *larger);
        client->seen = larger;
        client->seen_count = count;
    }
    return &client->seen[object.id];
}

static void check_secret(sim_world *world, const sim_client *client, const sim_seen *known,
                         const mn_event *event)
{
    const sim_mover *mover = event->data;
    if (known->owner != client->player.id && mover->secret != 0) {
        sim_world_violate(world, "a secret reached a stranger");
    }
}

static void hear_boom(sim_world *world, const sim_client *client, sim_seen *known,
                      const mn_event *event)
{
    const sim_argument *argument = event->data;
    const sim_mover *mover = mn_client_objects_state(client->objects, event->object);
    if (argument->number <= known->stamp) {
        sim_world_violate(world, "a call to a client out of order or twice");
    }
    if (mover && mover->stamp < argument->number) {
        sim_world_violate(world, "a call came before its state");
    }
    known->stamp = argument->number;
}

static void object_event(sim_world *world, sim_client *client, const mn_event *event)
{
    sim_seen *known = seen(client, event->object);
    if (event->type == MN_EVENT_SPAWNED || event->type == MN_EVENT_OWNER) {
        known->owner = event->who;
    }
    if (event->type == MN_EVENT_SPAWNED || event->type == MN_EVENT_CHANGED) {
        check_secret(world, client, known, event);
    } else if (event->type == MN_EVENT_CALL) {
        hear_boom(world, client, known, event);
    }
}

void sim_game_client_event(sim_world *world, uint32_t index, const mn_event *event)
{
    sim_client *client = &world->clients[index];
    switch (event->type) {
    case MN_EVENT_AUTHENTICATED:
        client->is_authenticated = true;
        break;
    case MN_EVENT_CONNECT_FAILED:
        sim_world_violate(world, "a client did not connect");
        break;
    case MN_EVENT_DISCONNECTED:
        sim_world_violate(world, "a client lost the server");
        break;
    case MN_EVENT_MESSAGE:
        note_message(world, index, SIM_MODES, event);
        break;
    case MN_EVENT_DELIVERED:
    case MN_EVENT_LOST: {
        bool delivered = event->type == MN_EVENT_DELIVERED;
        note(world, sim_traffic_told(&world->traffic, event->token, delivered));
        break;
    }
    case MN_EVENT_SPAWNED:
    case MN_EVENT_CHANGED:
    case MN_EVENT_OWNER:
    case MN_EVENT_CALL:
        object_event(world, client, event);
        break;
    default:
        break;
    }
}
