/* SPDX-License-Identifier: MIT */
/* See party.h. */
#include "support/party.h"

#include "support/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const mn_address party_address = {.ip = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1},
                                  .port = MN_DEFAULT_PORT};

static void require(int condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "party: %s\n", what);
        abort();
    }
}

/* ---- what it is made of */

static const mn_field chat_fields[] = {MN_INT(party_chat, number, 0, 100000),
                                       MN_STRING(party_chat, text)};

static const mn_message_type types[] = {
    {.id = PARTY_CHAT,
     .size = sizeof(party_chat),
     .field_count = MN_COUNT(chat_fields),
     .fields = chat_fields,
     .name = "chat"},
    {.id = PARTY_RAW, .name = "raw"},
    {.id = PARTY_TO_SERVER, .flags = MN_MESSAGE_TO_SERVER, .name = "to_server"},
    {.id = PARTY_TO_CLIENT, .flags = MN_MESSAGE_TO_CLIENT, .name = "to_client"},
    {.id = PARTY_EARLY, .flags = MN_MESSAGE_BEFORE_AUTHENTICATION, .name = "early"},
    {.id = PARTY_LOOSE, .how = MN_UNRELIABLE | MN_ON_CHANNEL(3), .name = "loose"},
    {.id = PARTY_SMALL, .max_size = 4, .name = "small"},
    {.id = PARTY_FAR, .name = "far"},
};

static mn_result add_type(mn_schema *schema, const mn_message_type *type)
{
    mn_message_type sized = *type;
    sized.struct_size = sizeof sized;
    return mn_schema_add_message(schema, &sized);
}

mn_schema *party_make_schema(const mn_allocator *allocator, const mn_message_type *extra)
{
    mn_schema *schema = NULL;
    require(mn_schema_create(allocator, &schema) == MN_OK, "no schema");
    for (uint32_t i = 0; i < MN_COUNT(types); i++) {
        require(add_type(schema, &types[i]) == MN_OK, "a type was refused");
    }
    require(extra == NULL || add_type(schema, extra) == MN_OK, "the extra type was refused");
    require(mn_schema_finish(schema) == MN_OK, "the schema was not finished");
    return schema;
}

test_party *party_create(const mn_conditions *conditions, uint64_t seed)
{
    test_party *party = calloc(1, sizeof *party);
    require(party != NULL, "the machine is out of memory");
    test_allocator_init(&party->allocator);
    party->random_state = seed;
    party->security = seed % 2 == 0 ? MN_SECURITY_NONE : MN_SECURITY_ENCRYPTED;
    party->now_us = PARTY_START_US;
    party->step_us = 1000;
    party->schema = party_make_schema(&party->allocator.table, NULL);
    require(mn_network_create(NULL, &party->network) == MN_OK, "no network");
    require(mn_lossy_create(mn_network_sockets(party->network), conditions, NULL, seed, NULL,
                            &party->lossy) == MN_OK,
            "no lossy network");
    return party;
}

void party_destroy(test_party *party)
{
    for (uint32_t i = 0; i < party->count; i++) {
        mn_client_destroy(party->clients[i].client);
    }
    mn_server_destroy(party->server);
    mn_schema_destroy(party->schema);
    mn_lossy_destroy(party->lossy);
    mn_network_destroy(party->network);
    require(party->allocator.live == 0, "something was not given back");
    free(party);
}

mn_server_config party_server_config(test_party *party)
{
    party->random = (mn_random_source){.fill = test_random_fill, .user = &party->random_state};
    return (mn_server_config){.struct_size = sizeof(mn_server_config),
                              .security = party->security,
                              .seed = 1,
                              .schema = party->schema,
                              .sockets = mn_lossy_sockets(party->lossy),
                              .allocator = &party->allocator.table,
                              .random = &party->random};
}

mn_client_config party_client_config(test_party *party)
{
    mn_server_config server = party_server_config(party);
    return (mn_client_config){.struct_size = sizeof(mn_client_config),
                              .security = party->security,
                              .seed = 2,
                              .schema = party->schema,
                              .sockets = server.sockets,
                              .allocator = server.allocator,
                              .random = server.random};
}

void party_serve(test_party *party, const mn_server_config *config)
{
    mn_server_config fallback = party_server_config(party);
    require(mn_server_create(config != NULL ? config : &fallback, &party->server) == MN_OK,
            "no server");
    require(mn_server_start(party->server, &party_address) == MN_OK, "it did not start");
}

static uint32_t add_client(test_party *party, const mn_client_config *config)
{
    mn_client_config fallback = party_client_config(party);
    require(party->count < PARTY_CLIENTS_MAX, "too many clients");
    require(mn_client_create(config != NULL ? config : &fallback,
                             &party->clients[party->count].client) == MN_OK,
            "no client");
    return party->count++;
}

static uint32_t text_size(const char *text)
{
    return text != NULL ? (uint32_t)strlen(text) : 0;
}

uint32_t party_join(test_party *party, const mn_client_config *config, const char *payload)
{
    uint32_t index = add_client(party, config);
    require(mn_client_connect(party->clients[index].client, &party_address, payload,
                              text_size(payload)) == MN_OK,
            "it does not connect");
    return index;
}

uint32_t party_join_host(test_party *party, const char *payload)
{
    uint32_t index = add_client(party, NULL);
    require(mn_client_connect_host(party->clients[index].client, party->server, payload,
                                   text_size(payload)) == MN_OK,
            "it does not connect");
    return index;
}

/* ---- time */

static void keep(party_log *log, const mn_event *event)
{
    require(log->count < PARTY_EVENTS_MAX, "too many events");
    party_event *kept = &log->events[log->count++];
    kept->event = *event;
    require(event->size <= PARTY_BYTES_MAX, "too many bytes");
    if (event->size > 0) {
        memcpy(kept->bytes, event->data, event->size);
    }
    kept->event.data = kept->bytes;
}

void party_poll(test_party *party)
{
    mn_event events[16];
    mn_result count = 0;
    while (party->server != NULL && (count = mn_server_poll(party->server, events, 16)) > 0) {
        for (int32_t i = 0; i < count; i++) {
            keep(&party->log, &events[i]);
        }
    }
    for (uint32_t c = 0; c < party->count; c++) {
        party_client *it = &party->clients[c];
        while (it->client != NULL && (count = mn_client_poll(it->client, events, 16)) > 0) {
            for (int32_t i = 0; i < count; i++) {
                keep(&it->log, &events[i]);
            }
        }
    }
}

void party_step(test_party *party)
{
    party->now_us += party->step_us;
    (void)mn_server_update(party->server, party->now_us);
    for (uint32_t i = 0; i < party->count; i++) {
        (void)mn_client_update(party->clients[i].client, party->now_us);
    }
    party_poll(party);
    (void)mn_server_flush(party->server, party->now_us);
    for (uint32_t i = 0; i < party->count; i++) {
        (void)mn_client_flush(party->clients[i].client, party->now_us);
    }
}

void party_run(test_party *party, uint64_t duration_us)
{
    uint64_t end_us = party->now_us + duration_us;
    while (party->now_us < end_us) {
        party_step(party);
    }
}

/* ---- what happened */

const party_event *party_find(const party_log *log, uint16_t type, uint32_t nth)
{
    for (uint32_t i = 0; i < log->count; i++) {
        if (log->events[i].event.type == type && --nth == 0) {
            return &log->events[i];
        }
    }
    return NULL;
}

uint32_t party_count(const party_log *log, uint16_t type)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < log->count; i++) {
        count += log->events[i].event.type == type;
    }
    return count;
}

const party_event *party_await(test_party *party, const party_log *log, uint16_t type, uint32_t nth,
                               uint64_t duration_us)
{
    uint64_t end_us = party->now_us + duration_us;
    party_poll(party);
    while (party_find(log, type, nth) == NULL && party->now_us < end_us) {
        party_step(party);
    }
    return party_find(log, type, nth);
}

bool party_says(const party_event *event, const char *text)
{
    return event != NULL && event->event.size == strlen(text) &&
           memcmp(event->bytes, text, event->event.size) == 0;
}

mn_player party_player(const test_party *party, uint32_t client)
{
    return mn_client_player(party->clients[client].client);
}

mn_counters party_server_counters(const test_party *party)
{
    mn_counters counters = {.struct_size = sizeof counters};
    require(mn_server_counters(party->server, &counters) == MN_OK, "no counters");
    return counters;
}
