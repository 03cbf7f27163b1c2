/* SPDX-License-Identifier: MIT */
/* A first client: says hello to the server on this machine, or on the one that is named, prints the
   answer and leaves. The struct and its table are those of the server. */
#include <miragenet.h>

#include <stdio.h>

typedef struct greeting {
    int32_t count;
    char text[64];
} greeting;

static const mn_field fields[] = {MN_INT(greeting, count, 0, 1000), MN_STRING(greeting, text)};
static const mn_message_type hello = {.struct_size = sizeof(hello),
                                      .id = 1,
                                      .size = sizeof(greeting),
                                      .field_count = MN_COUNT(fields),
                                      .fields = fields,
                                      .name = "hello"};

static int handle(mn_client *client, const mn_event *event) /* 0: it was the last */
{
    greeting words = {.count = 1, .text = "hello, world"};
    if (event->type == MN_EVENT_AUTHENTICATED) {
        (void)mn_client_send(client, hello.id, &words, sizeof(words), 0);
    } else if (event->type == MN_EVENT_MESSAGE) {
        words = *(const greeting *)event->data;
        printf("the server says: %s (%d)\n", words.text, (int)words.count);
        (void)mn_client_disconnect(client, 0, NULL);
    }
    return event->type != MN_EVENT_DISCONNECTED && event->type != MN_EVENT_CONNECT_FAILED;
}

int main(int argc, char **argv)
{
    mn_schema *schema = NULL;
    mn_client *client = NULL;
    mn_address address;
    (void)mn_schema_create(NULL, &schema);
    (void)mn_schema_add_message(schema, &hello);
    (void)mn_schema_finish(schema);
    mn_client_config config = {.struct_size = sizeof(config), .schema = schema};
    mn_event event = {0};
    if (mn_address_resolve(argc > 1 ? argv[1] : "localhost", 7777, &address) == MN_OK &&
        mn_client_create(&config, &client) == MN_OK &&
        mn_client_connect(client, &address, NULL, 0) == MN_OK) {
        for (int running = 1; running; (void)mn_client_wait(client, 10000)) {
            (void)mn_client_update(client, mn_time_us());
            while (running && mn_client_poll(client, &event, 1) == 1) {
                running = handle(client, &event);
            }
            (void)mn_client_flush(client, mn_time_us());
        }
    }
    mn_client_destroy(client);
    mn_schema_destroy(schema);
    return event.type == MN_EVENT_DISCONNECTED && event.reason == MN_REASON_CLOSED ? 0 : 1;
}
