/* SPDX-License-Identifier: MIT */
/*
 * arena_server: runs a match without playing in it. On a terminal it shows the arena, else a line a
 * second. A match that ends (--seconds) ends with the comparison of all worlds, and the program's
 * status is 0 only if they are equal.
 */
#include <stdio.h>
#include <string.h>

#include "../key_file.h"
#include "draw.h"
#include "match.h"
#include "options.h"
#include "pace.h"
#include "report.h"
#include "screen.h"
#include "spectate.h"

#define LEAVE_US 2000000u /* how long an end before its time may take */

typedef struct arena_server {
    arena_options options;
    arena_match match;
    match_report report;
    arena_view view;
    arena_screen screen;
    arena_pace pace;
    arena_meter meter;
    uint16_t port;
    char key[MN_KEY_TEXT_MAX]; /* what clients may pin; "": nothing */
    uint64_t leaving_us;       /* since when somebody wants it to end; 0: nobody does */
} arena_server;

/* Under another name first, so that who waits for the file never sees half of it. */
static bool write_port_file(const char *path, uint16_t port)
{
    char draft[512];
    if (snprintf(draft, sizeof(draft), "%s.new", path) >= (int)sizeof(draft)) {
        return false;
    }
    FILE *file = fopen(draft, "w");
    if (file == NULL) {
        return false;
    }
    bool is_written = fprintf(file, "%u\n", port) > 0;
    return fclose(file) == 0 && is_written && rename(draft, path) == 0;
}

static bool start(arena_server *program, const mn_schema *schema)
{
    const arena_options *options = &program->options;
    uint8_t key[MN_KEY_SIZE];
    match_config config = {
        .schema = schema,
        .seed = options->seed,
        .seconds = options->seconds,
        .expect = options->expect,
        .port = options->port,
        .is_plain = options->is_plain,
        .private_key = options->key_file != NULL ? key : NULL,
    };
    if (options->key_file != NULL && key_file_open(options->key_file, key) < 0) {
        return false;
    }
    mn_result result = match_open(&program->match, &config, mn_time_us());
    mn_address address;
    if (result < 0 || mn_server_address(program->match.server, &address) < 0) {
        const char *why =
            program->match.server == NULL ? "" : mn_server_error_text(program->match.server);
        (void)fprintf(stderr, "arena_server: cannot serve at port %u: %s (%s)\n", options->port,
                      mn_result_text(result), why);
        return false;
    }
    program->port = address.port;
    if (options->key_file != NULL) {
        key_file_public_text(key, program->key);
    }
    if (options->port_file != NULL && !write_port_file(options->port_file, program->port)) {
        (void)fprintf(stderr, "arena_server: cannot write %s\n", options->port_file);
        return false;
    }
    return true;
}

static void show(arena_server *program, uint64_t now_us)
{
    char line[SCREEN_COLUMNS];
    arena_match *match = &program->match;
    mn_counters counters = {.struct_size = sizeof(counters)};
    (void)mn_server_counters(match->server, &counters);
    bool is_new = meter_read(&program->meter, counters.bytes_sent, counters.bytes_received, now_us);
    (void)snprintf(line, sizeof(line), "port %u, %u players, %d objects, %.1f kB/s out, %.1f in",
                   program->port, match_player_count(match),
                   mn_server_objects_list(match->objects, NULL, 0), program->meter.sent_kbs,
                   program->meter.received_kbs);
    spectate(&program->view, match, now_us);
    if (program->screen.is_open) {
        draw_view(&program->screen, &program->view, (mn_object){0}, line, now_us);
    } else if (is_new) {
        printf("arena_server: %s %us: %s, %u shots, %u hits\n", view_phase(&program->view),
               program->view.match.seconds, line, match->world.shots, match->world.hits);
        (void)fflush(stdout);
    }
}

/* The end that was not planned: all players are told, and given a moment to hear it. */
static void look_for_the_end(arena_server *program, uint64_t now_us)
{
    bool is_wanted = screen_was_interrupted();
    for (int key; (key = screen_key(&program->screen)) != KEY_NONE;) {
        is_wanted = is_wanted || key == 'q' || key == KEY_CONTROL_C;
    }
    if (is_wanted && program->leaving_us == 0) {
        program->leaving_us = now_us;
        match_dismiss(&program->match, ARENA_REASON_CLOSED, "the server is closing");
    }
}

static bool is_over(const arena_server *program, uint64_t now_us)
{
    if (program->leaving_us == 0) {
        return program->report.is_over;
    }
    return match_player_count(&program->match) == 0 || now_us - program->leaving_us > LEAVE_US;
}

static void run(arena_server *program)
{
    arena_match *match = &program->match;
    for (;;) {
        uint64_t now_us = mn_time_us();
        if (is_over(program, now_us)) {
            return;
        }
        (void)mn_server_update(match->server, now_us);
        match_poll(match, now_us);
        if (pace_is_due(&program->pace, now_us)) {
            match_step(match, now_us);
            report_step(&program->report, match, now_us);
            show(program, now_us);
            look_for_the_end(program, now_us);
            (void)mn_server_flush(match->server, now_us);
        }
        uint64_t next_us = mn_server_next_us(match->server);
        (void)mn_server_wait(match->server, pace_wait_us(&program->pace, next_us, mn_time_us()));
    }
}

int main(int count, char **arguments)
{
    int status = 0;
    arena_server program;
    mn_schema *schema = NULL;
    (void)count;
    memset(&program, 0, sizeof(program));
    if (options_read(&program.options, SIDE_SERVER, arguments, &status) != 0) {
        return status;
    }
    status = 1;
    screen_watch_signals();
    if (protocol_create(&schema) >= 0 && start(&program, schema)) {
        printf("arena_server: port %u, seed %llu%s%s\n", program.port,
               (unsigned long long)program.options.seed, program.key[0] != 0 ? ", key " : "",
               program.key);
        (void)fflush(stdout);
        if (!program.options.is_headless) {
            (void)screen_open(&program.screen);
        }
        run(&program);
        screen_close(&program.screen);
        status = report_tell(&program.report, &program.match);
    }
    match_close(&program.match);
    mn_schema_destroy(schema);
    return status;
}
