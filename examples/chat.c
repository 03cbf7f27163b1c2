/* SPDX-License-Identifier: MIT */
/*
 * A chat in the three roles that a program can have:
 *
 *   chat server [port]            chat client host[:port] name            chat host name
 *
 * Lines of the standard input are what you say; its end is yours. A line is a typed message; who
 * writes "/ring" sends a raw one, which rings everybody's bell. The name is the payload of connect:
 * the server turns away who has none, or one that is taken.
 */
#define _POSIX_C_SOURCE 200809L
#include <miragenet.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 1, RING = 2, PLAYERS_MAX = 64, NAME_SIZE = 24, NAME_TAKEN = MN_REASON_USER };

typedef struct line {
    char name[NAME_SIZE];
    char text[200];
} line;

static const mn_field fields[] = {MN_STRING(line, name), MN_STRING(line, text)};
static const mn_message_type types[] = {
    {.struct_size = sizeof(types[0]),
     .id = LINE,
     .size = sizeof(line),
     .field_count = MN_COUNT(fields),
     .fields = fields,
     .name = "line"},
    {.struct_size = sizeof(types[0]), .id = RING, .how = MN_UNRELIABLE, .name = "ring"},
};

static mn_server *server;                  /* NULL in a client, */
static mn_client *client;                  /* NULL in a server; a host has both */
static char names[PLAYERS_MAX][NAME_SIZE]; /* of the server's players; attached is the place + 1 */
static int is_over;

static int place_of(const char *name) /* "": a free place; -1: none */
{
    int place = PLAYERS_MAX - 1;
    for (; place >= 0 && strcmp(names[place], name) != 0; place--) {
    }
    return place;
}

static void announce(const char *name, const char *text)
{
    line said = {0};
    (void)snprintf(said.name, sizeof(said.name), "%s", name);
    (void)snprintf(said.text, sizeof(said.text), "%s", text);
    (void)mn_server_broadcast(server, LINE, &said, sizeof(said), 0);
    printf("%s %s\n", said.name, said.text);
}

static void admit(mn_player player, const void *data, uint32_t size)
{
    char name[NAME_SIZE] = "";
    memcpy(name, data, size < NAME_SIZE ? size : NAME_SIZE - 1);
    int place = place_of("");
    if (name[0] == '\0' || place < 0 || place_of(name) >= 0) {
        (void)mn_server_reject(server, player, NAME_TAKEN, "choose another name");
        return;
    }
    /* Who has left already is stale, and takes no place. */
    if (mn_server_set_user(server, player, (uint64_t)place + 1) == MN_OK) {
        memcpy(names[place], name, sizeof(name));
        (void)mn_server_accept(server, player);
    }
}

static void serve(const mn_event *event)
{
    if (event->type == MN_EVENT_AUTHENTICATE) {
        admit((mn_player){event->who}, event->data, event->size);
    }
    if (event->user == 0) {
        return; /* not admitted yet, or turned away */
    }
    char *name = names[event->user - 1];
    if (event->type == MN_EVENT_AUTHENTICATED) {
        announce(name, "is here");
    } else if (event->type == MN_EVENT_MESSAGE && event->what == LINE) {
        announce(name, ((const line *)event->data)->text);
    } else if (event->type == MN_EVENT_MESSAGE) {
        (void)mn_server_broadcast(server, RING, name, (uint32_t)strlen(name), 0);
    } else if (event->type == MN_EVENT_DISCONNECTED) {
        announce(name, "has left");
        name[0] = '\0';
    }
}

static void hear(const mn_event *event)
{
    if (event->type == MN_EVENT_CONNECT_FAILED || event->type == MN_EVENT_DISCONNECTED) {
        printf("over: %.*s\n", (int)event->size, (const char *)event->data);
        is_over = 1;
    } else if (event->type == MN_EVENT_MESSAGE && event->what == RING) {
        printf("\a%.*s rings\n", (int)event->size, (const char *)event->data);
    } else if (event->type == MN_EVENT_MESSAGE && server == NULL) { /* a host has seen it */
        printf("%s %s\n", ((const line *)event->data)->name, ((const line *)event->data)->text);
    }
}

static void say(const char *text)
{
    line said = {0};
    mn_result result = MN_OK;
    (void)snprintf(said.text, sizeof(said.text), "%s", text);
    if (client == NULL) {
        announce("server", text);
    } else if (strcmp(text, "/ring") == 0) {
        result = mn_client_send(client, RING, "", 0, 0);
    } else {
        result = mn_client_send(client, LINE, &said, sizeof(said), 0);
    }
    if (result != MN_OK) { /* most likely it is not in yet */
        printf("not sent: %s\n", mn_result_text(result));
    }
}

/* Takes what is typed without waiting for it, byte by byte until a line is complete. */
static void read_input(void)
{
    static char text[200];
    static size_t size;
    char byte;
    for (struct pollfd input = {STDIN_FILENO, POLLIN, 0}; poll(&input, 1, 0) == 1;) {
        if (read(STDIN_FILENO, &byte, 1) <= 0) {
            is_over = mn_client_disconnect(client, 0, "good bye") != MN_OK; /* a server: at once */
            return;
        }
        if (byte == '\n') {
            text[size] = '\0';
            size = 0;
            say(text);
        } else if (size < sizeof(text) - 1) {
            text[size++] = byte;
        }
    }
}

static mn_result begin(const mn_schema *schema, const char *where, const char *name, int serves)
{
    mn_server_config server_config = {
        .struct_size = sizeof(server_config), .flags = MN_SERVER_AUTHENTICATE, .schema = schema};
    mn_client_config client_config = {.struct_size = sizeof(client_config), .schema = schema};
    uint32_t size = name != NULL ? (uint32_t)strlen(name) : 0;
    mn_address address;
    mn_result result = mn_address_resolve(where, MN_DEFAULT_PORT, &address);
    result = result == MN_OK && serves ? mn_server_create(&server_config, &server) : result;
    result = result == MN_OK && serves ? mn_server_start(server, &address) : result;
    result = result == MN_OK && name != NULL ? mn_client_create(&client_config, &client) : result;
    return result != MN_OK || name == NULL ? result
           : serves                        ? mn_client_connect_host(client, server, name, size)
                                           : mn_client_connect(client, &address, name, size);
}

int main(int argc, char **argv)
{
    int is_client = argc == 4 && strcmp(argv[1], "client") == 0;
    int is_host = argc == 3 && strcmp(argv[1], "host") == 0;
    if (!is_client && !is_host && (argc < 2 || argc > 3 || strcmp(argv[1], "server") != 0)) {
        (void)puts("chat server [port] | chat client host[:port] name | chat host name");
        return 2;
    }
    char where[32];
    (void)snprintf(where, sizeof(where), "[::]:%s", argc == 3 && !is_host ? argv[2] : "7777");
    const char *name = is_client || is_host ? argv[argc - 1] : NULL;
    mn_schema *schema = NULL;
    (void)mn_schema_create(NULL, &schema);
    (void)mn_schema_add_message(schema, &types[0]);
    (void)mn_schema_add_message(schema, &types[1]);
    (void)mn_schema_finish(schema);
    mn_result result = begin(schema, is_client ? argv[2] : where, name, !is_client);
    while (result == MN_OK && !is_over) {
        /* The frame of both; who is not there answers with an error, which means nothing here. */
        mn_event event;
        (void)mn_server_update(server, mn_time_us());
        (void)mn_client_update(client, mn_time_us());
        while (mn_server_poll(server, &event, 1) == 1) {
            serve(&event);
        }
        while (mn_client_poll(client, &event, 1) == 1) {
            hear(&event);
        }
        read_input();
        (void)fflush(stdout);
        (void)mn_server_flush(server, mn_time_us());
        (void)mn_client_flush(client, mn_time_us());
        (void)(server != NULL ? mn_server_wait(server, 10000) : mn_client_wait(client, 10000));
    }
    if (result != MN_OK) {
        printf("chat: %s %s\n", mn_result_text(result), mn_server_error_text(server));
    }
    mn_client_destroy(client);
    mn_server_destroy(server);
    mn_schema_destroy(schema);
    return result == MN_OK ? 0 : 1;
}
