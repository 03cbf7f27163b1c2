/* SPDX-License-Identifier: MIT */
/*
 * Who has not the keys cannot pose as who has, and whoever stands between the two sides while they
 * begin cannot make them agree on anything but what they said: each test forges the same byte of
 * the same packet each time that it is sent, with a right checksum, and nobody may take the result
 * for a connection.
 */
#include "base/bytes.h"
#include "socket/handshake.h"
#include "support/intercept.h"
#include "support/patterns.h"
#include "support/peers.h"
#include "support/test.h"

#include <string.h>

#define MS UINT64_C(1000)

enum {
    APPLICATION = 7, /* of test_peers_config */
    VERSION_AT = 1,
    TOKEN_AT = 2,
    APPLICATION_AT = 26,
    SECURITY_AT = 34,
    CHECKSUM_SIZE = 4,
    RETRY_SIZE = 30,
    SEALED_ACCEPT_SIZE = 10 + 32 + 20 + 16 + CHECKSUM_SIZE,
    REASON_OF_HIS = MN_REASON_USER + 66
};

/* Who meets whom, and what is forged on the way: bytes[at] ^= mask of each packet of this kind. */
typedef struct meeting {
    uint32_t server, server_keys, client, client_keys;
    uint64_t server_application; /* 0: the client's */
    uint8_t kind;                /* 0: nothing is forged */
    uint8_t mask;
    uint32_t at;
} meeting;

typedef struct outcome {
    bool is_up[2]; /* of the client, of the server */
    int32_t reason;
    uint32_t forged;
    uint64_t key_drops; /* of the client */
} outcome;

typedef struct forger {
    intercept way;
    const meeting *plan;
    bool accepts_in_its_place; /* who was rejected hears that all is well */
    uint32_t forged;
} forger;

static void forge_accept(forger *he, const intercept_packet *reject)
{
    uint8_t accept[SEALED_ACCEPT_SIZE];
    memset(accept, 0x55, sizeof(accept));
    memcpy(accept, reject->bytes, TOKEN_AT + 8);
    accept[0] = 0x80 | MNI_ACCEPT;
    intercept_fix_checksum(accept, sizeof(accept));
    intercept_inject(&he->way, reject->line, false, accept, sizeof(accept));
    he->forged++;
}

static void handle(void *user, const intercept_packet *packet)
{
    forger *he = user;
    const meeting *plan = he->plan;
    intercept_packet altered = *packet;
    if (plan->kind != 0 && packet->bytes[0] == (0x80 | plan->kind) && plan->at < packet->size) {
        altered.bytes[plan->at] ^= plan->mask;
        intercept_fix_checksum(altered.bytes, altered.size);
        he->forged++;
    }
    if (he->accepts_in_its_place && packet->bytes[0] == (0x80 | MNI_REJECT)) {
        forge_accept(he, packet);
        return;
    }
    intercept_pass(&he->way, &altered);
}

static void set_up(forger *he, test_peers *world, const meeting *plan)
{
    he->plan = plan;
    world->step_us = 10 * MS;
    intercept_init(&he->way, mn_network_sockets(world->network));
    he->way.handle = handle;
    he->way.user = he;
    world->sockets = &he->way.factory;
    mn_peer_config config = test_peers_config(world);
    test_pattern_server(&test_patterns[plan->server], plan->server_keys, &config);
    config.application =
        plan->server_application != 0 ? plan->server_application : config.application;
    (void)test_peers_server(world, &config);
    config = test_peers_config(world);
    test_pattern_client(&test_patterns[plan->client], plan->client_keys, &config);
    config.connect_timeout_us = 800 * MS;
    (void)test_peers_client(world, &config, "a payload", NULL);
}

static void tear_down(forger *he, test_peers *world)
{
    for (uint32_t i = 0; i < world->count; i++) {
        mn_peer_destroy(world->peers[i]);
        world->peers[i] = NULL;
    }
    intercept_clear(&he->way);
    test_peers_destroy(world);
}

static outcome meet(const meeting *plan, bool accepts_in_its_place)
{
    forger he = {.accepts_in_its_place = accepts_in_its_place};
    test_peers *world = test_peers_create(NULL, 1);
    set_up(&he, world, plan);
    test_peers_run(world, 1000 * MS);
    const test_event *refused = test_peers_last(world, 1, MN_EVENT_CONNECT_FAILED);
    outcome result = {
        .is_up = {test_peers_count(world, 1, MN_EVENT_CONNECTED) > 0,
                  test_peers_count(world, 0, MN_EVENT_CONNECTED) > 0},
        .reason = refused != NULL ? refused->event.reason : 0,
        .forged = he.forged,
        .key_drops = test_peers_counters(world, 1).dropped[MN_DROP_KEY],
    };
    tear_down(&he, world);
    return result;
}

static void explain(const meeting *plan, const char *what)
{
    print_error("%s meets %s, kind %u, byte %u ^ %#x: %s\n", test_patterns[plan->client].name,
                test_patterns[plan->server].name, plan->kind, plan->at, plan->mask, what);
    fail();
}

/* The client is never connected; nor does the server's application hear of it. */
static void nobody_connects(const meeting *plan)
{
    outcome result = meet(plan, false);
    /* Plain mode promises nothing to a server whose clients' packets are rewritten. */
    result.is_up[1] = result.is_up[1] && plan->server != TEST_PLAIN;
    if (result.forged == 0) {
        explain(plan, "nothing was forged");
    }
    if (result.is_up[0] || result.is_up[1] || result.reason == 0) {
        explain(plan, "they connected");
    }
}

/* ---- keys */

static void the_keys_of_these_tests_fit(void **state)
{
    (void)state;
    for (uint32_t keys = 0; keys < TEST_KEY_SETS; keys++) {
        uint8_t known[MN_KEY_SIZE];
        mn_peer_config server = {0};
        mn_peer_config client = {0};
        test_pattern_server(&test_patterns[TEST_NK], keys, &server);
        test_pattern_client(&test_patterns[TEST_NK], keys, &client);
        assert_int_equal(mn_key_public(server.private_key, known), MN_OK);
        assert_memory_equal(known, client.remote_key, MN_KEY_SIZE);
    }
}

static void who_has_the_right_keys_connects(void **state)
{
    (void)state;
    static const meeting plans[] = {
        {.server = TEST_PLAIN, .client = TEST_PLAIN},
        {.server = TEST_NN, .client = TEST_NN},
        {.server = TEST_NN_PSK, .client = TEST_NN_PSK},
        {.server = TEST_NK, .client = TEST_NK},
        {.server = TEST_NK_PSK, .client = TEST_NK_PSK},
        /* Who does not pin gets no identity. */
        {.server = TEST_NK, .client = TEST_NN},
        {.server = TEST_NK_PSK, .client = TEST_NN_PSK},
        {.server = TEST_NN, .server_keys = TEST_WRONG_KEYS, .client = TEST_NN},
    };
    for (size_t i = 0; i < MN_COUNT(plans); i++) {
        outcome result = meet(&plans[i], false);
        if (!result.is_up[0] || !result.is_up[1]) {
            explain(&plans[i], "they did not connect");
        }
    }
}

static const meeting strangers[] = {
    {.server = TEST_NN_PSK, .client = TEST_NN_PSK, .client_keys = TEST_WRONG_KEYS},
    {.server = TEST_NN, .client = TEST_NN_PSK},
    {.server = TEST_NN_PSK, .client = TEST_NN},
    {.server = TEST_NK, .server_keys = TEST_WRONG_KEYS, .client = TEST_NK},
    {.server = TEST_NN, .client = TEST_NK},
    {.server = TEST_NK_PSK, .server_keys = TEST_WRONG_KEYS, .client = TEST_NK_PSK},
    {.server = TEST_NK_PSK, .client = TEST_NK},
    {.server = TEST_NK, .client = TEST_NK_PSK},
    {.server = TEST_NK_PSK, .client = TEST_NN},
};

static void who_has_other_keys_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < MN_COUNT(strangers); i++) {
        outcome result = meet(&strangers[i], false);
        if (result.is_up[0] || result.is_up[1]) {
            explain(&strangers[i], "they connected");
        }
        assert_int_equal(result.reason, MN_REASON_KEY);
    }
}

static void another_mode_is_refused_by_name(void **state)
{
    (void)state;
    for (uint32_t pattern = TEST_NN; pattern < TEST_PATTERNS; pattern++) {
        outcome result = meet(&(meeting){.server = TEST_PLAIN, .client = pattern}, false);
        assert_false(result.is_up[0] || result.is_up[1]);
        assert_int_equal(result.reason, MN_REASON_SECURITY);
        result = meet(&(meeting){.server = pattern, .client = TEST_PLAIN}, false);
        assert_false(result.is_up[0] || result.is_up[1]);
        assert_int_equal(result.reason, MN_REASON_SECURITY);
    }
}

/* He swallows the refusal of his server and says yes in its place; but he cannot say what it takes
   to be believed. */
static void an_impostor_who_says_yes_is_not_believed(void **state)
{
    (void)state;
    for (size_t i = 0; i < MN_COUNT(strangers); i++) {
        outcome result = meet(&strangers[i], true);
        assert_true(result.forged > 0);
        if (result.is_up[0] || result.key_drops == 0) {
            explain(&strangers[i], "he was believed");
        }
        assert_int_equal(result.reason, MN_REASON_KEY);
    }
}

/* ---- what both sides must have seen alike */

static void no_byte_of_hello_and_retry_can_be_altered(void **state)
{
    (void)state;
    for (uint32_t pattern = TEST_NN; pattern < TEST_PATTERNS; pattern++) {
        meeting plan = {.server = pattern, .client = pattern, .mask = 1};
        plan.kind = MNI_HELLO;
        for (plan.at = 0; plan.at < MNI_HELLO_SIZE - CHECKSUM_SIZE; plan.at++) {
            nobody_connects(&plan);
        }
        plan.kind = MNI_RETRY;
        for (plan.at = 0; plan.at < RETRY_SIZE - CHECKSUM_SIZE; plan.at++) {
            nobody_connects(&plan);
        }
    }
}

static void no_byte_of_connect_and_accept_can_be_altered(void **state)
{
    (void)state;
    enum { NOISE = 32 + 20 + 16 };
    for (uint32_t pattern = TEST_NN; pattern < TEST_PATTERNS; pattern++) {
        uint32_t payload = pattern == TEST_NN ? 0 : (uint32_t)strlen("a payload");
        uint32_t tag = pattern == TEST_NN ? 0 : 16;
        meeting plan = {.server = pattern, .client = pattern, .mask = 0x40};
        plan.kind = MNI_CONNECT;
        for (plan.at = 1; plan.at < SECURITY_AT + 1 + 32 + 20 + payload + tag; plan.at++) {
            nobody_connects(&plan);
        }
        plan.kind = MNI_ACCEPT;
        for (plan.at = 1; plan.at < SEALED_ACCEPT_SIZE - CHECKSUM_SIZE; plan.at++) {
            outcome result = meet(&plan, false);
            if (result.is_up[0] || result.forged == 0) {
                explain(&plan, "it was believed");
            }
        }
    }
}

static void an_application_rewritten_to_fit_is_refused_as_another_key(void **state)
{
    (void)state;
    for (uint32_t pattern = TEST_PLAIN; pattern < TEST_PATTERNS; pattern++) {
        meeting plan = {.server = pattern,
                        .client = pattern,
                        .server_application = 8,
                        .kind = MNI_CONNECT,
                        .mask = APPLICATION ^ 8,
                        .at = APPLICATION_AT};
        outcome result = meet(&plan, false);
        assert_true(result.forged > 0);
        /* Of plain mode nothing else is promised: it shows that the rewriting works. */
        assert_int_equal(result.is_up[0], pattern == TEST_PLAIN);
        assert_int_equal(result.is_up[1], pattern == TEST_PLAIN);
        assert_int_equal(result.reason, pattern == TEST_PLAIN ? 0 : MN_REASON_KEY);
    }
}

/* What stands at `at` becomes each of these values; the true one is left out. */
static void no_value_connects(meeting plan, uint8_t true_value, uint8_t values)
{
    for (uint8_t value = 0; value < values; value++) {
        plan.mask = value ^ true_value;
        if (plan.mask != 0) {
            nobody_connects(&plan);
        }
    }
}

static void another_version_is_refused_and_never_agreed_on(void **state)
{
    (void)state;
    static const uint8_t kinds[] = {MNI_HELLO, MNI_RETRY, MNI_CONNECT};
    for (uint32_t pattern = TEST_NN; pattern < TEST_PATTERNS; pattern++) {
        for (uint32_t i = 0; i < MN_COUNT(kinds); i++) {
            no_value_connects(
                (meeting){.server = pattern, .client = pattern, .kind = kinds[i], .at = VERSION_AT},
                MNI_PROTOCOL_VERSION, 3);
        }
    }
}

static void another_mode_is_refused_and_never_agreed_on(void **state)
{
    (void)state;
    for (uint32_t server = TEST_PLAIN; server < TEST_PATTERNS; server++) {
        for (uint32_t client = TEST_NN; client < TEST_PATTERNS; client++) {
            no_value_connects(
                (meeting){
                    .server = server, .client = client, .kind = MNI_CONNECT, .at = SECURITY_AT},
                (uint8_t)(client + 1), 7);
        }
    }
}

/* ---- rejects */

static void inject_reject(forger *he, uint32_t line)
{
    uint8_t bytes[64];
    const intercept_packet *hello = intercept_find(&he->way, line, true, 0x80 | MNI_HELLO);
    assert_non_null(hello);
    mni_handshake reject = {.kind = MNI_REJECT,
                            .version = MNI_PROTOCOL_VERSION,
                            .token = mni_load_u64(hello->bytes + TOKEN_AT),
                            .reason = REASON_OF_HIS};
    uint8_t room[MNI_HANDSHAKE_SIZE_MAX];
    uint32_t size = mni_handshake_write(&reject, room, sizeof(room));
    assert_true(size <= sizeof(bytes));
    memcpy(bytes, room, size);
    intercept_inject(&he->way, line, false, bytes, size);
}

/* Who stands between can always deny; by a reject he says so, and that is all it does. */
static void a_forged_reject_ends_an_attempt_and_no_connection(void **state)
{
    (void)state;
    for (uint32_t pattern = TEST_PLAIN; pattern < TEST_PATTERNS; pattern++) {
        forger he = {0};
        meeting plan = {.server = pattern, .client = pattern};
        test_peers *world = test_peers_create(NULL, 1);
        set_up(&he, world, &plan);
        assert_non_null(test_peers_await(world, 1, MN_EVENT_CONNECTED, 0, 1000 * MS));
        inject_reject(&he, 0);
        test_peers_run(world, 100 * MS);
        assert_null(test_peers_last(world, 1, MN_EVENT_DISCONNECTED));

        mn_peer_config config = test_peers_config(world);
        test_pattern_client(&test_patterns[pattern], TEST_RIGHT_KEYS, &config);
        uint32_t second = test_peers_client(world, &config, NULL, NULL);
        test_peers_step(world);
        inject_reject(&he, 1);
        const test_event *end =
            test_peers_await(world, second, MN_EVENT_CONNECT_FAILED, 0, 100 * MS);
        assert_non_null(end);
        assert_int_equal(end->event.reason, REASON_OF_HIS);
        tear_down(&he, world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keys_of_these_tests_fit),
        cmocka_unit_test(who_has_the_right_keys_connects),
        cmocka_unit_test(who_has_other_keys_is_refused_by_name),
        cmocka_unit_test(another_mode_is_refused_by_name),
        cmocka_unit_test(an_impostor_who_says_yes_is_not_believed),
        cmocka_unit_test(no_byte_of_hello_and_retry_can_be_altered),
        cmocka_unit_test(no_byte_of_connect_and_accept_can_be_altered),
        cmocka_unit_test(an_application_rewritten_to_fit_is_refused_as_another_key),
        cmocka_unit_test(another_version_is_refused_and_never_agreed_on),
        cmocka_unit_test(another_mode_is_refused_and_never_agreed_on),
        cmocka_unit_test(a_forged_reject_ends_an_attempt_and_no_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
