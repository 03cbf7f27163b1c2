/* SPDX-License-Identifier: MIT */
/*
 * A network inside the process that behaves as UDP on one machine: a datagram is in the receiver's
 * queue before send returns, in the order in which things were sent, and one that nobody waits for
 * vanishes. Sockets are found by their address in a fixed hash table of lists, so that finding
 * cannot fail and opening needs memory for the socket alone.
 *
 * Sockets and network share one block of state that lives until the last of them is gone.
 */
#include "socket/memory_network.h"

#include "base/buffer.h"
#include "base/ring.h"
#include "socket/address.h"
#include "socket/socket.h"

#include <errno.h>
#include <string.h>

enum {
    PACKET_MAX = 1472, /* as UDP, so that path MTU discovery meets the same */
    BUCKETS = 256,
    PORT_FIRST = 49152, /* of the ports that are assigned (RFC 6335, section 6) */
    PORT_LAST = 65535,
    CLIENT_PORT = PORT_FIRST - 1 /* no server gets it: it would hear what is for clients gone */
};

typedef struct memory_socket {
    mn_network *network;
    struct memory_socket *next; /* in its bucket */
    mn_address local;
    mn_address remote; /* of a client: the only one it talks with */
    bool is_client;
    mni_ring queue;                     /* of letters */
    mni_buffer *held[MNI_SOCKET_BATCH]; /* handed out by the last receive */
    uint32_t held_count;
} memory_socket;

typedef struct letter {
    mn_address from;
    mni_buffer *buffer;
} letter;

struct mn_network {
    mni_memory memory;
    mn_socket_factory factory;
    mni_buffers buffers;
    memory_socket *buckets[BUCKETS];
    uint32_t references; /* open sockets, and one for the network itself */
    uint32_t last_client;
    uint16_t last_port;
    mni_network_counts counts;
};

static memory_socket **bucket_of(mn_network *network, const mn_address *address)
{
    static const uint8_t key[MNI_HASH_KEY_SIZE] = "in this process";
    return &network->buckets[mni_address_hash(address, key) % BUCKETS];
}

static memory_socket *find_exactly(mn_network *network, const mn_address *address)
{
    memory_socket *each = *bucket_of(network, address);
    while (each != NULL && !mni_address_equals(&each->local, address)) {
        each = each->next;
    }
    return each;
}

/* Who hears what is sent to an address: who is bound to it, else who is bound to its port. */
static memory_socket *find(mn_network *network, const mn_address *address)
{
    memory_socket *found = find_exactly(network, address);
    if (found == NULL && address->kind == MNI_ADDRESS_IP) {
        mn_address any = {.port = address->port};
        found = find_exactly(network, &any);
    }
    return found;
}

/* The address by which the receiver knows the sender: that which it called, if it did. */
static mn_address sender_address(const memory_socket *from, const memory_socket *to)
{
    mn_address address = from->local;
    if (to->is_client) {
        return to->remote;
    }
    if (mni_address_is_unspecified(&address)) {
        address.ip[15] = 1; /* ::1, one of the many addresses at which it can be reached */
    }
    return address;
}

/* MN_ERROR_FULL where there is no memory; else it is sent, whatever becomes of it. */
static mn_result deliver(memory_socket *from, const mn_datagram *datagram)
{
    mn_network *network = from->network;
    memory_socket *to = find(network, from->is_client ? &from->remote : &datagram->address);
    if (to == NULL || (to->is_client && find(network, &to->remote) != from)) {
        network->counts.unreachable++;
        return MN_OK;
    }
    if (to->queue.count == MNI_NETWORK_QUEUE_MAX) {
        network->counts.overflowed++;
        return MN_OK;
    }
    mni_buffer *buffer = mni_buffer_take(&network->buffers, datagram->size);
    letter *sent = buffer != NULL ? mni_ring_push(&to->queue) : NULL;
    if (sent == NULL) {
        mni_buffer_drop(&network->buffers, buffer);
        return MN_ERROR_FULL;
    }
    if (datagram->size > 0) {
        memcpy(buffer->bytes, datagram->bytes, datagram->size);
    }
    sent->from = sender_address(from, to);
    sent->buffer = buffer;
    network->counts.delivered++;
    return MN_OK;
}

static mn_result memory_send(void *self, const mn_datagram *datagrams, uint32_t count,
                             uint64_t now_us)
{
    memory_socket *from = self;
    (void)now_us;
    for (uint32_t i = 0; i < count; i++) {
        mn_result result = MN_ERROR_TOO_LARGE;
        if (datagrams[i].size <= PACKET_MAX) {
            result = deliver(from, &datagrams[i]);
        }
        if (result != MN_OK) {
            return i > 0 ? (mn_result)i : result;
        }
    }
    return (mn_result)count;
}

static void drop_held(memory_socket *memory)
{
    for (uint32_t i = 0; i < memory->held_count; i++) {
        mni_buffer_drop(&memory->network->buffers, memory->held[i]);
    }
    memory->held_count = 0;
}

static mn_result memory_receive(void *self, mn_datagram *datagrams, uint32_t capacity,
                                uint64_t now_us)
{
    memory_socket *memory = self;
    (void)now_us;
    drop_held(memory);
    uint32_t count = 0;
    for (; count < capacity && count < MNI_SOCKET_BATCH && memory->queue.count > 0; count++) {
        const letter *oldest = mni_ring_at(&memory->queue, 0);
        datagrams[count] = (mn_datagram){
            .address = oldest->from, .size = oldest->buffer->size, .bytes = oldest->buffer->bytes};
        memory->held[memory->held_count++] = oldest->buffer;
        mni_ring_pop(&memory->queue);
    }
    return (mn_result)count;
}

static uint64_t memory_next_us(void *self)
{
    const memory_socket *memory = self;
    return memory->queue.count > 0 ? 0 : UINT64_MAX;
}

/* Time is the caller's: while it sleeps here nothing can come. */
static mn_result memory_wait(void *self, uint64_t timeout_us)
{
    const memory_socket *memory = self;
    (void)timeout_us;
    return memory->queue.count > 0 ? 1 : 0;
}

static mn_result memory_address(void *self, mn_address *address_out)
{
    const memory_socket *memory = self;
    if (address_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    *address_out = memory->local;
    return MN_OK;
}

static void drop_reference(mn_network *network)
{
    network->references--;
    if (network->references == 0) {
        mni_buffers_clear(&network->buffers);
        mni_memory_destroy_root(network, sizeof(*network), offsetof(mn_network, memory));
    }
}

static void memory_close(void *self)
{
    memory_socket *memory = self;
    mn_network *network = memory->network;
    memory_socket **link = bucket_of(network, &memory->local);
    while (*link != memory) {
        link = &(*link)->next;
    }
    *link = memory->next;
    drop_held(memory);
    while (memory->queue.count > 0) {
        const letter *oldest = mni_ring_at(&memory->queue, 0);
        mni_buffer_drop(&network->buffers, oldest->buffer);
        mni_ring_pop(&memory->queue);
    }
    mni_ring_clear(&memory->queue);
    mni_release(&network->memory, memory, sizeof(*memory));
    drop_reference(network);
}

static const mn_socket_ops memory_ops = {
    .struct_size = sizeof(mn_socket_ops),
    .send = memory_send,
    .receive = memory_receive,
    .next_us = memory_next_us,
    .wait = memory_wait,
    .address = memory_address,
    .close = memory_close,
};

static mn_result open_at(mn_network *network, const mn_address *local, const mn_address *remote,
                         mn_socket *socket_out)
{
    memory_socket *memory = mni_allocate(&network->memory, sizeof(*memory));
    if (memory == NULL) {
        return MN_ERROR_MEMORY;
    }
    memory->network = network;
    memory->local = *local;
    if (remote != NULL) {
        memory->is_client = true;
        memory->remote = *remote;
    }
    mni_ring_init(&memory->queue, &network->memory, sizeof(letter), MNI_NETWORK_QUEUE_MAX);
    memory_socket **bucket = bucket_of(network, local);
    memory->next = *bucket;
    *bucket = memory;
    network->references++;
    socket_out->ops = &memory_ops;
    socket_out->self = memory;
    return MN_OK;
}

/* A port for an address that has none; false when all are taken. */
static bool assign_port(mn_network *network, mn_address *address)
{
    for (uint32_t i = PORT_FIRST; i <= PORT_LAST; i++) {
        bool is_last = network->last_port == PORT_LAST || network->last_port == 0;
        network->last_port = is_last ? PORT_FIRST : (uint16_t)(network->last_port + 1);
        address->port = network->last_port;
        if (find_exactly(network, address) == NULL) {
            return true;
        }
    }
    return false;
}

static mn_result memory_open_server(void *user, const mn_address *bind, mn_socket *socket_out)
{
    static const mn_address any = {.port = MN_DEFAULT_PORT};
    mn_network *network = user;
    mn_address local = bind != NULL ? *bind : any;
    if (socket_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    if (mni_address_is_unspecified(&local)) {
        memset(local.ip, 0, sizeof(local.ip)); /* 0.0.0.0 and :: are the same here */
    }
    bool is_free = local.kind == MNI_ADDRESS_IP && local.port == 0
                       ? assign_port(network, &local)
                       : find_exactly(network, &local) == NULL;
    if (!is_free) {
        errno = EADDRINUSE;
        return MN_ERROR_NETWORK;
    }
    return open_at(network, &local, NULL, socket_out);
}

/* Clients have addresses of their own, 10.0.0.1 and on, so that a server can tell them apart by
   these alone, as it does with strangers on the internet. */
static mn_result memory_open_client(void *user, const mn_address *remote, mn_socket *socket_out)
{
    mn_network *network = user;
    mn_address local = {.ip = {[10] = 0xff, 0xff, 10}, .port = CLIENT_PORT};
    if (remote == NULL || socket_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    do {
        network->last_client++;
        local.ip[13] = (uint8_t)(network->last_client >> 16);
        local.ip[14] = (uint8_t)(network->last_client >> 8);
        local.ip[15] = (uint8_t)network->last_client;
    } while (find_exactly(network, &local) != NULL);
    return open_at(network, &local, remote, socket_out);
}

mn_result mn_network_create(const mn_allocator *allocator, mn_network **network_out)
{
    if (network_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    *network_out = NULL;
    if (!mni_allocator_is_complete(allocator)) {
        return MN_ERROR_ARGUMENT;
    }
    mn_network *network =
        mni_memory_create_root(allocator, 0, sizeof(*network), offsetof(mn_network, memory));
    if (network == NULL) {
        return MN_ERROR_MEMORY;
    }
    mni_buffers_init(&network->buffers, &network->memory);
    network->references = 1;
    network->factory = (mn_socket_factory){
        .struct_size = sizeof(mn_socket_factory),
        .max_packet_size = PACKET_MAX,
        .open_server = memory_open_server,
        .open_client = memory_open_client,
        .user = network,
    };
    *network_out = network;
    return MN_OK;
}

void mn_network_destroy(mn_network *network)
{
    if (network != NULL) {
        drop_reference(network);
    }
}

const mn_socket_factory *mn_network_sockets(mn_network *network)
{
    return network != NULL ? &network->factory : NULL;
}

void mni_network_count(const mn_network *network, mni_network_counts *counts_out)
{
    *counts_out = network->counts;
    counts_out->allocations = network->memory.allocations;
}
