/* SPDX-License-Identifier: MIT */
/*
 * What the games of a captured session do. Each act is printed, so that verify.py can expect what
 * follows from it, and then done. A name is that of a client, or s for the server.
 */
#ifndef CONFORMANCE_ACTS_H
#define CONFORMANCE_ACTS_H

#include "conformance/session.h"

void act_accept(session *s, char name);
void act_reject(session *s, char name, int32_t reason, const char *text);
void act_disconnect(session *s, char name, int32_t reason, const char *text);
void act_stop(session *s);

void act_send_server(session *s, char from, uint32_t message, const void *value, uint32_t size,
                     uint32_t how);
void act_send_client(session *s, char to, uint32_t message, const void *value, uint32_t size,
                     uint32_t how);
/* Returns to how many. */
mn_result act_broadcast(session *s, uint32_t message, const void *value, uint32_t size,
                        uint32_t how);
/* One of both is the server. */
void act_notify(session *s, char from, char to, const mn_outgoing *what, uint64_t token);

mn_object act_spawn(session *s, uint32_t type, char owner);
/* To be called when the script has written into a state. */
void act_write(session *s, mn_object object);
void act_despawn(session *s, mn_object object, int32_t reason);
void act_give(session *s, mn_object object, char owner);
void act_embody(session *s, char name, mn_object object);
/* The calls of a tank; `name` is whom it is for where the target is a player, else s. */
void act_call_clients(session *s, mn_object object, uint32_t call, uint32_t target, char name);
void act_call_server(session *s, char name, mn_object object, uint32_t call);
/* What both sides think that the client sees, when nothing is under way. */
void act_compare(session *s, char name);

#endif
