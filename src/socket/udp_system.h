/* SPDX-License-Identifier: MIT */
/*
 * What the files of UDP share: how the system takes and gives many datagrams in one call (Linux:
 * sendmmsg, recvmmsg; elsewhere one message at a time behind the same two functions), and the
 * socket that they speak of. Comes before the system's headers, for what it asks of them.
 */
#ifndef SOCKET_UDP_SYSTEM_H
#define SOCKET_UDP_SYSTEM_H

#if defined(__linux__)
#  define _GNU_SOURCE /* sendmmsg, recvmmsg, SOCK_CLOEXEC */
#else
#  define _POSIX_C_SOURCE 200809L
#  define _DARWIN_C_SOURCE /* IP_DONTFRAG, which macOS hides from POSIX */
#endif

#include "base/memory.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
    MNI_UDP_PACKET_MAX = 1472, /* Ethernet's 1500 less IPv4's and UDP's headers */
    MNI_UDP_ERRORS_MAX = 16    /* asynchronous errors skipped in one call */
};

#if defined(__linux__) && !defined(MNI_UDP_NO_MMSG)
typedef struct mmsghdr mni_udp_message;
#else
typedef struct mni_udp_message {
    struct msghdr msg_hdr;
    unsigned msg_len;
} mni_udp_message;
#endif

/* What lies beside a message: whom it goes to or came from, and what the system is told of it. */
typedef struct mni_udp_envelope {
    struct sockaddr_storage name;
    union {
        size_t alignment; /* of a struct cmsghdr, which begins with its size */
        uint8_t bytes[64];
    } control;
} mni_udp_envelope;

typedef struct mni_udp_port {
    int descriptor;
    int family;
    bool is_client;
    bool was_refused; /* the system said that nobody listens; told with the next receive */
    mn_address remote;
} mni_udp_port;

/* How many were sent, or -1 and errno if the first was not. */
int mni_udp_send_messages(int descriptor, mni_udp_message *messages, uint32_t count);
/* How many came, or -1 and errno. */
int mni_udp_receive_messages(int descriptor, mni_udp_message *messages, uint32_t count);

#endif
