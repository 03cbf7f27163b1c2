/* SPDX-License-Identifier: MIT */
/* See acts.h. */
#include "conformance/acts.h"

#include <stdio.h>

#include "conformance/must.h"
#include "conformance/record.h"
#include "conformance/types.h"
#include "conformance/values.h"

/* The server is the player 0. */
static mn_player id_of(session *s, char name)
{
    return name == 's' ? (mn_player){0} : session_player(s, name)->id;
}

static mn_client *client_of(session *s, char name)
{
    return session_player(s, name)->client;
}

/* ---- connections */

void act_accept(session *s, char name)
{
    record_did(s->now_us, 's', "accept");
    (void)printf(",\"player\":%u", id_of(s, name).id);
    record_end();
    MUST(mn_server_accept(s->server, id_of(s, name)) == MN_OK);
}

void act_reject(session *s, char name, int32_t reason, const char *text)
{
    record_did(s->now_us, 's', "reject");
    (void)printf(",\"player\":%u,\"reason\":%d,\"text\":\"%s\"", id_of(s, name).id, reason, text);
    record_end();
    MUST(mn_server_reject(s->server, id_of(s, name), reason, text) == MN_OK);
}

void act_disconnect(session *s, char name, int32_t reason, const char *text)
{
    record_did(s->now_us, name, "disconnect");
    (void)printf(",\"reason\":%d,\"text\":\"%s\"", reason, text);
    record_end();
    MUST(mn_client_disconnect(client_of(s, name), reason, text) == MN_OK);
}

void act_stop(session *s)
{
    record_did(s->now_us, 's', "stop");
    record_end();
    MUST(mn_server_stop(s->server) == MN_OK);
}

/* ---- messages */

static void say_send(const session *s, char who, char to, const mn_outgoing *what)
{
    record_did(s->now_us, who, "send");
    (void)printf(",\"to\":\"%c\",\"message\":%u,\"how\":%u,\"value\":", to, what->message,
                 what->how);
    print_message(message_type(what->message), what->value, what->size);
}

void act_send_server(session *s, char from, uint32_t message, const void *value, uint32_t size,
                     uint32_t how)
{
    mn_outgoing what = {.message = message, .size = size, .how = how, .value = value};
    say_send(s, from, 's', &what);
    record_end();
    MUST(mn_client_send(client_of(s, from), message, value, size, how) == MN_OK);
}

void act_send_client(session *s, char to, uint32_t message, const void *value, uint32_t size,
                     uint32_t how)
{
    mn_outgoing what = {.message = message, .size = size, .how = how, .value = value};
    say_send(s, 's', to, &what);
    record_end();
    MUST(mn_server_send(s->server, id_of(s, to), message, value, size, how) == MN_OK);
}

mn_result act_broadcast(session *s, uint32_t message, const void *value, uint32_t size,
                        uint32_t how)
{
    record_did(s->now_us, 's', "broadcast");
    (void)printf(",\"message\":%u,\"how\":%u,\"value\":", message, how);
    print_message(message_type(message), value, size);
    record_end();
    return mn_server_broadcast(s->server, message, value, size, how);
}

void act_notify(session *s, char from, char to, const mn_outgoing *what, uint64_t token)
{
    mn_outgoing said = *what;
    said.how = MN_NOTIFY;
    say_send(s, from, to, &said);
    (void)printf(",\"token\":%llu", (unsigned long long)token);
    record_end();
    mn_result result = to == 's' ? mn_client_notify(client_of(s, from), what->message, what->value,
                                                    what->size, token)
                                 : mn_server_notify(s->server, id_of(s, to), what->message,
                                                    what->value, what->size, token);
    MUST(result == MN_OK);
}

/* ---- objects */

mn_object act_spawn(session *s, uint32_t type, char owner)
{
    mn_object object = {0};
    MUST(mn_server_objects_spawn(s->objects, type, id_of(s, owner), &object) == MN_OK);
    record_did(s->now_us, 's', "spawn");
    (void)printf(",\"object\":%u,\"type\":%u,\"owner\":%u", object.id, type, id_of(s, owner).id);
    record_end();
    return object;
}

void act_write(session *s, mn_object object)
{
    record_did(s->now_us, 's', "write");
    (void)printf(",\"object\":%u,\"value\":", object.id);
    print_state(object_type(mn_server_objects_type(s->objects, object)),
                mn_server_objects_state(s->objects, object));
    record_end();
}

void act_despawn(session *s, mn_object object, int32_t reason)
{
    record_did(s->now_us, 's', "despawn");
    (void)printf(",\"object\":%u,\"reason\":%d", object.id, reason);
    record_end();
    MUST(mn_server_objects_despawn(s->objects, object, reason) == MN_OK);
}

void act_give(session *s, mn_object object, char owner)
{
    record_did(s->now_us, 's', "owner");
    (void)printf(",\"object\":%u,\"owner\":%u", object.id, id_of(s, owner).id);
    record_end();
    MUST(mn_server_objects_set_owner(s->objects, object, id_of(s, owner)) == MN_OK);
}

void act_embody(session *s, char name, mn_object object)
{
    record_did(s->now_us, 's', "character");
    (void)printf(",\"player\":%u,\"object\":%u", id_of(s, name).id, object.id);
    record_end();
    MUST(mn_server_objects_set_character(s->objects, id_of(s, name), object) == MN_OK);
}

static void say_call(const session *s, char who, const mn_call *call)
{
    record_did(s->now_us, who, "call");
    (void)printf(",\"object\":%u,\"call\":%u,\"target\":%u,\"player\":%u,\"arguments\":",
                 call->object.id, call->call, call->target, call->player.id);
    if (call->size != 0) {
        print_arguments(&object_type(TANK)->calls[call->call], call->arguments);
    } else {
        (void)printf("[]");
    }
    record_end();
}

void act_call_clients(session *s, mn_object object, uint32_t call, uint32_t target, char name)
{
    shot_values shot = {.direction = {0.5f, -0.25f}, .power = 7 + (uint32_t)(s->now_us / 1000)};
    mn_call what = {.object = object,
                    .call = call,
                    .target = target,
                    .player = id_of(s, name),
                    .size = sizeof shot,
                    .arguments = &shot};
    say_call(s, 's', &what);
    MUST(mn_server_objects_call(s->objects, &what) >= 0);
}

void act_call_server(session *s, char name, mn_object object, uint32_t call)
{
    shot_values shot = {.direction = {-1, 0.333f}, .power = 4000000000u};
    mn_call what = {.object = object,
                    .call = call,
                    .size = call == HONK ? 0 : sizeof shot,
                    .arguments = call == HONK ? NULL : &shot};
    say_call(s, name, &what);
    MUST(mn_client_objects_call(session_player(s, name)->objects, &what) == MN_OK);
}

void act_compare(session *s, char name)
{
    uint64_t here = 0;
    uint64_t there = 0;
    MUST(mn_client_objects_digest(session_player(s, name)->objects, &here) == MN_OK);
    MUST(mn_server_objects_digest(s->objects, id_of(s, name), &there) == MN_OK);
    MUST(here == there);
    record_did(s->now_us, name, "digest");
    (void)printf(",\"digest\":%llu", (unsigned long long)here);
    record_end();
}
