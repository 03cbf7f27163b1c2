/* SPDX-License-Identifier: MIT */
/* Which connects are answered, and what is wrong with the others. */
#include "socket/answer.h"
#include "socket/attempt.h"
#include "support/security.h"
#include "support/test.h"

#include <string.h>

static mni_config server_of(uint32_t which)
{
    mni_config read;
    mn_peer_config config = {.struct_size = sizeof(config), .application = 7};
    test_secure_server(&config, which);
    assert_int_equal(mni_config_read(&config, &read), MN_OK);
    return read;
}

static mni_handshake connect_of(uint8_t security)
{
    return (mni_handshake){.kind = MNI_CONNECT,
                           .version = MNI_PROTOCOL_VERSION,
                           .application = 7,
                           .security = security};
}

static void every_choice_of_keys_meets_every_other(void **state)
{
    (void)state;
    for (uint32_t server = 0; server < TEST_SECURITIES; server++) {
        mni_config config = server_of(server);
        for (uint32_t client = 0; client < TEST_SECURITIES; client++) {
            mni_handshake connect = connect_of((uint8_t)(MNI_SECURITY_PLAIN + client));
            assert_int_equal(mni_answer_find_fault(&config, &connect),
                             test_security_fault(client, server));
        }
    }
}

static void what_differs_is_named_in_this_order(void **state)
{
    (void)state;
    mni_config config = server_of(TEST_SERVER_PSK);
    mni_handshake connect = connect_of(MNI_SECURITY_NN);
    assert_int_equal(mni_answer_find_fault(&config, &connect), MN_REASON_KEY);
    connect.security = MNI_SECURITY_PLAIN;
    assert_int_equal(mni_answer_find_fault(&config, &connect), MN_REASON_SECURITY);
    connect.application = 8;
    assert_int_equal(mni_answer_find_fault(&config, &connect), MN_REASON_APPLICATION);
    connect.version++;
    assert_int_equal(mni_answer_find_fault(&config, &connect), MN_REASON_VERSION);
}

static void security_that_is_unknown_is_another(void **state)
{
    (void)state;
    for (uint32_t server = 0; server < TEST_SECURITIES; server++) {
        mni_config config = server_of(server);
        const uint8_t unknown[] = {0, MNI_SECURITY_NK_PSK + 1, 255};
        for (uint32_t i = 0; i < sizeof(unknown); i++) {
            mni_handshake connect = connect_of(unknown[i]);
            assert_int_equal(mni_answer_find_fault(&config, &connect), MN_REASON_SECURITY);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_choice_of_keys_meets_every_other),
        cmocka_unit_test(what_differs_is_named_in_this_order),
        cmocka_unit_test(security_that_is_unknown_is_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
