/* SPDX-License-Identifier: MIT */
/*
 * Two players and a server with a man between them who does what he likes with every datagram.
 * What anybody says follows from a seed, who, to whom, and a count, so that whoever hears something
 * knows whether it was said: by whom, when, and whether it is the first time.
 */
#include "base/bytes.h"
#include "socket/peer_state.h"
#include "support/adversary.h"
#include "support/patterns.h"
#include "support/peers.h"
#include "support/seed.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000)
#define SECOND UINT64_C(1000000)

enum {
    SEEDS = 16, /* of each mode, from MN_SEED on */
    SESSIONS = 2,
    ATTEMPTS_MAX = 12,
    MESSAGES = 60, /* of each direction */
    CONTENT_MAX = 1280,
    KEY_PACKETS = 16,
    PACKETS_PER_SECOND = 2000, /* many more than are said, and many fewer than are injected */
    INDEX_SIZE = 4,            /* every content begins with its number; the rest is random */
    PAYLOADS = 1000, /* numbers from here on are the payloads of the attempts to connect */
    TEXT = 2000,
    GOODBYE = MN_REASON_USER + 234
};

typedef struct direction { /* one direction of a session */
    uint32_t said;
    bool has_come[MESSAGES];
    int64_t newest[MN_NOTIFY + 1]; /* by mode */
} direction;

typedef struct session {
    uint32_t peer; /* the client of the newest attempt */
    uint32_t attempts;
    mn_connection at_client, at_server;
    bool is_up[2], is_over[2]; /* of the client, of the server */
    direction talks[2];        /* to the client, to the server */
} session;

typedef struct scene {
    const test_pattern *pattern;
    uint64_t seed;
    test_peers *world;
    intercept way;
    adversary he;
    uint32_t server;
    uint64_t events; /* of the world's, how many were looked at */
    session sessions[SESSIONS];
} scene;

/* ---- what is said */

static uint32_t compose(const scene *it, uint32_t who, bool to_server, uint32_t index,
                        uint8_t bytes_out[CONTENT_MAX])
{
    mni_random random;
    mni_random_init(&random, it->seed << 32 | who << 24 | index << 1 | (to_server ? 1U : 0U));
    uint64_t most = mni_random_chance(&random, 0.05) ? CONTENT_MAX : 120;
    most = index >= PAYLOADS ? 900 : most;
    uint32_t size = 20 + (uint32_t)mni_random_below(&random, most - 20);
    mni_store_u32(bytes_out, index);
    for (uint32_t i = INDEX_SIZE; i < size; i++) {
        bytes_out[i] = (uint8_t)mni_random_next(&random);
    }
    return size;
}

static const char *compose_text(const scene *it, uint32_t who, char text_out[MN_TEXT_MAX])
{
    uint8_t bytes[CONTENT_MAX];
    (void)compose(it, who, true, TEXT, bytes);
    for (uint32_t i = 0; i < 16; i++) {
        text_out[i] = (char)('a' + bytes[INDEX_SIZE + i] % 26);
    }
    text_out[16] = 0;
    return text_out;
}

static uint32_t mode_of(uint32_t index)
{
    return MN_UNRELIABLE + index % MN_NOTIFY;
}

static bool is_content(const scene *it, uint32_t who, bool to_server, uint32_t index,
                       const test_event *event)
{
    uint8_t bytes[CONTENT_MAX];
    uint32_t size = compose(it, who, to_server, index, bytes);
    return event->event.size == size && memcmp(event->bytes, bytes, size) == 0;
}

static void say(scene *it, uint32_t who, bool to_server)
{
    uint8_t bytes[CONTENT_MAX];
    session *with = &it->sessions[who];
    direction *talk = &with->talks[to_server];
    uint32_t size = compose(it, who, to_server, talk->said, bytes);
    mn_peer *from = it->world->peers[to_server ? with->peer : it->server];
    mn_connection to = to_server ? with->at_client : with->at_server;
    assert_int_equal(mn_peer_send(from, to, bytes, size, mode_of(talk->said), talk->said), MN_OK);
    talk->said++;
}

/* ---- what is heard */

static void fail_here(const scene *it, const char *what)
{
    print_error("%s, seed %llu, at %llu us: %s\n", it->pattern->name, (unsigned long long)it->seed,
                (unsigned long long)it->world->now_us, what);
    fail();
}

static void check(const scene *it, bool condition, const char *what)
{
    if (!condition) {
        fail_here(it, what);
    }
}

static void hear(scene *it, uint32_t who, bool to_server, const test_event *event)
{
    direction *talk = &it->sessions[who].talks[to_server];
    uint32_t index = event->event.size >= INDEX_SIZE ? mni_load_u32(event->bytes) : UINT32_MAX;
    check(it, index < talk->said, "a message that nobody sent");
    check(it, is_content(it, who, to_server, index, event), "an altered message");
    check(it, !talk->has_come[index], "a message came twice");
    uint32_t mode = event->event.delivery;
    check(it, mode == mode_of(index), "a message in another mode");
    bool is_next = mode != MN_RELIABLE || talk->newest[mode] + MN_NOTIFY == index;
    bool is_later = mode != MN_SEQUENCED || talk->newest[mode] < index;
    check(it, is_next && is_later, "a message out of order");
    talk->has_come[index] = true;
    talk->newest[mode] = index;
}

/* Of the server's CONNECTED: whose it is. */
static void meet(scene *it, const test_event *event)
{
    uint32_t who = 0;
    uint32_t attempt = 0;
    while (who < SESSIONS && !is_content(it, who, true, PAYLOADS + attempt, event)) {
        attempt++;
        if (attempt >= it->sessions[who].attempts) {
            attempt = 0;
            who++;
        }
    }
    check(it, who < SESSIONS, "connected with a payload that nobody sent");
    session *with = &it->sessions[who % SESSIONS];
    if (attempt + 1 == with->attempts) { /* else one that he held back until it was given up */
        check(it, !with->is_up[1], "connected twice");
        with->at_server.id = event->event.who;
        with->is_up[1] = true;
    }
}

static void take_server_event(scene *it, const test_event *event)
{
    uint32_t who = 0;
    if (event->event.type == MN_EVENT_CONNECTED) {
        meet(it, event);
        return;
    }
    while (who < SESSIONS && it->sessions[who].at_server.id != event->event.who) {
        who++;
    }
    if (event->event.type == MN_EVENT_DISCONNECTED) {
        bool is_known = who < SESSIONS && it->sessions[who].is_up[0];
        check(it, !is_known || event->event.reason == GOODBYE, "the server lost a client");
        check(it, is_known || event->event.reason == MN_REASON_TIMEOUT, "an attempt ended oddly");
        if (is_known) {
            it->sessions[who].is_over[1] = true;
        }
        return;
    }
    check(it, who < SESSIONS, "an event of a stranger");
    if (event->event.type == MN_EVENT_MESSAGE) {
        hear(it, who, true, event);
    } else if (event->event.type == MN_EVENT_DELIVERED) {
        check(it, it->sessions[who].talks[0].has_come[event->event.token], "a forged delivery");
    }
}

static void take_client_event(scene *it, uint32_t who, const test_event *event)
{
    session *with = &it->sessions[who];
    switch (event->event.type) {
    case MN_EVENT_CONNECTED:
        with->is_up[0] = true;
        break;
    case MN_EVENT_DISCONNECTED:
        check(it, event->event.reason == GOODBYE, "a client was thrown out");
        with->is_over[0] = true;
        break;
    case MN_EVENT_MESSAGE:
        hear(it, who, false, event);
        break;
    case MN_EVENT_DELIVERED:
        check(it, with->talks[1].has_come[event->event.token], "a forged delivery");
        break;
    default:
        break;
    }
}

static void step(scene *it)
{
    test_peers_step(it->world);
    adversary_step(&it->he, it->world->now_us);
    check(it, it->world->event_count - it->events <= TEST_EVENTS_MAX, "too many events in a step");
    for (; it->events < it->world->event_count; it->events++) {
        const test_event *event = &it->world->events[it->events % TEST_EVENTS_MAX];
        if (event->peer == it->server) {
            take_server_event(it, event);
        }
        for (uint32_t who = 0; who < SESSIONS; who++) {
            if (event->peer == it->sessions[who].peer) {
                take_client_event(it, who, event);
            }
        }
    }
}

static void run(scene *it, uint64_t duration_us)
{
    for (uint64_t end_us = it->world->now_us + duration_us; it->world->now_us < end_us;) {
        step(it);
    }
}

/* ---- the course of a scene */

static mn_peer_config config_of(scene *it)
{
    mn_peer_config config = test_peers_config(it->world);
    config.connect_timeout_us = 4 * SECOND;
    config.max_packets_per_second = PACKETS_PER_SECOND;
    return config;
}

/* Keys change within the talk, again and again. */
static void hurry(const scene *it, uint32_t peer)
{
    it->world->peers[peer]->shared.rekey.packets = KEY_PACKETS;
}

static scene *create(uint32_t pattern, uint64_t seed)
{
    scene *it = calloc(1, sizeof(*it));
    assert_non_null(it);
    it->pattern = &test_patterns[pattern];
    it->seed = seed;
    it->world = test_peers_create(NULL, seed);
    it->world->step_us = 5 * MS;
    intercept_init(&it->way, mn_network_sockets(it->world->network));
    adversary_init(&it->he, &it->way, seed);
    it->world->sockets = &it->way.factory;
    mn_peer_config config = config_of(it);
    test_pattern_server(it->pattern, TEST_RIGHT_KEYS, &config);
    it->server = test_peers_server(it->world, &config);
    hurry(it, it->server);
    for (uint32_t i = 0; i < 2 * SESSIONS; i++) {
        direction *talk = &it->sessions[i / 2].talks[i % 2];
        for (uint32_t mode = 0; mode <= MN_NOTIFY; mode++) {
            talk->newest[mode] = (int64_t)mode - MN_UNRELIABLE - MN_NOTIFY;
        }
    }
    return it;
}

static void destroy(scene *it)
{
    for (uint32_t i = 0; i < it->world->count; i++) {
        mn_peer_destroy(it->world->peers[i]);
        it->world->peers[i] = NULL;
    }
    intercept_clear(&it->way);
    test_peers_destroy(it->world);
    free(it);
}

/* An attempt that he denied is followed by another one, from another address. */
static void dial(scene *it, uint32_t who)
{
    uint8_t payload[CONTENT_MAX];
    session *with = &it->sessions[who];
    mn_peer_config config = config_of(it);
    test_pattern_client(it->pattern, TEST_RIGHT_KEYS, &config);
    with->peer = test_peers_add(it->world, &config);
    hurry(it, with->peer);
    uint32_t size = compose(it, who, true, PAYLOADS + with->attempts++, payload);
    assert_int_equal(mn_peer_connect(it->world->peers[with->peer], &test_server_address, payload,
                                     size, &with->at_client),
                     MN_OK);
    with->is_up[1] = false;
    with->at_server.id = 0;
}

static void connect_one(scene *it, uint32_t who)
{
    session *with = &it->sessions[who];
    for (uint64_t end_us = it->world->now_us + 60 * SECOND;
         !(with->is_up[0] && with->is_up[1]) && it->world->now_us < end_us;) {
        if (test_peers_last(it->world, with->peer, MN_EVENT_CONNECT_FAILED) != NULL &&
            with->attempts < ATTEMPTS_MAX) {
            dial(it, who);
        }
        step(it);
    }
    check(it, with->is_up[0] && with->is_up[1], "never connected");
}

/* rate: of what he meddles with. Without keys he listens from the start, but acts only once the
   connects have arrived, in plain mode once all are connected. */
static void connect_all(scene *it, double rate)
{
    bool is_keyed = it->pattern->is_shared || it->pattern->is_pinned;
    it->he.rate = is_keyed ? rate : 0;
    for (uint32_t who = 0; who < SESSIONS; who++) {
        dial(it, who);
    }
    while (!is_keyed && (intercept_find(&it->way, 0, true, 0x83) == NULL ||
                         intercept_find(&it->way, 1, true, 0x83) == NULL)) {
        step(it);
    }
    it->he.rate = it->pattern->security != MN_SECURITY_NONE ? rate : 0;
    for (uint32_t who = 0; who < SESSIONS; who++) {
        connect_one(it, who);
    }
    it->he.rate = rate;
}

static void talk_all(scene *it)
{
    for (uint32_t i = 0; i < MESSAGES; i++) {
        for (uint32_t j = 0; j < 2 * SESSIONS; j++) {
            say(it, j / 2, j % 2 != 0);
        }
        run(it, 10 * MS);
    }
}

/* In peace all that had to arrive does, and an end is what was said. */
static void end_all(scene *it)
{
    it->he.rate = 0;
    run(it, 3 * SECOND);
    for (uint32_t i = 0; i < 2 * SESSIONS; i++) {
        const direction *talk = &it->sessions[i / 2].talks[i % 2];
        for (uint32_t index = 0; index < talk->said; index++) {
            bool is_sure = mode_of(index) == MN_RELIABLE || mode_of(index) == MN_UNORDERED;
            check(it, talk->has_come[index] || !is_sure, "a reliable message was lost");
        }
    }
    for (uint32_t who = 0; who < SESSIONS; who++) {
        char text[MN_TEXT_MAX];
        session *with = &it->sessions[who];
        (void)compose_text(it, who, text);
        check(it, !with->is_over[0] && !with->is_over[1], "over before its end");
        bool by_client = who % 2 == 0;
        mn_peer *ends = it->world->peers[by_client ? with->peer : it->server];
        uint32_t other = by_client ? it->server : with->peer;
        mn_connection connection = by_client ? with->at_client : with->at_server;
        assert_int_equal(mn_peer_disconnect(ends, connection, GOODBYE, text), MN_OK);
        run(it, 500 * MS);
        check(it, with->is_over[0] && with->is_over[1], "not over after its end");
        const test_event *end = test_peers_last(it->world, other, MN_EVENT_DISCONNECTED);
        check(it, end != NULL && test_event_says(end, text), "the end had another text");
    }
    for (uint32_t i = 0; i < it->world->count; i++) {
        mn_counters counters = test_peers_counters(it->world, i);
        check(it, counters.dropped[MN_DROP_MALFORMED] == 0, "rubbish was opened");
    }
}

/* ---- what he learns */

typedef struct secrets {
    uint64_t *runs; /* of eight bytes, sorted */
    size_t count;
} secrets;

static int compare_runs(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void add_runs(secrets *all, const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i + 8 <= size; i++) {
        all->runs[all->count++] = mni_load_u64(bytes + i);
    }
}

static secrets collect(const scene *it)
{
    const size_t most = (size_t)SESSIONS * (2 * MESSAGES + ATTEMPTS_MAX + 1) * CONTENT_MAX;
    secrets all = {.runs = calloc(most, sizeof(*all.runs))};
    uint8_t bytes[CONTENT_MAX];
    char text[MN_TEXT_MAX];
    assert_non_null(all.runs);
    for (uint32_t who = 0; who < SESSIONS; who++) {
        for (uint32_t i = 0; i < it->sessions[who].attempts; i++) {
            uint32_t size = compose(it, who, true, PAYLOADS + i, bytes);
            add_runs(&all, bytes + INDEX_SIZE, size - INDEX_SIZE);
        }
        for (uint32_t i = 0; i < 2 * MESSAGES; i++) {
            uint32_t size = compose(it, who, i % 2 != 0, i / 2, bytes);
            add_runs(&all, bytes + INDEX_SIZE, size - INDEX_SIZE);
        }
        (void)compose_text(it, who, text);
        add_runs(&all, (const uint8_t *)text, (uint32_t)strlen(text));
    }
    qsort(all.runs, all.count, sizeof(*all.runs), compare_runs);
    return all;
}

/* In how many of the datagrams that he saw there is a run of eight bytes of what was said. */
static uint32_t count_leaks(const scene *it)
{
    secrets all = collect(it);
    uint32_t leaks = 0;
    for (uint32_t i = 0; i < it->way.seen_count; i++) {
        const intercept_packet *packet = &it->way.seen[i];
        bool is_leak = false;
        for (uint32_t at = 0; at + 8 <= packet->size && !is_leak; at++) {
            uint64_t bytes = mni_load_u64(packet->bytes + at);
            is_leak = bsearch(&bytes, all.runs, all.count, sizeof(bytes), compare_runs) != NULL;
        }
        leaks += is_leak ? 1 : 0;
    }
    free(all.runs);
    return leaks;
}

/* ---- the tests */

static void play(uint32_t pattern, uint64_t seed, double rate, uint64_t deeds[ADVERSARY_DEEDS])
{
    scene *it = create(pattern, seed);
    connect_all(it, rate);
    talk_all(it);
    end_all(it);
    for (uint32_t i = 0; i < ADVERSARY_DEEDS; i++) {
        deeds[i] += it->he.deeds[i];
    }
    destroy(it);
}

static void meddle_often(uint32_t pattern, uint32_t seeds)
{
    uint64_t deeds[ADVERSARY_DEEDS] = {0};
    uint64_t seed = test_seed(1);
    for (uint32_t i = 0; i < seeds; i++) {
        play(pattern, seed + i, i % 2 == 0 ? 0.3 : 0.6, deeds);
    }
    for (uint32_t i = 0; i < ADVERSARY_DEEDS; i++) {
        assert_true(deeds[i] > 0);
    }
}

static void nothing_altered_is_accepted_with_a_shared_key(void **state)
{
    (void)state;
    meddle_often(TEST_NN_PSK, SEEDS);
}

static void nothing_altered_is_accepted_with_a_pinned_key(void **state)
{
    (void)state;
    meddle_often(TEST_NK, SEEDS);
}

static void nothing_altered_is_accepted_with_both_keys(void **state)
{
    (void)state;
    meddle_often(TEST_NK_PSK, SEEDS);
}

static void nothing_altered_is_accepted_in_open_mode_after_the_first_connect(void **state)
{
    (void)state;
    meddle_often(TEST_NN, SEEDS);
}

/* Who computes the keys of plain mode from what he sees does as he likes; who does not, cannot. */
static void nothing_altered_at_random_is_accepted_in_plain_mode_after_the_handshake(void **state)
{
    (void)state;
    meddle_often(TEST_PLAIN, SEEDS);
}

static void listen_to(uint32_t pattern, bool is_secret)
{
    uint64_t seed = test_seed(40);
    scene *it = create(pattern, seed);
    connect_all(it, 0);
    talk_all(it);
    end_all(it);
    uint32_t leaks = count_leaks(it);
    check(it, is_secret ? leaks == 0 : leaks > 2 * MESSAGES, "what he learned");
    check(it, it->way.seen_count > 4 * MESSAGES, "there was little to hear");
    destroy(it);
}

static void who_listens_learns_nothing(void **state)
{
    (void)state;
    for (uint32_t pattern = TEST_NN; pattern < TEST_PATTERNS; pattern++) {
        listen_to(pattern, true);
    }
}

static void who_listens_to_plain_mode_learns_everything(void **state)
{
    (void)state;
    listen_to(TEST_PLAIN, false);
}

/* He may cause repetitions; of what is said nothing appears in them either. */
static void who_meddles_learns_nothing(void **state)
{
    (void)state;
    for (uint32_t pattern = TEST_NN; pattern < TEST_PATTERNS; pattern++) {
        scene *it = create(pattern, test_seed(50));
        connect_all(it, 0.5);
        talk_all(it);
        check(it, count_leaks(it) == 0, "he learned something");
        destroy(it);
    }
}

/* ---- rubbish, and what came before */

static void inject_rubbish(scene *it, mni_random *random, bool to_server)
{
    uint8_t bytes[64] = {0};
    uint32_t size = 1 + (uint32_t)mni_random_below(random, sizeof(bytes));
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)mni_random_next(random);
    }
    bytes[0] &= mni_random_chance(random, 0.1) ? 0xff : 0x1f;
    intercept_inject(&it->way, 0, to_server, bytes, size);
}

/* A close, but for what protects it: frame head, type, reason. */
static void inject_close(scene *it, mni_random *random, bool to_server, uint32_t tag_size)
{
    uint8_t bytes[64] = {[3] = 6 << 5 | 3, 3, GOODBYE & 0xff, GOODBYE >> 8};
    mni_store_u16(bytes + 1, (uint16_t)mni_random_below(random, 64));
    for (uint32_t i = 0; i < tag_size; i++) {
        bytes[7 + i] = (uint8_t)mni_random_next(random);
    }
    intercept_inject(&it->way, 0, to_server, bytes, 7 + tag_size);
}

/* A handshake packet that is right but for what nobody knows who sees nothing: token and cookie. */
static void inject_guess(scene *it, mni_random *random, bool to_server)
{
    static const uint32_t sizes[] = {48, 30, 100, 82, 16};
    uint8_t bytes[128];
    uint32_t kind = (uint32_t)mni_random_below(random, MN_COUNT(sizes));
    for (uint32_t i = 2; i < sizes[kind]; i++) {
        bytes[i] = (uint8_t)mni_random_next(random);
    }
    bytes[0] = (uint8_t)(0x81 + kind);
    bytes[1] = 1; /* the version */
    intercept_fix_checksum(bytes, sizes[kind]);
    intercept_inject(&it->way, (uint32_t)mni_random_below(random, SESSIONS), to_server, bytes,
                     sizes[kind]);
}

static void connect_beside_guesses(scene *it, mni_random *random)
{
    for (uint32_t who = 0; who < SESSIONS; who++) {
        dial(it, who);
    }
    for (uint32_t i = 0; i < 20; i++) {
        for (uint32_t j = 0; j < 100; j++) {
            inject_guess(it, random, j % 2 != 0);
        }
        step(it);
    }
    for (uint32_t who = 0; who < SESSIONS; who++) {
        connect_one(it, who);
        check(it, it->sessions[who].attempts == 1, "a guess ended an attempt");
    }
}

static void rubbish_changes_nothing(uint32_t pattern, uint32_t tag_size)
{
    enum { STEPS = 100, IN_A_STEP = 500 }; /* half the queue of a socket */
    mni_random random;
    scene *it = create(pattern, test_seed(60));
    mni_random_init(&random, it->seed);
    connect_beside_guesses(it, &random);
    mn_counters before = test_peers_counters(it->world, it->server);
    for (uint32_t i = 0; i < STEPS; i++) {
        for (uint32_t j = 0; j < IN_A_STEP; j++) {
            inject_rubbish(it, &random, j % 2 != 0);
            inject_close(it, &random, j % 2 != 0, tag_size);
        }
        step(it);
    }
    mn_counters after = test_peers_counters(it->world, it->server);
    uint64_t came = after.packets_received - before.packets_received;
    assert_true(came >= (uint64_t)STEPS * IN_A_STEP);
    talk_all(it);
    end_all(it);
    for (uint32_t i = 0; i < it->world->count; i++) {
        assert_int_equal(test_peers_counters(it->world, i).dropped[MN_DROP_LIMIT], 0);
    }
    destroy(it);
}

static void rubbish_and_forged_closes_change_nothing_and_are_charged_to_nobody(void **state)
{
    (void)state;
    rubbish_changes_nothing(TEST_NN, 16);
    rubbish_changes_nothing(TEST_NK_PSK, 16);
}

/* He sees nothing; 100000 guesses are one in 43000 to hit a checksum of 32 bits. */
static void a_blind_attacker_of_plain_mode_changes_nothing(void **state)
{
    (void)state;
    rubbish_changes_nothing(TEST_PLAIN, 4);
}

static void replay_all(scene *it, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        intercept_pass(&it->way, &it->way.seen[i]);
        if (i % 500 == 0) {
            step(it);
        }
    }
    step(it);
    step(it);
}

/* All that was ever sent once more, when the sessions are over: at once, when the cookies have
   expired, and when the server has begun anew. The way is one he speaks on for who is gone. */
static void what_is_replayed_later_revives_nothing(void **state)
{
    (void)state;
    for (uint32_t pattern = TEST_PLAIN; pattern < TEST_PATTERNS; pattern++) {
        scene *it = create(pattern, test_seed(70));
        connect_all(it, 0);
        talk_all(it);
        end_all(it);
        uint32_t count = it->way.seen_count;
        uint64_t events = it->events;
        replay_all(it, count);
        run(it, 7 * SECOND);
        replay_all(it, count);
        mn_peer *server = it->world->peers[it->server];
        assert_int_equal(mn_peer_close(server), MN_OK);
        assert_int_equal(mn_peer_listen(server, &test_server_address), MN_OK);
        replay_all(it, count);
        run(it, 2 * SECOND);
        check(it, it->events == events, "something came of it");
        check(it, test_peers_counters(it->world, it->server).connections == 0, "it is back");
        destroy(it);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_altered_is_accepted_with_a_shared_key),
        cmocka_unit_test(nothing_altered_is_accepted_with_a_pinned_key),
        cmocka_unit_test(nothing_altered_is_accepted_with_both_keys),
        cmocka_unit_test(nothing_altered_is_accepted_in_open_mode_after_the_first_connect),
        cmocka_unit_test(nothing_altered_at_random_is_accepted_in_plain_mode_after_the_handshake),
        cmocka_unit_test(who_listens_learns_nothing),
        cmocka_unit_test(who_listens_to_plain_mode_learns_everything),
        cmocka_unit_test(who_meddles_learns_nothing),
        cmocka_unit_test(rubbish_and_forged_closes_change_nothing_and_are_charged_to_nobody),
        cmocka_unit_test(a_blind_attacker_of_plain_mode_changes_nothing),
        cmocka_unit_test(what_is_replayed_later_revives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
