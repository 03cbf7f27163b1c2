/* SPDX-License-Identifier: MIT */
/* See udp_inbox.h. Only slots that the system has written to are made ready again. */
#include "socket/udp_inbox.h"

#include "socket/address.h"
#include "socket/socket.h"
#include "socket/udp_offload.h"

#include <errno.h>
#include <string.h>

enum {
    NARROW_SLOTS = 8,
    WIDE_SLOTS = 32, /* each of them can hold dozens */
    /* The largest IP packet and a line more, for slots of 2^16 would meet in the same few lines of
       the processor's cache. Pages that are not needed are never touched. */
    WIDE_SLOT_SIZE = 65536 + 64,
    SMALL_SLOT_SIZE = MNI_UDP_PACKET_MAX /* a larger datagram arrives truncated, and says so */
};

static void release(mni_udp_inbox *inbox)
{
    mni_memory *memory = inbox->memory;
    uint32_t slots = inbox->slots;
    mni_release(memory, inbox->messages, slots * sizeof(inbox->messages[0]));
    mni_release(memory, inbox->envelopes, slots * sizeof(inbox->envelopes[0]));
    mni_release(memory, inbox->vectors, slots * sizeof(inbox->vectors[0]));
    mni_release(memory, inbox->bytes, (size_t)slots * inbox->slot_size);
}

/* Takes memory for this many slots; what there was is the caller's to release. */
static mn_result take_slots(mni_udp_inbox *inbox, uint32_t slots, uint32_t slot_size)
{
    mni_memory *memory = inbox->memory;
    inbox->slots = slots;
    inbox->slot_size = slot_size;
    inbox->messages = mni_allocate_unzeroed(memory, slots * sizeof(inbox->messages[0]));
    inbox->envelopes = mni_allocate_unzeroed(memory, slots * sizeof(inbox->envelopes[0]));
    inbox->vectors = mni_allocate_unzeroed(memory, slots * sizeof(inbox->vectors[0]));
    inbox->bytes = mni_allocate_unzeroed(memory, (size_t)slots * slot_size);
    inbox->stale = slots;
    if (inbox->messages == NULL || inbox->envelopes == NULL || inbox->vectors == NULL ||
        inbox->bytes == NULL) {
        release(inbox);
        return MN_ERROR_MEMORY;
    }
    return MN_OK;
}

/* Without memory it stays as it is, for good. */
static mn_result widen(mni_udp_inbox *inbox)
{
    mni_udp_inbox narrow = *inbox;
    int descriptor = inbox->port->descriptor;
    bool joins = mni_udp_offload_join(descriptor, true);
    mn_result result = joins ? take_slots(inbox, WIDE_SLOTS, WIDE_SLOT_SIZE)
                             : take_slots(inbox, MNI_SOCKET_BATCH, SMALL_SLOT_SIZE);
    if (result < 0) {
        (void)mni_udp_offload_join(descriptor, false);
        *inbox = narrow;
    } else {
        release(&narrow);
        inbox->is_joining = joins;
    }
    inbox->is_wide = true;
    return result;
}

mn_result mni_udp_inbox_init(mni_udp_inbox *inbox, mni_memory *memory, mni_udp_port *port)
{
    *inbox = (mni_udp_inbox){.memory = memory, .port = port};
    return port->is_client ? take_slots(inbox, NARROW_SLOTS, SMALL_SLOT_SIZE) : widen(inbox);
}

void mni_udp_inbox_clear(mni_udp_inbox *inbox)
{
    release(inbox);
    *inbox = (mni_udp_inbox){.memory = inbox->memory, .port = inbox->port};
}

static void make_ready(mni_udp_inbox *inbox)
{
    for (uint32_t i = 0; i < inbox->stale; i++) {
        struct msghdr *header = &inbox->messages[i].msg_hdr;
        inbox->vectors[i].iov_base = inbox->bytes + (size_t)i * inbox->slot_size;
        inbox->vectors[i].iov_len = inbox->slot_size;
        memset(header, 0, sizeof(*header));
        header->msg_iov = &inbox->vectors[i];
        header->msg_iovlen = 1;
        if (!inbox->port->is_client) {
            header->msg_name = &inbox->envelopes[i].name;
            header->msg_namelen = sizeof(inbox->envelopes[i].name);
        }
        if (inbox->is_joining) {
            mni_udp_offload_ask(header, &inbox->envelopes[i]);
        }
    }
    inbox->stale = 0;
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

/* Lets the system fill slots. */
static mn_result fetch(mni_udp_inbox *inbox)
{
    mni_udp_port *port = inbox->port;
    bool was_full = inbox->count == inbox->slots;
    inbox->at = inbox->count = inbox->offset = 0;
    if (was_full && !inbox->is_wide) {
        (void)widen(inbox);
    }
    make_ready(inbox);
    for (uint32_t errors = 0; errors < MNI_UDP_ERRORS_MAX; errors++) {
        int count = mni_udp_receive_messages(port->descriptor, inbox->messages, inbox->slots);
        if (count >= 0) {
            inbox->count = inbox->stale = (uint32_t)count;
            return MN_OK;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return MN_OK;
        }
        if (!is_passing_error(errno)) {
            return MN_ERROR_NETWORK;
        }
        port->was_refused = port->was_refused || (port->is_client && errno == ECONNREFUSED);
    }
    return MN_OK;
}

/* Reads what there is about the slot in hand. False: it came from an address that is none. */
static bool open_slot(mni_udp_inbox *inbox)
{
    mni_udp_message *message = &inbox->messages[inbox->at];
    inbox->part = inbox->is_joining ? mni_udp_offload_size(&message->msg_hdr, message->msg_len)
                                    : message->msg_len;
    inbox->from = inbox->port->remote;
    return inbox->port->is_client ||
           mni_address_from_system(&inbox->envelopes[inbox->at].name, &inbox->from) == MN_OK;
}

/* Gives out the next datagram of the slot in hand. False: there is none in it. */
static bool give(mni_udp_inbox *inbox, mn_datagram *datagram_out)
{
    const mni_udp_message *message = &inbox->messages[inbox->at];
    if (inbox->offset == 0 && !open_slot(inbox)) {
        inbox->at++;
        return false;
    }
    uint32_t left = message->msg_len - inbox->offset;
    uint32_t size = left < inbox->part ? left : inbox->part;
    bool is_cut = (message->msg_hdr.msg_flags & MSG_TRUNC) != 0 || size > MNI_UDP_PACKET_MAX;
    *datagram_out = (mn_datagram){
        .address = inbox->from,
        .size = size < MNI_UDP_PACKET_MAX ? size : MNI_UDP_PACKET_MAX,
        .flags = is_cut ? MN_DATAGRAM_TRUNCATED : 0,
        .bytes = inbox->bytes + (size_t)inbox->at * inbox->slot_size + inbox->offset,
    };
    inbox->offset += size;
    if (inbox->offset == message->msg_len) {
        inbox->offset = 0;
        inbox->at++;
    }
    return true;
}

mn_result mni_udp_inbox_receive(mni_udp_inbox *inbox, mn_datagram *datagrams, uint32_t capacity)
{
    mni_udp_port *port = inbox->port;
    uint32_t most = capacity < MNI_SOCKET_BATCH ? capacity : MNI_SOCKET_BATCH;
    uint32_t given = 0;
    if (most > 0 && inbox->at == inbox->count && fetch(inbox) < 0) {
        return MN_ERROR_NETWORK;
    }
    while (given < most && inbox->at < inbox->count) {
        given += give(inbox, &datagrams[given]) ? 1 : 0;
    }
    if (port->was_refused && given < most) {
        datagrams[given++] = (mn_datagram){
            .address = port->remote, .flags = MN_DATAGRAM_CLOSED, .bytes = inbox->bytes};
        port->was_refused = false;
    } else if (given > 0 && inbox->at == inbox->count && inbox->count < inbox->slots) {
        datagrams[given - 1].flags |= MN_DATAGRAM_LAST;
    }
    return (mn_result)given;
}
