/* SPDX-License-Identifier: MIT */
/*
 * Who reads what came from a player trusts the library with its form (a message has the type's
 * struct, numbers are within their range, a call of fire came from the tank's owner) and looks
 * itself at what only the game can know: has this player a tank, is the match on, is it news.
 */
#include "match.h"

#include <string.h>

#include "text.h"

enum { EVENTS = 64 };
#define WAIT_FOR_PLAYERS_US 15000000u
#define SECOND_US 1000000u
#define TIMEOUT_US 10000000u

mn_result match_open(arena_match *match, const match_config *config, uint64_t now_us)
{
    memset(match, 0, sizeof(*match));
    match->config = *config;
    match->phase_us = now_us;
    world_init(&match->world, config->seed);
    mn_server_config server = {
        .struct_size = sizeof(server),
        .max_players = ARENA_TANKS,
        .security = config->is_plain ? MN_SECURITY_NONE : MN_SECURITY_ENCRYPTED,
        .application = ARENA_APPLICATION,
        .timeout_us = TIMEOUT_US,
        .schema = config->schema,
        .sockets = config->sockets,
        .private_key = config->private_key,
    };
    mn_result result = mn_server_create(&server, &match->server);
    if (result >= 0) {
        result = mn_server_objects_create(match->server, &match->objects);
    }
    if (result >= 0) {
        mn_address bind = {.port = config->port}; /* [::]: all of the machine's addresses */
        result = mn_server_start(match->server, &bind);
    }
    if (result >= 0) {
        result = mn_server_objects_spawn(match->objects, TYPE_MATCH, (mn_player){0}, &match->clock);
    }
    return result;
}

void match_close(arena_match *match)
{
    mn_server_destroy(match->server);
    match->server = NULL;
}

uint32_t match_player_count(const arena_match *match)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ARENA_TANKS; i++) {
        count += match->sessions[i].player.id != 0 ? 1 : 0;
    }
    return count;
}

void match_dismiss(arena_match *match, int32_t reason, const char *text)
{
    for (uint32_t i = 0; i < ARENA_TANKS; i++) {
        if (match->sessions[i].player.id != 0) {
            (void)mn_server_disconnect(match->server, match->sessions[i].player, reason, text);
        }
    }
}

/* ---- what players do ------------------------------------------------------------------------- */

/* A player's and a tank's user value is the index of the session plus one. */
static match_session *session_of(arena_match *match, const mn_event *event)
{
    return event->user == 0 ? NULL : &match->sessions[event->user - 1];
}

static void write_tank(arena_match *match, uint32_t index)
{
    const match_session *session = &match->sessions[index];
    const arena_tank *tank = &match->world.tanks[index];
    tank_state *state = mn_server_objects_state(match->objects, session->tank);
    if (state != NULL) {
        state->position = tank->position;
        state->facing = tank->facing;
        state->health = tank->health;
        state->score = tank->score;
        state->ammo = tank->ammo;
        state->reload_ticks = tank->reload_ticks;
        memcpy(state->name, session->name, sizeof(state->name));
    }
}

static void welcome(arena_match *match, mn_player player, const join_message *join, uint64_t now_us)
{
    int32_t index = match->phase == PHASE_STOPPED ? -1 : world_join(&match->world);
    if (index < 0) {
        bool late = match->phase == PHASE_STOPPED;
        (void)mn_server_disconnect(match->server, player,
                                   late ? ARENA_REASON_LATE : ARENA_REASON_FULL,
                                   late ? "the match is over" : "the arena is full");
        return;
    }
    match_session *session = &match->sessions[index];
    *session = (match_session){.player = player, .joined_us = now_us};
    text_copy(session->name, sizeof(session->name), join->name[0] != 0 ? join->name : "nameless");
    uint64_t user = (uint64_t)index + 1;
    (void)mn_server_set_user(match->server, player, user);
    if (mn_server_objects_spawn(match->objects, TYPE_TANK, player, &session->tank) >= 0) {
        (void)mn_server_objects_set_user(match->objects, session->tank, user);
        (void)mn_server_objects_set_character(match->objects, player, session->tank);
        write_tank(match, (uint32_t)index);
    }
}

/* The tank object goes with its owner; the library sees to that. */
static void farewell(arena_match *match, match_session *session)
{
    world_leave(&match->world, (uint32_t)(session - match->sessions));
    *session = (match_session){0};
}

static void drive(arena_match *match, match_session *session, const input_message *input)
{
    /* Unreliable messages may overtake one another. Numbers start over after 65535. */
    uint32_t ahead = (input->number - session->input_number) & 0xffffu;
    if (session->is_driven && (ahead == 0 || ahead > 0x7fffu)) {
        return;
    }
    session->is_driven = true;
    session->input_number = input->number;
    world_drive(&match->world, (uint32_t)(session - match->sessions), input->throttle, input->turn);
}

static void pass_on(arena_match *match, const match_session *session, const chat_message *said)
{
    chat_message chat = {0};
    text_copy(chat.name, sizeof(chat.name), session->name);
    text_copy(chat.text, sizeof(chat.text), said->text);
    (void)mn_server_broadcast(match->server, MESSAGE_CHAT, &chat, sizeof(chat), 0);
    if (match->said_count < MATCH_SAID) {
        match->said[match->said_count++] = chat;
    }
}

static void take_message(arena_match *match, const mn_event *event, uint64_t now_us)
{
    match_session *session = session_of(match, event);
    if (session == NULL) {
        if (event->what == MESSAGE_JOIN) {
            welcome(match, (mn_player){event->who}, event->data, now_us);
        }
    } else if (event->what == MESSAGE_INPUT) {
        drive(match, session, event->data);
    } else if (event->what == MESSAGE_CHAT) {
        pass_on(match, session, event->data);
    } else if (event->what == MESSAGE_REPORT) {
        session->has_reported = true;
        memcpy(&session->report, event->data, sizeof(session->report));
    }
}

static void take_event(arena_match *match, const mn_event *event, uint64_t now_us)
{
    match_session *session = session_of(match, event);
    switch (event->type) {
    case MN_EVENT_MESSAGE:
        take_message(match, event, now_us);
        break;
    case MN_EVENT_CALL: /* fire is the only one there is */
        if (session != NULL && match->phase == PHASE_PLAYING) {
            (void)world_fire(&match->world, (uint32_t)(session - match->sessions));
        }
        break;
    case MN_EVENT_DISCONNECTED:
        if (session != NULL) {
            farewell(match, session);
        }
        break;
    default:
        break;
    }
}

void match_poll(arena_match *match, uint64_t now_us)
{
    mn_event events[EVENTS];
    mn_result count;
    while ((count = mn_server_poll(match->server, events, EVENTS)) > 0) {
        for (mn_result i = 0; i < count; i++) {
            take_event(match, &events[i], now_us);
        }
    }
}

/* ---- the world as network objects ------------------------------------------------------------ */

static void write_shell(arena_match *match, uint32_t index)
{
    const arena_shell *shell = &match->world.shells[index];
    mn_object *object = &match->shells[index];
    if (object->id != 0 && !shell->used) {
        (void)mn_server_objects_despawn(match->objects, *object, 0);
        object->id = 0;
    }
    if (object->id == 0 && shell->used) {
        (void)mn_server_objects_spawn(match->objects, TYPE_SHELL, (mn_player){0}, object);
    }
    shell_state *state = mn_server_objects_state(match->objects, *object);
    if (state != NULL && shell->used) {
        state->position = shell->position;
        state->shooter = match->sessions[shell->shooter].tank;
    }
}

static void announce(arena_match *match, const arena_blast *blast)
{
    explosion_call explosion = {
        .position = blast->position,
        .shooter = match->sessions[blast->shooter].tank,
        .destroyed = blast->destroyed ? 1 : 0,
    };
    if (blast->victim >= 0) {
        explosion.victim = match->sessions[blast->victim].tank;
    }
    mn_call call = {
        .object = match->clock,
        .call = CALL_EXPLOSION,
        .target = MN_TARGET_OBSERVERS,
        .size = sizeof(explosion),
        .arguments = &explosion,
    };
    (void)mn_server_objects_call(match->objects, &call);
}

static void write_clock(arena_match *match, uint64_t now_us)
{
    match_state *state = mn_server_objects_state(match->objects, match->clock);
    if (state == NULL) {
        return;
    }
    uint32_t played = (uint32_t)((now_us - match->phase_us) / SECOND_US);
    if (match->phase != PHASE_PLAYING) {
        played = match->phase == PHASE_STOPPED ? match->config.seconds : 0;
    }
    uint32_t length = match->config.seconds;
    state->seconds = length == 0 ? played : played < length ? length - played : 0;
    state->seed = match->config.seed;
    state->phase = match->phase;
    state->shots = match->world.shots;
    state->hits = match->world.hits;
}

static void write_world(arena_match *match, uint64_t now_us)
{
    for (uint32_t i = 0; i < ARENA_TANKS; i++) {
        write_tank(match, i);
    }
    for (uint32_t i = 0; i < ARENA_SHELLS; i++) {
        write_shell(match, i);
    }
    for (uint32_t i = 0; i < match->world.blast_count; i++) {
        announce(match, &match->world.blasts[i]);
    }
    write_clock(match, now_us);
}

static void enter(arena_match *match, uint32_t phase, uint64_t now_us)
{
    match->phase = phase;
    match->phase_us = now_us;
}

void match_step(arena_match *match, uint64_t now_us)
{
    uint64_t elapsed_us = now_us - match->phase_us;
    if (match->phase == PHASE_STOPPED) {
        return;
    }
    if (match->phase == PHASE_WAITING) {
        if (match_player_count(match) >= match->config.expect || elapsed_us > WAIT_FOR_PLAYERS_US) {
            enter(match, PHASE_PLAYING, now_us);
        }
    } else if (match->config.seconds > 0 &&
               elapsed_us >= (uint64_t)match->config.seconds * SECOND_US) {
        enter(match, PHASE_STOPPED, now_us);
        (void)mn_server_broadcast(match->server, MESSAGE_STOP, NULL, 0, 0);
        match->world.blast_count = 0;
    } else {
        world_step(&match->world);
    }
    write_world(match, now_us);
}
