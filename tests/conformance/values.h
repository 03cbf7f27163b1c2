/* SPDX-License-Identifier: MIT */
/*
 * Values of games in JSON, as an array of their fields: found by walking the same tables that the
 * library walks.
 */
#ifndef CONFORMANCE_VALUES_H
#define CONFORMANCE_VALUES_H

#include <miragenet.h>

void print_message(const mn_message_type *type, const void *value, uint32_t size);
/* Over all groups, in order. */
void print_state(const mn_object_type *type, const void *state);
void print_arguments(const mn_call_type *type, const void *arguments);
/* In hexadecimal digits, and a text in what it says up to its end, both in quotes. */
void print_bytes(const void *bytes, uint32_t size);
void print_text(const char *text, uint32_t size);

#endif
