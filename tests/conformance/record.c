/* SPDX-License-Identifier: MIT */
/* See record.h. */
#include "conformance/record.h"

#include <stdio.h>

#include "conformance/must.h"
#include "conformance/types.h"
#include "conformance/values.h"

void record_did(uint64_t now_us, char who, const char *what)
{
    (void)printf("%llu %c {\"did\":\"%s\"", (unsigned long long)now_us, who, what);
}

void record_key(const char *name, const uint8_t *key)
{
    if (key != NULL) {
        (void)printf(",\"%s\":", name);
        print_bytes(key, MN_KEY_SIZE);
    }
}

void record_end(void)
{
    (void)printf("}\n");
}

static const char *event_name(uint32_t type)
{
    static const char *const names[] = {
        "",        "connected", "authenticate", "authenticated", "connect failed", "disconnected",
        "message", "delivered", "lost",         "spawned",       "changed",        "despawned",
        "owner",   "call",      "character"};
    MUST(type < MN_COUNT(names));
    return names[type];
}

static void print_number(const char *name, uint64_t number)
{
    if (number != 0) {
        (void)printf(",\"%s\":%llu", name, (unsigned long long)number);
    }
}

static void print_data(const mn_event *event)
{
    switch (event->type) {
    case MN_EVENT_CONNECTED:
    case MN_EVENT_AUTHENTICATE:
        print_bytes(event->data, event->size);
        return;
    case MN_EVENT_CONNECT_FAILED:
    case MN_EVENT_DISCONNECTED:
        print_text(event->data, event->size);
        return;
    case MN_EVENT_MESSAGE:
        print_message(message_type(event->what), event->data, event->size);
        return;
    case MN_EVENT_CALL:
        print_arguments(&object_type(event->object_type)->calls[event->what], event->data);
        return;
    default:
        print_state(object_type(event->object_type), event->data);
    }
}

void record_event(uint64_t now_us, char who, const mn_event *event)
{
    (void)printf("%llu %c {\"got\":\"%s\"", (unsigned long long)now_us, who,
                 event_name(event->type));
    print_number("who", event->who);
    print_number("object", event->object.id);
    print_number("type", event->object_type);
    print_number("what", event->what);
    print_number("by", event->delivery);
    print_number("channel", event->channel);
    print_number("reason", (uint64_t)event->reason);
    print_number("token", event->token);
    print_number("time", event->time_us);
    print_number("changed", event->changed);
    if (event->data != NULL) {
        (void)printf(",\"data\":");
        print_data(event);
    }
    if (event->before != NULL) {
        (void)printf(",\"before\":");
        print_state(object_type(event->object_type), event->before);
    }
    record_end();
}
