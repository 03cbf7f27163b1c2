/* SPDX-License-Identifier: MIT */
/* Which texts are addresses and which are not, and that none is taken for another than it is. */
#include "socket/address.h"
#include "support/test.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Parsed with default port 99, and written again. */
static void every_form_of_an_address_is_read(void **state)
{
    static const struct {
        const char *text;
        const char *written;
    } cases[] = {
        {"1.2.3.4", "1.2.3.4:99"},
        {"1.2.3.4:80", "1.2.3.4:80"},
        {"127.0.0.1:0", "127.0.0.1:0"},
        {"0.0.0.0:65535", "0.0.0.0:65535"},
        {"255.255.255.255", "255.255.255.255:99"},
        {"::", "[::]:99"},
        {"::1", "[::1]:99"},
        {"[::1]", "[::1]:99"},
        {"[::1]:80", "[::1]:80"},
        {"[2001:DB8::0001]:1", "[2001:db8::1]:1"},
        {"2001:db8::1:80", "[2001:db8::1:80]:99"},
        {"1:2:3:4:5:6:7:8", "[1:2:3:4:5:6:7:8]:99"},
        {"::ffff:1.2.3.4", "1.2.3.4:99"},
        {"[::ffff:1.2.3.4]:5", "1.2.3.4:5"},
        {"fe80::1%2", "[fe80::1%2]:99"},
        {"[fe80::1%4294967295]:80", "[fe80::1%4294967295]:80"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mn_address address;
        char text[MN_ADDRESS_TEXT_MAX];
        if (mn_address_parse(cases[i].text, 99, &address) != MN_OK) {
            fail_msg("%s was not read", cases[i].text);
        }
        mn_result size = mn_address_format(&address, text, sizeof(text));
        assert_string_equal(text, cases[i].written);
        assert_int_equal(size, strlen(text));
    }
}

static void what_is_no_address_is_refused_and_nothing_written(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.4:",
        "1.2.3.4:x",
        "1.2.3.4:-1",
        "1.2.3.4:+1",
        "1.2.3.4:65536",
        "1.2.3.4:080",
        "1.2.3.4: 8",
        "1.2.3.4:8 ",
        ":80",
        "[1.2.3.4]:80",
        "[::1",
        "[::1]80",
        "[::1]:",
        "[::1]:65536",
        "[]:80",
        "[::1]:80:",
        ":::1",
        "1:2:3",
        "::1::2",
        "12345::",
        "[[::1]]:80",
        "::g",
        "fe80::1%",
        "fe80::1%0",
        "::1%2",
        "80::1%2",
        "fec0::1%2",
        "fe80::1%4294967296",
        "1.2.3.4%2",
        "::ffff:1.2.3.4%2",
        "1.2.3.4:99999999999999999999",
        "[fe80::1%no such interface]:1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        mn_address address;
        mn_address untouched;
        memset(&address, 0xab, sizeof(address));
        memset(&untouched, 0xab, sizeof(untouched));
        if (mn_address_parse(texts[i], 99, &address) != MN_ERROR_ARGUMENT) {
            fail_msg("%s was read", texts[i]);
        }
        assert_memory_equal(&address, &untouched, sizeof(address));
    }
}

static void a_text_of_any_length_is_refused_in_peace(void **state)
{
    char text[2048];
    mn_address address;
    (void)state;
    for (size_t size = 0; size < sizeof(text); size += 51) {
        memset(text, '1', size);
        text[size] = '\0';
        assert_int_equal(mn_address_parse(text, 1, &address), MN_ERROR_ARGUMENT);
        memset(text, ':', size);
        assert_int_equal(mn_address_parse(text, 1, &address), MN_ERROR_ARGUMENT);
    }
    memset(text, 'a', 256);
    text[256] = '\0';
    assert_int_equal(mn_address_resolve(text, 1, &address), MN_ERROR_ARGUMENT);
    text[255] = '\0'; /* as long as a name can be, but its one label is not a label */
    assert_int_equal(mn_address_resolve(text, 1, &address), MN_ERROR_NETWORK);
}

static void null_is_answered_with_an_error(void **state)
{
    mn_address address = {.port = 1};
    char text[MN_ADDRESS_TEXT_MAX];
    (void)state;
    assert_int_equal(mn_address_parse(NULL, 1, &address), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_address_parse("1.2.3.4", 1, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_address_resolve(NULL, 1, &address), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_address_resolve("localhost", 1, NULL), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_address_format(NULL, text, sizeof(text)), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_address_format(&address, NULL, 10), MN_ERROR_ARGUMENT);
    address.kind = 2;
    assert_int_equal(mn_address_format(&address, text, sizeof(text)), MN_ERROR_ARGUMENT);
}

static void a_text_is_written_whole_or_not_at_all(void **state)
{
    mn_address address;
    char text[MN_ADDRESS_TEXT_MAX] = "as before";
    (void)state;
    assert_int_equal(mn_address_parse("1.2.3.4:80", 0, &address), MN_OK);
    assert_int_equal(mn_address_format(&address, text, 0), MN_ERROR_TOO_LARGE);
    assert_int_equal(mn_address_format(&address, text, 10), MN_ERROR_TOO_LARGE);
    assert_string_equal(text, "as before");
    assert_int_equal(mn_address_format(&address, text, 11), 10);
    assert_string_equal(text, "1.2.3.4:80");
}

static void the_longest_texts_fit(void **state)
{
    mn_address address = {.scope = UINT32_MAX, .port = UINT16_MAX};
    char text[MN_ADDRESS_TEXT_MAX];
    (void)state;
    memset(address.ip, 0xff, sizeof(address.ip));
    mn_result size = mn_address_format(&address, text, sizeof(text));
    assert_true(size > 50);
    assert_int_equal(strlen(text), size);
    address.kind = MNI_ADDRESS_OPAQUE;
    address.ip[0] = 0x0a;
    size = mn_address_format(&address, text, sizeof(text));
    assert_int_equal(strlen(text), size);
    assert_string_equal(text, "opaque:0affffffffffffffffffffffffffffff");
}

static void names_resolve_and_literals_need_no_name_service(void **state)
{
    mn_address address;
    (void)state;
    assert_int_equal(mn_address_resolve("[::1]:80", 1, &address), MN_OK);
    assert_int_equal(address.port, 80);
    assert_int_equal(mn_address_resolve("localhost:81", 1, &address), MN_OK);
    assert_true(mni_address_is_loopback(&address));
    assert_int_equal(address.port, 81);
    assert_int_equal(mn_address_resolve("localhost", 82, &address), MN_OK);
    assert_int_equal(address.port, 82);
    assert_int_equal(mn_address_resolve("localhost:x", 1, &address), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_address_resolve("[localhost]:1", 1, &address), MN_ERROR_ARGUMENT);
    assert_int_equal(mn_address_resolve("", 1, &address), MN_ERROR_ARGUMENT);
}

/* The system would make addresses of them, but not those that were meant. */
static void a_number_with_a_mistake_is_no_name(void **state)
{
    static const char *const texts[] = {"1.2.3",      "127.1",     "010.0.0.1", "2130706433",
                                        "0x7f000001", "127.0.0x1", "1.2.3.256", "1.2.3.4.5:80",
                                        "0X7F.1",     "0x"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        mn_address address = {.port = 7};
        if (mn_address_resolve(texts[i], 99, &address) != MN_ERROR_ARGUMENT) {
            fail_msg("%s was resolved", texts[i]);
        }
        assert_int_equal(address.port, 7);
    }
}

static void kinds_of_addresses_are_told_apart(void **state)
{
    static const struct {
        const char *text;
        bool is_ipv4, is_loopback, is_unspecified;
    } cases[] = {
        {"127.0.0.1", true, true, false},  {"127.255.0.9", true, true, false},
        {"128.0.0.1", true, false, false}, {"0.0.0.0", true, false, true},
        {"::1", false, true, false},       {"::", false, false, true},
        {"::2", false, false, false},      {"fe80::1%1", false, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mn_address address;
        assert_int_equal(mn_address_parse(cases[i].text, 1, &address), MN_OK);
        assert_int_equal(mni_address_is_ipv4(&address), cases[i].is_ipv4);
        assert_int_equal(mni_address_is_loopback(&address), cases[i].is_loopback);
        assert_int_equal(mni_address_is_unspecified(&address), cases[i].is_unspecified);
        address.kind = MNI_ADDRESS_OPAQUE;
        assert_false(mni_address_is_ipv4(&address) || mni_address_is_loopback(&address) ||
                     mni_address_is_unspecified(&address));
    }
}

static void equality_and_hash_look_at_every_part(void **state)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE] = {1};
    static const uint8_t other_key[MNI_HASH_KEY_SIZE] = {2};
    const mn_address address = {.ip = {[15] = 1}, .port = 5};
    mn_address others[5] = {address, address, address, address, address};
    (void)state;
    others[0].ip[0] = 1;
    others[1].ip[15] = 2;
    others[2].port = 6;
    others[3].scope = 1;
    others[4].kind = 1;
    mn_address copy = address;
    assert_true(mni_address_equals(&address, &copy));
    assert_true(mni_address_hash(&address, key) == mni_address_hash(&copy, key));
    assert_false(mni_address_hash(&address, key) == mni_address_hash(&address, other_key));
    for (size_t i = 0; i < 5; i++) {
        assert_false(mni_address_equals(&address, &others[i]));
        assert_false(mni_address_hash(&address, key) == mni_address_hash(&others[i], key));
    }
}

static void the_systems_form_and_ours_say_the_same(void **state)
{
    static const struct {
        const char *text;
        int family;
        bool is_possible;
    } cases[] = {
        {"1.2.3.4:5", AF_INET, true},      {"1.2.3.4:5", AF_INET6, true},
        {"[::1]:5", AF_INET6, true},       {"[::1]:5", AF_INET, false},
        {"[fe80::1%3]:5", AF_INET6, true},
    };
    struct sockaddr_storage system = {0};
    mn_address back;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mn_address address;
        assert_int_equal(mn_address_parse(cases[i].text, 1, &address), MN_OK);
        uint32_t size = mni_address_to_system(&address, cases[i].family, &system);
        assert_int_equal(size != 0, cases[i].is_possible);
        if (cases[i].is_possible) {
            assert_int_equal(system.ss_family, cases[i].family);
            assert_int_equal(mni_address_from_system(&system, &back), MN_OK);
            assert_true(mni_address_equals(&address, &back));
        }
    }
    mn_address opaque = {.kind = MNI_ADDRESS_OPAQUE};
    assert_int_equal(mni_address_to_system(&opaque, AF_INET6, &system), 0);
    system.ss_family = AF_UNIX;
    assert_int_equal(mni_address_from_system(&system, &back), MN_ERROR_ARGUMENT);
}

static void a_network_is_an_ipv4_address_or_half_an_ipv6_one(void **state)
{
    static const struct {
        const char *a, *b;
        bool is_one;
    } cases[] = {
        {"192.0.2.1:1", "192.0.2.1:2", true},
        {"192.0.2.1:1", "192.0.2.2:1", false},
        {"[2001:db8::1]:1", "[2001:db8::ffff:2]:3", true},
        {"[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false},
        {"[::1]:1", "127.0.0.1:1", false},
    };
    const uint8_t key[MNI_HASH_KEY_SIZE] = {1};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mn_address a, b;
        assert_int_equal(mn_address_parse(cases[i].a, 0, &a), MN_OK);
        assert_int_equal(mn_address_parse(cases[i].b, 0, &b), MN_OK);
        bool is_one = mni_address_network_hash(&a, key) == mni_address_network_hash(&b, key);
        if (is_one != cases[i].is_one) {
            fail_msg("%s and %s", cases[i].a, cases[i].b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_an_address_is_read),
        cmocka_unit_test(what_is_no_address_is_refused_and_nothing_written),
        cmocka_unit_test(a_text_of_any_length_is_refused_in_peace),
        cmocka_unit_test(null_is_answered_with_an_error),
        cmocka_unit_test(a_text_is_written_whole_or_not_at_all),
        cmocka_unit_test(the_longest_texts_fit),
        cmocka_unit_test(names_resolve_and_literals_need_no_name_service),
        cmocka_unit_test(a_number_with_a_mistake_is_no_name),
        cmocka_unit_test(kinds_of_addresses_are_told_apart),
        cmocka_unit_test(equality_and_hash_look_at_every_part),
        cmocka_unit_test(a_network_is_an_ipv4_address_or_half_an_ipv6_one),
        cmocka_unit_test(the_systems_form_and_ours_say_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
