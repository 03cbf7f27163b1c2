/* SPDX-License-Identifier: MIT */
/* A factory of strangers, that does one thing or another wrongly, and what gets past the border. */
#include "socket/socket.h"
#include "support/test.h"

#include <errno.h>
#include <string.h>

static mn_socket given;  /* what the factory under test opens */
static mn_result result; /* and returns */
static int left_errno;   /* and leaves behind; 0: nothing */
static uint32_t closed;  /* sockets */

static mn_result open_given(void *user, const mn_address *address, mn_socket *socket_out)
{
    (void)user;
    (void)address;
    *socket_out = given;
    if (left_errno != 0) {
        errno = left_errno;
    }
    return result;
}

static mn_result send_none(void *self, const mn_datagram *datagrams, uint32_t count,
                           uint64_t now_us)
{
    (void)self;
    (void)datagrams;
    (void)now_us;
    return (mn_result)count;
}

static mn_result receive_none(void *self, mn_datagram *datagrams, uint32_t capacity,
                              uint64_t now_us)
{
    (void)self;
    (void)datagrams;
    (void)capacity;
    (void)now_us;
    return 0;
}

static uint64_t never(void *self)
{
    (void)self;
    return UINT64_MAX;
}

static mn_result wait_none(void *self, uint64_t timeout_us)
{
    (void)self;
    (void)timeout_us;
    return 0;
}

static mn_result no_address(void *self, mn_address *address_out)
{
    (void)self;
    (void)address_out;
    return MN_ERROR_NETWORK;
}

static void count_close(void *self)
{
    (void)self;
    closed++;
}

static const mn_socket_ops complete = {
    .struct_size = sizeof(complete),
    .send = send_none,
    .receive = receive_none,
    .next_us = never,
    .wait = wait_none,
    .address = no_address,
    .close = count_close,
};

static const mn_socket_factory good = {
    .struct_size = sizeof(good),
    .max_packet_size = 1200,
    .open_server = open_given,
    .open_client = open_given,
};

static void a_factory_is_read_only_if_it_is_complete(void **state)
{
    mn_socket_factory copy;
    mn_socket_factory bad = good;
    (void)state;
    assert_int_equal(mni_factory_read(&good, &copy), MN_OK);
    assert_ptr_equal(copy.open_client, open_given);
    assert_int_equal(mni_factory_read(NULL, &copy), MN_ERROR_ARGUMENT);
    bad.struct_size = sizeof(bad) - 1;
    assert_int_equal(mni_factory_read(&bad, &copy), MN_ERROR_ARGUMENT);
    bad = good;
    bad.max_packet_size = 1199;
    assert_int_equal(mni_factory_read(&bad, &copy), MN_ERROR_ARGUMENT);
    bad = good;
    bad.flags = 1;
    assert_int_equal(mni_factory_read(&bad, &copy), MN_ERROR_ARGUMENT);
    bad = good;
    bad.open_server = NULL;
    assert_int_equal(mni_factory_read(&bad, &copy), MN_ERROR_ARGUMENT);
    bad = good;
    bad.open_client = NULL;
    assert_int_equal(mni_factory_read(&bad, &copy), MN_ERROR_ARGUMENT);
    bad = good;
    bad.struct_size = sizeof(bad) + 8; /* a newer caller's */
    assert_int_equal(mni_factory_read(&bad, &copy), MN_OK);
    assert_int_equal(copy.struct_size, sizeof(copy));
}

static void a_socket_without_all_of_its_functions_is_refused(void **state)
{
    mn_socket_ops broken[8];
    mn_socket socket;
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        broken[i] = complete;
    }
    broken[0].struct_size--;
    broken[1].send = NULL;
    broken[2].receive = NULL;
    broken[3].next_us = NULL;
    broken[4].wait = NULL;
    broken[5].address = NULL;
    broken[6].close = NULL;
    result = MN_OK;
    left_errno = 0;
    for (size_t i = 0; i < 8; i++) {
        given = (mn_socket){.ops = i < 7 ? &broken[i] : NULL};
        assert_int_equal(mni_socket_open_server(&good, NULL, &socket), MN_ERROR_ARGUMENT);
        assert_null(socket.ops);
        assert_int_equal(mni_socket_open_client(&good, NULL, &socket), MN_ERROR_ARGUMENT);
        assert_null(socket.ops);
    }
}

static void an_open_socket_is_closed_once(void **state)
{
    mn_socket socket;
    (void)state;
    given = (mn_socket){.ops = &complete};
    result = MN_OK;
    closed = 0;
    assert_int_equal(mni_socket_open_server(&good, NULL, &socket), MN_OK);
    mni_socket_close(&socket);
    mni_socket_close(&socket);
    assert_int_equal(closed, 1);
}

static void a_failed_open_tells_its_own_errno_and_no_older_one(void **state)
{
    mn_socket socket;
    (void)state;
    given = (mn_socket){.ops = &complete}; /* not looked at */
    result = MN_ERROR_NETWORK;
    left_errno = EADDRINUSE;
    assert_int_equal(mni_socket_open_server(&good, NULL, &socket), MN_ERROR_NETWORK);
    assert_int_equal(errno, EADDRINUSE);
    assert_null(socket.ops);
    left_errno = 0;
    errno = EACCES;
    assert_int_equal(mni_socket_open_client(&good, NULL, &socket), MN_ERROR_NETWORK);
    assert_int_equal(errno, 0);
}

static void every_errno_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(mni_socket_error_text(EADDRINUSE), "the port is in use");
    assert_string_equal(mni_socket_error_text(0), "the socket does not work");
    for (int error = -5; error < 200; error++) {
        assert_non_null(mni_socket_error_text(error));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_factory_is_read_only_if_it_is_complete),
        cmocka_unit_test(a_socket_without_all_of_its_functions_is_refused),
        cmocka_unit_test(an_open_socket_is_closed_once),
        cmocka_unit_test(a_failed_open_tells_its_own_errno_and_no_older_one),
        cmocka_unit_test(every_errno_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
