/* SPDX-License-Identifier: MIT */
/*
 * What can be logged is one list, so that texts live in one place and a reader sees all of it.
 * Nothing is logged per packet, and nothing of what a remote peer sent is logged as text.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <miragenet.h>

/* name, level (1 error, 2 warning, 3 info, 4 debug), area, text with one %llu at most */
#define MNI_LOG_ITEMS(X)                                                            \
  X(STARTED, 3, "peer", "listening on port %llu")                                   \
  X(STOPPED, 3, "peer", "stopped")                                                  \
  X(SOCKET_FAILED, 1, "socket", "socket error %llu")                                \
  X(CONNECTED, 3, "peer", "connection %llu is open")                                \
  X(DISCONNECTED, 3, "peer", "connection %llu ended")                               \
  X(REFUSED, 2, "peer", "a connection was refused, reason %llu")                    \
  X(SCHEMA_DIFFERS, 2, "message", "the other side has another schema, player %llu") \
  X(BUDGET_SPENT, 2, "message", "player %llu sent too much that is wrong")          \
  X(OUT_OF_MEMORY, 1, "memory", "out of memory, %llu bytes in use")

enum mni_log_item {
#define MNI_LOG_ENUM(name, level, area, text) MNI_LOG_##name,
    MNI_LOG_ITEMS(MNI_LOG_ENUM)
#undef MNI_LOG_ENUM
        MNI_LOG_COUNT
};

/* log NULL or without write: nothing happens. */
void mni_log_write(const mn_log *log, enum mni_log_item item, uint64_t value);

#endif
