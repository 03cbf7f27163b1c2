/* SPDX-License-Identifier: MIT */
/*
 * Keys that change while packets are under way: who seals and who opens never lose each other,
 * nothing that is forged moves them, and what is past is forgotten. MN_SEED chooses the first seed
 * of the model, MN_COUNT how many there are.
 */
#include "base/random.h"
#include "socket/protection.h"
#include "socket/received.h"
#include "support/seed.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

enum { OPEN_SIZE = 5, BODY_SIZE = 9, PACKET_SIZE = OPEN_SIZE + BODY_SIZE + MNI_TAG_SIZE };

typedef struct packet {
    uint8_t bytes[PACKET_SIZE];
    uint64_t number;
    uint64_t epoch; /* how many keys before its own */
    bool phase;
} packet;

static const uint8_t key[MNI_KEY_SIZE] = "a key of thirty-two bytes, as is";
static const uint8_t zeros[MNI_KEY_SIZE];
static mni_sealer sealer;
static mni_opener opener;
static uint8_t opened[BODY_SIZE];

static int setup(void **state)
{
    (void)state;
    mni_sealer_init(&sealer, true, key, 0, 1000);
    mni_opener_init(&opener, true, key);
    return 0;
}

static packet seal(uint64_t number)
{
    packet made = {.number = number, .phase = sealer.phase};
    for (uint32_t i = 0; i < OPEN_SIZE + BODY_SIZE; i++) {
        made.bytes[i] = (uint8_t)(number + i);
    }
    mni_sealer_seal(&sealer, made.bytes, OPEN_SIZE, BODY_SIZE, number);
    return made;
}

static bool open_packet(const packet *taken)
{
    mni_envelope envelope = {.bytes = taken->bytes,
                             .open_size = OPEN_SIZE,
                             .body_size = BODY_SIZE,
                             .number = taken->number,
                             .phase = taken->phase};
    const uint8_t *body = mni_opener_open(&opener, &envelope, opened);
    if (body == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < BODY_SIZE; i++) {
        assert_int_equal(body[i], (uint8_t)(taken->number + OPEN_SIZE + i));
    }
    return true;
}

static bool opens(packet taken)
{
    return open_packet(&taken);
}

/* The sealer changes its key with the packet of this number. */
static void renew(uint64_t number)
{
    bool phase = sealer.phase;
    mni_sealer_renew(&sealer, &(mni_rekey){.packets = 1, .us = UINT64_MAX}, number, number, 0);
    assert_int_not_equal(sealer.phase, phase);
    assert_int_equal(sealer.first, number);
}

/* ---- who seals */

static void a_key_changes_after_so_many_packets(void **state)
{
    (void)state;
    const mni_rekey rekey = {.packets = 100, .us = UINT64_MAX};
    mni_sealer_renew(&sealer, &rekey, 99, 99, 1000);
    assert_false(sealer.phase);
    mni_sealer_renew(&sealer, &rekey, 100, 99, 2000);
    assert_true(sealer.phase);
    assert_int_equal(sealer.first, 100);
    assert_int_equal(sealer.since_us, 2000);
    mni_sealer_renew(&sealer, &rekey, 199, 199, 2000);
    assert_true(sealer.phase);
    mni_sealer_renew(&sealer, &rekey, 200, 199, 2000);
    assert_false(sealer.phase);
}

static void a_key_changes_after_so_much_time(void **state)
{
    (void)state;
    const mni_rekey rekey = {.packets = UINT64_MAX, .us = 500};
    mni_sealer_renew(&sealer, &rekey, 3, 1, 1499);
    assert_false(sealer.phase);
    mni_sealer_renew(&sealer, &rekey, 3, 1, 1500);
    assert_true(sealer.phase);
    mni_sealer_renew(&sealer, &rekey, 4, 4, 1999);
    assert_true(sealer.phase);
    mni_sealer_renew(&sealer, &rekey, 5, 4, 2000);
    assert_false(sealer.phase);
}

static void no_key_changes_before_a_packet_under_it_was_acknowledged(void **state)
{
    (void)state;
    const mni_rekey rekey = {.packets = 10, .us = 10};
    mni_sealer_renew(&sealer, &rekey, 1000, 0, 1000000);
    assert_false(sealer.phase);
    mni_sealer_renew(&sealer, &rekey, 1000, 1, 1000000);
    assert_true(sealer.phase);
    mni_sealer_renew(&sealer, &rekey, 5000, 1000, 9000000); /* all before it are */
    assert_true(sealer.phase);
    mni_sealer_renew(&sealer, &rekey, 5000, 1001, 9000000);
    assert_false(sealer.phase);
}

static void plain_keys_stay(void **state)
{
    (void)state;
    mni_sealer_init(&sealer, false, key, 0, 0);
    mni_sealer_renew(&sealer, &(mni_rekey){1, 1}, 1000, 1000, 1000);
    assert_false(sealer.phase);
    assert_memory_equal(sealer.key, key, MNI_KEY_SIZE);
}

/* As another implementation has it. */
static void keys_follow_from_each_other_as_noise_says(void **state)
{
    (void)state;
    uint8_t counting[MNI_KEY_SIZE];
    for (uint8_t i = 0; i < MNI_KEY_SIZE; i++) {
        counting[i] = i;
    }
    static const uint8_t expected[2][MNI_KEY_SIZE] = {
        {0x50, 0x83, 0x55, 0x43, 0xa2, 0x05, 0xb2, 0x2c, 0x93, 0x23, 0xf2,
         0x02, 0x2b, 0xc4, 0xf6, 0x7d, 0x83, 0x8f, 0x90, 0xe6, 0x1d, 0x5c,
         0xcf, 0x33, 0xc4, 0x51, 0x3e, 0x01, 0xf8, 0x5b, 0x50, 0x42},
        {0x30, 0xfe, 0x37, 0x26, 0xfa, 0x0f, 0x86, 0x4a, 0xf0, 0x1d, 0x15,
         0x66, 0x3c, 0x77, 0xf9, 0x5e, 0x49, 0x0e, 0x30, 0x14, 0x37, 0x88,
         0xaf, 0x57, 0xe9, 0x0d, 0x56, 0xfb, 0x9a, 0xa7, 0x16, 0x09},
    };
    mni_sealer_init(&sealer, true, counting, 0, 0);
    renew(1);
    assert_memory_equal(sealer.key, expected[0], MNI_KEY_SIZE);
    renew(2);
    assert_memory_equal(sealer.key, expected[1], MNI_KEY_SIZE);
}

/* ---- who opens */

static void packets_cross_a_change_in_any_order(void **state)
{
    (void)state;
    /* Numbers 0 to 5; the key changes with 3. Every order of the six. */
    for (uint32_t order = 0; order < 720; order++) {
        (void)setup(NULL);
        packet packets[6];
        for (uint32_t i = 0; i < 6; i++) {
            if (i == 3) {
                renew(3);
            }
            packets[i] = seal(i);
        }
        uint32_t code = order;
        uint64_t border = 0;
        for (uint32_t left = 6; left > 0; left--) {
            uint32_t at = code % left;
            code /= left;
            assert_true(open_packet(&packets[at]));
            uint64_t number = packets[at].number;
            border = number >= 3 && border == 0 ? number : border;
            assert_int_equal(opener.phase, border > 0);
            assert_int_equal(opener.border, border);
            memmove(&packets[at], &packets[at + 1], (left - at - 1) * sizeof(packet));
        }
    }
}

static void a_forged_phase_changes_nothing(void **state)
{
    (void)state;
    packet first = seal(0);
    packet later = seal(5);
    packet forged = later;
    forged.phase = !forged.phase;
    mni_opener before = opener;
    assert_false(open_packet(&forged));
    assert_memory_equal(&opener, &before, sizeof(opener));
    assert_true(open_packet(&later));
    renew(6);
    assert_true(opens(seal(6)));
    before = opener;
    forged = first; /* above, below and at the change, each with the other phase and key */
    forged.phase = !forged.phase;
    assert_false(open_packet(&forged));
    forged = seal(6);
    forged.phase = !forged.phase;
    assert_false(open_packet(&forged));
    forged = seal(9);
    forged.phase = !forged.phase;
    assert_false(open_packet(&forged));
    assert_memory_equal(&opener, &before, sizeof(opener));
    assert_true(open_packet(&first));
}

static void the_key_before_is_forgotten_when_it_is_needed_no_more(void **state)
{
    (void)state;
    packet late = seal(99);
    renew(100);
    assert_true(opens(seal(100)));
    assert_memory_equal(opener.before, key, MNI_KEY_SIZE);
    mni_opener_forget(&opener, 99);
    assert_true(open_packet(&late));
    mni_opener_forget(&opener, 100);
    assert_false(opener.has_before);
    assert_memory_equal(opener.before, zeros, MNI_KEY_SIZE);
    assert_false(open_packet(&late));
    assert_true(opens(seal(101)));
}

static void a_packet_two_keys_late_does_not_open(void **state)
{
    (void)state;
    packet late = seal(1);
    packet less_late;
    renew(2);
    less_late = seal(2);
    assert_true(opens(seal(3)));
    renew(4);
    assert_true(opens(seal(4)));
    assert_false(open_packet(&late));
    assert_true(open_packet(&less_late));
}

static void plain_packets_are_not_copied(void **state)
{
    (void)state;
    mni_sealer_init(&sealer, false, key, 0, 0);
    mni_opener_init(&opener, false, key);
    packet made = seal(7);
    mni_envelope envelope = {
        .bytes = made.bytes, .open_size = OPEN_SIZE, .body_size = BODY_SIZE, .number = 7};
    assert_ptr_equal(mni_opener_open(&opener, &envelope, NULL), made.bytes + OPEN_SIZE);
    envelope.number = 8;
    assert_null(mni_opener_open(&opener, &envelope, NULL));
}

/* ---- both, for long */

/* A line that keeps packets for a while, loses some, and lets others go first. Acknowledgements are
   late and lossy as well. A window decides what is fresh, as it does in a connection, which does
   not take in all that it opens. */
enum { LINE_MAX = 4000 };

static packet line[LINE_MAX];
static uint32_t line_count;
static uint64_t seed;
static mni_random dice;

static void require(bool condition, const char *what)
{
    if (!condition) {
        fail_msg("%s; MN_SEED=%llu", what, (unsigned long long)seed);
    }
}

typedef struct schedule {
    mni_rekey rekey;
    double loss;     /* of packets, and of acknowledgements */
    double room;     /* that a packet which opened is taken in */
    double forgery;  /* that somebody else's packet comes as well */
    uint32_t behind; /* packets that wait in the line, about */
    uint32_t packets;
} schedule;

typedef struct model {
    mni_received received;
    uint64_t sent;     /* numbers */
    uint64_t epoch;    /* of the sealer */
    uint64_t seen;     /* the newest epoch of which something opened */
    uint64_t taken;    /* the largest number taken in, plus one … */
    uint64_t acked;    /* … as far as the sealer knows */
    uint64_t openings; /* of honest packets */
} model;

static void send_one(model *world, const schedule *plan)
{
    bool phase = sealer.phase;
    mni_sealer_renew(&sealer, &plan->rekey, world->sent, world->acked, 0);
    world->epoch += sealer.phase != phase;
    require(world->epoch <= world->seen + 1, "the sealer is two keys ahead");
    if (line_count < LINE_MAX) {
        line[line_count] = seal(world->sent);
        line[line_count++].epoch = world->epoch;
    }
    world->sent++;
}

static void take_one(model *world, const schedule *plan)
{
    uint32_t at = (uint32_t)mni_random_below(&dice, line_count);
    packet taken = line[at];
    line[at] = line[--line_count];
    if (mni_random_chance(&dice, plan->loss)) {
        return;
    }
    if (mni_random_chance(&dice, plan->forgery)) {
        packet forged = taken;
        uint32_t bit = (uint32_t)mni_random_below(&dice, PACKET_SIZE * 8 + 1);
        if (bit < PACKET_SIZE * 8) {
            forged.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        forged.phase = bit == PACKET_SIZE * 8 ? !forged.phase : mni_random_chance(&dice, 0.5);
        mni_opener before = opener;
        require(!open_packet(&forged), "a forged packet opens");
        require(memcmp(&opener, &before, sizeof(opener)) == 0, "a forged packet changed something");
    }
    bool is_fresh = mni_received_check(&world->received, taken.number) == MNI_FRESH;
    bool is_open = open_packet(&taken);
    require(is_open || !is_fresh || taken.epoch + 1 < world->seen, "an honest packet did not open");
    if (!is_open) {
        return;
    }
    require(taken.epoch + 1 >= world->seen, "a packet opened two keys late");
    world->openings++;
    world->seen = taken.epoch > world->seen ? taken.epoch : world->seen;
    require(opener.phase == (world->seen & 1), "the phases drift apart");
    if (is_fresh && mni_random_chance(&dice, plan->room)) {
        mni_received_add(&world->received, taken.number, MNI_ELICIT_NOT, 0);
        mni_opener_forget(&opener, mni_received_oldest(&world->received));
        world->taken = world->received.next;
    }
}

static void play(const schedule *plan)
{
    model world = {0};
    mni_received_init(&world.received);
    line_count = 0;
    for (uint32_t i = 0; i < plan->packets; i++) {
        send_one(&world, plan);
        while (line_count > 0 && mni_random_below(&dice, plan->behind) < line_count) {
            take_one(&world, plan);
        }
        if (!mni_random_chance(&dice, plan->loss) && mni_random_chance(&dice, 0.3)) {
            world.acked = world.taken;
        }
    }
    require(world.openings > 0, "nothing opened");
    require(plan->rekey.packets > 20 || world.epoch > 2, "the key never changed");
    require(memcmp(sealer.key, opener.key, MNI_KEY_SIZE) == 0 || world.epoch == world.seen + 1,
            "the keys are not the same");
}

static void what_is_honest_opens_on_every_line(void **state)
{
    (void)state;
    uint64_t first = test_seed(1);
    const char *count = getenv("MN_COUNT");
    uint64_t end = count != NULL ? strtoull(count, NULL, 10) : 300;
    static const uint64_t limits[] = {1, 2, 3, 8, 20, 40};
    static const uint32_t behinds[] = {1, 3, 12, 60};
    for (uint64_t i = 0; i < end; i++) {
        seed = first + i;
        (void)setup(NULL);
        mni_random_init(&dice, seed);
        schedule plan = {.rekey = {.packets = limits[mni_random_below(&dice, 6)], .us = UINT64_MAX},
                         .loss = mni_random_chance(&dice, 0.3) ? 0.4 : 0.02,
                         .room = mni_random_chance(&dice, 0.3) ? 0.5 : 1,
                         .forgery = 0.1,
                         .behind = behinds[mni_random_below(&dice, 4)]};
        if (i % 25 == 0) {
            plan.behind = 1200; /* more than the window */
        }
        plan.packets = 100 + 3 * plan.behind;
        play(&plan);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(a_key_changes_after_so_many_packets),
        TEST(a_key_changes_after_so_much_time),
        TEST(no_key_changes_before_a_packet_under_it_was_acknowledged),
        TEST(plain_keys_stay),
        TEST(keys_follow_from_each_other_as_noise_says),
        TEST(packets_cross_a_change_in_any_order),
        TEST(a_forged_phase_changes_nothing),
        TEST(the_key_before_is_forgotten_when_it_is_needed_no_more),
        TEST(a_packet_two_keys_late_does_not_open),
        TEST(plain_packets_are_not_copied),
        TEST(what_is_honest_opens_on_every_line),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
