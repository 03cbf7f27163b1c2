/* SPDX-License-Identifier: MIT */
/* The socket layer alone, over UDP: one side echoes, the other asks ten times and leaves. */
#include <miragenet.h>

#include <stdio.h>
#include <string.h>

enum { QUESTIONS = 10, OVER };

/* Counts the answers; OVER when that was it. */
static int handle(mn_peer *peer, const mn_event *event, int is_server, int answers)
{
    mn_connection who = {event->who};
    uint64_t now_us = mn_time_us(), asked_us = now_us;
    if (event->type == MN_EVENT_CONNECT_FAILED || event->type == MN_EVENT_DISCONNECTED) {
        printf("over: %s\n", event->data != NULL ? (const char *)event->data : "");
        return is_server ? 0 : answers == QUESTIONS ? OVER : -1;
    }
    if (is_server && event->type == MN_EVENT_MESSAGE) {
        (void)mn_peer_send(peer, who, event->data, event->size, MN_RELIABLE, 0);
    } else if (event->type == MN_EVENT_MESSAGE && event->size == sizeof(asked_us)) {
        memcpy(&asked_us, event->data, sizeof(asked_us));
        printf("answer %d after %u us\n", ++answers, (uint32_t)(now_us - asked_us));
    }
    if (!is_server) {
        (void)(answers == QUESTIONS ? mn_peer_disconnect(peer, who, MN_REASON_USER, "that was it")
                                    : mn_peer_send(peer, who, &now_us, 8, MN_RELIABLE, 0));
    }
    return answers;
}

int main(int argc, char **argv)
{
    int is_server = argc > 1 && strcmp(argv[1], "listen") == 0, answers = 0;
    char local[64];
    (void)snprintf(local, sizeof(local), "[::]:%s", is_server && argc > 2 ? argv[2] : "7777");
    const char *name = is_server ? local : argc > 1 ? argv[1] : "localhost";
    mn_peer_config config = {.struct_size = sizeof(config)};
    mn_peer *peer = NULL;
    mn_address address;
    mn_result result = mn_peer_create(&config, &peer);
    result = result < 0 ? result : mn_address_resolve(name, MN_DEFAULT_PORT, &address);
    result = result < 0  ? result
             : is_server ? mn_peer_listen(peer, &address)
                         : mn_peer_connect(peer, &address, NULL, 0, &(mn_connection){0});
    while (result >= 0 && answers >= 0 && answers != OVER) {
        result = mn_peer_update(peer, mn_time_us());
        for (mn_event event; mn_peer_poll(peer, &event, 1) == 1;) {
            answers = handle(peer, &event, is_server, answers);
        }
        (void)mn_peer_flush(peer, mn_time_us());
        (void)mn_peer_wait(peer, 10000);
    }
    if (result < 0) {
        const char *why = mn_peer_error_text(peer);
        printf("%s: %s (%s)\n", name, *why ? why : "no such address", mn_result_text(result));
    }
    mn_peer_destroy(peer);
    return answers == OVER ? 0 : 1;
}
