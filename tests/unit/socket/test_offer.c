/* SPDX-License-Identifier: MIT */
/* What each side says about itself, and what both make of it. */
#include "socket/offer.h"
#include "support/test.h"

static const mn_peer_config config = {.tag = UINT64_C(0x99aabbccddeeff00),
                                      .receive_window_bytes = 0x01020304,
                                      .max_packet_size = 1472,
                                      .max_message_size = 1 << 20};

static void an_offer_is_these_bytes(void **state)
{
    (void)state;
    const uint8_t golden[MNI_OFFER_SIZE] = {0x00, 0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99, 4, 3, 2,
                                            1,    0xc0, 0x05, 0,    0,    0,    0,    0x10, 0};
    uint8_t bytes[MNI_OFFER_SIZE];
    mni_offer offer = mni_offer_of(&config), read;
    mni_offer_write(&offer, bytes);
    assert_memory_equal(bytes, golden, sizeof(golden));
    assert_true(mni_offer_read(bytes, &read));
    assert_int_equal(read.tag, offer.tag);
    assert_int_equal(read.window, offer.window);
    assert_int_equal(read.max_packet_size, offer.max_packet_size);
    assert_int_equal(read.max_message_size, offer.max_message_size);
}

static void a_packet_size_below_the_least_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[MNI_OFFER_SIZE];
    mni_offer offer = mni_offer_of(&config), read = {.window = 77};
    offer.max_packet_size = 1199;
    mni_offer_write(&offer, bytes);
    assert_false(mni_offer_read(bytes, &read));
    assert_int_equal(read.window, 77);
    offer.max_packet_size = 1200;
    mni_offer_write(&offer, bytes);
    assert_true(mni_offer_read(bytes, &read));
}

static void of_limits_the_smaller_one_holds(void **state)
{
    (void)state;
    const mni_offer cases[] = {
        {.tag = 1, .window = 2, .max_packet_size = 1300, .max_message_size = 1 << 24},
        {.tag = 1, .window = 2, .max_packet_size = 9000, .max_message_size = 0}};
    for (uint32_t i = 0; i < 2; i++) {
        mni_agreement agreement = {.is_sealed = true};
        mni_offer_agree(&cases[i], &config, &agreement);
        assert_int_equal(agreement.tag, 1);
        assert_int_equal(agreement.remote_window, 2);
        assert_int_equal(agreement.max_packet_size, i == 0 ? 1300 : 1472);
        assert_int_equal(agreement.max_message_size, i == 0 ? 1 << 20 : 0);
        assert_true(agreement.is_sealed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offer_is_these_bytes),
        cmocka_unit_test(a_packet_size_below_the_least_is_refused),
        cmocka_unit_test(of_limits_the_smaller_one_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
