/* SPDX-License-Identifier: MIT */
/*
 * A server with an identity, and a client that knows it: whoever else answers at the address, or
 * stands on the way to it, is not talked with.
 *
 *   pinned server FILE [port]           makes the private key, if the file is not there yet, and
 *                                       says the public one
 *   pinned client KEY [host[:port]]     KEY: what the server said. Players get it as they get the
 *                                       game, or from the service that tells them the address
 */
#include <miragenet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key_file.h"

static int serve(const char *path, const char *port)
{
    uint8_t private_key[MN_KEY_SIZE];
    char text[MN_KEY_TEXT_MAX];
    if (key_file_open(path, private_key) < 0) {
        return 1;
    }
    mn_server_config config = {.struct_size = sizeof(config), .private_key = private_key};
    mn_address address = {.port = (uint16_t)strtoul(port, NULL, 10)};
    mn_server *server = NULL;
    mn_result result = mn_server_create(&config, &server);
    if (result < 0 || (result = mn_server_start(server, &address)) < 0) {
        (void)fprintf(stderr, "cannot start: %s\n", mn_result_text(result));
        mn_server_destroy(server);
        return 1;
    }
    (void)mn_server_address(server, &address);
    key_file_public_text(private_key, text);
    printf("port %u, key %s\n", address.port, text);
    for (;;) {
        mn_event event;
        (void)fflush(stdout);
        (void)mn_server_update(server, mn_time_us());
        while (mn_server_poll(server, &event, 1) == 1) {
            printf("player %u: %s\n", event.who,
                   event.type == MN_EVENT_AUTHENTICATED  ? "is here"
                   : event.type == MN_EVENT_DISCONNECTED ? "has left"
                                                         : "...");
        }
        (void)mn_server_flush(server, mn_time_us());
        (void)mn_server_wait(server, 10000);
    }
}

static int visit(const char *key, const char *host)
{
    uint8_t server_key[MN_KEY_SIZE];
    mn_client_config config = {.struct_size = sizeof(config), .server_key = server_key};
    mn_address address;
    mn_client *client = NULL;
    mn_event event = {0};
    if (mn_key_parse(key, server_key) < 0 ||
        mn_address_resolve(host, MN_DEFAULT_PORT, &address) < 0 ||
        mn_client_create(&config, &client) < 0 ||
        mn_client_connect(client, &address, NULL, 0) < 0) {
        (void)fprintf(stderr, "that is no key, or no address\n");
        mn_client_destroy(client);
        return 1;
    }
    while (event.type != MN_EVENT_DISCONNECTED && event.type != MN_EVENT_CONNECT_FAILED) {
        (void)mn_client_update(client, mn_time_us());
        if (mn_client_poll(client, &event, 1) == 1 && event.type == MN_EVENT_AUTHENTICATED) {
            printf("this is the server that I know\n");
            (void)mn_client_disconnect(client, MN_REASON_CLOSED, NULL);
        }
        (void)mn_client_flush(client, mn_time_us());
        (void)mn_client_wait(client, 10000);
    }
    printf("over: %s\n", mn_reason_text(event.reason));
    mn_client_destroy(client);
    return event.type == MN_EVENT_DISCONNECTED && event.reason == MN_REASON_CLOSED ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc >= 3 && argc <= 4 && strcmp(argv[1], "server") == 0) {
        return serve(argv[2], argc > 3 ? argv[3] : "7777");
    }
    if (argc >= 3 && argc <= 4 && strcmp(argv[1], "client") == 0) {
        return visit(argv[2], argc > 3 ? argv[3] : "localhost");
    }
    (void)puts("pinned server FILE [port] | pinned client KEY [host[:port]]");
    return 2;
}
