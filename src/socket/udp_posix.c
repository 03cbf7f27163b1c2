/* SPDX-License-Identifier: MIT */
/*
 * UDP over BSD sockets. A server socket is dual-stack where the system has IPv6 and plain IPv4
 * where it has not; a client socket is connected, so that the system filters what strangers send
 * and tells when nobody listens at the other end (ICMP port unreachable).
 *
 * Sending and receiving have a file each. Nothing is fragmented at the IP layer, where the system
 * lets us say so: path MTU discovery is ours (RFC 8899).
 */
#if defined(__linux__)
#  define _GNU_SOURCE /* as socket/udp_system.h has it */
#else
#  define _POSIX_C_SOURCE 200809L
#  define _DARWIN_C_SOURCE
#endif

#include "socket/address.h"
#include "socket/socket.h"
#include "socket/udp_inbox.h"
#include "socket/udp_outbox.h"
#include "socket/udp_system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum {
    UDP_SYSTEM_BUFFER = 4 << 20,  /* bytes; outlasts a tick in which thousands speak */
    UDP_WAIT_US_MAX = 1000000000, /* a quarter of an hour; a longer wait wakes early */
};

typedef struct udp_socket {
    mni_memory memory;
    mni_udp_port port;
    mni_udp_outbox outbox;
    mni_udp_inbox inbox;
} udp_socket;

static mn_result udp_send(void *self, const mn_datagram *datagrams, uint32_t count, uint64_t now_us)
{
    udp_socket *udp = self;
    (void)now_us;
    return mni_udp_outbox_send(&udp->outbox, datagrams, count);
}

static mn_result udp_receive(void *self, mn_datagram *datagrams, uint32_t capacity, uint64_t now_us)
{
    udp_socket *udp = self;
    (void)now_us;
    return mni_udp_inbox_receive(&udp->inbox, datagrams, capacity);
}

static uint64_t udp_next_us(void *self)
{
    const udp_socket *udp = self;
    return mni_udp_inbox_has_more(&udp->inbox) ? 0 : UINT64_MAX;
}

static mn_result udp_wait(void *self, uint64_t timeout_us)
{
    const udp_socket *udp = self;
    struct pollfd entry = {.fd = udp->port.descriptor, .events = POLLIN};
    uint64_t bounded_us = timeout_us < UDP_WAIT_US_MAX ? timeout_us : UDP_WAIT_US_MAX;
    if (mni_udp_inbox_has_more(&udp->inbox)) {
        return 1;
    }
    /* Rounded up, or the last part of a millisecond would be waited for by spinning. */
    int ready = poll(&entry, 1, (int)((bounded_us + 999) / 1000));
    if (ready < 0 && errno != EINTR) {
        return MN_ERROR_NETWORK;
    }
    return ready > 0 ? 1 : 0;
}

static mn_result local_address(const udp_socket *udp, mn_address *address_out)
{
    struct sockaddr_storage system = {0};
    socklen_t size = sizeof(system);
    /* POSIX takes the address of any family through this cast. */
    if (getsockname(udp->port.descriptor, (struct sockaddr *)(void *)&system, &size) != 0 ||
        mni_address_from_system(&system, address_out) != MN_OK) {
        return MN_ERROR_NETWORK;
    }
    return MN_OK;
}

static mn_result udp_address(void *self, mn_address *address_out)
{
    return address_out != NULL ? local_address(self, address_out) : MN_ERROR_ARGUMENT;
}

static void udp_destroy(udp_socket *udp)
{
    mni_udp_inbox_clear(&udp->inbox);
    mni_udp_outbox_clear(&udp->outbox);
    mni_memory_destroy_root(udp, sizeof(*udp), offsetof(udp_socket, memory));
}

static void udp_close(void *self)
{
    udp_socket *udp = self;
    (void)close(udp->port.descriptor);
    udp_destroy(udp);
}

static const mn_socket_ops udp_ops = {
    .struct_size = sizeof(mn_socket_ops),
    .send = udp_send,
    .receive = udp_receive,
    .next_us = udp_next_us,
    .wait = udp_wait,
    .address = udp_address,
    .close = udp_close,
};

/* What is nice to have; a system that refuses still carries datagrams. */
static void set_option(int descriptor, int level, int name, int value)
{
    (void)setsockopt(descriptor, level, name, &value, sizeof(value));
}

static void set_options(int descriptor, int family)
{
    set_option(descriptor, SOL_SOCKET, SO_RCVBUF, UDP_SYSTEM_BUFFER);
    set_option(descriptor, SOL_SOCKET, SO_SNDBUF, UDP_SYSTEM_BUFFER);
#if defined(IP_MTU_DISCOVER) && defined(IP_PMTUDISC_PROBE)
    /* PROBE: don't fragment, and do not let forged ICMP decide what size is tried. */
    set_option(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
#elif defined(IP_DONTFRAG)
    set_option(descriptor, IPPROTO_IP, IP_DONTFRAG, 1);
#endif
    if (family == AF_INET6) {
#if defined(IPV6_MTU_DISCOVER) && defined(IPV6_PMTUDISC_PROBE)
        set_option(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
#elif defined(IPV6_DONTFRAG)
        set_option(descriptor, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
#endif
    }
}

/* A descriptor that does not block and is not inherited, or -1. */
static int open_descriptor(int family)
{
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
    int descriptor = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
    int descriptor = socket(family, SOCK_DGRAM, 0);
    if (descriptor >= 0 && (fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0 ||
                            fcntl(descriptor, F_SETFL, O_NONBLOCK) != 0)) {
        (void)close(descriptor);
        return -1;
    }
#endif
    if (descriptor >= 0) {
        set_options(descriptor, family);
    }
    return descriptor;
}

static int close_failed(int descriptor)
{
    int error = errno; /* what failed is the news, not how close went */
    (void)close(descriptor);
    errno = error;
    return -1;
}

static int open_bound(int family, const mn_address *bind_address)
{
    struct sockaddr_storage system = {0};
    uint32_t size = mni_address_to_system(bind_address, family, &system);
    int both = 0;
    if (size == 0) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    int descriptor = open_descriptor(family);
    if (descriptor < 0) {
        return -1;
    }
    if ((family == AF_INET6 &&
         setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof(both)) != 0) ||
        bind(descriptor, (struct sockaddr *)(void *)&system, size) != 0) {
        return close_failed(descriptor);
    }
    return descriptor;
}

static int open_connected(int family, const mn_address *remote)
{
    struct sockaddr_storage system = {0};
    uint32_t size = mni_address_to_system(remote, family, &system);
    if (size == 0) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    int descriptor = open_descriptor(family);
    if (descriptor >= 0 && connect(descriptor, (struct sockaddr *)(void *)&system, size) != 0) {
        return close_failed(descriptor);
    }
    return descriptor;
}

/* A socket of what was opened, or not: then errno says why. */
static mn_result finish_open(const mni_udp_port *port, mn_socket *socket_out)
{
    if (port->descriptor < 0) {
        return MN_ERROR_NETWORK;
    }
    udp_socket *udp =
        mni_memory_create_root(NULL, 0, sizeof(udp_socket), offsetof(udp_socket, memory));
    if (udp == NULL) {
        (void)close(port->descriptor);
        return MN_ERROR_MEMORY;
    }
    udp->port = *port;
    mn_result result = mni_udp_outbox_init(&udp->outbox, &udp->memory, &udp->port);
    if (result == MN_OK) {
        result = mni_udp_inbox_init(&udp->inbox, &udp->memory, &udp->port);
    }
    if (result < 0) {
        udp_close(udp);
        return result;
    }
    socket_out->ops = &udp_ops;
    socket_out->self = udp;
    return MN_OK;
}

static mn_result udp_open_server(void *user, const mn_address *bind_address, mn_socket *socket_out)
{
    static const mn_address any = {.port = MN_DEFAULT_PORT};
    mn_address address = bind_address != NULL ? *bind_address : any;
    (void)user;
    if (socket_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_udp_port port = {.family = mni_address_is_ipv4(&address) ? AF_INET : AF_INET6};
    port.descriptor = open_bound(port.family, &address);
    if (port.descriptor < 0 && port.family == AF_INET6 && errno != EADDRINUSE && errno != EACCES &&
        mni_address_is_unspecified(&address)) {
        /* No IPv6 here, or none that carries IPv4 as well: everybody is then everybody on IPv4. */
        address.ip[10] = address.ip[11] = 0xff;
        port.family = AF_INET;
        port.descriptor = open_bound(AF_INET, &address);
    }
    return finish_open(&port, socket_out);
}

static mn_result udp_open_client(void *user, const mn_address *remote, mn_socket *socket_out)
{
    (void)user;
    if (remote == NULL || socket_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    mni_udp_port port = {.is_client = true,
                         .remote = *remote,
                         .family = mni_address_is_ipv4(remote) ? AF_INET : AF_INET6};
    port.descriptor = open_connected(port.family, remote);
    return finish_open(&port, socket_out);
}

const mn_socket_factory *mn_udp_sockets(void)
{
    static const mn_socket_factory factory = {
        .struct_size = sizeof(mn_socket_factory),
        .max_packet_size = MNI_UDP_PACKET_MAX,
        .open_server = udp_open_server,
        .open_client = udp_open_client,
    };
    return &factory;
}
