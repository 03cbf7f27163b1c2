/* SPDX-License-Identifier: MIT */
/*
 * Turns an item of the list into a line of text. Texts are formats with at most one number, which
 * is spliced in by hand: so the list stays a table, and no format is ever chosen at run time.
 */
#include "base/log.h"

#include <stdio.h>
#include <string.h>

enum { DEFAULT_LEVEL = MN_LOG_WARNING, TEXT_MAX = 160 };

typedef struct line {
    uint32_t level;
    const char *area;
    const char *text;
} line;

static const line lines[MNI_LOG_COUNT] = {
#define ITEM(name, level, area, text) {level, area, text},
    MNI_LOG_ITEMS(ITEM)
#undef ITEM
};

void mni_log_write(const mn_log *log, enum mni_log_item item, uint64_t value)
{
    if (log == NULL || log->write == NULL) {
        return;
    }
    const line *it = &lines[item];
    if (it->level > (log->level != 0 ? log->level : DEFAULT_LEVEL)) {
        return;
    }
    static const char number[] = "%llu";
    const char *place = strstr(it->text, number);
    if (place == NULL) {
        log->write(log->user, it->level, it->area, it->text);
        return;
    }
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof text, "%.*s%llu%s", (int)(place - it->text), it->text,
                   (unsigned long long)value, place + sizeof number - 1);
    log->write(log->user, it->level, it->area, text);
}
