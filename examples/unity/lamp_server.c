/* SPDX-License-Identifier: MIT */
/*
 * The C server that LampClient.cs talks with: a lamp that anybody may switch, and a chat that
 * answers. Prints its port and its public key, which is another one each time (pinned.c keeps it),
 * and runs for the given number of seconds.
 * Usage: lamp_server [port [seconds]]
 */
#include <miragenet.h>

#include <stdio.h>
#include <stdlib.h>

enum { CHAT = 1, LAMP = 1, SWITCH = 0 };

typedef struct lamp {
    float position[3];
    int32_t brightness;
    uint32_t switched;
} lamp;

static const mn_field lamp_fields[] = {
    MN_VECTOR3(lamp, position, -100, 100, 0.01),
    MN_INT(lamp, brightness, 0, 100),
    MN_UINT(lamp, switched, 0, 0),
};
static const mn_group lamp_groups[] = {MN_GROUP(lamp_fields, MN_TO_ALL, MN_FROM_SERVER, 0)};
static const mn_call_type lamp_calls[] = {
    {.flags = MN_CALL_TO_SERVER | MN_CALL_BY_ANYBODY, .name = "switch"},
};

static mn_schema *create_schema(void)
{
    mn_schema *schema = NULL;
    const mn_message_type chat = {
        .struct_size = sizeof chat, .id = CHAT, .max_size = 200, .name = "chat"};
    const mn_object_type type = {
        .struct_size = sizeof type,
        .id = LAMP,
        .size = sizeof(lamp),
        .group_count = MN_COUNT(lamp_groups),
        .groups = lamp_groups,
        .call_count = MN_COUNT(lamp_calls),
        .calls = lamp_calls,
        .name = "lamp",
    };
    if (mn_schema_create(NULL, &schema) < 0 || mn_schema_add_message(schema, &chat) < 0 ||
        mn_schema_add_object(schema, &type) < 0 || mn_schema_finish(schema) < 0) {
        (void)fprintf(stderr, "lamp_server: %s\n", mn_schema_error_text(schema));
        exit(1);
    }
    return schema;
}

static void handle(mn_server *server, mn_server_objects *objects, const mn_event *event)
{
    if (event->type == MN_EVENT_MESSAGE) {
        (void)printf("chat: %.*s\n", (int)event->size, (const char *)event->data);
        (void)mn_server_broadcast(server, CHAT, event->data, event->size, 0);
    } else if (event->type == MN_EVENT_CALL && event->what == SWITCH) {
        lamp *state = mn_server_objects_state(objects, event->object);
        state->brightness = 100 - state->brightness;
        state->switched++;
    }
}

static void run(mn_server *server, mn_server_objects *objects, uint64_t end_us)
{
    mn_event events[64];
    while (mn_time_us() < end_us) {
        (void)mn_server_update(server, mn_time_us());
        mn_result count = mn_server_poll(server, events, 64);
        for (mn_result i = 0; i < count; i++) {
            handle(server, objects, &events[i]);
        }
        (void)mn_server_flush(server, mn_time_us());
        (void)mn_server_wait(server, 16000);
    }
}

int main(int count, char **arguments)
{
    mn_address bind = {.ip = {0}, .port = MN_DEFAULT_PORT};
    bind.port = (uint16_t)(count > 1 ? strtoul(arguments[1], NULL, 10) : MN_DEFAULT_PORT);
    uint64_t seconds = count > 2 ? strtoul(arguments[2], NULL, 10) : 60;
    uint8_t private_key[MN_KEY_SIZE], public_key[MN_KEY_SIZE];
    char key[MN_KEY_TEXT_MAX];
    const mn_server_config config = {
        .struct_size = sizeof config,
        .schema = create_schema(),
        .private_key = private_key,
    };
    mn_server *server = NULL;
    mn_server_objects *objects = NULL;
    mn_object object;
    if (mn_key_generate(private_key, public_key) < 0 || mn_server_create(&config, &server) < 0 ||
        mn_server_objects_create(server, &objects) < 0 || mn_server_start(server, &bind) < 0) {
        (void)fprintf(stderr, "lamp_server: %s\n", server ? mn_server_error_text(server) : "");
        return 1;
    }
    (void)mn_server_objects_spawn(objects, LAMP, (mn_player){0}, &object);
    (void)mn_server_address(server, &bind);
    (void)mn_key_format(public_key, key, sizeof key);
    (void)printf("port %u key %s\n", bind.port, key);
    (void)fflush(stdout);
    run(server, objects, mn_time_us() + seconds * 1000000);
    mn_server_destroy(server);
    mn_schema_destroy((mn_schema *)(uintptr_t)config.schema);
    return 0;
}
