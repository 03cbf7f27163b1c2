/* SPDX-License-Identifier: MIT */
#include "player.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

enum { EVENTS = 64, OBJECTS = ARENA_TANKS + ARENA_SHELLS + 1 };
#define QUIET_US 300000u
#define TIMEOUT_US 10000000u

mn_result player_open(arena_player *player, const player_config *config)
{
    uint8_t key[MN_KEY_SIZE];
    memset(player, 0, sizeof(*player));
    text_copy(player->name, sizeof(player->name), config->name);
    mn_client_config client = {
        .struct_size = sizeof(client),
        .security = config->is_plain ? MN_SECURITY_NONE : MN_SECURITY_ENCRYPTED,
        .application = ARENA_APPLICATION,
        .connect_timeout_us = TIMEOUT_US,
        .timeout_us = TIMEOUT_US,
        .schema = config->schema,
        .sockets = config->sockets,
        .server_key = config->server_key != NULL ? key : NULL,
    };
    if (config->server_key != NULL && mn_key_parse(config->server_key, key) < 0) {
        return MN_ERROR_ARGUMENT;
    }
    mn_result result = mn_client_create(&client, &player->client);
    return result < 0 ? result : mn_client_objects_create(player->client, &player->objects);
}

void player_close(arena_player *player)
{
    mn_client_destroy(player->client);
    player->client = NULL;
}

/* ---- what the server tells ------------------------------------------------------------------- */

static void join(arena_player *player)
{
    join_message join = {0};
    memcpy(join.name, player->name, sizeof(join.name));
    player->is_in = true;
    (void)mn_client_send(player->client, MESSAGE_JOIN, &join, sizeof(join), 0);
}

/* A reason of the game's own has a text that says all. */
static void leave(arena_player *player, const mn_event *event)
{
    char text[MN_TEXT_MAX + 1] = "";
    const char *reason = mn_reason_text(event->reason);
    player->is_over = true;
    player->reason = event->reason;
    if (event->size > 0) {
        (void)snprintf(text, sizeof(text), "%.*s", (int)event->size, (const char *)event->data);
    }
    if (text[0] == 0 || strcmp(text, reason) == 0) {
        text_copy(player->text, sizeof(player->text), reason);
    } else if (event->reason >= MN_REASON_USER) {
        text_copy(player->text, sizeof(player->text), text);
    } else {
        (void)snprintf(player->text, sizeof(player->text), "%s: %.128s", reason, text);
        text_copy(player->text, sizeof(player->text), player->text);
    }
}

static const char *name_of(const arena_player *player, mn_object tank)
{
    const view_tank *found = view_tank_of(&player->view, tank);
    return found == NULL ? "somebody" : found->state.name;
}

static void see_explosion(arena_player *player, const explosion_call *explosion, uint64_t now_us)
{
    view_flash_at(&player->view, explosion->position, now_us);
    if (explosion->destroyed != 0) {
        char line[VIEW_LINE_SIZE];
        (void)snprintf(line, sizeof(line), "* %s destroyed %s", name_of(player, explosion->shooter),
                       name_of(player, explosion->victim));
        view_say(&player->view, line);
    }
}

static void take_message(arena_player *player, const mn_event *event)
{
    if (event->what == MESSAGE_CHAT) {
        const chat_message *chat = event->data;
        view_say_as(&player->view, chat->name, chat->text);
    } else if (event->what == MESSAGE_STOP) {
        player->is_stopped = true;
    }
}

static void take_event(arena_player *player, const mn_event *event, uint64_t now_us)
{
    switch (event->type) {
    case MN_EVENT_AUTHENTICATED:
        join(player);
        break;
    case MN_EVENT_CONNECT_FAILED:
    case MN_EVENT_DISCONNECTED:
        leave(player, event);
        break;
    case MN_EVENT_MESSAGE:
        take_message(player, event);
        break;
    case MN_EVENT_CALL: /* the explosion is the only one there is */
        see_explosion(player, event->data, now_us);
        break;
    case MN_EVENT_CHARACTER:
        player->me = event->object;
        break;
    default: /* what objects there are, the view asks itself */
        break;
    }
}

static void look(arena_player *player)
{
    mn_object objects[OBJECTS];
    mn_result count = mn_client_objects_list(player->objects, objects, OBJECTS);
    view_clear(&player->view);
    for (mn_result i = 0; i < count && i < OBJECTS; i++) {
        view_add(&player->view, objects[i], mn_client_objects_type(player->objects, objects[i]),
                 mn_client_objects_state(player->objects, objects[i]));
    }
}

void player_poll(arena_player *player, uint64_t now_us)
{
    mn_event events[EVENTS];
    mn_result count;
    while ((count = mn_client_poll(player->client, events, EVENTS)) > 0) {
        for (mn_result i = 0; i < count; i++) {
            take_event(player, &events[i], now_us);
        }
    }
    look(player);
}

/* ---- what the player does -------------------------------------------------------------------- */

/* What cannot be sent is not sent again: in a tick there is a newer wish. */
static void command_tank(arena_player *player, const command *wanted)
{
    input_message input = {player->input_number++ & 0xffffu, wanted->throttle, wanted->turn};
    (void)mn_client_send(player->client, MESSAGE_INPUT, &input, sizeof(input), 0);
    if (wanted->fire) {
        mn_call fire = {.object = player->me, .call = CALL_FIRE};
        (void)mn_client_objects_call(player->objects, &fire);
    }
    if (wanted->say[0] != 0) {
        chat_message chat = {0};
        text_copy(chat.text, sizeof(chat.text), wanted->say);
        (void)mn_client_send(player->client, MESSAGE_CHAT, &chat, sizeof(chat), 0);
    }
}

static bool is_same(const report_message *a, const report_message *b)
{
    return a->digest == b->digest && a->objects == b->objects;
}

/* Nothing comes any more: then this copy is complete. Should that be wrong, it changes again, and
   is reported again. */
static void report(arena_player *player, uint64_t now_us)
{
    report_message now = {0};
    mn_result count = mn_client_objects_list(player->objects, NULL, 0);
    if (count < 0 || mn_client_objects_digest(player->objects, &now.digest) < 0) {
        return;
    }
    now.objects = (uint32_t)count;
    if (player->seen_since_us == 0 || !is_same(&now, &player->seen)) {
        player->seen = now;
        player->seen_since_us = now_us;
    }
    bool is_news = !player->has_sent || !is_same(&now, &player->sent);
    if (is_news && now_us - player->seen_since_us >= QUIET_US &&
        mn_client_send(player->client, MESSAGE_REPORT, &now, sizeof(now), 0) >= 0) {
        player->sent = now;
        player->has_sent = true;
    }
}

void player_step(arena_player *player, const command *wanted, uint64_t now_us)
{
    if (!player->is_in || player->is_over) {
        return;
    }
    if (player->is_stopped) {
        report(player, now_us);
    } else if (player->me.id != 0) {
        command_tank(player, wanted);
    }
}
