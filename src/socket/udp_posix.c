/* SPDX-License-Identifier: MIT */
/*
 * UDP over BSD sockets. A server socket is dual-stack where the system has IPv6 and plain IPv4
 * where it has not; a client socket is connected, so that the system filters what strangers send
 * and tells when nobody listens at the other end (ICMP port unreachable).
 *
 * Datagrams travel in batches of slots made ready once: Linux takes a batch in one call (sendmmsg,
 * recvmmsg), other systems one message at a time behind the same two functions. Nothing is
 * fragmented at the IP layer, where the system lets us say so: path MTU discovery is ours (RFC
 * 8899).
 */
#if defined(__linux__)
#  define _GNU_SOURCE /* sendmmsg, recvmmsg, SOCK_CLOEXEC */
#else
#  define _POSIX_C_SOURCE 200809L
#  define _DARWIN_C_SOURCE /* IP_DONTFRAG, which macOS hides from POSIX */
#endif

#include "base/memory.h"
#include "socket/address.h"
#include "socket/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    UDP_PACKET_MAX = 1472,          /* Ethernet's 1500 less IPv4's and UDP's headers */
    UDP_SLOT_SIZE = UDP_PACKET_MAX, /* a larger datagram arrives truncated, and says so */
    UDP_SYSTEM_BUFFER = 4 << 20,    /* bytes; outlasts a tick in which thousands speak */
    UDP_ERRORS_MAX = 16,            /* asynchronous errors skipped in one call */
    UDP_WAIT_US_MAX = 1000000000,   /* a quarter of an hour; a longer wait wakes early */
};

#if defined(__linux__) && !defined(MNI_UDP_NO_MMSG)
typedef struct mmsghdr udp_message;

static int send_messages(int descriptor, udp_message *messages, uint32_t count)
{
    return sendmmsg(descriptor, messages, count, 0);
}

static int receive_messages(int descriptor, udp_message *messages, uint32_t count)
{
    return recvmmsg(descriptor, messages, count, 0, NULL);
}
#else
typedef struct udp_message {
    struct msghdr msg_hdr;
    unsigned msg_len;
} udp_message;

/* Like sendmmsg: how many were sent, or -1 and errno if the first was not. */
static int send_messages(int descriptor, udp_message *messages, uint32_t count)
{
    uint32_t sent = 0;
    while (sent < count && sendmsg(descriptor, &messages[sent].msg_hdr, 0) >= 0) {
        sent++;
    }
    return sent > 0 ? (int)sent : -1;
}

static int receive_messages(int descriptor, udp_message *messages, uint32_t count)
{
    uint32_t received = 0;
    while (received < count) {
        ssize_t size = recvmsg(descriptor, &messages[received].msg_hdr, 0);
        if (size < 0) {
            break;
        }
        messages[received].msg_len = (unsigned)size;
        received++;
    }
    return received > 0 ? (int)received : -1;
}
#endif

typedef struct udp_socket {
    mni_memory memory;
    int descriptor;
    int family;
    bool is_client;
    bool was_refused; /* the system said that nobody listens; told with the next receive */
    mn_address remote;
    udp_message messages[MNI_SOCKET_BATCH];
    struct iovec vectors[MNI_SOCKET_BATCH];
    struct sockaddr_storage names[MNI_SOCKET_BATCH];
    uint8_t bytes[MNI_SOCKET_BATCH][UDP_SLOT_SIZE];
} udp_socket;

/* Where a message comes from or goes to; NULL leaves it to the connection. */
static void prepare(udp_socket *udp, uint32_t index, uint32_t name_size)
{
    struct msghdr *header = &udp->messages[index].msg_hdr;
    memset(header, 0, sizeof(*header));
    header->msg_name = name_size > 0 ? &udp->names[index] : NULL;
    header->msg_namelen = name_size;
    header->msg_iov = &udp->vectors[index];
    header->msg_iovlen = 1;
}

/* How many datagrams from the first on are ready to be sent. */
static uint32_t prepare_batch(udp_socket *udp, const mn_datagram *datagrams, uint32_t count)
{
    uint32_t ready = 0;
    for (; ready < count && ready < MNI_SOCKET_BATCH; ready++) {
        const mn_datagram *datagram = &datagrams[ready];
        uint32_t name_size = 0;
        if (datagram->size > UDP_PACKET_MAX) {
            break;
        }
        if (!udp->is_client) {
            name_size = mni_address_to_system(&datagram->address, udp->family, &udp->names[ready]);
            if (name_size == 0) {
                break;
            }
        }
        /* sendmsg reads only, but its one struct serves both directions. */
        memcpy(&udp->vectors[ready].iov_base, &datagram->bytes, sizeof(datagram->bytes));
        udp->vectors[ready].iov_len = datagram->size;
        prepare(udp, ready, name_size);
    }
    return ready;
}

static mn_result send_error(int error)
{
    switch (error) {
    case EAGAIN:
#if EWOULDBLOCK != EAGAIN
    case EWOULDBLOCK:
#endif
    case ENOBUFS:
    case ENOMEM:
        return MN_ERROR_FULL;
    case EMSGSIZE:
        return MN_ERROR_TOO_LARGE;
    default:
        return MN_ERROR_NETWORK;
    }
}

/* ECONNREFUSED is news about an earlier datagram: it is noted, and the send is tried anew. */
static mn_result send_batch(udp_socket *udp, uint32_t count)
{
    for (uint32_t errors = 0; errors < UDP_ERRORS_MAX; errors++) {
        int sent = send_messages(udp->descriptor, udp->messages, count);
        if (sent >= 0) {
            return sent;
        }
        if (errno == ECONNREFUSED) {
            udp->was_refused = udp->is_client;
        } else if (errno != EINTR) {
            break;
        }
    }
    return send_error(errno);
}

static mn_result udp_send(void *self, const mn_datagram *datagrams, uint32_t count, uint64_t now_us)
{
    udp_socket *udp = self;
    uint32_t sent = 0;
    (void)now_us;
    while (sent < count) {
        uint32_t ready = prepare_batch(udp, datagrams + sent, count - sent);
        mn_result result = MN_ERROR_NETWORK; /* of an address that this socket cannot reach */
        if (ready > 0) {
            result = send_batch(udp, ready);
        } else if (datagrams[sent].size > UDP_PACKET_MAX) {
            result = MN_ERROR_TOO_LARGE;
        }
        if (result <= 0) {
            return sent > 0 ? (mn_result)sent : result;
        }
        sent += (uint32_t)result;
    }
    return (mn_result)sent;
}

/* What a system reports about one of the peers, or about a moment: the socket itself is well. */
static bool is_passing_error(int error)
{
    static const int passing[] = {ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH, ENETDOWN,
                                  EMSGSIZE,     EPROTO,     ENOPROTOOPT,  ETIMEDOUT,   EACCES,
                                  EPERM,        EINTR,      ENOBUFS,      ENOMEM};
    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
        if (passing[i] == error) {
            return true;
        }
    }
    return false;
}

static mn_result receive_batch(udp_socket *udp, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        udp->vectors[i].iov_base = udp->bytes[i];
        udp->vectors[i].iov_len = UDP_SLOT_SIZE;
        prepare(udp, i, sizeof(udp->names[i]));
    }
    for (uint32_t errors = 0; errors < UDP_ERRORS_MAX; errors++) {
        int received = receive_messages(udp->descriptor, udp->messages, count);
        if (received >= 0) {
            return received;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return 0;
        }
        if (!is_passing_error(errno)) {
            return MN_ERROR_NETWORK;
        }
        udp->was_refused = udp->was_refused || (udp->is_client && errno == ECONNREFUSED);
    }
    return 0;
}

static uint32_t read_batch(udp_socket *udp, mn_datagram *datagrams, uint32_t count)
{
    uint32_t read = 0;
    for (uint32_t i = 0; i < count; i++) {
        mn_datagram *datagram = &datagrams[read];
        bool is_truncated = (udp->messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
        datagram->address = udp->remote;
        datagram->size = udp->messages[i].msg_len;
        datagram->flags = is_truncated ? MN_DATAGRAM_TRUNCATED : 0;
        datagram->bytes = udp->bytes[i];
        if (udp->is_client ||
            mni_address_from_system(&udp->names[i], &datagram->address) == MN_OK) {
            read++;
        }
    }
    return read;
}

static mn_result udp_receive(void *self, mn_datagram *datagrams, uint32_t capacity, uint64_t now_us)
{
    udp_socket *udp = self;
    uint32_t count = capacity < MNI_SOCKET_BATCH ? capacity : MNI_SOCKET_BATCH;
    (void)now_us;
    if (count == 0) {
        return 0;
    }
    mn_result result = receive_batch(udp, count);
    if (result < 0) {
        return result;
    }
    uint32_t read = read_batch(udp, datagrams, (uint32_t)result);
    if (udp->was_refused && read < count) {
        datagrams[read++] = (mn_datagram){
            .address = udp->remote, .flags = MN_DATAGRAM_CLOSED, .bytes = udp->bytes[0]};
        udp->was_refused = false;
    }
    return (mn_result)read;
}

static uint64_t udp_next_us(void *self)
{
    const udp_socket *udp = self;
    return udp->was_refused ? 0 : UINT64_MAX;
}

static mn_result udp_wait(void *self, uint64_t timeout_us)
{
    const udp_socket *udp = self;
    struct pollfd entry = {.fd = udp->descriptor, .events = POLLIN};
    uint64_t bounded_us = timeout_us < UDP_WAIT_US_MAX ? timeout_us : UDP_WAIT_US_MAX;
    if (udp->was_refused) {
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
    if (getsockname(udp->descriptor, (struct sockaddr *)(void *)&system, &size) != 0 ||
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
    mni_memory_destroy_root(udp, sizeof(*udp), offsetof(udp_socket, memory));
}

static void udp_close(void *self)
{
    udp_socket *udp = self;
    (void)close(udp->descriptor);
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

static udp_socket *udp_create(void)
{
    return mni_memory_create_root(NULL, 0, sizeof(udp_socket), offsetof(udp_socket, memory));
}

static mn_result finish_open(udp_socket *udp, mn_socket *socket_out)
{
    if (udp->descriptor < 0) {
        int error = errno;
        udp_destroy(udp);
        errno = error;
        return MN_ERROR_NETWORK;
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
    udp_socket *udp = udp_create();
    if (udp == NULL) {
        return MN_ERROR_MEMORY;
    }
    udp->family = mni_address_is_ipv4(&address) ? AF_INET : AF_INET6;
    udp->descriptor = open_bound(udp->family, &address);
    if (udp->descriptor < 0 && udp->family == AF_INET6 && errno != EADDRINUSE && errno != EACCES &&
        mni_address_is_unspecified(&address)) {
        /* No IPv6 here, or none that carries IPv4 as well: everybody is then everybody on IPv4. */
        address.ip[10] = address.ip[11] = 0xff;
        udp->family = AF_INET;
        udp->descriptor = open_bound(AF_INET, &address);
    }
    return finish_open(udp, socket_out);
}

static mn_result udp_open_client(void *user, const mn_address *remote, mn_socket *socket_out)
{
    (void)user;
    if (remote == NULL || socket_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    udp_socket *udp = udp_create();
    if (udp == NULL) {
        return MN_ERROR_MEMORY;
    }
    udp->is_client = true;
    udp->remote = *remote;
    udp->family = mni_address_is_ipv4(remote) ? AF_INET : AF_INET6;
    udp->descriptor = open_connected(udp->family, remote);
    return finish_open(udp, socket_out);
}

const mn_socket_factory *mn_udp_sockets(void)
{
    static const mn_socket_factory factory = {
        .struct_size = sizeof(mn_socket_factory),
        .max_packet_size = UDP_PACKET_MAX,
        .open_server = udp_open_server,
        .open_client = udp_open_client,
    };
    return &factory;
}
