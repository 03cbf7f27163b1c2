/* SPDX-License-Identifier: MIT */
/* See script.h. */
#include "conformance/script.h"

#include <math.h>
#include <string.h>

#include "conformance/acts.h"
#include "conformance/must.h"
#include "conformance/types.h"

enum { RAW_BYTES = 700, LARGE_BYTES = 5200 /* more than a quarter of the windows */ };

static const uint8_t other_shared_key[MN_KEY_SIZE] = "shared key of somebody else";

/* ---- what the line does: to one in so many of what each side sends; 0: to none */

static void lose_every(session *s, uint32_t of_server, uint32_t of_client)
{
    s->tap.fates[TAP_SERVER].lose_every = of_server;
    s->tap.fates[TAP_CLIENT].lose_every = of_client;
}

static void delay_every(session *s, uint32_t of_server, uint32_t of_client)
{
    s->tap.fates[TAP_SERVER].delay_every = of_server;
    s->tap.fates[TAP_CLIENT].delay_every = of_client;
}

/* ---- who comes in */

/* Hellos are lost, the first accept as well, and who is not in yet says something already. */
static void begin(session *s)
{
    s->tap.fates[TAP_CLIENT].lose_next = 3;
    session_join(s, 'a', APPLICATION, 0, "alice");
    session_run(s, 1200);
    s->tap.fates[TAP_SERVER].lose_next = 2; /* the retry, then after a new hello the accept */
    session_join(s, 'b', APPLICATION, 0, "");
    session_run(s, 240);
    s->tap.fates[TAP_SERVER].lose_next = 0;
    session_run(s, 260);
    act_send_server(s, 'a', EARLY, "let me in", 9, 0);
    act_send_client(s, 'a', NEWS, "wait", 4, 0);
    session_run(s, 40);
    act_accept(s, 'a');
    act_accept(s, 'b');
    s->tap.fates[TAP_SERVER].lose_next = 1; /* what tells a; so the next has to wait */
    session_run(s, 20);
    act_send_client(s, 'a', RAW, "early", 5, 0);
    session_run(s, 200);
}

/* Those who do not get in. */
static void refuse(session *s)
{
    session_join(s, 'c', APPLICATION + 1, 0, "carol");
    session_run(s, 100);
    session_leave(s, 'c');
    session_join(s, 'd', APPLICATION, 0, "dave");
    session_run(s, 100);
    session_join(s, 'f', APPLICATION, 0, "the fourth");
    session_run(s, 100);
    session_leave(s, 'f');
    act_reject(s, 'd', MN_REASON_USER + 1, "not today");
    s->tap.fates[TAP_SERVER].lose_next = 1;
    session_run(s, 400);
    session_leave(s, 'd');
    for (int i = 1; i < SCHEMAS; i++) {
        session_join(s, 'e', APPLICATION, i, "eve");
        session_run(s, 300);
        session_leave(s, 'e');
    }
}

/* Who has another shared key. */
static void refuse_stranger(session *s)
{
    session_join_with(s, 'c', other_shared_key, "carol");
    session_run(s, 100);
    session_leave(s, 'c');
}

/* ---- messages */

static sample make_sample(int is_extreme)
{
    sample value = {.int8 = -128,
                    .int16 = -12345,
                    .int32 = 2000000001,
                    .int64 = INT64_MIN,
                    .ranged = 2345,
                    .packed = -1024,
                    .uint8 = 200,
                    .uint16 = 65535,
                    .uint32 = 1,
                    .uint64 = UINT64_MAX - 1,
                    .bounded = 131,
                    .flag = 1,
                    .float_full = 0.1f,
                    .double_full = -1e-300,
                    .float_step = 0.12345f,
                    .double_step = 98765.4321,
                    .float_packed = 0.7f,
                    .open_step = -123.456f,
                    .open_vector = {0.26, 70000.3},
                    .vector2 = {-10.04f, 3.14159f},
                    .vector3 = {-511.996f, 0.005f, 511.123f},
                    .vector4 = {0, 0.03125, 0.7, 1},
                    .full_vector = {1, -2.5f, 1e30f},
                    .quaternion = {0.5f, -0.5f, 0.5f, 0.5f},
                    .fine_quaternion = {0.1f, -0.2f, 0.3f, -0.9273618f},
                    .close_quaternion = {0.43788759f, 0.23308445f, 0.23086654f, 0.43788026f},
                    .angle = -1,
                    .fine_angle = 6.2831f,
                    .string = "Gr\xc3\xbc\xc3\x9f"
                              "e",
                    .blob = {1, 2, 3, 4, 255},
                    .object = {70000},
                    .nested = {-100, {8, -0.3f}},
                    .parts = {{1, {1, 2}}, {2, {3, 4}}},
                    .list = {-5, 0, 3, 5},
                    .number_count = 2,
                    .numbers = {7, 999},
                    .part_count = 1,
                    .counted_parts = {{50, {-8, 8}}},
                    .flags = {1, 0, 1}};
    if (is_extreme) {
        value.float_full = NAN;
        value.float_step = NAN;
        value.double_step = 1e9;
        value.vector2[0] = -1e9f;
        value.quaternion[3] = -1.5f;
        value.fine_quaternion[0] = NAN;
        value.angle = 100;
        value.fine_angle = 1e30f;
        value.number_count = 6;
        value.part_count = 3;
    }
    return value;
}

/* Messages of both forms in all modes and on several channels, each line losing one in five. */
static void talk(session *s)
{
    uint8_t bytes[RAW_BYTES];
    for (uint32_t i = 0; i < RAW_BYTES; i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    for (int32_t i = 0; i < 2; i++) {
        sample value = make_sample(i);
        act_send_server(s, 'a', SAMPLE, &value, sizeof value, 0);
        act_send_client(s, 'b', SAMPLE, &value, sizeof value, MN_RELIABLE | MN_ON_CHANNEL(40));
        session_run(s, 40);
    }
    lose_every(s, 5, 4);
    for (int32_t i = 0; i < 24; i++) {
        chat words = {.tone = i % 7 - 3, .text = "hello"};
        uint32_t size = i == 0 ? 0 : i == 1 ? 29 : i == 2 ? 284 : (uint32_t)i * 30;
        act_send_server(s, 'a', CHAT, &words, sizeof words, 0);
        act_send_client(s, 'a', RAW, bytes, size, 0);
        act_send_server(s, 'b', RAW, bytes, size / 2,
                        MN_UNRELIABLE | MN_ON_CHANNEL((uint32_t)i % 3 * 30));
        mn_outgoing note = {.message = CHAT, .value = &words, .size = sizeof words};
        act_notify(s, 'a', 's', &note, 1000 + (uint64_t)i);
        if (i % 3 == 0) {
            far_news news = {.is_good = i % 2 == 0};
            note = (mn_outgoing){.message = FAR, .value = &news, .size = sizeof news};
            act_notify(s, 's', 'b', &note, 2000 + (uint64_t)i);
            act_send_client(s, 'b', FAR, &news, sizeof news, 0);
        }
        session_run(s, 40);
    }
    lose_every(s, 0, 0);
    session_run(s, 400);
    chat all = {.tone = 3, .text = "to all"};
    MUST(act_broadcast(s, CHAT, &all, sizeof all, MN_UNRELIABLE) == 2);
    s->tap.fates[TAP_SERVER].double_next = 2;
    session_run(s, 100);
}

/* Messages in pieces, in all modes and large ones among them, and copies; some are lost, and some
   overtaken. */
static void discuss(session *s)
{
    static uint8_t bytes[LARGE_BYTES];
    for (uint32_t i = 0; i < LARGE_BYTES; i++) {
        bytes[i] = (uint8_t)(i / 64 + i);
    }
    delay_every(s, 3, 4);
    lose_every(s, 7, 6);
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t channel = MN_ON_CHANNEL(i % 2 * 5);
        act_send_server(s, 'a', RAW, bytes + i, 1200 + 500 * (i % 3), MN_RELIABLE | channel);
        act_send_client(s, 'b', RAW, bytes + i, 2400 - 300 * i, MN_UNORDERED | channel);
        act_send_client(s, 'a', RAW, bytes + i, 20 + i, MN_UNORDERED);
        act_send_server(s, 'b', RAW, bytes + i, 1200 + 60 * i, MN_UNRELIABLE | channel);
        act_send_server(s, 'a', RAW, bytes + i, i == 3 ? 1500 : 30, MN_SEQUENCED | MN_REDUNDANT(2));
        act_send_client(s, 'b', RAW, bytes + i, 40 + i, MN_RELIABLE | MN_REDUNDANT(1));
        mn_outgoing note = {.message = RAW, .value = bytes + i, .size = 1300 + 60 * i};
        act_notify(s, 'b', 's', &note, 3000 + i);
        if (i % 2 == 0 && i > 0) {
            act_send_server(s, 'a', RAW, bytes, LARGE_BYTES - i, MN_UNORDERED | MN_ON_CHANNEL(7));
            act_send_client(s, 'a', RAW, bytes, LARGE_BYTES - 64 * i, 0);
        }
        session_run(s, 60);
    }
    lose_every(s, 0, 0);
    session_run(s, 600);
    delay_every(s, 0, 0);
    session_run(s, 400);
}

/* ---- objects */

static void move(session *s, mn_object object, int32_t i)
{
    tank_state *tank = mn_server_objects_state(s->objects, object);
    MUST(tank != NULL);
    tank->position[0] += 0.5f;
    tank->position[2] = (float)(i * i) * 3 - 100;
    tank->heading = (float)i * 0.4f;
    if (i % 3 == 0) {
        tank->health -= 7;
        tank->score -= (int64_t)i << 33;
        tank->rotation[i / 3 % 4] -= 0.25f;
        tank->is_lit ^= 1;
    }
    if (i % 4 == 0) {
        tank->wheel_count = (uint16_t)(i % 7);
        for (int32_t k = 0; k < 6; k++) {
            tank->wheels[k] = (int16_t)(k * i);
        }
        tank->ammo = i * 40;
        memcpy(tank->secret, i % 8 == 0 ? "sesame" : "\0rest", 6);
        memcpy(tank->name, i % 8 == 0 ? "Panther" : "Puma\0x", 7);
        tank->target.id = i % 8 == 0 ? 0 : object.id;
        tank->far = (double)i * 1.1;
        tank->part = (part){.weight = (int16_t)-i, .point = {(float)i * 0.3f, -1}};
        tank->crest[i / 4 % 4] = (uint8_t)i;
    }
    act_write(s, object);
}

static void show(session *s)
{
    mn_object mine = act_spawn(s, TANK, 'a');
    mn_object theirs = act_spawn(s, TANK, 's');
    mn_object crates[40];
    for (uint32_t i = 0; i < 40; i++) {
        crates[i] = act_spawn(s, CRATE, 's');
        crate_state *crate = mn_server_objects_state(s->objects, crates[i]);
        crate->weight = i * 13;
        act_write(s, crates[i]);
    }
    move(s, mine, 4);
    act_embody(s, 'a', mine);
    act_call_clients(s, mine, HIT, MN_TARGET_OBSERVERS, 's');
    session_run(s, 100);
    act_call_server(s, 'a', mine, FIRE);
    act_call_server(s, 'b', mine, HONK);
    act_call_server(s, 'b', theirs, WAVE);
    lose_every(s, 5, 7);
    for (int32_t i = 0; i < 24; i++) {
        move(s, mine, i);
        if (i % 5 == 0) {
            move(s, theirs, i + 3);
            act_call_clients(s, theirs, SPARK, MN_TARGET_PLAYER, 'b');
            act_call_clients(s, mine, HIT, MN_TARGET_OWNER, 's');
        }
        if (i % 6 < 2) {
            mn_object object = crates[i % 6 == 0 ? 0 : 39];
            crate_state *crate = mn_server_objects_state(s->objects, object);
            crate->is_open ^= 1;
            crate->west = (uint8_t)(i / 3);
            crate->below = (uint8_t)(crate->below + i % 4);
            act_write(s, object);
        }
        if (i == 10) {
            act_give(s, mine, 'b');
            act_give(s, crates[3], 'a');
        }
        session_run(s, 20);
    }
    lose_every(s, 0, 0);
    session_run(s, 200);
    act_compare(s, 'a');
    act_compare(s, 'b');
    act_embody(s, 'b', theirs);
    session_run(s, 60);
    act_embody(s, 'b', (mn_object){0});
    act_despawn(s, theirs, 0);
    act_despawn(s, crates[7], MN_REASON_USER + 2);
    session_run(s, 200);
    (void)act_spawn(s, MARKER, 'b');
    (void)act_spawn(s, CRATE, 's'); /* in a slot that was free already */
    session_run(s, 100);
    act_compare(s, 'b');
}

/* ---- all of it */

static void end(session *s)
{
    act_send_server(s, 'a', CHAT, &(chat){.tone = 0, .text = "bye"}, sizeof(chat), 0);
    act_disconnect(s, 'a', MN_REASON_USER + 3, "good night");
    session_run(s, 300);
    session_run(s, 5500); /* b keeps its connection alive */
    act_stop(s);
    session_run(s, 100);
}

/* Of an encrypted session what is in its packets is the same: less of it is enough. */
void script_play(session *s)
{
    begin(s);
    if (s->mode == PLAIN) {
        refuse(s);
    } else if (s->mode == NK_PSK) {
        refuse_stranger(s);
    }
    if (s->mode != NK_PSK) {
        talk(s);
        discuss(s);
    }
    if (s->mode != NN) {
        show(s);
    }
    end(s);
}
