/* SPDX-License-Identifier: MIT */
/*
 * A whole session (server, client, objects, messages) whose traffic the input mangles: it decides
 * for each datagram whether it passes, is lost, cut, changed, doubled, or answered with an old one
 * or rubbish. Whatever it does: no crash, no assertion, no leak, nobody is thrown out for what
 * somebody else could have sent, and after a while of peace a session that still stands has one
 * world. The first byte says how the session is secured, and whether the mangler has its keys: then
 * what is changed was said by a side itself, and only the first three hold.
 */
#include "base/random.h"
#include "message/endpoint_state.h"
#include "socket/packet.h"
#include "socket/peer_state.h"

#include <miragenet.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { THING = 1, CHAT = 1, POKE = 0, FRAMES_MAX = 400, PEACE_FRAMES = 1500, OLD_MAX = 32 };
enum { PACKET_MAX = 1500, FRAME_US = 16000 };
enum { IS_SEALED = 1, KNOWS_KEYS = 2, HAS_SHARED = 4, HAS_PIN = 8 }; /* in the first byte */

typedef struct thing {
    int32_t health;
    char name[12];
} thing;

static const mn_field thing_fields[] = {MN_INT(thing, health, 0, 1000), MN_STRING(thing, name)};
static const mn_group thing_groups[] = {MN_GROUP(thing_fields, MN_TO_ALL, MN_FROM_SERVER, 0)};
static const mn_call_type thing_calls[] = {{.flags = MN_CALL_TO_SERVER, .name = "poke"}};

typedef struct mangler { /* a socket factory between the peers and the network */
    mn_socket_factory factory;
    const mn_socket_factory *inner;
    const uint8_t *at, *end; /* of the input */
    struct session *keys;    /* NULL: it has none */
    uint8_t old[OLD_MAX][PACKET_MAX];
    uint32_t old_size[OLD_MAX];
    uint32_t old_count;
} mangler;

typedef struct mangled {
    mn_socket inner;
    mangler *owner;
    bool is_server;
} mangled;

typedef struct session {
    uint8_t mode;
    mangler mangler;
    mn_network *network;
    mn_schema *schema;
    mn_server *server;
    mn_server_objects *objects;
    mn_client *client;
    mn_client_objects *client_objects;
    mn_object object;
    mn_player player;
    uint64_t now_us;
    bool is_over;
} session;

static void require(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "fuzz_session: %s\n", what);
        abort();
    }
}

static uint8_t next(mangler *m)
{
    return m->at < m->end ? *m->at++ : 0;
}

static void remember(mangler *m, const mn_datagram *datagram)
{
    if (datagram->size <= PACKET_MAX) {
        uint32_t place = m->old_count++ % OLD_MAX;
        memcpy(m->old[place], datagram->bytes, datagram->size);
        m->old_size[place] = datagram->size;
    }
}

static void pass(mangled *self, mn_datagram datagram, uint64_t now_us)
{
    (void)self->inner.ops->send(self->inner.self, &datagram, 1, now_us);
}

static void change_byte(mangler *m, uint8_t *bytes, uint32_t size)
{
    uint32_t place = (next(m) | (uint32_t)next(m) << 8) % size;
    bytes[place] ^= (uint8_t)(next(m) | 1);
}

/* Who sent it has one connection at most. */
static const mni_connection *sender_of(const mangled *self)
{
    const session *s = self->owner->keys;
    const mni_endpoint *endpoint =
        self->is_server ? mni_server_endpoint(s->server) : mni_client_endpoint(s->client);
    const mni_link *link = mni_links_next(&endpoint->peer->links, NULL);
    return link != NULL && link->state == MNI_LINK_OPEN ? &link->connection : NULL;
}

/* A byte of what is in a data packet becomes another, and the packet is as valid as it was. */
static bool lie(mangled *self, const mn_datagram *datagram, uint8_t bytes_out[PACKET_MAX])
{
    uint8_t plain[PACKET_MAX];
    mni_packet packet;
    mni_opener opener;
    const mni_connection *sender = self->owner->keys != NULL ? sender_of(self) : NULL;
    if (sender == NULL) {
        return false;
    }
    mni_opener_init(&opener, sender->sealer.is_sealed, sender->sealer.key);
    opener.phase = sender->sealer.phase;
    if (!mni_packet_open(&packet, datagram->bytes, datagram->size, &opener,
                         sender->sent.next_number, plain) ||
        packet.body_size == 0) {
        return false;
    }
    uint32_t tail_size = mni_tail_size(sender->sealer.is_sealed);
    uint32_t open_size = datagram->size - packet.body_size - tail_size;
    memcpy(bytes_out, datagram->bytes, open_size);
    memcpy(bytes_out + open_size, packet.body, packet.body_size);
    change_byte(self->owner, bytes_out + open_size, packet.body_size);
    mni_sealer_seal(&sender->sealer, bytes_out, open_size, packet.body_size, packet.number);
    return true;
}

static void change(mangled *self, mn_datagram datagram, uint64_t now_us)
{
    uint8_t bytes[PACKET_MAX];
    if (datagram.size == 0 || datagram.size > PACKET_MAX) {
        return;
    }
    if (!lie(self, &datagram, bytes)) {
        memcpy(bytes, datagram.bytes, datagram.size);
        change_byte(self->owner, bytes, datagram.size);
    }
    datagram.bytes = bytes;
    pass(self, datagram, now_us);
}

static void replay(mangled *self, mn_datagram datagram, uint64_t now_us)
{
    mangler *m = self->owner;
    if (m->old_count) {
        uint32_t place = next(m) % (m->old_count < OLD_MAX ? m->old_count : OLD_MAX);
        datagram.bytes = m->old[place];
        datagram.size = m->old_size[place];
        pass(self, datagram, now_us);
    }
}

static void rubbish(mangled *self, mn_datagram datagram, uint64_t now_us)
{
    uint8_t bytes[64];
    uint32_t size = next(self->owner) % sizeof bytes;
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = next(self->owner);
    }
    datagram.bytes = bytes;
    datagram.size = size;
    pass(self, datagram, now_us);
}

static void mangle(mangled *self, const mn_datagram *datagram, uint64_t now_us)
{
    mn_datagram cut = *datagram;
    remember(self->owner, datagram);
    switch (next(self->owner) % 8) {
    case 1: /* lost */
        break;
    case 2:
        cut.size = next(self->owner) % (cut.size + 1);
        pass(self, cut, now_us);
        break;
    case 3:
        change(self, *datagram, now_us);
        break;
    case 4:
        pass(self, *datagram, now_us);
        pass(self, *datagram, now_us);
        break;
    case 5:
        pass(self, *datagram, now_us);
        replay(self, *datagram, now_us);
        break;
    case 6:
        rubbish(self, *datagram, now_us);
        pass(self, *datagram, now_us);
        break;
    default:
        pass(self, *datagram, now_us);
        break;
    }
}

static mn_result mangled_send(void *self, const mn_datagram *datagrams, uint32_t count,
                              uint64_t now_us)
{
    for (uint32_t i = 0; i < count; i++) {
        mangle(self, &datagrams[i], now_us);
    }
    return (mn_result)count;
}

static mn_result mangled_receive(void *self, mn_datagram *datagrams, uint32_t capacity,
                                 uint64_t now_us)
{
    mangled *m = self;
    return m->inner.ops->receive(m->inner.self, datagrams, capacity, now_us);
}

static uint64_t mangled_next_us(void *self)
{
    mangled *m = self;
    return m->inner.ops->next_us(m->inner.self);
}

static mn_result mangled_wait(void *self, uint64_t timeout_us)
{
    mangled *m = self;
    return m->inner.ops->wait(m->inner.self, timeout_us);
}

static mn_result mangled_address(void *self, mn_address *address_out)
{
    mangled *m = self;
    return m->inner.ops->address(m->inner.self, address_out);
}

static void mangled_close(void *self)
{
    mangled *m = self;
    m->inner.ops->close(m->inner.self);
    free(m);
}

static const mn_socket_ops mangled_ops = {
    .struct_size = sizeof(mn_socket_ops),
    .send = mangled_send,
    .receive = mangled_receive,
    .next_us = mangled_next_us,
    .wait = mangled_wait,
    .address = mangled_address,
    .close = mangled_close,
};

static mn_result wrap(mangler *m, bool is_server, mn_socket inner, mn_socket *socket_out)
{
    mangled *self = malloc(sizeof *self);
    require(self != NULL, "out of memory");
    *self = (mangled){.inner = inner, .owner = m, .is_server = is_server};
    *socket_out = (mn_socket){.ops = &mangled_ops, .self = self};
    return MN_OK;
}

static mn_result open_server(void *user, const mn_address *bind, mn_socket *socket_out)
{
    mangler *m = user;
    mn_socket inner;
    require(m->inner->open_server(m->inner->user, bind, &inner) == MN_OK, "no server socket");
    return wrap(m, true, inner, socket_out);
}

static mn_result open_client(void *user, const mn_address *remote, mn_socket *socket_out)
{
    mangler *m = user;
    mn_socket inner;
    require(m->inner->open_client(m->inner->user, remote, &inner) == MN_OK, "no client socket");
    return wrap(m, false, inner, socket_out);
}

static void fill_random(void *user, void *bytes, uint32_t size)
{
    uint8_t *at = bytes;
    for (uint32_t i = 0; i < size; i++) {
        at[i] = (uint8_t)mni_random_next(user);
    }
}

static void create_schema(session *s)
{
    const mn_message_type chat = {
        .struct_size = sizeof chat, .id = CHAT, .max_size = 100, .name = "chat"};
    const mn_object_type type = {
        .struct_size = sizeof type,
        .id = THING,
        .size = sizeof(thing),
        .group_count = MN_COUNT(thing_groups),
        .groups = thing_groups,
        .call_count = MN_COUNT(thing_calls),
        .calls = thing_calls,
        .name = "thing",
    };
    require(mn_schema_create(NULL, &s->schema) == MN_OK, "no schema");
    require(mn_schema_add_message(s->schema, &chat) == MN_OK, "no message");
    require(mn_schema_add_object(s->schema, &type) == MN_OK, "no object");
    require(mn_schema_finish(s->schema) == MN_OK, "not finished");
}

static void create(session *s, const mn_random_source *source)
{
    mangler *m = &s->mangler;
    require(mn_network_create(NULL, &s->network) == MN_OK, "no network");
    m->inner = mn_network_sockets(s->network);
    m->factory = (mn_socket_factory){.struct_size = sizeof(mn_socket_factory),
                                     .max_packet_size = m->inner->max_packet_size,
                                     .open_server = open_server,
                                     .open_client = open_client,
                                     .user = m};
    create_schema(s);
    static const uint8_t shared_key[MN_KEY_SIZE] = {1};
    static const uint8_t private_key[MN_KEY_SIZE] = {2};
    const uint8_t *shared = s->mode & HAS_SHARED ? shared_key : NULL;
    uint8_t server_key[MN_KEY_SIZE];
    uint32_t security = s->mode & IS_SEALED ? MN_SECURITY_ENCRYPTED : MN_SECURITY_NONE;
    require(mn_key_public(private_key, server_key) == MN_OK, "no key");
    const mn_server_config server = {.struct_size = sizeof server,
                                     .security = security,
                                     .seed = 1,
                                     .schema = s->schema,
                                     .sockets = &m->factory,
                                     .random = source,
                                     .shared_key = shared,
                                     .private_key = s->mode & HAS_PIN ? private_key : NULL};
    const mn_client_config client = {.struct_size = sizeof client,
                                     .security = security,
                                     .seed = 2,
                                     .schema = s->schema,
                                     .sockets = &m->factory,
                                     .random = source,
                                     .shared_key = shared,
                                     .server_key = s->mode & HAS_PIN ? server_key : NULL};
    mn_address address;
    require(mn_server_create(&server, &s->server) == MN_OK, "no server");
    require(mn_server_objects_create(s->server, &s->objects) == MN_OK, "no objects");
    require(mn_server_start(s->server, NULL) == MN_OK, "no start");
    require(mn_client_create(&client, &s->client) == MN_OK, "no client");
    require(mn_client_objects_create(s->client, &s->client_objects) == MN_OK, "no objects");
    require(mn_server_address(s->server, &address) == MN_OK, "no address");
    require(mn_client_connect(s->client, &address, "hello", 5) == MN_OK, "no connect");
}

static void poll_server(session *s)
{
    mn_event events[16];
    mn_result count;
    while ((count = mn_server_poll(s->server, events, 16)) > 0) {
        for (mn_result i = 0; i < count; i++) {
            if (events[i].type == MN_EVENT_AUTHENTICATED) {
                s->player.id = events[i].who;
                require(mn_server_objects_spawn(s->objects, THING, s->player, &s->object) == MN_OK,
                        "no spawn");
            } else if (events[i].type == MN_EVENT_DISCONNECTED) {
                require(s->mangler.keys || events[i].reason != MN_REASON_PROTOCOL,
                        "thrown out by the server");
                s->is_over = true;
            }
        }
    }
}

static void poll_client(session *s)
{
    mn_event events[16];
    mn_result count;
    while ((count = mn_client_poll(s->client, events, 16)) > 0) {
        for (mn_result i = 0; i < count; i++) {
            if (events[i].type == MN_EVENT_DISCONNECTED ||
                events[i].type == MN_EVENT_CONNECT_FAILED) {
                require(s->mangler.keys || events[i].reason != MN_REASON_PROTOCOL,
                        "thrown out by the client");
                s->is_over = true;
            }
        }
    }
}

static void act(session *s, uint32_t frame)
{
    const mn_call poke = {.object = s->object, .call = POKE};
    thing *state = mn_server_objects_state(s->objects, s->object);
    if (state && frame % 3 == 0) {
        state->health = (int32_t)(frame % 1000);
        (void)snprintf(state->name, sizeof state->name, "n%u", (unsigned)frame % 100);
    }
    (void)mn_server_broadcast(s->server, CHAT, "hello", 5, 0);
    (void)mn_client_send(s->client, CHAT, "hi", 2, frame % 2 ? MN_UNRELIABLE : MN_RELIABLE);
    (void)mn_client_notify(s->client, CHAT, "note", 4, frame);
    (void)mn_client_objects_call(s->client_objects, &poke);
}

static void step(session *s, uint32_t frame, bool is_acting)
{
    s->now_us += FRAME_US;
    require(mn_server_update(s->server, s->now_us) == MN_OK, "no server update");
    require(mn_client_update(s->client, s->now_us) == MN_OK, "no client update");
    poll_server(s);
    poll_client(s);
    if (is_acting) {
        act(s, frame);
    }
    require(mn_server_flush(s->server, s->now_us) == MN_OK, "no server flush");
    require(mn_client_flush(s->client, s->now_us) == MN_OK, "no client flush");
}

static bool is_equal(const session *s)
{
    uint64_t ours = 0;
    uint64_t theirs = 1;
    return mn_server_objects_digest(s->objects, s->player, &ours) == MN_OK &&
           mn_client_objects_digest(s->client_objects, &theirs) == MN_OK && ours == theirs;
}

static void play(session *s)
{
    uint32_t frame = 0;
    for (; frame < FRAMES_MAX && s->mangler.at < s->mangler.end && !s->is_over; frame++) {
        step(s, frame, true);
    }
    s->mangler.at = s->mangler.end;
    bool equal = false;
    for (uint32_t i = 0; i < PEACE_FRAMES && !s->is_over && !equal; i++) {
        step(s, frame + i, false);
        equal = s->player.id != 0 && is_equal(s);
    }
    require(s->is_over || equal || s->mangler.keys, "two worlds");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static session s;
    mni_random random;
    mni_random_init(&random, 1);
    const mn_random_source source = {.fill = fill_random, .user = &random};
    s = (session){.now_us = 1000000, .mangler = {.at = data, .end = data + size}};
    s.mode = next(&s.mangler);
    s.mode = s.mode & IS_SEALED ? s.mode : s.mode & KNOWS_KEYS;
    s.mangler.keys = s.mode & KNOWS_KEYS ? &s : NULL;
    create(&s, &source);
    play(&s);
    mn_client_destroy(s.client);
    mn_server_destroy(s.server);
    mn_schema_destroy(s.schema);
    mn_network_destroy(s.network);
    return 0;
}
