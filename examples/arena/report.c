/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdio.h>

#define PATIENCE_US 8000000u /* with clients that do not report */
#define FAREWELL_US 3000000u /* with clients that do not go */

#include "text.h"

static double share(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0.0 : (double)part / (double)whole;
}

static void fill_statistics(report_row *row, const arena_match *match, const match_session *session,
                            uint64_t now_us)
{
    mn_statistics line = {.struct_size = sizeof(line)};
    if (mn_server_statistics(match->server, session->player, &line) < 0) {
        return;
    }
    uint64_t lost = line.packets_lost - line.packets_lost_spuriously;
    double kilo_seconds = (double)(now_us - session->joined_us) / 1e6 * 1000.0;
    row->rtt_ms = (double)line.rtt_us / 1000.0;
    row->loss_down = share(lost, line.packets_sent);
    row->loss_up = share(line.packets_missing, line.packets_received + line.packets_missing);
    row->down_kbs = kilo_seconds > 0.0 ? (double)line.bytes_sent / kilo_seconds : 0.0;
    row->up_kbs = kilo_seconds > 0.0 ? (double)line.bytes_received / kilo_seconds : 0.0;
}

static bool is_equal(const arena_match *match, const match_session *session)
{
    uint64_t digest = 0;
    mn_result objects = mn_server_objects_list(match->objects, NULL, 0);
    return session->has_reported && objects >= 0 && session->report.objects == (uint32_t)objects &&
           mn_server_objects_digest(match->objects, session->player, &digest) >= 0 &&
           session->report.digest == digest;
}

static void fill(match_report *report, const arena_match *match, uint64_t now_us)
{
    report->count = 0;
    report->equal = 0;
    for (uint32_t i = 0; i < ARENA_TANKS; i++) {
        const match_session *session = &match->sessions[i];
        if (session->player.id == 0) {
            continue;
        }
        report_row *row = &report->rows[report->count++];
        *row = (report_row){.objects = session->report.objects};
        text_copy(row->name, sizeof(row->name), session->name);
        fill_statistics(row, match, session, now_us);
        row->is_equal = is_equal(match, session);
        report->equal += row->is_equal ? 1 : 0;
    }
    uint32_t expect = match->config.expect;
    report->wanted = report->count > expect ? report->count : expect;
}

void report_step(match_report *report, arena_match *match, uint64_t now_us)
{
    if (match->phase != PHASE_STOPPED || report->is_over) {
        return;
    }
    if (report->is_final) {
        report->is_over = match_player_count(match) == 0 || now_us - report->final_us > FAREWELL_US;
        return;
    }
    fill(report, match, now_us);
    if (report->equal == report->wanted || now_us - match->phase_us > PATIENCE_US) {
        report->is_final = true;
        report->final_us = now_us;
        match_dismiss(match, ARENA_REASON_MATCH_OVER, "the match is over");
    }
}

static void print(const match_report *report)
{
    printf("\n%-16s %8s %11s %10s %11s %9s %9s %7s\n", "client", "RTT ms", "loss down", "loss up",
           "kB/s down", "kB/s up", "objects", "equal");
    for (uint32_t i = 0; i < report->count; i++) {
        const report_row *row = &report->rows[i];
        printf("%-16s %8.1f %9.1f %% %8.1f %% %11.1f %9.1f %9u %7s\n", row->name, row->rtt_ms,
               row->loss_down * 100.0, row->loss_up * 100.0, row->down_kbs, row->up_kbs,
               row->objects, row->is_equal ? "yes" : "no");
    }
    printf("\ndemo: %u of %u clients equal the server\n", report->equal, report->wanted);
    (void)fflush(stdout);
}

int report_tell(const match_report *report, const arena_match *match)
{
    if (report->is_final) {
        print(report);
        return report->equal == report->wanted ? 0 : 1;
    }
    if (match->config.seconds > 0) {
        (void)fprintf(stderr, "the match was broken off\n");
        return 1;
    }
    return 0;
}
