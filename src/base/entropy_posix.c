/* SPDX-License-Identifier: MIT */
/*
 * getrandom where the system has it: it needs no file descriptor, and waits for a kernel that has
 * just started. /dev/urandom elsewhere, and in a sandbox that forbids the call.
 */
#define _DEFAULT_SOURCE /* getrandom */
#define _POSIX_C_SOURCE 200809L

#include "base/entropy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#ifdef __linux__
#  include <sys/random.h>
#endif

static bool from_system(uint8_t *bytes, size_t size)
{
#ifdef __linux__
    while (size > 0) {
        ssize_t got = getrandom(bytes, size, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        bytes += got;
        size -= (size_t)got;
    }
    return true;
#else
    (void)bytes;
    return size == 0;
#endif
}

static bool from_file(uint8_t *bytes, size_t size)
{
    int file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    while (size > 0) {
        ssize_t got = read(file, bytes, size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        bytes += got;
        size -= (size_t)got;
    }
    (void)close(file);
    return size == 0;
}

mn_result mni_entropy(void *bytes, size_t size)
{
    return from_system(bytes, size) || from_file(bytes, size) ? MN_OK : MN_ERROR_NETWORK;
}
