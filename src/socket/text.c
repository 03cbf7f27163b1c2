/* SPDX-License-Identifier: MIT */
/* The texts of MN_REASON_… and MN_DROP_…, one list each. */
#include <miragenet.h>

#define REASONS(X)                                             \
  X(NONE, "no reason")                                         \
  X(CLOSED, "the other side disconnected")                     \
  X(TIMEOUT, "nothing was heard for too long")                 \
  X(UNREACHABLE, "nobody listens at this address")             \
  X(VERSION, "the other side speaks another protocol version") \
  X(APPLICATION, "the other side is another game or version")  \
  X(SCHEMA, "the schemas differ")                              \
  X(SECURITY, "the other side uses another security mode")     \
  X(FULL, "the server is full")                                \
  X(REJECTED, "the server said no")                            \
  X(PROTOCOL, "too much of what was received was wrong")       \
  X(STOPPED, "stopped")                                        \
  X(REPLACED, "the same address connected anew")               \
  X(MEMORY, "out of memory")                                   \
  X(DESTROYED, "despawned")                                    \
  X(OWNER_LEFT, "its owner disconnected")                      \
  X(DISCONNECTED, "this client's connection ended")            \
  X(KEY, "the keys of both sides do not fit")

const char *mn_reason_text(int32_t reason)
{
    switch (reason) {
#define CASE(name, text) \
  case MN_REASON_##name: \
    return text;
        REASONS(CASE)
#undef CASE
    default:
        return reason >= MN_REASON_USER && reason <= UINT16_MAX ? "a reason of the game's own"
                                                                : "an unknown reason";
    }
}

#define DROPS(X)                        \
  X(EMPTY, "empty")                     \
  X(UNKNOWN, "unknown address")         \
  X(CHECKSUM, "checksum")               \
  X(HANDSHAKE, "handshake")             \
  X(COOKIE, "cookie")                   \
  X(COOKIE_USED, "cookie used")         \
  X(COOKIE_ROOM, "no room for cookies") \
  X(DUPLICATE, "duplicate")             \
  X(OLD, "old")                         \
  X(MALFORMED, "malformed")             \
  X(ROOM, "no room")                    \
  X(MEMORY, "no memory")                \
  X(CLOSING, "closing")                 \
  X(SEND_FAILED, "send failed")         \
  X(SEND_TOO_LARGE, "sent too large")   \
  X(STALE_STATE, "stale state")         \
  X(FLOOD, "flood")                     \
  X(LIMIT, "over a limit")              \
  X(OVERTAKEN, "overtaken")             \
  X(PIECES, "pieces missing")           \
  X(KEY, "key")                         \
  X(EXPIRED, "expired")                 \
  X(OCCUPIED, "occupied")

const char *mn_drop_text(uint32_t drop)
{
    switch (drop) {
#define CASE(name, text) \
  case MN_DROP_##name:   \
    return text;
        DROPS(CASE)
#undef CASE
    default:
        return "unknown";
    }
}
