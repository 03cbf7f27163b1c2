/* SPDX-License-Identifier: MIT */
/*
 * What UDP makes of each answer that a system can give. The functions below stand in for those of
 * the C library, in this program alone: what is sent goes nowhere, what is received is made up, and
 * whether the system knows IPv6 is a variable. Linux with glibc only.
 */
#define _GNU_SOURCE

#include "socket/address.h"
#include "socket/socket.h"
#include "support/test.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FOREVER = UINT16_MAX, TRIES_MAX = 100 };

enum { LEVEL_UDP = 17, OPTION_SEGMENT = 103, OPTION_GRO = 104 }; /* as Linux numbers them */

static struct {
    bool has_ipv6, has_dual_stack;
    bool cuts;      /* messages of several datagrams */
    uint32_t joins; /* datagrams that come as one message; 0: never */
    uint32_t well;  /* messages that go well before the error, */
    uint32_t times; /* which then comes so often, */
    int error;      /* before messages go well again */
    uint32_t calls;
    uint32_t sent;                      /* messages */
    uint32_t incoming;                  /* messages that wait to be received */
    uint32_t cut;                       /* datagrams in those that were to be cut */
    int sent_family;                    /* of the address that the last went to */
    int waited_ms;                      /* by the last poll */
    int fragmentation4, fragmentation6; /* as the last socket was told, for either family */
} machine;

static void start_machine(void)
{
    memset(&machine, 0, sizeof(machine));
    machine.has_ipv6 = machine.has_dual_stack = true;
}

static void plan(uint32_t well, uint32_t times, int error)
{
    machine.well = well;
    machine.times = times;
    machine.error = error;
    machine.calls = machine.sent = machine.cut = 0;
}

static bool fails(void)
{
    if (machine.well > 0) {
        machine.well--;
        return false;
    }
    if (machine.times == 0) {
        return false;
    }
    machine.times -= machine.times == FOREVER ? 0 : 1;
    errno = machine.error;
    return true;
}

int socket(int domain, int type, int protocol)
{
    if (domain == AF_INET6 && !machine.has_ipv6) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    return (int)syscall(SYS_socket, domain, type, protocol);
}

int setsockopt(int descriptor, int level, int name, const void *value, socklen_t size)
{
    if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY && !machine.has_dual_stack) {
        errno = EINVAL;
        return -1;
    }
    if (level == LEVEL_UDP) {
        errno = ENOPROTOOPT;
        return (name == OPTION_SEGMENT && machine.cuts) || (name == OPTION_GRO && machine.joins > 0)
                   ? 0
                   : -1;
    }
    if (level == IPPROTO_IP && name == IP_MTU_DISCOVER) {
        memcpy(&machine.fragmentation4, value, sizeof(int));
    }
    if (level == IPPROTO_IPV6 && name == IPV6_MTU_DISCOVER) {
        memcpy(&machine.fragmentation6, value, sizeof(int));
    }
    return (int)syscall(SYS_setsockopt, descriptor, level, name, value, size);
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    (void)descriptor;
    (void)flags;
    machine.calls++;
    if (fails()) {
        return -1;
    }
    machine.sent++;
    machine.cut += message->msg_controllen > 0 ? (uint32_t)message->msg_iovlen : 0;
    if (message->msg_name != NULL) {
        machine.sent_family = ((const struct sockaddr *)message->msg_name)->sa_family;
    }
    return (ssize_t)message->msg_iov[0].iov_len;
}

int sendmmsg(int descriptor, struct mmsghdr *messages, unsigned count, int flags)
{
    unsigned sent = 0;
    while (sent < count && sendmsg(descriptor, &messages[sent].msg_hdr, flags) >= 0) {
        sent++;
    }
    return sent > 0 ? (int)sent : -1;
}

ssize_t recvmsg(int descriptor, struct msghdr *message, int flags)
{
    (void)descriptor;
    (void)flags;
    machine.calls++;
    if (fails()) {
        return -1;
    }
    if (machine.incoming == 0) {
        errno = EAGAIN;
        return -1;
    }
    machine.incoming--;
    if (message->msg_name != NULL) {
        memcpy(message->msg_name, &(struct sockaddr_in){.sin_family = AF_INET},
               sizeof(struct sockaddr_in));
    }
    if (machine.joins == 0 || message->msg_controllen == 0) {
        message->msg_controllen = 0;
        memcpy(message->msg_iov[0].iov_base, "x", 1);
        return 1;
    }
    /* All but the last are of two bytes. */
    int size = 2;
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    *control = (struct cmsghdr){CMSG_LEN(sizeof(size)), LEVEL_UDP, OPTION_GRO};
    memcpy(CMSG_DATA(control), &size, sizeof(size));
    message->msg_controllen = CMSG_SPACE(sizeof(size));
    memset(message->msg_iov[0].iov_base, 'x', machine.joins * 2 - 1);
    return (ssize_t)(machine.joins * 2 - 1);
}

int recvmmsg(int descriptor, struct mmsghdr *messages, unsigned count, int flags,
             struct timespec *timeout)
{
    unsigned received = 0;
    (void)timeout;
    for (; received < count; received++) {
        ssize_t size = recvmsg(descriptor, &messages[received].msg_hdr, flags);
        if (size < 0) {
            break;
        }
        messages[received].msg_len = (unsigned)size;
    }
    return received > 0 ? (int)received : -1;
}

int poll(struct pollfd *entries, nfds_t count, int timeout_ms)
{
    (void)entries;
    (void)count;
    machine.waited_ms = timeout_ms;
    return fails() ? -1 : 0;
}

static mn_address address_of(const char *text)
{
    mn_address address;
    assert_int_equal(mn_address_parse(text, 0, &address), MN_OK);
    return address;
}

static void open_client(mn_socket *socket_out)
{
    mn_address remote = address_of("127.0.0.1:9");
    start_machine();
    assert_int_equal(mni_socket_open_client(mn_udp_sockets(), &remote, socket_out), MN_OK);
}

static mn_result send_many(mn_socket *from, uint32_t count)
{
    static mn_datagram datagrams[300];
    for (uint32_t i = 0; i < count; i++) {
        datagrams[i] = (mn_datagram){
            .address = address_of("127.0.0.1:9"), .size = 1, .bytes = (const uint8_t *)"x"};
    }
    return from->ops->send(from->self, datagrams, count, 0);
}

static mn_result receive_many(mn_socket *at, mn_datagram *datagrams, uint32_t capacity)
{
    return at->ops->receive(at->self, datagrams, capacity, 0);
}

static void a_failed_send_says_whether_to_keep_or_to_drop(void **state)
{
    static const struct {
        int error;
        mn_result result;
    } cases[] = {
        {EAGAIN, MN_ERROR_FULL},          {EWOULDBLOCK, MN_ERROR_FULL},
        {ENOBUFS, MN_ERROR_FULL},         {ENOMEM, MN_ERROR_FULL},
        {EMSGSIZE, MN_ERROR_TOO_LARGE},   {EPERM, MN_ERROR_NETWORK},
        {EACCES, MN_ERROR_NETWORK},       {ENETUNREACH, MN_ERROR_NETWORK},
        {EHOSTUNREACH, MN_ERROR_NETWORK}, {EINVAL, MN_ERROR_NETWORK},
        {ENETDOWN, MN_ERROR_NETWORK},     {EBADF, MN_ERROR_NETWORK},
    };
    mn_socket client;
    (void)state;
    open_client(&client);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        plan(0, 1, cases[i].error);
        if (send_many(&client, 3) != cases[i].result || machine.sent != 0) {
            fail_msg("%s", strerror(cases[i].error));
        }
        assert_int_equal(send_many(&client, 3), 3);
    }
    mni_socket_close(&client);
}

static void what_was_taken_before_an_error_is_told_first(void **state)
{
    static const uint32_t taken[] = {1, 2, 63, 64, 65, 129};
    mn_socket client;
    (void)state;
    open_client(&client);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        plan(taken[i], FOREVER, EAGAIN);
        assert_int_equal(send_many(&client, 200), taken[i]);
        assert_int_equal(send_many(&client, 200), MN_ERROR_FULL);
        assert_int_equal(machine.sent, taken[i]);
    }
    mni_socket_close(&client);
}

static void an_interrupted_send_is_tried_anew_but_not_for_ever(void **state)
{
    mn_socket client;
    (void)state;
    open_client(&client);
    plan(0, 3, EINTR);
    assert_int_equal(send_many(&client, 2), 2);
    plan(0, FOREVER, EINTR);
    assert_true(send_many(&client, 2) < 0);
    assert_true(machine.calls < TRIES_MAX);
    mni_socket_close(&client);
}

static void a_send_that_brings_bad_news_of_an_earlier_one_is_no_failure(void **state)
{
    mn_socket client;
    mn_datagram received[2];
    (void)state;
    open_client(&client);
    plan(0, 1, ECONNREFUSED);
    assert_int_equal(client.ops->next_us(client.self), UINT64_MAX);
    assert_int_equal(send_many(&client, 2), 2);
    assert_int_equal(client.ops->next_us(client.self), 0);
    assert_int_equal(client.ops->wait(client.self, 0), 1);
    assert_int_equal(receive_many(&client, received, 2), 1);
    assert_int_equal(received[0].flags, MN_DATAGRAM_CLOSED);
    assert_int_equal(receive_many(&client, received, 2), 0);
    plan(0, FOREVER, ECONNREFUSED);
    assert_int_equal(send_many(&client, 2), MN_ERROR_NETWORK);
    assert_true(machine.calls < TRIES_MAX);
    mni_socket_close(&client);
}

static void a_receive_that_brings_bad_news_tells_them_as_a_datagram(void **state)
{
    mn_socket client;
    mn_datagram received[2];
    (void)state;
    open_client(&client);
    plan(0, 1, ECONNREFUSED);
    machine.incoming = 1;
    assert_int_equal(receive_many(&client, received, 2), 2);
    assert_int_equal(received[0].flags, 0);
    assert_int_equal(received[1].flags, MN_DATAGRAM_CLOSED);
    plan(0, FOREVER, ECONNREFUSED);
    assert_int_equal(receive_many(&client, received, 2), 1);
    assert_true(machine.calls < TRIES_MAX);
    mni_socket_close(&client);
}

static void a_wait_is_rounded_up_and_bounded(void **state)
{
    static const struct {
        uint64_t timeout_us;
        int timeout_ms;
    } cases[] = {{0, 0},
                 {1, 1},
                 {999, 1},
                 {1000, 1},
                 {1001, 2},
                 {16667, 17},
                 {999999999, 1000000},
                 {1000000001, 1000000},
                 {UINT64_MAX, 1000000}};
    mn_socket client;
    (void)state;
    open_client(&client);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(client.ops->wait(client.self, cases[i].timeout_us), 0);
        assert_int_equal(machine.waited_ms, cases[i].timeout_ms);
    }
    plan(0, 1, EINTR);
    assert_int_equal(client.ops->wait(client.self, 1000), 0);
    plan(0, 1, ENOMEM);
    assert_int_equal(client.ops->wait(client.self, 1000), MN_ERROR_NETWORK);
    mni_socket_close(&client);
}

/* Path MTU discovery is ours, so neither family may split a datagram, nor believe ICMP. */
static void no_datagram_is_split(void **state)
{
    mn_socket server;
    mn_address any = address_of("::");
    mn_address any4 = address_of("0.0.0.0");
    mn_address local;
    (void)state;
    start_machine();
    assert_int_equal(mni_socket_open_server(mn_udp_sockets(), &any4, &server), MN_OK);
    assert_int_equal(machine.fragmentation4, IP_PMTUDISC_PROBE);
    mni_socket_close(&server);
    start_machine();
    assert_int_equal(mni_socket_open_server(mn_udp_sockets(), &any, &server), MN_OK);
    assert_int_equal(server.ops->address(server.self, &local), MN_OK);
    mni_socket_close(&server);
    assert_int_equal(machine.fragmentation4, IP_PMTUDISC_PROBE);
    if (mni_address_is_ipv4(&local)) {
        skip(); /* the machine that runs this has no IPv6 */
    }
    assert_int_equal(machine.fragmentation6, IPV6_PMTUDISC_PROBE);
}

static void news_wait_where_there_is_no_room_for_them(void **state)
{
    mn_socket client;
    mn_datagram received[2];
    (void)state;
    open_client(&client);
    plan(0, 1, ECONNREFUSED);
    assert_int_equal(send_many(&client, 1), 1);
    machine.incoming = 3;
    assert_int_equal(receive_many(&client, received, 2), 2);
    assert_int_equal(received[1].flags, 0);
    assert_int_equal(client.ops->next_us(client.self), 0);
    assert_int_equal(receive_many(&client, received, 2), 2);
    assert_int_equal(received[0].flags, 0);
    assert_int_equal(received[1].flags, MN_DATAGRAM_CLOSED);
    mni_socket_close(&client);
}

static void a_server_makes_nothing_of_one_client_that_is_gone(void **state)
{
    mn_socket server;
    mn_datagram received[2];
    mn_address bind = address_of("127.0.0.1");
    (void)state;
    start_machine();
    assert_int_equal(mni_socket_open_server(mn_udp_sockets(), &bind, &server), MN_OK);
    plan(0, 1, ECONNREFUSED);
    assert_int_equal(send_many(&server, 2), 2);
    plan(0, 1, ECONNREFUSED);
    assert_int_equal(receive_many(&server, received, 2), 0);
    assert_int_equal(server.ops->next_us(server.self), UINT64_MAX);
    mni_socket_close(&server);
}

static void an_error_that_passes_is_received_over(void **state)
{
    static const int errors[] = {ECONNRESET, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EMSGSIZE,
                                 EPROTO,     ENOPROTOOPT,  ETIMEDOUT,   EACCES,   EPERM,
                                 EINTR,      ENOBUFS,      ENOMEM};
    mn_socket client;
    mn_datagram received[2];
    (void)state;
    open_client(&client);
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        machine.incoming = 1;
        plan(0, 1, errors[i]);
        if (receive_many(&client, received, 2) != 1 || received[0].flags != MN_DATAGRAM_LAST) {
            fail_msg("%s", strerror(errors[i]));
        }
        plan(0, FOREVER, errors[i]);
        assert_int_equal(receive_many(&client, received, 2), 0);
        assert_true(machine.calls < TRIES_MAX);
    }
    mni_socket_close(&client);
}

static void an_error_of_the_socket_itself_is_told(void **state)
{
    static const int errors[] = {EBADF, ENOTSOCK, EFAULT, EINVAL, ENOTCONN};
    mn_socket client;
    mn_datagram received[2];
    (void)state;
    open_client(&client);
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        plan(0, 1, errors[i]);
        assert_int_equal(receive_many(&client, received, 2), MN_ERROR_NETWORK);
    }
    mni_socket_close(&client);
}

static mn_result open_server(const char *bind, mn_address *local_out)
{
    mn_socket server;
    mn_address address = address_of(bind);
    mn_result result = mni_socket_open_server(mn_udp_sockets(), &address, &server);
    int error = errno;
    if (result == MN_OK) {
        assert_int_equal(server.ops->address(server.self, local_out), MN_OK);
    }
    mni_socket_close(&server);
    errno = error;
    return result;
}

static void without_ipv6_everybody_is_everybody_on_ipv4(void **state)
{
    mn_address local;
    mn_socket server;
    mn_address any = address_of("::");
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        start_machine();
        machine.has_ipv6 = i == 1;
        machine.has_dual_stack = false;
        assert_int_equal(open_server("127.0.0.1", &local), MN_OK);
        assert_int_equal(mni_socket_open_server(mn_udp_sockets(), &any, &server), MN_OK);
        assert_int_equal(server.ops->address(server.self, &local), MN_OK);
        assert_true(mni_address_is_ipv4(&local) && mni_address_is_unspecified(&local));
        assert_int_equal(send_many(&server, 1), 1);
        assert_int_equal(machine.sent_family, AF_INET);
        mni_socket_close(&server);
    }
}

static void an_address_of_ipv6_needs_ipv6(void **state)
{
    mn_address local;
    mn_socket client;
    mn_address remote = address_of("[::1]:9");
    (void)state;
    start_machine();
    machine.has_ipv6 = false;
    assert_int_equal(open_server("::1", &local), MN_ERROR_NETWORK);
    assert_int_equal(errno, EAFNOSUPPORT);
    assert_int_equal(mni_socket_open_client(mn_udp_sockets(), &remote, &client), MN_ERROR_NETWORK);
    assert_int_equal(errno, EAFNOSUPPORT);
}

/* Without sendmmsg nothing is cut or joined. */
static void skip_if_single(void)
{
#if defined(MNI_UDP_NO_MMSG)
    skip();
#endif
}

static void datagrams_of_one_size_go_as_one_message_where_it_is_cut(void **state)
{
    mn_socket client;
    (void)state;
    skip_if_single();
    for (uint32_t cuts = 0; cuts < 2; cuts++) {
        open_client(&client);
        machine.cuts = cuts == 1;
        assert_int_equal(send_many(&client, 1), 1);
        assert_int_equal(machine.cut, 0);
        plan(0, 0, 0);
        assert_int_equal(send_many(&client, 60), 60);
        assert_int_equal(machine.sent, cuts == 1 ? 1 : 60);
        assert_int_equal(machine.cut, cuts == 1 ? 60 : 0);
        mni_socket_close(&client);
    }
}

static void a_system_that_does_not_cut_after_all_is_not_asked_again(void **state)
{
    static const int errors[] = {EIO, EINVAL, ENOPROTOOPT, EOPNOTSUPP};
    mn_socket client;
    (void)state;
    skip_if_single();
    for (uint32_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        open_client(&client);
        machine.cuts = true;
        assert_int_equal(send_many(&client, 5), 5);
        assert_int_equal(machine.cut, 5);
        plan(0, 1, errors[i]);
        assert_int_equal(send_many(&client, 5), 5);
        assert_int_equal(machine.sent, 5);
        plan(0, 0, 0);
        assert_int_equal(send_many(&client, 5), 5);
        assert_int_equal(machine.cut, 0);
        mni_socket_close(&client);
    }
}

/* What is wrong with one of many is said of the one. */
static void an_error_of_what_was_to_be_cut_is_that_of_one_datagram(void **state)
{
    static const struct {
        int error;
        mn_result result;
    } cases[] = {{EMSGSIZE, MN_ERROR_TOO_LARGE}, {EPERM, MN_ERROR_NETWORK}};
    mn_socket client;
    (void)state;
    skip_if_single();
    open_client(&client);
    machine.cuts = true;
    for (uint32_t i = 0; i < 2; i++) {
        plan(0, 1, cases[i].error); /* cut it fails, alone all goes well */
        assert_int_equal(send_many(&client, 5), 5);
        assert_int_equal(machine.sent, 5);
        plan(0, 2, cases[i].error);
        assert_int_equal(send_many(&client, 5), cases[i].result);
        plan(0, 0, 0);
        assert_int_equal(send_many(&client, 5), 5);
        assert_int_equal(machine.cut, 5); /* it is still done */
    }
    mni_socket_close(&client);
}

static void a_full_system_takes_many_as_it_takes_one_not_now(void **state)
{
    mn_socket client;
    (void)state;
    skip_if_single();
    open_client(&client);
    machine.cuts = true;
    plan(0, FOREVER, EAGAIN);
    assert_int_equal(send_many(&client, 5), MN_ERROR_FULL);
    assert_int_equal(machine.calls, 1);
    plan(1, FOREVER, ENOBUFS); /* 64 are one message at most */
    assert_int_equal(send_many(&client, 100), 64);
    mni_socket_close(&client);
}

static void what_came_joined_is_given_out_one_by_one(void **state)
{
    enum { JOINED = 30, MESSAGES = 10 };
    mn_socket server;
    mn_datagram received[7];
    mn_address bind = address_of("127.0.0.1");
    uint32_t came = 0;
    (void)state;
    skip_if_single();
    start_machine();
    machine.joins = JOINED;
    assert_int_equal(mni_socket_open_server(mn_udp_sockets(), &bind, &server), MN_OK);
    machine.incoming = MESSAGES;
    while (came < JOINED * MESSAGES) {
        mn_result count = receive_many(&server, received, 7);
        assert_true(count > 0);
        for (uint32_t i = 0; i < (uint32_t)count; i++) {
            came++;
            assert_int_equal(received[i].size, came % JOINED == 0 ? 1 : 2);
            assert_int_equal(received[i].bytes[0], 'x');
            assert_int_equal(received[i].flags, came == JOINED * MESSAGES ? MN_DATAGRAM_LAST : 0);
        }
    }
    assert_int_equal(machine.calls, MESSAGES + 1); /* and one in vain */
    mni_socket_close(&server);
}

/* Eight are what a client has room for at first. */
static void a_client_that_becomes_busy_gets_more_room(void **state)
{
    mn_socket client;
    mn_datagram received[MNI_SOCKET_BATCH];
    (void)state;
    for (uint32_t joins = 0; joins < 2; joins++) {
        open_client(&client);
        machine.joins = joins;
        machine.incoming = 7;
        assert_int_equal(receive_many(&client, received, MNI_SOCKET_BATCH), 7);
        machine.incoming = 20;
        assert_int_equal(receive_many(&client, received, MNI_SOCKET_BATCH), 8);
        assert_int_equal(received[7].flags, 0);
        assert_int_equal(receive_many(&client, received, MNI_SOCKET_BATCH), 12);
        assert_int_equal(received[11].flags, MN_DATAGRAM_LAST);
        mni_socket_close(&client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_send_says_whether_to_keep_or_to_drop),
        cmocka_unit_test(what_was_taken_before_an_error_is_told_first),
        cmocka_unit_test(an_interrupted_send_is_tried_anew_but_not_for_ever),
        cmocka_unit_test(a_send_that_brings_bad_news_of_an_earlier_one_is_no_failure),
        cmocka_unit_test(a_receive_that_brings_bad_news_tells_them_as_a_datagram),
        cmocka_unit_test(a_wait_is_rounded_up_and_bounded),
        cmocka_unit_test(no_datagram_is_split),
        cmocka_unit_test(news_wait_where_there_is_no_room_for_them),
        cmocka_unit_test(a_server_makes_nothing_of_one_client_that_is_gone),
        cmocka_unit_test(an_error_that_passes_is_received_over),
        cmocka_unit_test(an_error_of_the_socket_itself_is_told),
        cmocka_unit_test(without_ipv6_everybody_is_everybody_on_ipv4),
        cmocka_unit_test(an_address_of_ipv6_needs_ipv6),
        cmocka_unit_test(datagrams_of_one_size_go_as_one_message_where_it_is_cut),
        cmocka_unit_test(a_system_that_does_not_cut_after_all_is_not_asked_again),
        cmocka_unit_test(an_error_of_what_was_to_be_cut_is_that_of_one_datagram),
        cmocka_unit_test(a_full_system_takes_many_as_it_takes_one_not_now),
        cmocka_unit_test(what_came_joined_is_given_out_one_by_one),
        cmocka_unit_test(a_client_that_becomes_busy_gets_more_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
