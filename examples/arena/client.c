/* SPDX-License-Identifier: MIT */
/*
 * arena_client: plays, from the keyboard or as a bot, over the network or (--host) in the same
 * program as the server. A host is a player like others: it only skips the network.
 */
#include <stdio.h>
#include <string.h>

#include "bot.h"
#include "draw.h"
#include "keyboard.h"
#include "options.h"
#include "pace.h"
#include "player.h"
#include "report.h"

#define LEAVE_US 2000000u /* how long leaving may take */

typedef struct arena_client {
    arena_options options;
    arena_player player;
    arena_match match; /* of a host */
    match_report report;
    arena_bot bot;
    keyboard keys;
    arena_screen screen;
    arena_pace pace;
    arena_meter meter;
    uint64_t leaving_us; /* since when the player wants out; 0: it does not */
    mn_lossy *lossy;
    mn_schema *schema;
} arena_client;

/* ---- start ----------------------------------------------------------------------------------- */

static bool fail(const char *what, mn_result result, const char *why)
{
    (void)fprintf(stderr, "arena_client: %s: %s%s%s\n", what, mn_result_text(result),
                  why[0] != 0 ? ": " : "", why);
    return false;
}

static bool start_host(arena_client *program, const mn_socket_factory *sockets)
{
    const arena_options *options = &program->options;
    match_config config = {
        .schema = program->schema,
        .sockets = sockets,
        .seed = options->seed,
        .seconds = options->seconds,
        .expect = options->expect,
        .port = options->port,
        .is_plain = options->is_plain,
    };
    arena_match *match = &program->match;
    mn_result result = match_open(match, &config, mn_time_us());
    if (result < 0) {
        return fail("cannot serve", result,
                    match->server == NULL ? "" : mn_server_error_text(match->server));
    }
    result = mn_client_connect_host(program->player.client, match->server, NULL, 0);
    return result >= 0 || fail("cannot join as host", result, "");
}

static bool start_remote(arena_client *program)
{
    mn_address server;
    const char *name = program->options.server;
    mn_result result = mn_address_resolve(name, MN_DEFAULT_PORT, &server);
    if (result < 0) {
        return fail(name, result, "no such address");
    }
    result = mn_client_connect(program->player.client, &server, NULL, 0);
    return result >= 0 || fail(name, result, mn_client_error_text(program->player.client));
}

static bool start(arena_client *program)
{
    const arena_options *options = &program->options;
    const mn_socket_factory *sockets = NULL;
    mn_result result = protocol_create(&program->schema);
    if (result >= 0 && options->is_lossy) {
        result = mn_lossy_create(mn_udp_sockets(), &options->line, &options->line, options->seed,
                                 NULL, &program->lossy);
    }
    if (program->lossy != NULL) {
        sockets = mn_lossy_sockets(program->lossy);
    }
    if (result >= 0) {
        const player_config config = {
            .schema = program->schema,
            .sockets = sockets,
            .name = options->name,
            .server_key = options->server_key,
            .is_plain = options->is_plain,
        };
        result = player_open(&program->player, &config);
    }
    if (result < 0) {
        return fail("cannot start", result, "");
    }
    return options->is_host ? start_host(program, sockets) : start_remote(program);
}

/* ---- the frame ------------------------------------------------------------------------------- */

static command next_command(arena_client *program, uint64_t now_us)
{
    command wanted = keyboard_read(&program->keys, &program->screen, now_us);
    if (program->options.is_bot) {
        bool quit = wanted.quit;
        wanted = bot_drive(&program->bot, &program->player.view, program->player.me);
        wanted.quit = quit;
    }
    wanted.quit = wanted.quit || screen_was_interrupted();
    return wanted;
}

static void show(arena_client *program, uint64_t now_us)
{
    char line[SCREEN_COLUMNS * 2];
    arena_player *player = &program->player;
    mn_statistics net = {.struct_size = sizeof(net)};
    (void)mn_client_statistics(player->client, &net);
    bool is_new = meter_read(&program->meter, net.bytes_sent, net.bytes_received, now_us);
    const view_tank *mine = view_tank_of(&player->view, player->me);
    tank_state tank = {0};
    if (mine != NULL) {
        tank = mine->state;
    }
    (void)snprintf(line, sizeof(line),
                   "%.1f kB/s in, %.1f out, ping %.0f ms, health %d, ammo %d, score %d",
                   program->meter.received_kbs, program->meter.sent_kbs,
                   (double)net.rtt_us / 1000.0, tank.health, tank.ammo, tank.score);
    if (program->screen.is_open) {
        if (program->keys.is_typing) {
            (void)snprintf(line, sizeof(line), "say: %s_", program->keys.line);
        }
        draw_view(&program->screen, &player->view, player->me, line, now_us);
    } else if (is_new) {
        printf("%s: %s %us: %u objects, %s\n", player->name, view_phase(&player->view),
               player->view.match.seconds, player->view.tank_count + player->view.shell_count + 1,
               line);
        (void)fflush(stdout);
    }
}

/* When a host goes, everybody must. */
static void leave(arena_client *program)
{
    if (program->options.is_host) {
        match_dismiss(&program->match, ARENA_REASON_CLOSED, "the host has left");
    } else {
        (void)mn_client_disconnect(program->player.client, MN_REASON_CLOSED, "left the game");
    }
}

static void tick(arena_client *program, uint64_t now_us)
{
    arena_player *player = &program->player;
    command wanted = next_command(program, now_us);
    if (wanted.quit && program->leaving_us == 0) {
        program->leaving_us = now_us;
        leave(program);
    }
    if (program->options.is_host) {
        match_step(&program->match, now_us);
        report_step(&program->report, &program->match, now_us);
    }
    player_step(player, &wanted, now_us);
    show(program, now_us);
    if (program->options.is_host) {
        (void)mn_server_flush(program->match.server, now_us);
    }
    (void)mn_client_flush(player->client, now_us);
}

static void rest(arena_client *program)
{
    const mn_client *client = program->player.client;
    uint64_t next_us = mn_client_next_us(client);
    uint64_t now_us = mn_time_us();
    if (!program->options.is_host) {
        uint64_t wait_us = pace_wait_us(&program->pace, next_us, now_us);
        (void)mn_client_wait(program->player.client, wait_us);
        return;
    }
    uint64_t server_us = mn_server_next_us(program->match.server);
    next_us = server_us < next_us ? server_us : next_us;
    (void)mn_server_wait(program->match.server, pace_wait_us(&program->pace, next_us, now_us));
}

/* A host stays until the others have heard how it ended. */
static bool is_over(const arena_client *program, uint64_t now_us)
{
    bool is_host = program->options.is_host;
    bool is_empty = is_host && match_player_count(&program->match) == 0;
    if (program->leaving_us != 0) {
        return is_empty || (!is_host && program->player.is_over) ||
               now_us - program->leaving_us > LEAVE_US;
    }
    return is_host ? program->report.is_over : program->player.is_over;
}

static void run(arena_client *program)
{
    for (;;) {
        uint64_t now_us = mn_time_us();
        if (is_over(program, now_us)) {
            return;
        }
        if (program->options.is_host) {
            (void)mn_server_update(program->match.server, now_us);
        }
        (void)mn_client_update(program->player.client, now_us);
        if (program->options.is_host) {
            match_poll(&program->match, now_us);
        }
        player_poll(&program->player, now_us);
        if (pace_is_due(&program->pace, now_us)) {
            tick(program, now_us);
        }
        rest(program);
    }
}

/* 0: the match came to its end, or the player left. */
static int tell(const arena_client *program)
{
    const arena_player *player = &program->player;
    if (program->options.is_host && program->leaving_us == 0) {
        return report_tell(&program->report, &program->match);
    }
    if (program->leaving_us != 0 || player->reason == ARENA_REASON_MATCH_OVER) {
        printf("%s: %s\n", player->name, program->leaving_us != 0 ? "left the game" : player->text);
        return 0;
    }
    (void)fprintf(stderr, "arena_client: %s: %s\n", program->options.server, player->text);
    return 1;
}

int main(int count, char **arguments)
{
    int status = 0;
    arena_client program;
    (void)count;
    memset(&program, 0, sizeof(program));
    if (options_read(&program.options, SIDE_CLIENT, arguments, &status) != 0) {
        return status;
    }
    status = 1;
    program.bot.random = program.options.seed;
    screen_watch_signals();
    if (start(&program)) {
        if (!program.options.is_headless) {
            (void)screen_open(&program.screen);
        }
        run(&program);
        screen_close(&program.screen);
        status = tell(&program);
    }
    player_close(&program.player);
    match_close(&program.match);
    mn_schema_destroy(program.schema);
    mn_lossy_destroy(program.lossy);
    return status;
}
