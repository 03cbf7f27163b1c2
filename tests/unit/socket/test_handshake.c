/* SPDX-License-Identifier: MIT */
/* The bytes of the handshake. */
#include "base/random.h"
#include "socket/handshake.h"
#include "support/intercept.h"
#include "support/seed.h"
#include "support/test.h"

#include <inttypes.h>
#include <string.h>

static const uint8_t cookie[MNI_COOKIE_SIZE] = {0xc0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
static const uint8_t share[MNI_SHARE_SIZE] = {0x50, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
static const uint8_t payload[MN_PAYLOAD_MAX] = "hello there";

static const uint8_t message[MNI_NOISE_OVERHEAD + MNI_FIRST_PAYLOAD_MAX] = "noise";

/* Every form that a packet has: those of plain mode in the order of their kinds, then the others
   with the smallest Noise message that they carry. */
enum { SAMPLES = MNI_REJECT + 5 };

static void fill_sealed(mni_handshake *packet, uint32_t form)
{
    packet->data = message;
    if (form == MNI_REJECT + 5) {
        packet->kind = MNI_ACCEPT;
        packet->size = 32 + 20 + 16;
        return;
    }
    packet->kind = MNI_CONNECT;
    packet->cookie = cookie;
    packet->application = UINT64_C(0x0badc0de0badc0de);
    packet->security = (uint8_t)(MNI_SECURITY_NN + form - MNI_REJECT - 1);
    packet->size = 32 + 20 + (packet->security == MNI_SECURITY_NN ? 0 : 16);
}

static mni_handshake sample(uint32_t form)
{
    mni_handshake packet = {.kind = (mni_handshake_kind)form,
                            .version = MNI_PROTOCOL_VERSION,
                            .token = UINT64_C(0x1122334455667788)};
    if (form > MNI_REJECT) {
        fill_sealed(&packet, form);
        return packet;
    }
    if (form == MNI_RETRY || form == MNI_CONNECT) {
        packet.cookie = cookie;
    }
    if (form == MNI_CONNECT || form == MNI_ACCEPT) {
        packet.share = share;
        packet.offer = (mni_offer){.tag = UINT64_C(0x99aabbccddeeff00),
                                   .window = 0x01020304,
                                   .max_packet_size = 1472,
                                   .max_message_size = 1 << 20};
    }
    if (form == MNI_CONNECT) {
        packet.application = UINT64_C(0x0badc0de0badc0de);
        packet.security = MNI_SECURITY_PLAIN;
        packet.data = payload;
        packet.size = 11;
    }
    if (form == MNI_REJECT) {
        packet.reason = 1234;
        packet.data = (const uint8_t *)"go away";
        packet.size = 7;
    }
    return packet;
}

static void assert_same(const mni_handshake *a, const mni_handshake *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->version, b->version);
    assert_int_equal(a->security, b->security);
    assert_int_equal(a->token, b->token);
    assert_int_equal(a->application, b->application);
    assert_int_equal(a->offer.tag, b->offer.tag);
    assert_int_equal(a->offer.window, b->offer.window);
    assert_int_equal(a->offer.max_packet_size, b->offer.max_packet_size);
    assert_int_equal(a->offer.max_message_size, b->offer.max_message_size);
    assert_int_equal(a->reason, b->reason);
    assert_int_equal(a->size, b->size);
    assert_int_equal(a->cookie != NULL, b->cookie != NULL);
    assert_int_equal(a->share != NULL, b->share != NULL);
    if (a->cookie != NULL) {
        assert_memory_equal(a->cookie, b->cookie, MNI_COOKIE_SIZE);
    }
    if (a->share != NULL) {
        assert_memory_equal(a->share, b->share, MNI_SHARE_SIZE);
    }
    if (a->size > 0) {
        assert_memory_equal(a->data, b->data, a->size);
    }
}

/* A packet as it goes over the wire. */
typedef struct written {
    uint8_t bytes[MNI_HANDSHAKE_SIZE_MAX];
    uint32_t size;
} written;

static written written_of(const mni_handshake *packet)
{
    written it;
    it.size = mni_handshake_write(packet, it.bytes, sizeof(it.bytes));
    return it;
}

static uint32_t size_of(const mni_handshake *packet)
{
    return written_of(packet).size;
}

/* With the checksum that belongs to what is in it. */
static int32_t read_sealed(uint8_t *bytes, uint32_t size, mni_handshake *packet_out)
{
    intercept_fix_checksum(bytes, size);
    return mni_handshake_read(bytes, size, packet_out);
}

static void every_kind_is_read_as_it_was_written(void **state)
{
    (void)state;
    for (uint32_t form = MNI_HELLO; form <= SAMPLES; form++) {
        mni_handshake packet = sample(form), read;
        written it = written_of(&packet);
        assert_true(mni_is_handshake(it.bytes[0]));
        assert_int_equal(mni_handshake_read(it.bytes, it.size, &read), -1);
        assert_same(&packet, &read);
    }
}

static void the_sizes_are_those_of_the_protocol(void **state)
{
    (void)state;
    const uint32_t sizes[] = {0, 48, 30, 75 + 11, 50, 16 + 7, 91, 107, 107, 107, 82};
    assert_int_equal(sizeof(sizes) / sizeof(sizes[0]), SAMPLES + 1);
    for (uint32_t form = MNI_HELLO; form <= SAMPLES; form++) {
        mni_handshake packet = sample(form);
        assert_int_equal(size_of(&packet), sizes[form]);
    }
    mni_handshake largest = sample(MNI_CONNECT);
    largest.size = MN_PAYLOAD_MAX;
    assert_int_equal(size_of(&largest), 75 + 1024);
    largest = sample(SAMPLES - 1);
    largest.size += MN_PAYLOAD_MAX;
    assert_int_equal(size_of(&largest), 107 + 1024);
    assert_int_equal(MNI_HANDSHAKE_SIZE_MAX, 107 + 1024);
}

static void an_answer_is_never_larger_than_what_it_answers(void **state)
{
    (void)state;
    mni_handshake retry = sample(MNI_RETRY), connect = sample(MNI_CONNECT);
    mni_handshake accept = sample(MNI_ACCEPT), sealed = sample(SAMPLES);
    connect.size = 0;
    assert_true(size_of(&retry) < MNI_HELLO_SIZE);
    assert_true(size_of(&accept) < size_of(&connect));
    uint32_t answer = size_of(&sealed);
    assert_int_equal(answer, MNI_ACCEPT_SIZE_MAX);
    for (uint32_t form = MNI_REJECT + 1; form < SAMPLES; form++) {
        connect = sample(form); /* the smallest of its pattern */
        assert_true(answer < size_of(&connect));
    }
}

static void the_bytes_of_an_accept_are_these(void **state)
{
    (void)state;
    const uint8_t golden[] = {0x84, 1,                                        /* kind, version */
                              0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, /* token */
                              0x50, 1,    2,    3,    4,    5,    6,    7,    /* share */
                              8,    9,    10,   11,   12,   13,   0,    0,
                              0x00, 0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99, /* tag */
                              4,    3,    2,    1,                            /* window */
                              0xc0, 0x05, 0,    0,                            /* packets */
                              0,    0,    0x10, 0};                           /* messages */
    mni_handshake packet = sample(MNI_ACCEPT);
    written it = written_of(&packet);
    assert_int_equal(it.size, sizeof(golden) + 4);
    assert_memory_equal(it.bytes, golden, sizeof(golden));
}

static void any_change_is_seen_by_the_checksum(void **state)
{
    (void)state;
    for (uint32_t form = MNI_HELLO; form <= SAMPLES; form++) {
        mni_handshake packet = sample(form), read;
        written it = written_of(&packet);
        for (uint32_t bit = 0; bit < it.size * 8; bit++) {
            it.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(mni_handshake_read(it.bytes, it.size, &read), MN_DROP_CHECKSUM);
            it.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (uint32_t shorter = 0; shorter < it.size; shorter++) {
            assert_int_equal(mni_handshake_read(it.bytes, shorter, &read), MN_DROP_CHECKSUM);
        }
    }
}

static void every_shortened_packet_is_refused(void **state)
{
    (void)state;
    for (uint32_t form = MNI_HELLO; form <= SAMPLES; form++) {
        mni_handshake packet = sample(form), read;
        const written whole = written_of(&packet);
        /* What may be shorter is the data in the open. */
        uint32_t least = form <= MNI_REJECT ? whole.size - packet.size : whole.size;
        for (uint32_t shorter = 4; shorter < least; shorter++) {
            uint8_t cut[MNI_HANDSHAKE_SIZE_MAX];
            memcpy(cut, whole.bytes, shorter);
            if (packet.kind == MNI_ACCEPT && shorter == 50) {
                continue; /* the size of a plain one */
            }
            assert_int_equal(read_sealed(cut, shorter, &read), MN_DROP_HANDSHAKE);
        }
    }
}

static void what_is_too_long_is_refused(void **state)
{
    (void)state;
    const struct {
        uint32_t form;
        uint32_t most;
    } cases[] = {{MNI_RETRY, 30},
                 {MNI_CONNECT, 75 + MN_PAYLOAD_MAX},
                 {MNI_ACCEPT, 50},
                 {MNI_REJECT, 16 + MN_TEXT_MAX},
                 {MNI_REJECT + 1, 91},
                 {MNI_REJECT + 2, 107 + MN_PAYLOAD_MAX},
                 {MNI_REJECT + 3, 107 + MN_PAYLOAD_MAX},
                 {MNI_REJECT + 4, 107 + MN_PAYLOAD_MAX},
                 {MNI_REJECT + 5, 82}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t bytes[MNI_HANDSHAKE_SIZE_MAX + 1] = {0};
        mni_handshake packet = sample(cases[i].form), read;
        (void)mni_handshake_write(&packet, bytes, sizeof(bytes));
        assert_int_equal(read_sealed(bytes, cases[i].most, &read), -1);
        assert_int_equal(read_sealed(bytes, cases[i].most + 1, &read), MN_DROP_HANDSHAKE);
    }
}

static void a_hello_may_be_padded_with_anything(void **state)
{
    (void)state;
    uint8_t bytes[1200];
    mni_handshake packet = sample(MNI_HELLO), read;
    (void)mni_handshake_write(&packet, bytes, sizeof(bytes));
    memset(bytes + 10, 0x5a, sizeof(bytes) - 10);
    assert_int_equal(read_sealed(bytes, sizeof(bytes), &read), -1);
    assert_same(&packet, &read);
}

static void values_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    mni_handshake packet = sample(MNI_ACCEPT), read;
    packet.offer.max_packet_size = 1199;
    written it = written_of(&packet);
    assert_int_equal(mni_handshake_read(it.bytes, it.size, &read), MN_DROP_HANDSHAKE);
    packet = sample(MNI_REJECT);
    packet.reason = MN_REASON_NONE;
    it = written_of(&packet);
    assert_int_equal(mni_handshake_read(it.bytes, it.size, &read), MN_DROP_HANDSHAKE);
    packet = sample(MNI_RETRY);
    it = written_of(&packet);
    for (uint32_t first = 0; first < 256; first++) {
        it.bytes[0] = (uint8_t)first;
        if (first < (0x80 | MNI_HELLO) || first > (0x80 | MNI_REJECT)) {
            assert_int_equal(read_sealed(it.bytes, it.size, &read), MN_DROP_HANDSHAKE);
        }
    }
}

static void of_other_versions_the_common_part_is_read(void **state)
{
    (void)state;
    for (uint32_t form = MNI_HELLO; form <= SAMPLES; form++) {
        mni_handshake packet = sample(form), read;
        packet.version = MNI_PROTOCOL_VERSION + 1;
        written it = written_of(&packet);
        if (packet.kind == MNI_ACCEPT) { /* a server of another version has no reason to accept */
            assert_int_equal(mni_handshake_read(it.bytes, it.size, &read), MN_DROP_HANDSHAKE);
            continue;
        }
        assert_int_equal(mni_handshake_read(it.bytes, it.size, &read), -1);
        assert_int_equal(read.version, packet.version);
        assert_int_equal(read.token, packet.token);
        assert_int_equal(read.reason, packet.reason);
        assert_true(read.share == NULL);
        if (packet.cookie != NULL) {
            assert_memory_equal(read.cookie, cookie, MNI_COOKIE_SIZE);
        }
    }
}

static void of_unknown_security_all_before_it_is_read(void **state)
{
    (void)state;
    const uint8_t unknown[] = {0, MNI_SECURITY_NK_PSK + 1, 255};
    for (uint32_t i = 0; i < sizeof(unknown); i++) {
        for (uint32_t more = 0; more < 2; more++) { /* whatever follows, if anything */
            mni_handshake packet = sample(MNI_CONNECT), read;
            packet.security = unknown[i];
            packet.share = more > 0 ? share : NULL;
            packet.size = more > 0 ? 11 : 0;
            written it = written_of(&packet);
            assert_int_equal(mni_handshake_read(it.bytes, it.size, &read), -1);
            assert_int_equal(read.security, unknown[i]);
            assert_int_equal(read.application, packet.application);
            assert_memory_equal(read.cookie, cookie, MNI_COOKIE_SIZE);
            assert_null(read.share);
            assert_null(read.data);
        }
    }
}

static void the_prologue_is_all_that_was_said_before(void **state)
{
    (void)state;
    uint8_t prologue[MNI_PROLOGUE_SIZE];
    mni_handshake hello = sample(MNI_HELLO), retry = sample(MNI_RETRY);
    mni_handshake connect = sample(SAMPLES - 1);
    retry.version = 77;
    mni_handshake_prologue(&connect, 77, prologue);
    assert_int_equal(size_of(&hello), 48);
    assert_memory_equal(prologue, written_of(&hello).bytes, 48);
    assert_int_equal(size_of(&retry), 30);
    assert_memory_equal(prologue + 48, written_of(&retry).bytes, 30);
    assert_memory_equal(prologue + 48 + 30, written_of(&connect).bytes, 35);
    assert_int_equal(sizeof(prologue), 48 + 30 + 35);
}

static void random_bytes_are_survived(void **state)
{
    (void)state;
    uint64_t seed = test_seed(1);
    mni_random random;
    mni_random_init(&random, seed);
    for (uint32_t round = 0; round < 50000; round++) {
        uint8_t bytes[160];
        uint32_t size = 4 + (uint32_t)mni_random_below(&random, sizeof(bytes) - 4);
        for (uint32_t i = 0; i < size; i++) {
            bytes[i] = (uint8_t)mni_random_next(&random);
        }
        bytes[0] = (uint8_t)(0x80 | mni_random_below(&random, 8));
        bytes[1] = (uint8_t)mni_random_below(&random, 3);
        bytes[34] = (uint8_t)mni_random_below(&random, 8);
        mni_handshake read, again;
        if (read_sealed(bytes, size, &read) != -1 || read.kind == MNI_HELLO ||
            read.version != MNI_PROTOCOL_VERSION ||
            (read.kind == MNI_CONNECT && read.data == NULL)) {
            continue;
        }
        written it = written_of(&read);
        if (it.size != size || memcmp(bytes, it.bytes, size) != 0 ||
            mni_handshake_read(it.bytes, it.size, &again) != -1) {
            fail_msg("written differently than read, seed %" PRIu64, seed);
        }
    }
}

static void the_keys_depend_on_all_of_it_and_on_the_direction(void **state)
{
    (void)state;
    uint8_t up[4][MNI_HASH_KEY_SIZE], down[4][MNI_HASH_KEY_SIZE];
    uint8_t other[MNI_SHARE_SIZE] = {1};
    mni_handshake_keys(share, cookie, 1, up[0], down[0]);
    mni_handshake_keys(other, cookie, 1, up[1], down[1]);
    mni_handshake_keys(share, other, 1, up[2], down[2]);
    mni_handshake_keys(share, cookie, 2, up[3], down[3]);
    for (uint32_t i = 0; i < 4; i++) {
        for (uint32_t j = 0; j < 4; j++) {
            assert_memory_not_equal(up[i], down[j], MNI_HASH_KEY_SIZE);
            if (i != j) {
                assert_memory_not_equal(up[i], up[j], MNI_HASH_KEY_SIZE);
                assert_memory_not_equal(down[i], down[j], MNI_HASH_KEY_SIZE);
            }
        }
    }
}

static void the_keys_are_made_as_the_protocol_says(void **state)
{
    (void)state;
    const uint64_t token = UINT64_C(0x1122334455667788);
    uint8_t up[MNI_HASH_KEY_SIZE], down[MNI_HASH_KEY_SIZE], made[2 * MNI_HASH_KEY_SIZE];
    uint8_t input[MNI_SHARE_SIZE + 8 + 1] = {0};
    memcpy(input, share, MNI_SHARE_SIZE);
    for (uint8_t i = 0; i < 8; i++) {
        input[MNI_SHARE_SIZE + i] = (uint8_t)(token >> (8 * i));
    }
    for (uint8_t half = 0; half < 4; half++) {
        input[sizeof(input) - 1] = half;
        uint64_t hash =
            mni_siphash(cookie, input, sizeof(input)); /* the server's share is the key */
        for (uint8_t i = 0; i < 8; i++) {
            made[8 * half + i] = (uint8_t)(hash >> (8 * i));
        }
    }
    mni_handshake_keys(share, cookie, token, up, down);
    assert_memory_equal(up, made, MNI_HASH_KEY_SIZE);
    assert_memory_equal(down, made + MNI_HASH_KEY_SIZE, MNI_HASH_KEY_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read_as_it_was_written),
        cmocka_unit_test(the_sizes_are_those_of_the_protocol),
        cmocka_unit_test(an_answer_is_never_larger_than_what_it_answers),
        cmocka_unit_test(the_bytes_of_an_accept_are_these),
        cmocka_unit_test(any_change_is_seen_by_the_checksum),
        cmocka_unit_test(every_shortened_packet_is_refused),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(a_hello_may_be_padded_with_anything),
        cmocka_unit_test(values_that_make_no_sense_are_refused),
        cmocka_unit_test(of_other_versions_the_common_part_is_read),
        cmocka_unit_test(of_unknown_security_all_before_it_is_read),
        cmocka_unit_test(the_prologue_is_all_that_was_said_before),
        cmocka_unit_test(random_bytes_are_survived),
        cmocka_unit_test(the_keys_depend_on_all_of_it_and_on_the_direction),
        cmocka_unit_test(the_keys_are_made_as_the_protocol_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
