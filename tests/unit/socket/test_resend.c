/* SPDX-License-Identifier: MIT */
/* Lost messages go again, and once more, and never after they were acknowledged. */
#include "socket/resend.h"
#include "support/store.h"
#include "support/test.h"

static test_store store;
static mni_resend resend;
static mni_message *made[4]; /* a reference each */

static int setup(void **state)
{
    (void)state;
    test_store_init(&store);
    resend = (mni_resend){0};
    for (int i = 0; i < 4; i++) {
        made[i] = test_store_message(&store, 1, false);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mni_resend_clear(&resend, &store.messages);
    for (int i = 0; i < 4; i++) {
        mni_message_drop(&store.messages, made[i]);
    }
    return test_store_clear(&store);
}

static mni_message *due(void)
{
    return mni_resend_due(&resend, &store.messages);
}

static void lost_messages_go_again_in_the_order_of_their_loss(void **state)
{
    (void)state;
    assert_null(due());
    mni_resend_add(&resend, made[1]);
    mni_resend_add(&resend, made[0]);
    mni_resend_add(&resend, made[1]); /* it is there already */
    assert_ptr_equal(due(), made[1]);
    mni_resend_sent(&resend, &store.messages, 5);
    assert_ptr_equal(due(), made[0]);
    mni_resend_sent(&resend, &store.messages, 5);
    assert_null(due());
}

static void what_is_in_flight_elsewhere_waits(void **state)
{
    (void)state;
    made[0]->in_flight = 1;
    mni_resend_add(&resend, made[0]);
    assert_null(due());
}

static void it_rides_once_more_in_a_later_packet(void **state)
{
    (void)state;
    mni_resend_add(&resend, made[0]);
    assert_ptr_equal(due(), made[0]);
    mni_resend_sent(&resend, &store.messages, 5);
    assert_null(mni_resend_again(&resend, &store.messages, 5));
    assert_ptr_equal(mni_resend_again(&resend, &store.messages, 6), made[0]);
    mni_resend_rode(&resend, &store.messages, 6);
    assert_null(mni_resend_again(&resend, &store.messages, 7));
}

static void acknowledged_ones_are_let_go(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        mni_resend_add(&resend, made[i]);
    }
    mni_message_acknowledge(&store.messages, made[0]);
    mni_message_acknowledge(&store.messages, made[2]);
    mni_resend_add(&resend, made[2]);
    assert_ptr_equal(due(), made[1]);
    mni_resend_sent(&resend, &store.messages, 9);
    assert_ptr_equal(due(), made[3]);
    mni_message_acknowledge(&store.messages, made[1]);
    assert_null(mni_resend_again(&resend, &store.messages, 10));
    assert_int_equal(made[0]->references, 1);
    assert_int_equal(made[1]->references, 1);
    assert_int_equal(made[2]->references, 1);
}

static void one_lost_again_is_in_both_lists(void **state)
{
    (void)state;
    mni_resend_add(&resend, made[0]);
    (void)due();
    mni_resend_sent(&resend, &store.messages, 5);
    mni_resend_add(&resend, made[0]);
    assert_ptr_equal(due(), made[0]);
    mni_resend_sent(&resend, &store.messages, 8);
    assert_null(mni_resend_again(&resend, &store.messages, 8));
    assert_ptr_equal(mni_resend_again(&resend, &store.messages, 9), made[0]);
    mni_resend_rode(&resend, &store.messages, 9);
    assert_null(mni_resend_again(&resend, &store.messages, 10));
}

static void copies_that_were_asked_for_ride_in_packet_after_packet(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        made[i]->copies = 2;
        mni_resend_repeat(&resend, made[i], 5);
    }
    assert_null(mni_resend_again(&resend, &store.messages, 5));
    mni_message_acknowledge(&store.messages, made[1]);
    for (uint64_t packet = 6; packet < 8; packet++) {
        assert_ptr_equal(mni_resend_again(&resend, &store.messages, packet), made[0]);
        mni_resend_rode(&resend, &store.messages, packet);
        assert_ptr_equal(mni_resend_again(&resend, &store.messages, packet), made[2]);
        mni_resend_rode(&resend, &store.messages, packet);
        assert_null(mni_resend_again(&resend, &store.messages, packet));
    }
    assert_null(mni_resend_again(&resend, &store.messages, 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lost_messages_go_again_in_the_order_of_their_loss, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_in_flight_elsewhere_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(it_rides_once_more_in_a_later_packet, setup, teardown),
        cmocka_unit_test_setup_teardown(acknowledged_ones_are_let_go, setup, teardown),
        cmocka_unit_test_setup_teardown(one_lost_again_is_in_both_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(copies_that_were_asked_for_ride_in_packet_after_packet,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
