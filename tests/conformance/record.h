/* SPDX-License-Identifier: MIT */
/* The lines of a captured session that say what a game did or got; capture.c shows some. */
#ifndef CONFORMANCE_RECORD_H
#define CONFORMANCE_RECORD_H

#include <miragenet.h>

/* Begins the line of what a game did; its caller prints the other fields, and ends it. */
void record_did(uint64_t now_us, char who, const char *what);
void record_key(const char *name, const uint8_t *key); /* NULL: none, and no field */
void record_end(void);

void record_event(uint64_t now_us, char who, const mn_event *event);

#endif
