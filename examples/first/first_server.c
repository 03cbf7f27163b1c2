/* SPDX-License-Identifier: MIT */
/* A first server: whoever says something is answered with the same words, counted. Stop it with
   Ctrl-C, or start it with --once, and it stops when its first client has left. */
#include <miragenet.h>

#include <stdio.h>
#include <string.h>

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

int main(int argc, char **argv)
{
    int once = argc > 1 && strcmp(argv[1], "--once") == 0;
    mn_schema *schema = NULL;
    mn_server *server = NULL;
    if (mn_schema_create(NULL, &schema) != MN_OK ||
        mn_schema_add_message(schema, &hello) != MN_OK || mn_schema_finish(schema) != MN_OK) {
        return 1;
    }
    mn_server_config config = {.struct_size = sizeof(config), .schema = schema};
    if (mn_server_create(&config, &server) != MN_OK || mn_server_start(server, NULL) != MN_OK) {
        (void)fprintf(stderr, "cannot start: %s\n", mn_server_error_text(server));
        return 1;
    }
    for (int running = 1; running;) {
        mn_event events[16];
        (void)mn_server_update(server, mn_time_us());
        mn_result count = mn_server_poll(server, events, 16);
        for (int i = 0; i < count; i++) {
            if (events[i].type == MN_EVENT_MESSAGE) {
                greeting answer = *(const greeting *)events[i].data;
                printf("player %u says: %s\n", events[i].who, answer.text);
                answer.count++;
                (void)mn_server_send(server, (mn_player){events[i].who}, hello.id, &answer,
                                     sizeof(answer), 0);
            } else if (events[i].type == MN_EVENT_DISCONNECTED) {
                running = !once;
            }
        }
        (void)mn_server_flush(server, mn_time_us());
        (void)mn_server_wait(server, 10000);
    }
    mn_server_destroy(server);
    mn_schema_destroy(schema);
    return 0;
}
