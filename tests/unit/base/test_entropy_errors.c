/* SPDX-License-Identifier: MIT */
/*
 * Bytes that nobody filled must never pass for unpredictable ones. The functions below stand in for
 * the system's, in this program alone: each call gives as much as is planned, or fails. Linux with
 * glibc only.
 */
#define _GNU_SOURCE

#include "base/entropy.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RANDOM_FILE = 1000, STEPS_MAX = 8, SIZE = 40 };

/* What one call after the other gives: bytes, or a negative errno; all that is asked from then on
   where `forever` is not set, else that. */
typedef struct source {
    int steps[STEPS_MAX];
    uint32_t count, at;
    int forever;
    uint8_t byte; /* that it fills with */
} source;

static source kernel;
static source file;
static bool has_file;
static int open_files;

static ssize_t give(source *from, void *bytes, size_t size)
{
    int step = from->at < from->count ? from->steps[from->at++]
               : from->forever != 0   ? from->forever
                                      : (int)size;
    if (step < 0) {
        errno = -step;
        return -1;
    }
    size_t given = (size_t)step < size ? (size_t)step : size;
    memset(bytes, from->byte, given);
    return (ssize_t)given;
}

ssize_t getrandom(void *bytes, size_t size, unsigned flags)
{
    return flags == 0 ? give(&kernel, bytes, size) : -1;
}

int open(const char *path, int flags, ...)
{
    if (strcmp(path, "/dev/urandom") != 0) {
        return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
    }
    assert_int_equal(flags, O_RDONLY | O_CLOEXEC);
    if (!has_file) {
        errno = ENOENT;
        return -1;
    }
    open_files++;
    return RANDOM_FILE;
}

ssize_t read(int descriptor, void *bytes, size_t size)
{
    return descriptor == RANDOM_FILE ? give(&file, bytes, size)
                                     : (ssize_t)syscall(SYS_read, descriptor, bytes, size);
}

int close(int descriptor)
{
    if (descriptor == RANDOM_FILE) {
        open_files--;
        return 0;
    }
    return (int)syscall(SYS_close, descriptor);
}

static int setup(void **state)
{
    (void)state;
    kernel = (source){.byte = 'k'};
    file = (source){.byte = 'f'};
    has_file = true;
    open_files = 0;
    return 0;
}

/* All bytes are the source's, and none behind them changed. */
static void expect_filled_by(char byte)
{
    uint8_t bytes[SIZE + 1] = {0};
    uint8_t expected[SIZE + 1] = {0};
    memset(expected, byte, SIZE);
    assert_int_equal(mni_entropy(bytes, SIZE), MN_OK);
    assert_memory_equal(bytes, expected, sizeof bytes);
    assert_int_equal(open_files, 0);
}

static void expect_failure(void)
{
    uint8_t bytes[SIZE];
    assert_int_equal(mni_entropy(bytes, SIZE), MN_ERROR_NETWORK);
    assert_int_equal(open_files, 0);
}

static void the_kernel_is_asked_first_until_it_gave_all(void **state)
{
    (void)state;
    expect_filled_by('k');
    kernel = (source){.steps = {1, -EINTR, 20, -EINTR, 5}, .count = 5, .byte = 'k'};
    expect_filled_by('k');
}

static void where_the_kernel_fails_the_file_gives_all(void **state)
{
    (void)state;
    static const int ends[] = {-ENOSYS, -EPERM, -EIO};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        kernel = (source){.steps = {7}, .count = 1, .forever = ends[i], .byte = 'k'};
        file = (source){.steps = {3, -EINTR, 36}, .count = 3, .byte = 'f'};
        expect_filled_by('f');
    }
}

static void where_both_fail_nothing_passes_for_random(void **state)
{
    (void)state;
    kernel.forever = -ENOSYS;
    has_file = false;
    expect_failure();
    has_file = true;
    file = (source){.forever = -EIO};
    expect_failure();
    file = (source){.steps = {39}, .count = 1, .forever = -EIO};
    expect_failure();
    file = (source){.steps = {39, 0}, .count = 2}; /* the end of the file */
    expect_failure();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_kernel_is_asked_first_until_it_gave_all, setup),
        cmocka_unit_test_setup(where_the_kernel_fails_the_file_gives_all, setup),
        cmocka_unit_test_setup(where_both_fail_nothing_passes_for_random, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
