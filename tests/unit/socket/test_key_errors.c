/* SPDX-License-Identifier: MIT */
/*
 * A key that somebody could guess is not made. The functions below stand in for the
 * system's, in this program alone, and have no randomness. Linux with glibc only.
 */
#define _GNU_SOURCE

#include "support/test.h"

#include <miragenet.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

static int asked;

ssize_t getrandom(void *bytes, size_t size, unsigned flags)
{
    (void)flags;
    asked++;
    memset(bytes, 0x5a, size); /* and yet it says that it failed */
    errno = ENOSYS;
    return -1;
}

int open(const char *path, int flags, ...)
{
    if (strcmp(path, "/dev/urandom") == 0) {
        asked++;
        errno = ENOENT;
        return -1;
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}

static void without_randomness_there_is_no_key(void **state)
{
    (void)state;
    uint8_t keys[2][MN_KEY_SIZE] = {{1}, {2}}, untouched[2][MN_KEY_SIZE] = {{1}, {2}};
    assert_int_equal(mn_key_generate(keys[0], keys[1]), MN_ERROR_NETWORK);
    assert_int_equal(asked, 2);
    assert_memory_equal(keys, untouched, sizeof(keys));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_randomness_there_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
