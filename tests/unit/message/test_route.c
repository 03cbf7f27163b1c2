/* SPDX-License-Identifier: MIT */
/*
 * What strangers say. A bare peer that shows the right tag stands where a client, or a server, is
 * expected, and says everything that is wrong: it is dropped, counted, charged, and harms nobody.
 */
#include "base/random.h"
#include "message/control.h"
#include "socket/peer.h"
#include "support/party.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)

typedef struct stranger {
    test_party *party;
    mn_peer *peer;
    mn_connection connection;
    int32_t reason; /* of the end; 0: it lives */
    uint32_t received;
} stranger;

static stranger make_stranger(test_party *party)
{
    mn_server_config config = party_server_config(party);
    mn_peer_config peer_config = {.struct_size = sizeof peer_config,
                                  .security = config.security,
                                  .tag = mn_schema_hash(party->schema),
                                  .seed = 9,
                                  .sockets = config.sockets,
                                  .allocator = config.allocator,
                                  .random = config.random};
    stranger it = {.party = party};
    assert_int_equal(mn_peer_create(&peer_config, &it.peer), MN_OK);
    mni_peer_set_rider(it.peer, &(mni_rider){0}); /* it hears the channels of all floors */
    return it;
}

static void step(stranger *it)
{
    party_step(it->party);
    (void)mn_peer_update(it->peer, it->party->now_us);
    mn_event event;
    while (mn_peer_poll(it->peer, &event, 1) == 1) {
        if (event.type == MN_EVENT_CONNECTED) {
            it->connection.id = event.who;
        } else if (event.type == MN_EVENT_DISCONNECTED) {
            it->reason = event.reason;
        } else if (event.type == MN_EVENT_MESSAGE) {
            it->received++;
        }
    }
    (void)mn_peer_flush(it->peer, it->party->now_us);
}

static void steps(stranger *it, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        step(it);
    }
}

/* In front of a server, with verdicts or without. */
static stranger visit(uint32_t flags)
{
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    config.flags = flags;
    party_serve(party, &config);
    stranger it = make_stranger(party);
    assert_int_equal(mn_peer_connect(it.peer, &party_address, NULL, 0, &it.connection), MN_OK);
    steps(&it, 20);
    assert_int_equal(party_count(&party->log, MN_EVENT_CONNECTED), 1);
    return it;
}

/* In the place of a server that a client has come to. */
static stranger impersonate(void)
{
    test_party *party = party_create(NULL, 1);
    stranger it = make_stranger(party);
    assert_int_equal(mn_peer_listen(it.peer, &party_address), MN_OK);
    (void)party_join(party, NULL, NULL);
    steps(&it, 20);
    assert_int_equal(party_count(&party->clients[0].log, MN_EVENT_CONNECTED), 1);
    return it;
}

static void end(stranger *it)
{
    mn_peer_destroy(it->peer);
    party_destroy(it->party);
}

static void say(stranger *it, uint32_t channel, const void *bytes, uint32_t size)
{
    mni_buffer *buffer = mni_buffer_take(mni_peer_buffers(it->peer), size);
    assert_non_null(buffer);
    memcpy(buffer->bytes, bytes, size);
    assert_int_equal(mni_peer_send_buffer(it->peer, it->connection, buffer,
                                          MN_RELIABLE | MN_ON_CHANNEL(channel), 0),
                     MN_OK);
    mni_buffer_drop(mni_peer_buffers(it->peer), buffer);
    steps(it, 3);
}

static void say_control(stranger *it, const mni_control *control)
{
    uint8_t bytes[MNI_CONTROL_SIZE_MAX];
    uint32_t size = mni_control_write(control, bytes);
    say(it, MNI_CHANNEL_CONTROL, bytes, size);
}

static uint64_t malformed(const stranger *it)
{
    mn_counters counters = {.struct_size = sizeof counters};
    if (it->party->server != NULL) {
        (void)mn_server_counters(it->party->server, &counters);
    } else {
        (void)mn_client_counters(it->party->clients[0].client, &counters);
    }
    return counters.dropped[MN_DROP_MALFORMED];
}

typedef struct words {
    uint32_t channel, size;
    uint8_t bytes[24];
} words;

static void each_is_refused(stranger *it, const words *cases, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t before = malformed(it);
        say(it, cases[i].channel, cases[i].bytes, cases[i].size);
        if (malformed(it) != before + 1) {
            fail_msg("case %u was not refused", (unsigned)i);
        }
    }
    assert_int_equal(it->reason, 0);
}

static void wrong_messages_to_a_server_are_refused(void **state)
{
    (void)state;
    stranger it = visit(0);
    static const words cases[] = {
        {0, 0, {0}},                                               /* no id */
        {0, 1, {0x80}},                                            /* half an id */
        {0, 2, {0x81, 0}},                                         /* not the shortest form */
        {0, 2, {0xe7, 0x07}},                                      /* PARTY_UNKNOWN */
        {0, 1, {PARTY_TO_CLIENT}},                                 /* the wrong way */
        {0, 6, {PARTY_SMALL, 1, 2, 3, 4, 5}},                      /* too long */
        {0, 1, {PARTY_CHAT}},                                      /* a struct without bits */
        {0, 24, {PARTY_CHAT, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, /* with the wrong ones */
        {MNI_CHANNEL_CALLS, 3, {1, 2, 3}},                         /* nobody has objects here */
    };
    each_is_refused(&it, cases, sizeof cases / sizeof cases[0]);
    assert_int_equal(party_count(&it.party->log, MN_EVENT_MESSAGE), 0);
    /* And who says something right after all that is heard. */
    static const uint8_t right[] = {PARTY_SMALL, 'o', 'k'};
    say(&it, 0, right, sizeof right);
    assert_true(party_says(party_find(&it.party->log, MN_EVENT_MESSAGE, 1), "ok"));
    end(&it);
}

static void wrong_control_messages_to_a_server_are_refused(void **state)
{
    (void)state;
    stranger it = visit(MN_SERVER_AUTHENTICATE);
    static const words cases[] = {
        {MNI_CHANNEL_CONTROL, 0, {0}},
        {MNI_CHANNEL_CONTROL, 1, {99}},
        {MNI_CHANNEL_CONTROL, 1, {MNI_CONTROL_READY}}, /* not in yet */
        {MNI_CHANNEL_CONTROL, 13, {MNI_CONTROL_ACCEPTED, 1}},
        {MNI_CHANNEL_CONTROL, 3, {MNI_CONTROL_TABLE, 1, 0}},
        {MNI_CHANNEL_CONTROL, 8, {MNI_CONTROL_PING}},
        {0, 1, {PARTY_RAW}}, /* before the verdict */
        {MNI_CHANNEL_CALLS, 1, {0}},
    };
    each_is_refused(&it, cases, sizeof cases / sizeof cases[0]);
    mn_player player = {it.party->log.events[0].event.who};
    assert_int_equal(mn_server_accept(it.party->server, player), MN_OK);
    steps(&it, 5);
    uint64_t before = malformed(&it);
    say_control(&it, &(mni_control){.kind = MNI_CONTROL_READY});
    assert_int_equal(malformed(&it), before);
    say_control(&it, &(mni_control){.kind = MNI_CONTROL_READY});
    assert_int_equal(malformed(&it), before + 1);
    end(&it);
}

static void a_ping_is_answered_once_in_a_flush(void **state)
{
    (void)state;
    stranger it = visit(0);
    steps(&it, 20);
    uint32_t before = it.received;
    mni_control ping = {.kind = MNI_CONTROL_PING, .client_us = 5};
    uint8_t bytes[MNI_CONTROL_SIZE_MAX];
    uint32_t size = mni_control_write(&ping, bytes);
    for (uint32_t i = 0; i < 50; i++) {
        mni_buffer *buffer = mni_buffer_take(mni_peer_buffers(it.peer), size);
        memcpy(buffer->bytes, bytes, size);
        assert_int_equal(mni_peer_send_buffer(it.peer, it.connection, buffer,
                                              MN_UNRELIABLE | MN_ON_CHANNEL(MNI_CHANNEL_CONTROL),
                                              0),
                         MN_OK);
        mni_buffer_drop(mni_peer_buffers(it.peer), buffer);
    }
    steps(&it, 50);
    assert_int_equal(it.received, before + 1);
    end(&it);
}

static void wrong_messages_to_a_client_are_refused(void **state)
{
    (void)state;
    stranger it = impersonate();
    static const words early[] = {
        {0, 1, {PARTY_TO_SERVER}},
        {MNI_CHANNEL_CONTROL, 13, {MNI_CONTROL_ACCEPTED, 0}}, /* as nobody */
        {MNI_CHANNEL_CONTROL, 1, {MNI_CONTROL_READY}},
        {MNI_CHANNEL_CONTROL, 9, {MNI_CONTROL_PING}},
        {MNI_CHANNEL_CONTROL,
         18,
         {MNI_CONTROL_PONG, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    };
    each_is_refused(&it, early, sizeof early / sizeof early[0]);
    say_control(&it, &(mni_control){.kind = MNI_CONTROL_ACCEPTED, .player = 77});
    assert_int_equal(party_player(it.party, 0).id, 77);
    static const words late[] = {
        {MNI_CHANNEL_CONTROL, 13, {MNI_CONTROL_ACCEPTED, 78}}, /* twice */
        {MNI_CHANNEL_CONTROL, 3, {MNI_CONTROL_TABLE, 1, 0}},
        {0, 2, {0xe7, 0x07}},
    };
    each_is_refused(&it, late, sizeof late / sizeof late[0]);
    assert_int_equal(party_player(it.party, 0).id, 77);
    end(&it);
}

static void what_a_client_holds_goes_with_its_connection(void **state)
{
    (void)state;
    stranger it = impersonate();
    static const uint8_t old[] = {PARTY_RAW, 'o', 'l', 'd'};
    say(&it, 0, old, sizeof old);
    assert_int_equal(mn_peer_disconnect(it.peer, it.connection, 0, NULL), MN_OK);
    steps(&it, 200);
    const party_log *log = &it.party->clients[0].log;
    assert_int_equal(party_count(log, MN_EVENT_DISCONNECTED), 1);
    assert_int_equal(mn_client_connect(it.party->clients[0].client, &party_address, NULL, 0),
                     MN_OK);
    steps(&it, 20);
    say_control(&it, &(mni_control){.kind = MNI_CONTROL_ACCEPTED, .player = 77});
    assert_int_equal(party_count(log, MN_EVENT_AUTHENTICATED), 1);
    assert_int_equal(party_count(log, MN_EVENT_MESSAGE), 0);
    end(&it);
}

static void the_servers_time_counts_for_who_is_in(void **state)
{
    (void)state;
    stranger it = impersonate();
    const mn_client *client = it.party->clients[0].client;
    say_control(&it, &(mni_control){.kind = MNI_CONTROL_PONG,
                                    .client_us = it.party->now_us,
                                    .server_us = it.party->now_us + SECOND_US});
    assert_int_equal(malformed(&it), 0);
    assert_int_equal(mn_client_server_time(client, it.party->now_us), it.party->now_us);
    say_control(&it, &(mni_control){.kind = MNI_CONTROL_ACCEPTED, .player = 77});
    assert_in_range(mn_client_server_time(client, it.party->now_us),
                    it.party->now_us + SECOND_US - 10000, it.party->now_us + SECOND_US);
    end(&it);
}

static void who_is_refused_too_often_is_disconnected(void **state)
{
    (void)state;
    stranger it = visit(0);
    static const uint8_t wrong[] = {PARTY_TO_CLIENT};
    for (uint32_t i = 0; i < 1000 && it.reason == 0; i++) {
        mn_result result =
            mn_peer_send(it.peer, it.connection, wrong, sizeof wrong, MN_RELIABLE, 0);
        assert_true(result == MN_OK || result == MN_ERROR_STALE || result == MN_ERROR_STATE);
        step(&it);
    }
    assert_int_equal(it.reason, MN_REASON_PROTOCOL);
    const party_event *gone =
        party_await(it.party, &it.party->log, MN_EVENT_DISCONNECTED, 1, SECOND_US);
    assert_non_null(gone);
    assert_int_equal(gone->event.reason, MN_REASON_PROTOCOL);
    end(&it);
}

static void random_words_harm_nobody_else(void **state)
{
    (void)state;
    uint64_t seed = test_seed(3);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < 10; round++) {
        stranger it = visit(round % 2 == 0 ? MN_SERVER_AUTHENTICATE : 0);
        for (uint32_t i = 0; i < 200 && it.reason == 0; i++) {
            uint8_t bytes[64];
            uint32_t size = (uint32_t)mni_random_below(&random, sizeof bytes);
            for (uint32_t k = 0; k < size; k++) {
                bytes[k] = (uint8_t)mni_random_next(&random);
            }
            bytes[0] = (uint8_t)mni_random_below(&random, 9); /* often a kind or an id */
            uint32_t channel = (uint32_t)mni_random_below(&random, MNI_CHANNELS);
            channel = mni_random_chance(&random, 0.5) ? MNI_CHANNEL_CONTROL : channel;
            mni_buffer *buffer = mni_buffer_take(mni_peer_buffers(it.peer), size);
            memcpy(buffer->bytes, bytes, size);
            (void)!mni_peer_send_buffer(it.peer, it.connection, buffer,
                                        MN_RELIABLE | MN_ON_CHANNEL(channel), 0);
            mni_buffer_drop(mni_peer_buffers(it.peer), buffer);
            step(&it);
        }
        uint32_t honest = party_join(it.party, NULL, NULL);
        const party_log *log = &it.party->clients[honest].log;
        if (party_await(it.party, log, MN_EVENT_CONNECTED, 1, SECOND_US) == NULL) {
            fail_msg("seed %" PRIu64 ", round %u", seed, (unsigned)round);
        }
        end(&it);
    }
}

/* ---- a slow game */

static void what_the_game_does_not_poll_holds_up_its_sender_alone(void **state)
{
    (void)state;
    test_party *party = party_create(NULL, 1);
    mn_server_config config = party_server_config(party);
    config.receive_window_bytes = 16 * 1024;
    party_serve(party, &config);
    (void)party_join(party, NULL, NULL);
    (void)party_join(party, NULL, NULL);
    for (uint32_t i = 0; i < 2; i++) {
        assert_non_null(
            party_await(party, &party->clients[i].log, MN_EVENT_AUTHENTICATED, 1, SECOND_US));
    }
    static uint8_t bytes[1000];
    uint32_t sent = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        party->now_us += 1000;
        while (sent < 300 && mn_client_send(party->clients[0].client, PARTY_RAW, bytes,
                                            sizeof bytes, 0) == MN_OK) {
            sent++;
        }
        (void)mn_server_update(party->server, party->now_us); /* and nobody polls */
        for (uint32_t c = 0; c < 2; c++) {
            (void)mn_client_update(party->clients[c].client, party->now_us);
            (void)mn_client_flush(party->clients[c].client, party->now_us);
        }
        (void)mn_server_flush(party->server, party->now_us);
    }
    assert_true(sent > 100);
    mn_statistics statistics = {.struct_size = sizeof statistics};
    assert_int_equal(mn_client_statistics(party->clients[0].client, &statistics), MN_OK);
    assert_true(statistics.queue_bytes > 100 * sizeof bytes); /* they wait at the sender */
    assert_int_equal(mn_client_send(party->clients[1].client, PARTY_RAW, "hi", 2, 0), MN_OK);
    assert_non_null(party_await(party, &party->log, MN_EVENT_MESSAGE, sent + 1, 5 * SECOND_US));
    party_destroy(party);
}

static void large_structs_are_decoded_a_megabyte_at_a_time(void **state)
{
    (void)state;
    typedef struct crowd {
        uint16_t count;
        uint8_t bytes[60000];
    } crowd;
    static crowd value = {.count = 3};
    const mn_field fields[] = {{.offset = offsetof(crowd, bytes),
                                .size = sizeof value.bytes,
                                .count = sizeof value.bytes,
                                .kind = MN_KIND_UINT,
                                .flags = MN_FIELD_COUNTED,
                                .count_offset = offsetof(crowd, count),
                                .max = 255,
                                .step = 1,
                                .name = "bytes"}};
    const mn_message_type type = {
        .id = 60, .size = sizeof(crowd), .field_count = 1, .fields = fields, .name = "crowd"};
    test_party *party = party_create(NULL, 1);
    mn_schema *schema = party_make_schema(&party->allocator.table, &type);
    mn_server_config config = party_server_config(party);
    mn_client_config client_config = party_client_config(party);
    config.schema = schema;
    client_config.schema = schema;
    party_serve(party, &config);
    (void)party_join(party, &client_config, NULL);
    assert_non_null(
        party_await(party, &party->clients[0].log, MN_EVENT_AUTHENTICATED, 1, SECOND_US));
    for (uint32_t i = 0; i < 40; i++) {
        assert_int_equal(mn_client_send(party->clients[0].client, 60, &value, sizeof value, 0),
                         MN_OK);
    }
    assert_int_equal(mn_client_flush(party->clients[0].client, party->now_us), MN_OK);
    static mn_event events[64];
    uint32_t got = 0;
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(mn_server_update(party->server, party->now_us), MN_OK);
        mn_result count = mn_server_poll(party->server, events, 64);
        assert_in_range(count, i < 2 ? 17 : 0, 17);
        got += (uint32_t)count;
        assert_int_equal(mn_server_poll(party->server, events, 64), 0);
    }
    assert_int_equal(got, 40);
    mn_client_destroy(party->clients[0].client);
    mn_server_destroy(party->server);
    party->clients[0].client = NULL;
    party->server = NULL;
    mn_schema_destroy(schema);
    party_destroy(party);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_messages_to_a_server_are_refused),
        cmocka_unit_test(wrong_control_messages_to_a_server_are_refused),
        cmocka_unit_test(a_ping_is_answered_once_in_a_flush),
        cmocka_unit_test(wrong_messages_to_a_client_are_refused),
        cmocka_unit_test(what_a_client_holds_goes_with_its_connection),
        cmocka_unit_test(the_servers_time_counts_for_who_is_in),
        cmocka_unit_test(who_is_refused_too_often_is_disconnected),
        cmocka_unit_test(random_words_harm_nobody_else),
        cmocka_unit_test(what_the_game_does_not_poll_holds_up_its_sender_alone),
        cmocka_unit_test(large_structs_are_decoded_a_megabyte_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
