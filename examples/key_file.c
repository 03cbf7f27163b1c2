/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *path, const char *why)
{
    (void)fprintf(stderr, "key file %s: %s\n", path, why);
    return -1;
}

/* The file is new: what somebody else has put there, or may read already, is not used. */
static int make(const char *path, uint8_t private_key[MN_KEY_SIZE])
{
    uint8_t public_key[MN_KEY_SIZE];
    char text[MN_KEY_TEXT_MAX];
    mn_result result = mn_key_generate(private_key, public_key);
    if (result < 0) {
        return fail(path, mn_result_text(result));
    }
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file == NULL) {
        return fail(path, strerror(errno));
    }
    (void)mn_key_format(private_key, text, sizeof(text));
    int is_written = fprintf(file, "%s\n", text) > 0;
    return fclose(file) == 0 && is_written ? 0 : fail(path, strerror(errno));
}

int key_file_open(const char *path, uint8_t private_key_out[MN_KEY_SIZE])
{
    char text[MN_KEY_TEXT_MAX] = "";
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return errno == ENOENT ? make(path, private_key_out) : fail(path, strerror(errno));
    }
    int is_read = fgets(text, sizeof(text), file) != NULL;
    (void)fclose(file);
    text[strcspn(text, "\n")] = '\0';
    is_read = is_read && mn_key_parse(text, private_key_out) == MN_OK;
    return is_read ? 0 : fail(path, "there is no key in it");
}

void key_file_public_text(const uint8_t private_key[MN_KEY_SIZE], char text_out[MN_KEY_TEXT_MAX])
{
    uint8_t public_key[MN_KEY_SIZE];
    text_out[0] = '\0';
    if (mn_key_public(private_key, public_key) == MN_OK) {
        (void)mn_key_format(public_key, text_out, MN_KEY_TEXT_MAX);
    }
}
