/* SPDX-License-Identifier: MIT */
/* Lines come out with their number in place, and only those that the level lets through. */
#include "base/log.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

typedef struct sink {
    uint32_t count;
    uint32_t level;
    char area[32];
    char text[256];
} sink;

static void keep(void *user, uint32_t level, const char *area, const char *text)
{
    sink *kept = user;
    kept->count++;
    kept->level = level;
    (void)snprintf(kept->area, sizeof kept->area, "%s", area);
    (void)snprintf(kept->text, sizeof kept->text, "%s", text);
}

static void the_number_stands_in_its_place(void **state)
{
    (void)state;
    static const struct {
        enum mni_log_item item;
        uint64_t value;
        uint32_t level;
        const char *area, *text;
    } cases[] = {
        {MNI_LOG_STARTED, 7777, MN_LOG_INFO, "peer", "listening on port 7777"},
        {MNI_LOG_STOPPED, 5, MN_LOG_INFO, "peer", "stopped"},
        {MNI_LOG_CONNECTED, 0, MN_LOG_INFO, "peer", "connection 0 is open"},
        {MNI_LOG_OUT_OF_MEMORY, UINT64_MAX, MN_LOG_ERROR, "memory",
         "out of memory, 18446744073709551615 bytes in use"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sink kept = {0};
        mn_log log = {.level = MN_LOG_DEBUG, .write = keep, .user = &kept};
        mni_log_write(&log, cases[i].item, cases[i].value);
        assert_int_equal(kept.count, 1);
        assert_int_equal(kept.level, cases[i].level);
        assert_string_equal(kept.area, cases[i].area);
        assert_string_equal(kept.text, cases[i].text);
    }
}

static void every_item_is_a_whole_line(void **state)
{
    (void)state;
    sink kept = {0};
    mn_log log = {.level = MN_LOG_DEBUG, .write = keep, .user = &kept};
    for (uint32_t i = 0; i < MNI_LOG_COUNT; i++) {
        mni_log_write(&log, (enum mni_log_item)i, UINT64_MAX);
        assert_int_equal(kept.count, i + 1);
        assert_in_range(kept.level, MN_LOG_ERROR, MN_LOG_DEBUG);
        assert_true(strlen(kept.area) > 0);
        assert_in_range(strlen(kept.text), 1, 150); /* the longest would be cut at 159 */
        assert_null(strchr(kept.text, '%'));
    }
}

static void the_level_is_the_most_talkative_that_passes(void **state)
{
    (void)state;
    static const struct {
        uint32_t level, passed; /* of an error, a warning and an info */
    } cases[] = {{0, 2}, {MN_LOG_ERROR, 1}, {MN_LOG_WARNING, 2}, {MN_LOG_INFO, 3}, {99, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sink kept = {0};
        mn_log log = {.level = cases[i].level, .write = keep, .user = &kept};
        mni_log_write(&log, MNI_LOG_SOCKET_FAILED, 1);
        mni_log_write(&log, MNI_LOG_REFUSED, 1);
        mni_log_write(&log, MNI_LOG_STARTED, 1);
        assert_int_equal(kept.count, cases[i].passed);
    }
}

static void without_a_sink_nothing_happens(void **state)
{
    (void)state;
    mni_log_write(NULL, MNI_LOG_STARTED, 1);
    mn_log log = {.level = MN_LOG_DEBUG};
    mni_log_write(&log, MNI_LOG_STARTED, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_number_stands_in_its_place),
        cmocka_unit_test(every_item_is_a_whole_line),
        cmocka_unit_test(the_level_is_the_most_talkative_that_passes),
        cmocka_unit_test(without_a_sink_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
