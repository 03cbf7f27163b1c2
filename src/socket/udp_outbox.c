/* SPDX-License-Identifier: MIT */
/*
 * See udp_outbox.h. What of a message fails that was to be cut is tried again as single datagrams:
 * if cutting itself was refused, that is the end of it for this socket, and if not, the error is
 * then that of one datagram.
 */
#include "socket/udp_outbox.h"

#include "socket/address.h"
#include "socket/socket.h"
#include "socket/udp_offload.h"

#include <errno.h>
#include <string.h>

enum {
    SERVER_MESSAGES = MNI_SOCKET_BATCH,
    CLIENT_MESSAGES = 8, /* where messages are cut, one holds what one receiver gets */
    /* Of a message that is to be cut: what IPv4 can carry, and the number that Linux allows. */
    CUT_BYTES_MAX = 65000,
    CUT_COUNT_MAX = 64
};

mn_result mni_udp_outbox_init(mni_udp_outbox *outbox, mni_memory *memory, mni_udp_port *port)
{
    uint32_t capacity = port->is_client ? CLIENT_MESSAGES : SERVER_MESSAGES;
    *outbox = (mni_udp_outbox){.memory = memory, .port = port, .capacity = capacity};
    outbox->messages = mni_allocate_unzeroed(memory, capacity * sizeof(outbox->messages[0]));
    outbox->envelopes = mni_allocate_unzeroed(memory, capacity * sizeof(outbox->envelopes[0]));
    outbox->vectors = mni_allocate_unzeroed(memory, MNI_SOCKET_BATCH * sizeof(outbox->vectors[0]));
    if (outbox->messages == NULL || outbox->envelopes == NULL || outbox->vectors == NULL) {
        mni_udp_outbox_clear(outbox);
        return MN_ERROR_MEMORY;
    }
    return MN_OK;
}

void mni_udp_outbox_clear(mni_udp_outbox *outbox)
{
    mni_memory *memory = outbox->memory;
    mni_release(memory, outbox->messages, outbox->capacity * sizeof(outbox->messages[0]));
    mni_release(memory, outbox->envelopes, outbox->capacity * sizeof(outbox->envelopes[0]));
    mni_release(memory, outbox->vectors, MNI_SOCKET_BATCH * sizeof(outbox->vectors[0]));
    *outbox = (mni_udp_outbox){.memory = memory, .port = outbox->port};
}

static bool can_cut(mni_udp_outbox *outbox)
{
    if (!outbox->has_asked) {
        outbox->has_asked = true;
        outbox->can_cut = mni_udp_offload_can_cut(outbox->port->descriptor);
    }
    return outbox->can_cut;
}

/* How many from the first on may go as one message: of one size, but the last may be smaller. */
static uint32_t count_alike(const mni_udp_outbox *outbox, const mn_datagram *datagrams,
                            uint32_t count)
{
    const mn_datagram *first = &datagrams[0];
    uint32_t bytes = first->size;
    uint32_t alike = 1;
    while (alike < count && alike < CUT_COUNT_MAX) {
        const mn_datagram *next = &datagrams[alike];
        bytes += next->size;
        if (datagrams[alike - 1].size != first->size || next->size > first->size ||
            next->size == 0 || bytes > CUT_BYTES_MAX ||
            !(outbox->port->is_client || mni_address_equals(&next->address, &first->address))) {
            break;
        }
        alike++;
    }
    return alike;
}

/* False: this socket cannot reach the address. */
static bool address_message(mni_udp_outbox *outbox, uint32_t index, const mn_address *to)
{
    struct msghdr *header = &outbox->messages[index].msg_hdr;
    mni_udp_envelope *envelope = &outbox->envelopes[index];
    memset(header, 0, sizeof(*header));
    if (outbox->port->is_client) {
        return true; /* the connection knows */
    }
    header->msg_name = &envelope->name;
    header->msg_namelen = mni_address_to_system(to, outbox->port->family, &envelope->name);
    return header->msg_namelen > 0;
}

/* Makes messages of datagrams from the first on; how many messages are ready to be sent. */
static uint32_t fill(mni_udp_outbox *outbox, const mn_datagram *datagrams, uint32_t count,
                     bool may_cut)
{
    uint32_t ready = 0;
    uint32_t at = 0;
    count = count < MNI_SOCKET_BATCH ? count : MNI_SOCKET_BATCH;
    while (ready < outbox->capacity && at < count && datagrams[at].size <= MNI_UDP_PACKET_MAX &&
           address_message(outbox, ready, &datagrams[at].address)) {
        struct msghdr *header = &outbox->messages[ready].msg_hdr;
        uint32_t alike = may_cut ? count_alike(outbox, datagrams + at, count - at) : 1;
        alike = alike > 1 && can_cut(outbox) ? alike : 1;
        if (alike > 1) {
            mni_udp_offload_cut(header, &outbox->envelopes[ready], datagrams[at].size);
        }
        header->msg_iov = &outbox->vectors[at];
        header->msg_iovlen = alike;
        for (uint32_t end = at + alike; at < end; at++) {
            /* sendmsg reads only, but its one struct serves both directions. */
            memcpy(&outbox->vectors[at].iov_base, &datagrams[at].bytes, sizeof(void *));
            outbox->vectors[at].iov_len = datagrams[at].size;
        }
        ready++;
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

/* How many messages left, or -1 and errno. ECONNREFUSED is news about an earlier datagram: it is
   noted, and the send is tried anew. */
static int push(mni_udp_outbox *outbox, uint32_t count)
{
    mni_udp_port *port = outbox->port;
    for (uint32_t errors = 0; errors < MNI_UDP_ERRORS_MAX; errors++) {
        int sent = mni_udp_send_messages(port->descriptor, outbox->messages, count);
        if (sent >= 0) {
            return sent;
        }
        if (errno == ECONNREFUSED) {
            port->was_refused = port->is_client;
        } else if (errno != EINTR) {
            break;
        }
    }
    return -1;
}

/* As many datagrams as one call takes, from the first on. */
static mn_result send_some(mni_udp_outbox *outbox, const mn_datagram *datagrams, uint32_t count,
                           bool may_cut)
{
    uint32_t ready = fill(outbox, datagrams, count, may_cut);
    if (ready == 0) {
        bool is_large = datagrams[0].size > MNI_UDP_PACKET_MAX;
        return is_large ? MN_ERROR_TOO_LARGE : MN_ERROR_NETWORK; /* of an address out of reach */
    }
    int messages = push(outbox, ready);
    if (messages < 0 && outbox->messages[0].msg_hdr.msg_iovlen > 1) {
        outbox->can_cut = outbox->can_cut && !mni_udp_offload_was_refused(errno);
        return send_error(errno) == MN_ERROR_FULL ? MN_ERROR_FULL : 0;
    }
    mn_result sent = messages < 0 ? send_error(errno) : 0;
    for (int i = 0; i < messages; i++) {
        sent += (mn_result)outbox->messages[i].msg_hdr.msg_iovlen;
    }
    return sent;
}

mn_result mni_udp_outbox_send(mni_udp_outbox *outbox, const mn_datagram *datagrams, uint32_t count)
{
    uint32_t sent = 0;
    bool may_cut = true;
    while (sent < count) {
        mn_result result = send_some(outbox, datagrams + sent, count - sent, may_cut);
        if (result < 0) {
            return sent > 0 ? (mn_result)sent : result;
        }
        may_cut = result > 0;
        sent += (uint32_t)result;
    }
    return (mn_result)sent;
}
