/* SPDX-License-Identifier: MIT */
/*
 * The wrapper that makes any socket a bad one. Each wrapped socket has two lines: `up` for what it
 * sends, `down` for what it receives; where both ends use the same wrapper, a datagram passes the
 * sender's up and the receiver's down. What a line lets through waits in a queue until it is due;
 * the queues move whenever the socket is called, by the time that the call brings along, and what
 * is still under way at the end leaves with the close.
 *
 * Sockets and wrapper share one block of state that lives until the last of them is gone.
 */
#include "socket/lossy.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "socket/delayed.h"
#include "socket/socket.h"

#include <errno.h>
#include <string.h>

enum {
    INTAKE_ROUNDS_MAX = 64, /* batches taken from the inner socket in one receive */
    RETRY_US = 1000         /* after the inner socket was full */
};

struct mn_lossy {
    mni_memory memory;
    mn_socket_factory factory;
    mn_socket_factory inner;
    mn_conditions up, down;
    mni_random seeds; /* two for each socket: a stream of their own for its two lines */
    mni_buffers buffers;
    uint32_t references; /* open sockets, and one for the wrapper itself */
    mni_lossy_counts counts;
};

typedef struct lossy_direction {
    const mn_conditions *conditions; /* the wrapper's: a change is felt at once */
    mni_line_counts *counts;
    mni_line line;
    mni_delayed_queue queue;
} lossy_direction;

typedef struct lossy_socket {
    mn_lossy *lossy;
    mn_socket inner;
    lossy_direction up, down;
    uint64_t now_us;   /* as last told */
    uint64_t retry_us; /* while something is outgoing: when it may be tried again */
    mn_datagram outgoing[MNI_SOCKET_BATCH]; /* due, and not yet taken by the inner socket */
    mni_buffer *outgoing_buffers[MNI_SOCKET_BATCH];
    uint32_t outgoing_at, outgoing_count;
    mni_buffer *held[MNI_SOCKET_BATCH]; /* handed out by the last receive */
    uint32_t held_count;
} lossy_socket;

static void delay_copy(mn_lossy *lossy, lossy_direction *direction, const mn_datagram *datagram,
                       uint64_t due_us, bool is_corrupt)
{
    mni_buffer *buffer = mni_buffer_take(&lossy->buffers, datagram->size);
    mni_delayed delayed = {.due_us = due_us,
                           .address = datagram->address,
                           .flags = datagram->flags & ~(uint32_t)MN_DATAGRAM_LAST,
                           .buffer = buffer};
    if (buffer != NULL && datagram->size > 0) {
        memcpy(buffer->bytes, datagram->bytes, datagram->size);
    }
    if (buffer != NULL && is_corrupt) {
        buffer->size = mni_line_corrupt(&direction->line, buffer->bytes, buffer->size);
    }
    if (buffer == NULL || mni_delayed_push(&direction->queue, &delayed) != MN_OK) {
        mni_buffer_drop(&lossy->buffers, buffer);
        lossy->counts.overflowed++;
    }
}

static void enter(mn_lossy *lossy, lossy_direction *direction, const mn_datagram *datagram,
                  uint64_t now_us)
{
    mni_fate fate = {.copies = 1, .copy = {{.due_us = now_us}}};
    /* That the other end is gone is news from the system, which travelled on no line of ours. */
    if ((datagram->flags & MN_DATAGRAM_CLOSED) == 0) {
        mni_line_pass(&direction->line, direction->conditions, datagram->size, now_us,
                      direction->counts, &fate);
    }
    for (uint32_t i = 0; i < fate.copies; i++) {
        delay_copy(lossy, direction, datagram, fate.copy[i].due_us, fate.copy[i].is_corrupt);
    }
}

/* Moves what is due into an empty outgoing batch. */
static void fill_outgoing(lossy_socket *socket, uint64_t due_us)
{
    socket->outgoing_at = socket->outgoing_count = 0;
    while (socket->outgoing_count < MNI_SOCKET_BATCH) {
        const mni_delayed *first = mni_delayed_first(&socket->up.queue);
        if (first == NULL || first->due_us > due_us) {
            break;
        }
        socket->outgoing[socket->outgoing_count] = (mn_datagram){.address = first->address,
                                                                 .size = first->buffer->size,
                                                                 .flags = first->flags,
                                                                 .bytes = first->buffer->bytes};
        socket->outgoing_buffers[socket->outgoing_count++] = first->buffer;
        mni_delayed_pop(&socket->up.queue);
    }
}

static void drop_outgoing(lossy_socket *socket, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        mni_buffer_drop(&socket->lossy->buffers, socket->outgoing_buffers[socket->outgoing_at++]);
    }
}

/* What is due at due_us leaves at now_us. */
static void transmit(lossy_socket *socket, uint64_t due_us, uint64_t now_us)
{
    for (;;) {
        if (socket->outgoing_at == socket->outgoing_count) {
            fill_outgoing(socket, due_us);
        }
        uint32_t left = socket->outgoing_count - socket->outgoing_at;
        if (left == 0) {
            return;
        }
        mn_result taken = socket->inner.ops->send(
            socket->inner.self, socket->outgoing + socket->outgoing_at, left, now_us);
        if (taken == MN_ERROR_FULL || taken == 0) {
            socket->retry_us = now_us + RETRY_US;
            return;
        }
        if (taken < 0) {
            socket->lossy->counts.unsent++;
            taken = 1;
        }
        drop_outgoing(socket, (uint32_t)taken < left ? (uint32_t)taken : left);
    }
}

static mn_result lossy_send(void *self, const mn_datagram *datagrams, uint32_t count,
                            uint64_t now_us)
{
    lossy_socket *socket = self;
    uint32_t taken = 0;
    socket->now_us = now_us;
    while (taken < count && datagrams[taken].size <= socket->lossy->inner.max_packet_size) {
        enter(socket->lossy, &socket->up, &datagrams[taken], now_us);
        taken++;
    }
    transmit(socket, now_us, now_us);
    return taken > 0 || count == 0 ? (mn_result)taken : MN_ERROR_TOO_LARGE;
}

/* MN_OK, or the inner socket's error. */
static mn_result take_in(lossy_socket *socket, uint64_t now_us)
{
    mn_datagram batch[MNI_SOCKET_BATCH];
    for (uint32_t round = 0; round < INTAKE_ROUNDS_MAX; round++) {
        mn_result count =
            socket->inner.ops->receive(socket->inner.self, batch, MNI_SOCKET_BATCH, now_us);
        if (count <= 0) {
            return count;
        }
        for (uint32_t i = 0; i < (uint32_t)count && i < MNI_SOCKET_BATCH; i++) {
            enter(socket->lossy, &socket->down, &batch[i], now_us);
        }
    }
    return MN_OK;
}

static void drop_held(lossy_socket *socket)
{
    for (uint32_t i = 0; i < socket->held_count; i++) {
        mni_buffer_drop(&socket->lossy->buffers, socket->held[i]);
    }
    socket->held_count = 0;
}

static mn_result lossy_receive(void *self, mn_datagram *datagrams, uint32_t capacity,
                               uint64_t now_us)
{
    lossy_socket *socket = self;
    socket->now_us = now_us;
    drop_held(socket);
    transmit(socket, now_us, now_us);
    mn_result result = take_in(socket, now_us);
    uint32_t count = 0;
    for (; count < capacity && count < MNI_SOCKET_BATCH; count++) {
        const mni_delayed *first = mni_delayed_first(&socket->down.queue);
        if (first == NULL || first->due_us > now_us) {
            break;
        }
        datagrams[count] = (mn_datagram){.address = first->address,
                                         .size = first->buffer->size,
                                         .flags = first->flags,
                                         .bytes = first->buffer->bytes};
        socket->held[socket->held_count++] = first->buffer;
        mni_delayed_pop(&socket->down.queue);
    }
    return count > 0 ? (mn_result)count : result;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t first_due_us(const mni_delayed_queue *queue)
{
    const mni_delayed *first = mni_delayed_first(queue);
    return first != NULL ? first->due_us : UINT64_MAX;
}

/* Of our own queues. */
static uint64_t next_due_us(const lossy_socket *socket)
{
    bool is_blocked = socket->outgoing_at < socket->outgoing_count;
    uint64_t up_us = is_blocked ? socket->retry_us : first_due_us(&socket->up.queue);
    return earlier(up_us, first_due_us(&socket->down.queue));
}

static uint64_t lossy_next_us(void *self)
{
    const lossy_socket *socket = self;
    return earlier(next_due_us(socket), socket->inner.ops->next_us(socket->inner.self));
}

/* Sleeps no longer than until something is due, as far as the last time that we were told lets us
   know. What the inner socket then has may be due later: a yes means that asking is worthwhile. */
static mn_result lossy_wait(void *self, uint64_t timeout_us)
{
    const lossy_socket *socket = self;
    uint64_t due_us = next_due_us(socket);
    if (first_due_us(&socket->down.queue) <= socket->now_us) {
        return 1;
    }
    uint64_t until_due_us = due_us > socket->now_us ? due_us - socket->now_us : 0;
    return socket->inner.ops->wait(socket->inner.self, earlier(timeout_us, until_due_us));
}

static mn_result lossy_address(void *self, mn_address *address_out)
{
    const lossy_socket *socket = self;
    return socket->inner.ops->address(socket->inner.self, address_out);
}

static void drop_reference(mn_lossy *lossy)
{
    lossy->references--;
    if (lossy->references == 0) {
        mni_buffers_clear(&lossy->buffers);
        mni_memory_destroy_root(lossy, sizeof(*lossy), offsetof(mn_lossy, memory));
    }
}

static void clear_queue(mn_lossy *lossy, mni_delayed_queue *queue)
{
    const mni_delayed *first;
    while ((first = mni_delayed_first(queue)) != NULL) {
        mni_buffer_drop(&lossy->buffers, first->buffer);
        mni_delayed_pop(queue);
    }
    mni_delayed_clear(queue);
}

static void lossy_close(void *self)
{
    lossy_socket *socket = self;
    mn_lossy *lossy = socket->lossy;
    /* What was sent is under way, whatever becomes of its socket, and a last word is often the
       very last: since nobody will call again when it is due, it arrives early. */
    transmit(socket, UINT64_MAX, socket->now_us);
    mni_socket_close(&socket->inner);
    drop_held(socket);
    drop_outgoing(socket, socket->outgoing_count - socket->outgoing_at);
    clear_queue(lossy, &socket->up.queue);
    clear_queue(lossy, &socket->down.queue);
    mni_release(&lossy->memory, socket, sizeof(*socket));
    drop_reference(lossy);
}

static const mn_socket_ops lossy_ops = {
    .struct_size = sizeof(mn_socket_ops),
    .send = lossy_send,
    .receive = lossy_receive,
    .next_us = lossy_next_us,
    .wait = lossy_wait,
    .address = lossy_address,
    .close = lossy_close,
};

static void init_direction(lossy_direction *direction, mn_lossy *lossy,
                           const mn_conditions *conditions, mni_line_counts *counts)
{
    direction->conditions = conditions;
    direction->counts = counts;
    mni_line_init(&direction->line, mni_random_next(&lossy->seeds));
    mni_delayed_init(&direction->queue, &lossy->memory);
}

typedef mn_result (*open_function)(const mn_socket_factory *, const mn_address *, mn_socket *);

static mn_result open_around(mn_lossy *lossy, open_function open_inner, const mn_address *address,
                             mn_socket *socket_out)
{
    if (socket_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    lossy_socket *socket = mni_allocate(&lossy->memory, sizeof(*socket));
    if (socket == NULL) {
        return MN_ERROR_MEMORY;
    }
    mn_result result = open_inner(&lossy->inner, address, &socket->inner);
    if (result != MN_OK) {
        int error = errno; /* tells the caller why; release may change it */
        mni_release(&lossy->memory, socket, sizeof(*socket));
        errno = error;
        return result;
    }
    socket->lossy = lossy;
    init_direction(&socket->up, lossy, &lossy->up, &lossy->counts.up);
    init_direction(&socket->down, lossy, &lossy->down, &lossy->counts.down);
    lossy->references++;
    socket_out->ops = &lossy_ops;
    socket_out->self = socket;
    return MN_OK;
}

static mn_result lossy_open_server(void *user, const mn_address *bind, mn_socket *socket_out)
{
    return open_around(user, mni_socket_open_server, bind, socket_out);
}

static mn_result lossy_open_client(void *user, const mn_address *remote, mn_socket *socket_out)
{
    return open_around(user, mni_socket_open_client, remote, socket_out);
}

static mn_result read_both(const mn_conditions *up, const mn_conditions *down,
                           mn_conditions *up_out, mn_conditions *down_out)
{
    mn_result result = mni_conditions_read(up, up_out);
    return result == MN_OK ? mni_conditions_read(down, down_out) : result;
}

mn_result mn_lossy_create(const mn_socket_factory *inner, const mn_conditions *up,
                          const mn_conditions *down, uint64_t seed, const mn_allocator *allocator,
                          mn_lossy **lossy_out)
{
    mn_socket_factory inner_copy;
    mn_conditions up_copy;
    mn_conditions down_copy;
    if (lossy_out == NULL) {
        return MN_ERROR_ARGUMENT;
    }
    *lossy_out = NULL;
    if (!mni_allocator_is_complete(allocator) || mni_factory_read(inner, &inner_copy) != MN_OK ||
        read_both(up, down, &up_copy, &down_copy) != MN_OK) {
        return MN_ERROR_ARGUMENT;
    }
    mn_lossy *lossy =
        mni_memory_create_root(allocator, 0, sizeof(*lossy), offsetof(mn_lossy, memory));
    if (lossy == NULL) {
        return MN_ERROR_MEMORY;
    }
    lossy->inner = inner_copy;
    lossy->up = up_copy;
    lossy->down = down_copy;
    lossy->references = 1;
    mni_random_init(&lossy->seeds, seed);
    mni_buffers_init(&lossy->buffers, &lossy->memory);
    lossy->factory = (mn_socket_factory){
        .struct_size = sizeof(mn_socket_factory),
        .max_packet_size = inner_copy.max_packet_size,
        .open_server = lossy_open_server,
        .open_client = lossy_open_client,
        .user = lossy,
    };
    *lossy_out = lossy;
    return MN_OK;
}

mn_result mn_lossy_set(mn_lossy *lossy, const mn_conditions *up, const mn_conditions *down)
{
    mn_conditions up_copy;
    mn_conditions down_copy;
    if (lossy == NULL || read_both(up, down, &up_copy, &down_copy) != MN_OK) {
        return MN_ERROR_ARGUMENT;
    }
    lossy->up = up_copy;
    lossy->down = down_copy;
    return MN_OK;
}

void mn_lossy_destroy(mn_lossy *lossy)
{
    if (lossy != NULL) {
        drop_reference(lossy);
    }
}

const mn_socket_factory *mn_lossy_sockets(mn_lossy *lossy)
{
    return lossy != NULL ? &lossy->factory : NULL;
}

void mni_lossy_count(const mn_lossy *lossy, mni_lossy_counts *counts_out)
{
    *counts_out = lossy->counts;
    counts_out->allocations = lossy->memory.allocations;
}
