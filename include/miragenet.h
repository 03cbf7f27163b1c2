/* SPDX-License-Identifier: MIT */
/*
 * miragenet: multiplayer networking in three layers, as one C library.
 *
 *   socket    mn_peer             connections over datagrams: handshake, delivery, statistics
 *   message   mn_server,          players and typed messages described by field tables; host mode
 *             mn_client
 *   object    mn_server_objects,  spawning, state in sync, calls
 *             mn_client_objects
 *
 * Each layer is usable alone. What holds everywhere:
 *
 *   - You create pointers (schema, peer, server, client, objects); the network creates ids
 *     (connection, player, object). A stale id gets MN_ERROR_STALE, never somebody else's data.
 *   - A frame is update, poll, your game, flush. Nothing calls back, and nothing runs between your
 *     calls: no threads, no globals, no clock. `now_us` is microseconds from any monotonic clock,
 *     the same for all calls on one root; mn_time_us() is one.
 *   - mn_result: >= 0 is success or a count, < 0 is MN_ERROR_…. A failed call changes nothing.
 *     NULL, stale ids, wrong sizes and wrong states get an error code in every build.
 *   - Config structs begin with struct_size; zero in a field means its default.
 *   - What you pass in is copied before the call returns, unless the declaration says otherwise.
 *     What you get by pointer belongs to the library and lasts as long as its declaration says.
 *   - The functions that you hand over (allocator, log, sockets) run inside a call on a root, and
 *     must not call the library on that root.
 *   - A root (a peer; a server or client with its object manager and its host partner), and the
 *     network or lossy wrapper it uses, belong to one thread at a time. Different roots may live in
 *     different threads.
 *   - Layout: fixed-width integers, floats and pointers; 64-bit fields on 8-byte offsets; pointers
 *     last; one layout for all 64-bit ABIs and one for all 32-bit ABIs.
 */
#ifndef MIRAGENET_H
#define MIRAGENET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the functions are declared. Define it before including where your build needs another. */
#ifndef MN_API
#  if defined(_WIN32) && defined(MN_SHARED)
#    define MN_API extern __declspec(dllimport)
#  elif defined(__GNUC__)
#    define MN_API extern __attribute__((visibility("default")))
#  else
#    define MN_API extern
#  endif
#endif

/* ---- basics ---------------------------------------------------------------------------------- */

#define MN_VERSION_MAJOR 0
#define MN_VERSION_MINOR 1
#define MN_VERSION_PATCH 0

typedef int32_t mn_result;
enum {
    MN_OK = 0,
    MN_ERROR_ARGUMENT = -1,  /* NULL, out of range, wrong struct_size, wrong size of a value */
    MN_ERROR_STATE = -2,     /* not started, already started, not connected, not yours to do */
    MN_ERROR_STALE = -3,     /* what the id named is gone, or never was */
    MN_ERROR_FULL = -4,      /* a queue or table is at its limit; try again after the next update */
    MN_ERROR_TOO_LARGE = -5, /* over the size that this delivery allows, or over the capacity */
    MN_ERROR_MEMORY = -6,    /* the allocator had none, or the config's memory_limit is reached */
    MN_ERROR_NETWORK = -7,   /* the socket or the name service said no; see mn_…_error_text */
    MN_ERROR_SCHEMA = -8     /* it does not fit the schema; see mn_schema_error_text */
};
/* A short English text for a result; never NULL, static. In C#: IntPtr, not string. */
MN_API const char *mn_result_text(mn_result result);
/* MN_VERSION_… of the library that runs, as major << 16 | minor << 8 | patch. */
MN_API uint32_t mn_version(void);
/* Microseconds of the system's monotonic clock. The library itself never reads it. */
MN_API uint64_t mn_time_us(void);

/* Where memory comes from. Both functions run on the calling thread inside an mn_ call. alignment
   is a power of two, at most 16; release is told size and alignment as they were allocated.
   allocate returns NULL when it has none. */
typedef struct mn_allocator {
    void *(*allocate)(void *user, size_t size, size_t alignment);
    void (*release)(void *user, void *memory, size_t size, size_t alignment);
    void *user;
} mn_allocator;

enum { MN_LOG_ERROR = 1, MN_LOG_WARNING = 2, MN_LOG_INFO = 3, MN_LOG_DEBUG = 4 };
/* Where a few lines about unusual things go (never one per packet). area and text last for the call
   only. */
typedef struct mn_log {
    uint32_t level; /* the most talkative MN_LOG_… that is written; 0: warnings and errors */
    uint32_t unused;
    void (*write)(void *user, uint32_t level, const char *area, const char *text);
    void *user;
} mn_log;

/* Where keys, cookies and nonces come from. FOR TESTS ONLY: without it they come from the operating
   system, as they must. */
typedef struct mn_random_source {
    void (*fill)(void *user, void *bytes, uint32_t size);
    void *user;
} mn_random_source;

/* Made by the network. Zero is nobody, nothing. Connection and player ids carry a generation. An
   object's id is its net id: the same number on the server and on every client, never reused in a
   run. A player's id is the same number on both sides. */
typedef struct mn_connection {
    uint32_t id;
} mn_connection;
typedef struct mn_player {
    uint32_t id;
} mn_player;
typedef struct mn_object {
    uint32_t id;
} mn_object;

/* Everything that happens arrives as one of these, in the order in which it happened. 96 bytes
   where pointers have 8. Which fields an event uses stands at its MN_EVENT_…; others are zero. */
typedef struct mn_event {
    uint16_t type;    /* MN_EVENT_… */
    uint8_t delivery; /* of MESSAGE and CALL: the mode it travelled by, MN_UNRELIABLE … */
    uint8_t channel;
    uint32_t who; /* the connection or player concerned; of SPAWNED and OWNER: the owner */
    mn_object object;
    uint32_t object_type;
    uint32_t what;  /* message or call */
    int32_t reason; /* MN_REASON_… or yours */
    uint32_t size;  /* of data */
    uint32_t unused;
    uint64_t token;   /* of DELIVERED and LOST: yours, from the send */
    uint64_t time_us; /* in the server's time: of object events and calls the flush that sent them,
                         of others their arrival; of a peer's events the now_us of that update */
    uint64_t changed; /* of CHANGED: bit i is field i, counted over all groups in order */
    uint64_t user;    /* what you attached to that object, player or connection */
    uint64_t reserved[2];
    const void *data;   /* struct, bytes or text; valid until the first update after the poll */
    const void *before; /* of CHANGED: the state before, same lifetime */
} mn_event;

enum {
    /* The link stands: who (a client has no id yet); of a listening peer or a server, data is the
       payload of connect. */
    MN_EVENT_CONNECTED = 1,
    /* Server with MN_SERVER_AUTHENTICATE: who, data is the payload. Answer with mn_server_accept or
       mn_server_reject, now or later. */
    MN_EVENT_AUTHENTICATE,
    /* Both sides: who. From here messages and objects flow. */
    MN_EVENT_AUTHENTICATED,
    /* Of who wanted to connect: reason, data is text. */
    MN_EVENT_CONNECT_FAILED,
    /* Both sides: who, reason, data is text; also when the link died, also for your disconnect. On
       a server with MN_REASON_SCHEMA of who never was CONNECTED, because its schema differs. */
    MN_EVENT_DISCONNECTED,
    /* who (the sender; 0: the server), what, delivery, channel, data. */
    MN_EVENT_MESSAGE,
    /* Of a notify message: who (the receiver), token. */
    MN_EVENT_DELIVERED,
    /* Likewise: it is not known to have arrived (it still may). */
    MN_EVENT_LOST,
    /* Client: object, object_type, who (owner), data is the state. */
    MN_EVENT_SPAWNED,
    /* Client, once for each object and update: object, object_type, changed, data and before. */
    MN_EVENT_CHANGED,
    /* Client, and server where the owner left: object, object_type, reason, data (last state). */
    MN_EVENT_DESPAWNED,
    /* Client: object, object_type, who (the new owner). */
    MN_EVENT_OWNER,
    /* object, object_type, what (call), data is the arguments; on the server who (caller). */
    MN_EVENT_CALL,
    /* Both sides, the player's main object is another one: who, object (0: none). */
    MN_EVENT_CHARACTER
};

/* Why a connection was refused or ended, or an object is gone. Both sides see the same number.
   Numbers from MN_REASON_USER to 65535 are the game's own. */
enum {
    MN_REASON_NONE = 0,
    MN_REASON_CLOSED = 1,        /* a side disconnected and gave no reason */
    MN_REASON_TIMEOUT = 2,       /* silence for timeout_us, or connecting took too long */
    MN_REASON_UNREACHABLE = 3,   /* nobody listens at the address */
    MN_REASON_VERSION = 4,       /* another protocol version */
    MN_REASON_APPLICATION = 5,   /* another config.application */
    MN_REASON_SCHEMA = 6,        /* the schemas differ; the text names the first type that does */
    MN_REASON_SECURITY = 7,      /* another security mode */
    MN_REASON_FULL = 8,          /* the server has max_players (max_connections) already; or it had
                                    heard nothing yet, and the place was needed */
    MN_REASON_REJECTED = 9,      /* the server's game said no and gave no reason of its own */
    MN_REASON_PROTOCOL = 10,     /* the other side sent too much that is wrong */
    MN_REASON_STOPPED = 11,      /* the server stopped, or the peer closed */
    MN_REASON_REPLACED = 12,     /* the same address connected anew, and the old was silent */
    MN_REASON_MEMORY = 13,       /* out of memory */
    MN_REASON_DESTROYED = 14,    /* of an object: despawned */
    MN_REASON_OWNER_LEFT = 15,   /* of an object: its owner disconnected */
    MN_REASON_DISCONNECTED = 16, /* of an object: this client's own connection ended */
    MN_REASON_KEY = 17,          /* the keys do not fit: another shared key, or not the server's */
    MN_REASON_USER = 1000
};
/* A short English text for a reason; never NULL, static. */
MN_API const char *mn_reason_text(int32_t reason);

/* ---- socket layer ---------------------------------------------------------------------------- */

#define MN_DEFAULT_PORT 7777

/* An address: an IP address and port, or 16 opaque bytes that mean something to a factory. */
typedef struct mn_address {
    uint8_t ip[16]; /* network order; IPv4 as mapped IPv6 (::ffff:a.b.c.d) */
    uint32_t scope; /* of a link-local IPv6 address */
    uint16_t port;
    uint16_t kind; /* 0: IP; 1: 16 opaque bytes of the factory's own (relay, Steam, WebSocket) */
} mn_address;

enum { MN_ADDRESS_TEXT_MAX = 64 }; /* room for any address as text, with its terminator */

/* Reads "1.2.3.4", "1.2.3.4:80", "::1", "[::1]:80"; asks nobody. MN_ERROR_ARGUMENT if it is none of
   these. */
MN_API mn_result mn_address_parse(const char *text, uint16_t default_port, mn_address *address_out);
/* Like parse, and host names as well: "example.org:80". Blocks while the system's name service
   answers. MN_ERROR_NETWORK if the name does not resolve. */
MN_API mn_result mn_address_resolve(const char *name, uint16_t default_port,
                                    mn_address *address_out);
/* Writes "1.2.3.4:80" or "[::1]:80" with a terminator; returns the length without it.
   MN_ERROR_TOO_LARGE if it does not fit; MN_ADDRESS_TEXT_MAX always does. */
MN_API mn_result mn_address_format(const mn_address *address, char *text_out, uint32_t capacity);

enum {
    MN_DATAGRAM_CLOSED = 1,    /* the other end is gone (ICMP said so); size is 0 */
    MN_DATAGRAM_TRUNCATED = 2, /* it was larger than the socket could take */
    MN_DATAGRAM_CONGESTED = 4, /* ECN: congestion experienced */
    MN_DATAGRAM_LAST = 8       /* nothing more waits just now: another receive would be in vain */
};

typedef struct mn_datagram {
    mn_address address; /* where it goes to, or came from */
    uint32_t size;
    uint32_t flags; /* MN_DATAGRAM_… */
    const uint8_t *bytes;
} mn_datagram;

/* What a socket can do. All are told `self`; send and receive are told the time, so that a wrapper
   can delay. A socket belongs to the peer that opened it. */
typedef struct mn_socket_ops {
    uint32_t struct_size;
    uint32_t unused;
    /* How many were taken, from the first on; bytes are copied. If none, why: MN_ERROR_FULL (keep
       them, try later), MN_ERROR_TOO_LARGE (drop the first), MN_ERROR_NETWORK (drop the first). */
    mn_result (*send)(void *self, const mn_datagram *datagrams, uint32_t count, uint64_t now_us);
    /* How many came, 0 for none; their bytes last until the next receive. MN_ERROR_NETWORK: the
       socket does not work any more. */
    mn_result (*receive)(void *self, mn_datagram *datagrams, uint32_t capacity, uint64_t now_us);
    /* When send or receive wants to be called again without new data; UINT64_MAX: no timer. */
    uint64_t (*next_us)(void *self);
    /* Until something can be received: 1 yes, 0 no. A socket in virtual time never sleeps. */
    mn_result (*wait)(void *self, uint64_t timeout_us);
    mn_result (*address)(void *self, mn_address *address_out); /* the local one */
    void (*close)(void *self);
} mn_socket_ops;

typedef struct mn_socket {
    const mn_socket_ops *ops; /* lasts as long as the socket */
    void *self;
} mn_socket;

/* Where sockets come from: implement it to run over anything that carries datagrams. A NULL remote
   or socket_out is MN_ERROR_ARGUMENT, an address in use MN_ERROR_NETWORK; a failed open leaves
   *socket_out alone. What a client socket sends goes to its remote, whatever its address says.
   tests/support/socket_conformance.h is a suite that a factory of your own can run. A function
   that fails returns MN_ERROR_NETWORK and may leave errno: mn_peer_error_text is made from it. */
typedef struct mn_socket_factory {
    uint32_t struct_size;
    uint32_t flags;           /* 0 */
    uint32_t max_packet_size; /* bytes that fit into a datagram, 1200 at least */
    uint32_t unused;
    /* A socket that hears from everybody. bind NULL: any address, the factory's default port. */
    mn_result (*open_server)(void *user, const mn_address *bind, mn_socket *socket_out);
    /* A socket that talks with `remote` alone. */
    mn_result (*open_client)(void *user, const mn_address *remote, mn_socket *socket_out);
    void *user;
} mn_socket_factory;

/* UDP over IPv4 and IPv6, in batches where the system has them. NULL bind: [::]:7777. Static. */
MN_API const mn_socket_factory *mn_udp_sockets(void);

/* A network inside the process, in the caller's time: nothing takes time, and nothing is lost but
   what comes to a socket with 1024 datagrams waiting. For tests, and as the inner factory of
   mn_lossy. allocator NULL: the C library's. The factory ends with destroy; sockets that are still
   open keep working. */
typedef struct mn_network mn_network;
MN_API mn_result mn_network_create(const mn_allocator *allocator, mn_network **network_out);
MN_API void mn_network_destroy(mn_network *network);
MN_API const mn_socket_factory *mn_network_sockets(mn_network *network);

/* What one direction of a bad line does to datagrams. All zero: nothing. */
typedef struct mn_conditions {
    uint32_t struct_size;
    /* Probability for each datagram, 0 to 1. A reordered one is held back by 5 to 50 ms. */
    float loss, duplicate, reorder, corrupt;
    uint32_t burst;            /* mean number of datagrams lost in a row; 0: losses independent */
    uint64_t latency_us;       /* one way */
    uint64_t jitter_us;        /* up to this much more, evenly spread; keeps the order */
    uint64_t bytes_per_second; /* of the bottleneck; 0: no limit */
    uint64_t queue_bytes;      /* before the bottleneck, then dropped; 0: 64 KiB */
    uint32_t max_packet_size;  /* larger ones vanish; 0: no limit */
    uint32_t partitioned;      /* not 0: everything vanishes */
} mn_conditions;

/* Wraps any factory and makes its sockets as bad as told, from a seed, in the caller's time: UDP
   for a demo, the in-process network for a simulation. `up` is what the wrapped sockets send,
   `down` what they receive; NULL: nothing is done to it. What is under way when its sender's socket
   closes leaves at once. `inner` must outlast the wrapper and its sockets. The factory ends with
   destroy; sockets that are still open keep working. */
typedef struct mn_lossy mn_lossy;
MN_API mn_result mn_lossy_create(const mn_socket_factory *inner, const mn_conditions *up,
                                 const mn_conditions *down, uint64_t seed,
                                 const mn_allocator *allocator, mn_lossy **lossy_out);
/* Changes both directions for all sockets from the next datagram on. */
MN_API mn_result mn_lossy_set(mn_lossy *lossy, const mn_conditions *up, const mn_conditions *down);
MN_API void mn_lossy_destroy(mn_lossy *lossy);
MN_API const mn_socket_factory *mn_lossy_sockets(mn_lossy *lossy);

/* How a message travels: one mode, OR-ed with MN_ON_CHANNEL, MN_REDUNDANT and MN_EXPIRES_MS (which
   look at their arguments twice). Zero: as its type declares. */
enum {
    MN_UNRELIABLE = 1, /* may be lost, never doubled, in any order */
    MN_SEQUENCED = 2,  /* unreliable, and dropped where a newer one of its channel came before */
    MN_RELIABLE = 3,   /* once, in order on its channel */
    MN_UNORDERED = 4,  /* once, as soon as it arrives */
    MN_NOTIFY = 5 /* unreliable, and you learn which it was: MN_EVENT_DELIVERED or MN_EVENT_LOST */
};
enum { MN_CHANNELS = 64 }; /* 0 to 63: an order of their own each; no channel waits for another */
#define MN_ON_CHANNEL(channel) ((uint64_t)(channel) >> 12 ? UINT32_MAX : (uint32_t)(channel) << 8)
/* For what is small and urgent: it rides again in the next 1 to 3 packets that leave anyway, until
   it is acknowledged, and is delivered once: a loss costs a frame instead of a round trip. Of
   sequenced and reliable messages; those above 256 bytes go without. */
#define MN_REDUNDANT(copies) ((uint64_t)(copies) >> 4 ? UINT32_MAX : (uint32_t)(copies) << 4)
enum { MN_EXPIRES_MS_MAX = 4095 };
/* For what is worth nothing later: what has waited for more than ms milliseconds (1 to 4095, more
   is MN_ERROR_ARGUMENT; 0: for ever) is not sent. It counts as MN_DROP_EXPIRED, and a notify
   message gets its LOST. What has begun to leave does not expire any more, and what has not never
   had a place in the order: an ordered channel goes on without it. That a message has expired is
   seen when its turn comes, or when a full queue needs its room. */
#define MN_EXPIRES_MS(ms) ((uint64_t)(ms) >> 12 ? UINT32_MAX : (uint32_t)(ms) << 20)

enum {
    MN_SECURITY_DEFAULT = 0, /* MN_SECURITY_ENCRYPTED */
    MN_SECURITY_NONE = 1,    /* for trusted networks and measuring: checksums, no secrecy */
    /* Nobody reads along, alters or repeats what is sent. Without a key, who stands between both
       sides from the first packet on can pose as either; with shared_key he cannot, and with
       remote_key not as the side that has it. */
    MN_SECURITY_ENCRYPTED = 2
};

enum { MN_PAYLOAD_MAX = 1024 }; /* bytes that the client may send along with its connect */
enum { MN_TEXT_MAX = 128 };     /* bytes of a reason's text, without terminator; longer is cut */

typedef struct mn_peer_config {
    uint32_t struct_size;
    uint32_t security;             /* MN_SECURITY_… */
    uint32_t max_connections;      /* 1 to 65535; 0: 64 */
    uint32_t max_packet_size;      /* of a datagram's payload; 0: 1200; at most the factory's */
    uint32_t send_queue_bytes;     /* queued for each connection, then MN_ERROR_FULL; 0: 256 KiB */
    uint32_t receive_window_bytes; /* the credit granted to each connection, at least four of the
                                      largest packets; 0: 256 KiB */
    uint32_t max_in_flight_bytes;  /* sent to each connection and not acknowledged; 0: 256 KiB */
    /* What is taken of each connection in a second; more is dropped, as if it were lost. */
    uint32_t max_packets_per_second;  /* 0: 131072 */
    uint32_t max_bytes_per_second;    /* 0: 128 MiB */
    uint32_t max_messages_per_second; /* and pieces of large ones; 0: 1048576 */
    uint32_t max_message_size; /* of a reliable one, both ways; 0: 1 MiB; up to 16 MiB. Up to four
                                  such take so much memory each, until they are read, besides the
                                  window. Those above a quarter of the other side's window leave
                                  one after the other, whatever their channels */
    uint32_t unused;
    uint64_t application;        /* your game and version; both sides must have the same */
    uint64_t tag;                /* shown to the other side, see mn_peer_tag; never compared here */
    uint64_t seed;               /* of everything but keys, cookies, nonces; 0: from the system */
    uint64_t memory_limit;       /* bytes; 0: none */
    uint64_t connect_timeout_us; /* 0: 15 s */
    uint64_t timeout_us;         /* of silence; 0: 15 s */
    uint64_t keep_alive_us;      /* of who connected, where it sends nothing reliable: well below
                                    timeout_us of both sides; 0: half of its own */
    uint64_t close_timeout_us;   /* how long disconnect tries to deliver what is queued; 0: 2 s */
    uint64_t clock_gap_us;       /* a later update is a jump of the clock, not silence; 0: 2 s */
    const mn_socket_factory *sockets; /* NULL: UDP; must outlast the peer */
    const mn_allocator *allocator;    /* NULL: the C library's; copied */
    const mn_log *log;                /* NULL: nothing is logged; copied */
    const mn_random_source *random;   /* NULL: the operating system's; tests only; copied */
    /* Keys of 32 bytes, copied; NULL: none, as it must be with MN_SECURITY_NONE. All zeros are
       MN_ERROR_ARGUMENT. Where they do not fit, connecting fails with MN_REASON_KEY. */
    const uint8_t *shared_key;  /* both sides have it, or neither. Random, never a password. To who
                                   has no remote_key whoever has it may pose as either side, and
                                   by listening he reads the payload of his connect */
    const uint8_t *private_key; /* the identity of a listening side, for who asks for it */
    const uint8_t *remote_key;  /* of what we connect to: its public key; NULL: whoever answers */
    const void *reserved;       /* NULL */
} mn_peer_config;

/* Keys have 32 bytes: private ones, their public ones, and shared ones, which are any 32 bytes that
   nobody guesses (mn_key_generate makes a good one: its private key). As text a key has 44
   characters, base64 as WireGuard writes it. */
enum { MN_KEY_SIZE = 32, MN_KEY_TEXT_MAX = 48 /* room for a key as text, with its terminator */ };

/* A new private key, from the operating system's randomness, and the public key that belongs to it.
   MN_ERROR_NETWORK: the system has no randomness. */
MN_API mn_result mn_key_generate(uint8_t private_key_out[MN_KEY_SIZE],
                                 uint8_t public_key_out[MN_KEY_SIZE]);
/* The public key of a private one. */
MN_API mn_result mn_key_public(const uint8_t private_key[MN_KEY_SIZE],
                               uint8_t public_key_out[MN_KEY_SIZE]);
/* Writes the text with a terminator; returns 44, its length. MN_ERROR_TOO_LARGE if capacity is less
   than 45. */
MN_API mn_result mn_key_format(const uint8_t key[MN_KEY_SIZE], char *text_out, uint32_t capacity);
/* Reads what format writes and nothing else: MN_ERROR_ARGUMENT for any other text. */
MN_API mn_result mn_key_parse(const char *text, uint8_t key_out[MN_KEY_SIZE]);

/* The socket layer alone: connections over one socket. Events: CONNECTED, CONNECT_FAILED,
   DISCONNECTED, MESSAGE (data is what was sent), DELIVERED, LOST. */
typedef struct mn_peer mn_peer;
MN_API mn_result mn_peer_create(const mn_peer_config *config, mn_peer **peer_out);
/* Closes and frees everything; NULL is allowed. */
MN_API void mn_peer_destroy(mn_peer *peer);
/* Opens a socket that accepts connections. bind NULL: [::]:7777; port 0: any free one, see
   mn_peer_address. MN_ERROR_STATE: it is open already. MN_ERROR_NETWORK: see mn_peer_error_text. */
MN_API mn_result mn_peer_listen(mn_peer *peer, const mn_address *bind);
/* Starts to connect, from the listening socket if there is one, else from one of its own, which
   serves one connection at a time (MN_ERROR_STATE while it lives). What comes of it is an event:
   CONNECTED or CONNECT_FAILED. payload: up to MN_PAYLOAD_MAX bytes, for the other's CONNECTED. */
MN_API mn_result mn_peer_connect(mn_peer *peer, const mn_address *remote, const void *payload,
                                 uint32_t size, mn_connection *connection_out);
/* Delivers what is queued for close_timeout_us at most, then ends the connection with a reason
   (0: MN_REASON_CLOSED) and a text (may be NULL) that the other side sees. Nothing can be sent and
   nothing is received meanwhile. Again on the same connection: MN_OK, nothing changes. */
MN_API mn_result mn_peer_disconnect(mn_peer *peer, mn_connection connection, int32_t reason,
                                    const char *text);
/* Ends all connections at once with MN_REASON_STOPPED and closes the socket; their events can still
   be polled, and the peer can listen or connect again. MN_ERROR_STATE: it is not open. */
MN_API mn_result mn_peer_close(mn_peer *peer);
/* What went wrong last with the socket, in words; "" if nothing. Lasts until the next call. */
MN_API const char *mn_peer_error_text(const mn_peer *peer);
/* Takes in what arrived and runs timers: acknowledgements, retransmissions and probes that are due
   leave. Events polled before become invalid. now_us must not go backwards (it is clamped).
   MN_ERROR_NETWORK: the socket receives nothing any more; all else was done. */
MN_API mn_result mn_peer_update(mn_peer *peer, uint64_t now_us);
/* The next events, capacity at most; how many. */
MN_API mn_result mn_peer_poll(mn_peer *peer, mn_event *events, uint32_t capacity);
/* Queues a message of size bytes (may be 0) for the next flush; copied. how: a mode and a channel;
   0: reliable on channel 0. token: for mn_peer_cancel, and of MN_NOTIFY, in DELIVERED or LOST.
   MN_ERROR_FULL: the queue is at its limit (an empty one takes any message); MN_ERROR_TOO_LARGE:
   over mn_peer_max_message_size. What is larger than a packet goes in pieces. */
MN_API mn_result mn_peer_send(mn_peer *peer, mn_connection to, const void *data, uint32_t size,
                              uint32_t how, uint64_t token);
/* The same message to many, copied once (MN_NOTIFY is MN_ERROR_ARGUMENT). Returns for how many it
   was queued; results, if not NULL, receives each one's result. */
MN_API mn_result mn_peer_send_many(mn_peer *peer, const mn_connection *to, uint32_t count,
                                   const void *data, uint32_t size, uint32_t how,
                                   mn_result *results);
/* Takes back the messages with this token (0 is one, too) of which nothing has left yet; how many.
   Notify messages among them get their LOST. */
MN_API mn_result mn_peer_cancel(mn_peer *peer, mn_connection to, uint64_t token);
/* How a channel shares packets with the others, on all connections, from when nothing waits on it:
   priority 0 to 3, the higher first; among equals, weight (1 to 255; 1 unless set) messages or
   pieces in a row. Retransmissions go before all. */
MN_API mn_result mn_peer_set_channel(mn_peer *peer, uint32_t channel, uint32_t priority,
                                     uint32_t weight);
/* The most bytes that one message of this mode may have: max_message_size for reliable ones, 32
   packets for others. Where the other side's limits are lower, send says MN_ERROR_TOO_LARGE. */
MN_API mn_result mn_peer_max_message_size(const mn_peer *peer, uint32_t how);
/* Packs what is queued and sends it. */
MN_API mn_result mn_peer_flush(mn_peer *peer, uint64_t now_us);
/* When the peer wants its next update, if nothing arrives; UINT64_MAX: not at all. */
MN_API uint64_t mn_peer_next_us(const mn_peer *peer);
/* Sleeps until something arrived or timeout_us passed: 1 or 0. */
MN_API mn_result mn_peer_wait(mn_peer *peer, uint64_t timeout_us);
MN_API mn_result mn_peer_address(const mn_peer *peer, mn_address *address_out); /* the local one */
MN_API mn_result mn_peer_connection_address(const mn_peer *peer, mn_connection connection,
                                            mn_address *address_out);
/* config.tag of the other side, known from CONNECTED on. */
MN_API mn_result mn_peer_tag(const mn_peer *peer, mn_connection connection, uint64_t *tag_out);
MN_API mn_result mn_peer_set_user(mn_peer *peer, mn_connection connection, uint64_t user);

/* How a connection is doing. Set struct_size before the call. */
typedef struct mn_statistics {
    uint32_t struct_size;
    uint32_t max_packet_size;
    uint64_t rtt_us; /* smoothed (RFC 9002); 0 until measured */
    uint64_t rtt_min_us;
    uint64_t rtt_variance_us;
    uint64_t jitter_us; /* from one round trip to the next, smoothed as in RFC 3550, 6.4.1 */
    uint64_t packets_sent, packets_received;
    uint64_t bytes_sent, bytes_received; /* of datagram payloads */
    uint64_t messages_sent, messages_received;
    uint64_t packets_lost;            /* sent and taken for lost */
    uint64_t packets_lost_spuriously; /* of these, acknowledged after all */
    uint64_t packets_missing;         /* of the other side's, by the gaps in their numbers */
    uint64_t messages_resent; /* sent again for a loss, or to ask for news; of pieces each counts */
    uint64_t messages_copied; /* sent again because of MN_REDUNDANT */
    uint64_t message_bytes_sent, message_bytes_received; /* each byte once, however often it went */
    uint64_t queue_us;    /* how long the oldest message has been waiting for its first sending */
    uint32_t queue_bytes; /* of all that wait so, expired ones among them */
    uint32_t in_flight_bytes;         /* sent and neither acknowledged nor lost */
    uint32_t goodput_out, goodput_in; /* message bytes a second, over the last one or two */
    float loss_out, loss_in;          /* of the last hundred packets or so, 0 to 1 */
} mn_statistics;
MN_API mn_result mn_peer_statistics(const mn_peer *peer, mn_connection connection,
                                    mn_statistics *statistics_out);

/* Why datagrams (or what was in them) were dropped. */
enum {
    MN_DROP_EMPTY = 0,   /* no bytes, or truncated by the socket */
    MN_DROP_UNKNOWN,     /* a data packet from an address without a connection */
    MN_DROP_CHECKSUM,    /* corrupt or forged */
    MN_DROP_HANDSHAKE,   /* a handshake packet that does not parse, or answers nothing we asked */
    MN_DROP_COOKIE,      /* a cookie that is wrong or too old */
    MN_DROP_COOKIE_USED, /* a cookie whose connection has been already */
    MN_DROP_COOKIE_ROOM, /* too old for the table of used cookies: the client tries again */
    MN_DROP_DUPLICATE,   /* a packet number seen before */
    MN_DROP_OLD,         /* a packet number below the window */
    MN_DROP_MALFORMED,   /* verified, but its contents are wrong; charged to the sender */
    MN_DROP_ROOM,        /* no room in the receive window; the sender will try again */
    MN_DROP_MEMORY,      /* no memory to take it in */
    MN_DROP_CLOSING,     /* for a connection that is ending */
    MN_DROP_SEND_FAILED, /* on the way out: the socket said NETWORK, or FULL to a handshake */
    MN_DROP_SEND_TOO_LARGE, /* on the way out: the socket said TOO_LARGE */
    MN_DROP_STALE_STATE, /* object layer: an update without its baseline, overtaken by newer ones */
    MN_DROP_FLOOD,       /* a hello or connect where too many come, or come and stay silent */
    MN_DROP_LIMIT,       /* verified, but over a limit of its connection (max_…_per_second) */
    MN_DROP_OVERTAKEN,   /* a sequenced message that came after a newer one, or a copy of it */
    MN_DROP_PIECES,      /* a message that is not reliable, of which pieces are missing */
    MN_DROP_KEY,         /* a handshake packet that does not fit our keys, refused ones included */
    MN_DROP_EXPIRED,     /* on the way out: a message that waited longer than MN_EXPIRES_MS */
    MN_DROP_OCCUPIED,    /* a connect from the address of a connection that is alive */
    MN_DROP_COUNT
};
MN_API const char *mn_drop_text(uint32_t drop); /* its name; static, never NULL */

/* What a root has done since it was created. Set struct_size before the call. */
typedef struct mn_counters {
    uint32_t struct_size;
    uint32_t connections; /* now */
    uint64_t memory_used, memory_peak;
    uint64_t allocations; /* ever made; stands still in a steady state */
    uint64_t packets_sent, packets_received;
    uint64_t bytes_sent, bytes_received;
    uint64_t dropped[32]; /* by MN_DROP_… */
} mn_counters;
MN_API mn_result mn_peer_counters(const mn_peer *peer, mn_counters *counters_out);

/* ---- message layer --------------------------------------------------------------------------- */

/* One table describes messages, object state and call arguments: where a member lies and how it
   travels. The macros below write the usual lines. Both sides have the same fields in the same
   order; where members lie may differ. What no field describes does not travel and is zero on the
   other side. Values that do not fit go to the nearest one that does. A struct has at most 64 KiB,
   a table at most 64 fields: nest structs for more, up to 8 deep and 1024 members in all.
   Whatever does not hold together is MN_ERROR_SCHEMA, and mn_schema_error_text says why. */
typedef struct mn_field {
    double min, max, step; /* by kind, see there; min = max = 0: no bounds; bounds within 2^53 */
    uint32_t offset;       /* of the member, in its struct */
    uint32_t size;         /* of the member, all elements together */
    uint16_t count;        /* of an array; 1 otherwise */
    uint8_t kind;          /* MN_KIND_… */
    uint8_t flags;         /* MN_FIELD_… */
    uint32_t count_offset; /* MN_FIELD_COUNTED: where the uint16_t count lies, no field itself */
    uint16_t packing;      /* bits of a number, by kind, see there; 0: the kind's default */
    uint16_t field_count;  /* MN_KIND_STRUCT: of fields */
    uint32_t unused;
    const struct mn_field *fields;
    const char *name; /* travels into the schema's hash */
} mn_field;           /* 64 bytes on 64-bit ABIs, 56 on 32-bit ones */

enum {
    /* Signed, 1, 2, 4 or 8 bytes; an enum is one, too. Bounds: as many bits as the range needs.
       packing n: n bits, no bounds. Neither: the closer to 0, the fewer bits (one byte: always 8).
       Bounds are whole numbers, the step is 1. */
    MN_KIND_INT = 1,
    MN_KIND_UINT, /* unsigned, likewise */
    MN_KIND_BOOL, /* 1, 2 or 4 bytes; what is not 0 becomes 1 */
    /* float or double, by size. Bounds, and either a step (the range is cut into equal steps of at
       most this) or packing of 1 to 32 bits (into 2^packing - 1 steps). A step alone: 2^22 of them
       to either side of 0 (a double: 2^47), the closer to 0 the fewer bits. Nothing: all bits, but
       -0 becomes 0. NaN becomes the least value, without step and packing it stays NaN. A range has
       at most 2^48 steps, and a step is no finer than 2^-22 of the bound farther from 0 (a double:
       2^-48), so that the member can tell them apart. */
    MN_KIND_FLOAT,
    MN_KIND_VECTOR2, /* of floats or doubles, each of them likewise */
    MN_KIND_VECTOR3,
    MN_KIND_VECTOR4,
    /* float[4] or double[4], x y z w, of any length but 0; travels as the rotation that it is, its
       smallest three in packing bits each, 2 to 16 (0: 10). Zero, NaN and infinity become the
       identity, 0 0 0 1. */
    MN_KIND_QUATERNION,
    /* float or double, wrapped: radians from 0 to 2 pi, or from min to max, where these are given
       (-180 and 180: degrees). packing of 1 to 22 bits (0: 16; a double: up to 32). NaN and
       infinity become min. */
    MN_KIND_ANGLE,
    MN_KIND_STRING, /* char[size], terminated; cut before the first that is not UTF-8 */
    MN_KIND_BLOB,   /* size bytes as they are */
    MN_KIND_OBJECT, /* mn_object */
    MN_KIND_STRUCT  /* a nested table */
};
/* Of an array, only the first so many elements travel; the others are zero on the other side. */
enum { MN_FIELD_COUNTED = 1 };

#define MN_FIELD(type, member, kind, count, min, max, step, packing)                     \
  {                                                                                      \
    (double)(min), (double)(max), (double)(step), (uint32_t)offsetof(type, member),      \
        (uint32_t)sizeof(((type *)0)->member), (uint16_t)(count), (uint8_t)(kind), 0, 0, \
        (uint16_t)(packing), 0, 0, 0, #member                                            \
  }
#define MN_INT(type, member, min, max) MN_FIELD(type, member, MN_KIND_INT, 1, min, max, 1, 0)
#define MN_UINT(type, member, min, max) MN_FIELD(type, member, MN_KIND_UINT, 1, min, max, 1, 0)
#define MN_BOOL(type, member) MN_FIELD(type, member, MN_KIND_BOOL, 1, 0, 0, 0, 0)
#define MN_FLOAT(type, member, min, max, step) \
  MN_FIELD(type, member, MN_KIND_FLOAT, 1, min, max, step, 0)
#define MN_VECTOR2(type, member, min, max, step) \
  MN_FIELD(type, member, MN_KIND_VECTOR2, 1, min, max, step, 0)
#define MN_VECTOR3(type, member, min, max, step) \
  MN_FIELD(type, member, MN_KIND_VECTOR3, 1, min, max, step, 0)
#define MN_VECTOR4(type, member, min, max, step) \
  MN_FIELD(type, member, MN_KIND_VECTOR4, 1, min, max, step, 0)
#define MN_QUATERNION(type, member, bits) \
  MN_FIELD(type, member, MN_KIND_QUATERNION, 1, 0, 0, 0, bits)
#define MN_ANGLE(type, member, bits) MN_FIELD(type, member, MN_KIND_ANGLE, 1, 0, 0, 0, bits)
#define MN_STRING(type, member) MN_FIELD(type, member, MN_KIND_STRING, 1, 0, 0, 0, 0)
#define MN_BLOB(type, member) MN_FIELD(type, member, MN_KIND_BLOB, 1, 0, 0, 0, 0)
#define MN_OBJECT(type, member) MN_FIELD(type, member, MN_KIND_OBJECT, 1, 0, 0, 0, 0)
#define MN_COUNT(table) ((uint32_t)(sizeof(table) / sizeof((table)[0])))

enum { /* flags of a message type; without a direction both sides may send it */
       MN_MESSAGE_TO_SERVER = 1,
       MN_MESSAGE_TO_CLIENT = 2,
       MN_MESSAGE_BEFORE_AUTHENTICATION = 4 /* also between CONNECTED and AUTHENTICATED */
};

typedef struct mn_message_type {
    uint32_t struct_size;
    uint32_t unused;
    uint32_t id;       /* yours, up to 16383: numbers below 128 travel in one byte */
    uint32_t size;     /* sizeof the struct; 0: raw bytes */
    uint32_t max_size; /* of raw bytes: the most; 0: as many as fit */
    uint32_t how;      /* delivery unless the sender says otherwise; 0: reliable, channel 0 */
    uint32_t flags;    /* MN_MESSAGE_… */
    uint32_t field_count;
    const mn_field *fields;
    const char *name;
} mn_message_type;

/* The contract of both sides: all types. Its hash is compared when they connect; where it differs,
   both are told the first type that does. It copies what it is given, and must outlast the servers
   and clients that use it. Several may share one. */
typedef struct mn_schema mn_schema;
MN_API mn_result mn_schema_create(const mn_allocator *allocator, mn_schema **schema_out);
MN_API void mn_schema_destroy(mn_schema *schema);
/* MN_ERROR_SCHEMA: the type does not hold together, see mn_schema_error_text; MN_ERROR_STATE: the
   schema is finished. */
MN_API mn_result mn_schema_add_message(mn_schema *schema, const mn_message_type *type);
/* Immutable from here on; servers and clients want it finished. */
MN_API mn_result mn_schema_finish(mn_schema *schema);
MN_API uint64_t mn_schema_hash(const mn_schema *schema); /* 0 while it is not finished */
/* Which type and field was refused last, and why; "" if none. Lasts until the next call. */
MN_API const char *mn_schema_error_text(const mn_schema *schema);

enum {
    MN_SERVER_AUTHENTICATE = 1
}; /* without it everybody is accepted, and no AUTHENTICATE comes */

typedef struct mn_server_config {
    uint32_t struct_size;
    uint32_t flags;       /* MN_SERVER_… */
    uint32_t max_players; /* a host among them; 1 to 65535; 0: 64 */
    uint32_t security;    /* as in mn_peer_config, like all that follow */
    uint32_t max_packet_size, send_queue_bytes, receive_window_bytes, max_in_flight_bytes;
    /* Of each player that comes over the network; a host has no such limits. */
    uint32_t max_packets_per_second, max_bytes_per_second, max_messages_per_second;
    uint32_t max_message_size;
    uint64_t application;
    uint64_t seed;
    uint64_t memory_limit;
    uint64_t timeout_us, close_timeout_us, clock_gap_us;
    uint64_t authenticate_timeout_us; /* for the game's verdict, then the player ends with
                                         MN_REASON_TIMEOUT; 0: 10 s */
    const mn_schema *schema;          /* NULL: an empty one */
    const mn_socket_factory *sockets;
    const mn_allocator *allocator;
    const mn_log *log;
    const mn_random_source *random;
    const uint8_t *shared_key, *private_key; /* the identity that clients pin with server_key */
    const void *reserved;                    /* NULL */
} mn_server_config;

/* Players and their messages. Events: CONNECTED, AUTHENTICATE, AUTHENTICATED, DISCONNECTED,
   MESSAGE, DELIVERED, LOST, and those of the object layer where it is attached. */
typedef struct mn_server mn_server;
MN_API mn_result mn_server_create(const mn_server_config *config, mn_server **server_out);
/* Stops, and destroys an attached object manager with it. NULL is allowed. */
MN_API void mn_server_destroy(mn_server *server);
/* bind NULL: [::]:7777; port 0: any free one, see mn_server_address. */
MN_API mn_result mn_server_start(mn_server *server, const mn_address *bind);
/* No socket: for a host alone. mn_server_wait does not sleep. */
MN_API mn_result mn_server_start_offline(mn_server *server);
/* Ends all players with MN_REASON_STOPPED; their events can still be polled, and the server can
   start again. */
MN_API mn_result mn_server_stop(mn_server *server);
MN_API const char *mn_server_error_text(const mn_server *server); /* as mn_peer_error_text */
/* The frame; see mn_peer_update, poll, flush, next_us and wait. */
MN_API mn_result mn_server_update(mn_server *server, uint64_t now_us);
MN_API mn_result mn_server_poll(mn_server *server, mn_event *events, uint32_t capacity);
MN_API mn_result mn_server_flush(mn_server *server, uint64_t now_us);
MN_API uint64_t mn_server_next_us(const mn_server *server);
MN_API mn_result mn_server_wait(mn_server *server, uint64_t timeout_us);
/* The verdict on a player whose AUTHENTICATE came. reason 0: MN_REASON_REJECTED; text: or NULL. */
MN_API mn_result mn_server_accept(mn_server *server, mn_player player);
MN_API mn_result mn_server_reject(mn_server *server, mn_player player, int32_t reason,
                                  const char *text);
MN_API mn_result mn_server_disconnect(mn_server *server, mn_player player, int32_t reason,
                                      const char *text);
MN_API mn_result mn_server_set_user(mn_server *server, mn_player player, uint64_t user);
/* Queues one message for the next flush. value: the struct of the type (size is its size), or raw
   bytes. how 0: as the type declares; MN_NOTIFY: its token is 0. MN_ERROR_SCHEMA: no such message,
   or not in this direction; MN_ERROR_STATE: the player is not authenticated; MN_ERROR_FULL: its
   queue is at its limit. */
MN_API mn_result mn_server_send(mn_server *server, mn_player to, uint32_t message,
                                const void *value, uint32_t size, uint32_t how);
/* Unreliable, and token comes back in DELIVERED or LOST; channel and MN_EXPIRES_MS as the type
   declares. */
MN_API mn_result mn_server_notify(mn_server *server, mn_player to, uint32_t message,
                                  const void *value, uint32_t size, uint64_t token);
/* To all authenticated players; encoded once. Returns to how many it was queued. */
MN_API mn_result mn_server_broadcast(mn_server *server, uint32_t message, const void *value,
                                     uint32_t size, uint32_t how);
typedef struct mn_outgoing {
    uint32_t message, size, how, unused;
    const void *value;
} mn_outgoing;
/* To some; encoded once. Returns to how many it was queued; results, if not NULL, receives each. */
MN_API mn_result mn_server_send_many(mn_server *server, const mn_player *to, uint32_t count,
                                     const mn_outgoing *outgoing, mn_result *results);
/* Takes back the notify messages with this token of which nothing has left yet, and they get their
   LOST; how many. */
MN_API mn_result mn_server_cancel(mn_server *server, mn_player to, uint64_t token);
/* As mn_peer_set_channel, for all players, a host among them. */
MN_API mn_result mn_server_set_channel(mn_server *server, uint32_t channel, uint32_t priority,
                                       uint32_t weight);
MN_API mn_result mn_server_address(const mn_server *server, mn_address *address_out);
MN_API mn_result mn_server_player_address(const mn_server *server, mn_player player,
                                          mn_address *address_out); /* MN_ERROR_STATE: the host */
/* Writes the ids of all players (authenticated or not), capacity at most; returns how many there
   are. */
MN_API mn_result mn_server_players(const mn_server *server, mn_player *players_out,
                                   uint32_t capacity);
MN_API mn_result mn_server_statistics(const mn_server *server, mn_player player,
                                      mn_statistics *statistics_out);
MN_API mn_result mn_server_counters(const mn_server *server, mn_counters *counters_out);

typedef struct mn_client_config {
    uint32_t struct_size;
    uint32_t security; /* as in mn_peer_config, like all that follow */
    uint32_t max_packet_size, send_queue_bytes, receive_window_bytes, max_in_flight_bytes;
    uint32_t max_packets_per_second, max_bytes_per_second, max_messages_per_second;
    uint32_t max_message_size;
    uint64_t application;
    uint64_t seed;
    uint64_t memory_limit;
    uint64_t connect_timeout_us, timeout_us, keep_alive_us, close_timeout_us, clock_gap_us;
    const mn_schema *schema;
    const mn_socket_factory *sockets;
    const mn_allocator *allocator;
    const mn_log *log;
    const mn_random_source *random;
    const uint8_t *shared_key;
    const uint8_t *server_key; /* remote_key: the server's public key; NULL: whoever answers */
    const void *reserved;      /* NULL */
} mn_client_config;

/* One connection to a server at a time. Events: CONNECTED, AUTHENTICATED, CONNECT_FAILED,
   DISCONNECTED, MESSAGE, DELIVERED, LOST, and those of the object layer where it is attached. */
typedef struct mn_client mn_client;
MN_API mn_result mn_client_create(const mn_client_config *config, mn_client **client_out);
MN_API void mn_client_destroy(mn_client *client); /* as mn_server_destroy */
/* payload: up to MN_PAYLOAD_MAX bytes for the server's AUTHENTICATE. What comes of it is an event.
   MN_ERROR_STATE: connecting or connected already. */
MN_API mn_result mn_client_connect(mn_client *client, const mn_address *server, const void *payload,
                                   uint32_t size);
/* Host mode: joins a started server of the same program (and thread) through memory: no socket, no
   serialisation of state, but the same gates and events as for a remote client. Both use the same
   schema object. In a frame: server update, client update, poll both, game, server flush, client
   flush. Security and delivery settings of the client's config are not used: the server's limits
   count. mn_client_wait does not sleep then: wait with the server. MN_ERROR_STATE: not started, or
   it has a host; MN_ERROR_SCHEMA: another schema object; MN_ERROR_FULL: max_players are there. */
MN_API mn_result mn_client_connect_host(mn_client *client, mn_server *server, const void *payload,
                                        uint32_t size);
MN_API mn_result mn_client_disconnect(mn_client *client, int32_t reason, const char *text);
MN_API const char *mn_client_error_text(const mn_client *client);
MN_API mn_result mn_client_update(mn_client *client, uint64_t now_us);
MN_API mn_result mn_client_poll(mn_client *client, mn_event *events, uint32_t capacity);
MN_API mn_result mn_client_flush(mn_client *client, uint64_t now_us);
MN_API uint64_t mn_client_next_us(const mn_client *client);
MN_API mn_result mn_client_wait(mn_client *client, uint64_t timeout_us);
MN_API mn_result mn_client_send(mn_client *client, uint32_t message, const void *value,
                                uint32_t size, uint32_t how);
MN_API mn_result mn_client_notify(mn_client *client, uint32_t message, const void *value,
                                  uint32_t size, uint64_t token);
MN_API mn_result mn_client_cancel(mn_client *client, uint64_t token); /* as mn_server_cancel */
/* As mn_peer_set_channel, for this connection and those to come. */
MN_API mn_result mn_client_set_channel(mn_client *client, uint32_t channel, uint32_t priority,
                                       uint32_t weight);
/* Oneself, the same number as on the server, from AUTHENTICATED on; 0 before. */
MN_API mn_player mn_client_player(const mn_client *client);
/* The server's clock, as estimated from the fastest round trips; now_us before AUTHENTICATED. */
MN_API uint64_t mn_client_server_time(const mn_client *client, uint64_t now_us);
MN_API mn_result mn_client_address(const mn_client *client, mn_address *address_out);
MN_API mn_result mn_client_statistics(const mn_client *client, mn_statistics *statistics_out);
MN_API mn_result mn_client_counters(const mn_client *client, mn_counters *counters_out);

/* ---- object layer ---------------------------------------------------------------------------- */

enum { MN_TO_ALL = 0, MN_TO_OWNER = 1 }; /* audience of a group */
enum { MN_FROM_SERVER = 0 };             /* who writes a group */

typedef struct mn_group { /* fields that share an audience, a direction and a rate */
    uint32_t field_count;
    uint16_t audience;  /* MN_TO_… */
    uint16_t direction; /* MN_FROM_… */
    float max_hz;       /* of its quantised copy; 0: every flush */
    uint32_t flags;     /* 0 */
    uint32_t reserved[2];
    const mn_field *fields;
} mn_group;
#define MN_GROUP(fields, audience, direction, max_hz)                                        \
  {                                                                                          \
    MN_COUNT(fields), (uint16_t)(audience), (uint16_t)(direction), max_hz, 0, {0, 0}, fields \
  }

enum {
    MN_CALL_TO_SERVER = 1, /* a client calls the server */
    MN_CALL_TO_CLIENT = 2, /* the server calls clients */
    MN_CALL_BY_ANYBODY = 4 /* MN_CALL_TO_SERVER: not only the object's owner may */
};

typedef struct mn_call_type {
    uint32_t size; /* of the arguments' struct, at most 1000 bytes packed; 0: none */
    uint32_t field_count;
    uint32_t how;   /* MN_RELIABLE (also for 0) or MN_UNRELIABLE */
    uint32_t flags; /* MN_CALL_…, one direction */
    uint32_t reserved[4];
    const mn_field *fields;
    const char *name;
} mn_call_type;

typedef struct mn_object_type {
    uint32_t struct_size;
    uint32_t unused;
    uint32_t id;   /* yours, up to 16383 */
    uint32_t size; /* sizeof the state struct; at most 64 fields, at most 1000 bytes packed */
    uint32_t group_count;
    uint32_t call_count; /* at most 64; a call is named by its index */
    uint32_t history;    /* versions kept, 2 to 64; 0: 32 */
    uint32_t flags;      /* 0 */
    const mn_group *groups;
    const mn_call_type *calls;
    const void *defaults; /* the state of a new object; NULL: zeros */
    const char *name;
} mn_object_type;
MN_API mn_result mn_schema_add_object(mn_schema *schema, const mn_object_type *type);

enum { MN_TARGET_OBSERVERS = 0, MN_TARGET_OWNER = 1, MN_TARGET_PLAYER = 2 };

typedef struct mn_call {
    mn_object object;
    uint32_t call;    /* index among the type's calls */
    uint32_t target;  /* MN_TARGET_…; to the server: 0 */
    mn_player player; /* of MN_TARGET_PLAYER */
    uint32_t size;    /* of arguments */
    uint32_t how;     /* 0: as its type declares */
    uint32_t reserved[2];
    const void *arguments;
} mn_call;

/* The objects of a server: their state lives here, and flush sends what changed to whoever may see
   it. State of MN_TO_OWNER groups reaches the owner alone. */
typedef struct mn_server_objects mn_server_objects;
/* Attaches to a server that is not started and has none. */
MN_API mn_result mn_server_objects_create(mn_server *server, mn_server_objects **objects_out);
MN_API void mn_server_objects_destroy(mn_server_objects *objects); /* detaches; before the server */
/* A new object with the type's defaults; clients learn of it, with its state, by the next flush.
   owner {0}: the server. */
MN_API mn_result mn_server_objects_spawn(mn_server_objects *objects, uint32_t type, mn_player owner,
                                         mn_object *object_out);
/* reason 0: MN_REASON_DESTROYED. */
MN_API mn_result mn_server_objects_despawn(mn_server_objects *objects, mn_object object,
                                           int32_t reason);
/* The state: write here, flush sees what changed. NULL if stale. Lasts until the first update after
   the object's despawn. */
MN_API void *mn_server_objects_state(mn_server_objects *objects, mn_object object);
MN_API uint32_t mn_server_objects_type(const mn_server_objects *objects, mn_object object);
MN_API mn_player mn_server_objects_owner(const mn_server_objects *objects, mn_object object);
/* owner {0}: the server. An object goes with its owner (MN_REASON_OWNER_LEFT, and a DESPAWNED event
   on the server) unless it is given away first. */
MN_API mn_result mn_server_objects_set_owner(mn_server_objects *objects, mn_object object,
                                             mn_player owner);
MN_API mn_result mn_server_objects_set_user(mn_server_objects *objects, mn_object object,
                                            uint64_t user);
/* The player's main object (Mirage: character), which becomes its own; {0}: none. Both sides get
   CHARACTER. */
MN_API mn_result mn_server_objects_set_character(mn_server_objects *objects, mn_player player,
                                                 mn_object object);
MN_API mn_object mn_server_objects_character(const mn_server_objects *objects, mn_player player);
/* Calls clients. It arrives after the state that the object has at the next flush. Returns to how
   many it was queued; of MN_TARGET_OWNER and _PLAYER also MN_ERROR_STATE (nobody there) and
   MN_ERROR_FULL. */
MN_API mn_result mn_server_objects_call(mn_server_objects *objects, const mn_call *call);
/* A hash of all that the player may see, as quantised by the last flush: equal to the client's own
   once it has caught up. */
MN_API mn_result mn_server_objects_digest(const mn_server_objects *objects, mn_player player,
                                          uint64_t *digest_out);
/* Writes the ids of all objects, capacity at most; returns how many there are. */
MN_API mn_result mn_server_objects_list(const mn_server_objects *objects, mn_object *objects_out,
                                        uint32_t capacity);

/* The objects that a client sees. On a host they are the server's: same state, same pointers. */
typedef struct mn_client_objects mn_client_objects;
/* Attaches to a client that is not connected and has none. */
MN_API mn_result mn_client_objects_create(mn_client *client, mn_client_objects **objects_out);
MN_API void mn_client_objects_destroy(mn_client_objects *objects);
/* The newest state; NULL if stale. Lasts until the first update after DESPAWNED was polled. Fields
   of MN_TO_OWNER groups have their defaults on who is not the owner (but a host sees them). */
MN_API const void *mn_client_objects_state(const mn_client_objects *objects, mn_object object);
MN_API uint32_t mn_client_objects_type(const mn_client_objects *objects, mn_object object);
MN_API mn_player mn_client_objects_owner(const mn_client_objects *objects, mn_object object);
MN_API mn_result mn_client_objects_set_user(mn_client_objects *objects, mn_object object,
                                            uint64_t user);
MN_API mn_object mn_client_objects_character(const mn_client_objects *objects);
/* Calls the server. MN_ERROR_STATE: not the owner, where the call asks for it. */
MN_API mn_result mn_client_objects_call(mn_client_objects *objects, const mn_call *call);
MN_API mn_result mn_client_objects_digest(const mn_client_objects *objects, uint64_t *digest_out);
MN_API mn_result mn_client_objects_list(const mn_client_objects *objects, mn_object *objects_out,
                                        uint32_t capacity);

#ifdef __cplusplus
}
#endif
#endif
