/* SPDX-License-Identifier: MIT */
/* The smallest program that needs the header and the library. It is C and C++ at once. */
#include <miragenet.h>

#include <stdio.h>

int main(void)
{
    uint32_t version = mn_version();
    if (version >> 16 != MN_VERSION_MAJOR || (version >> 8 & 0xff) != MN_VERSION_MINOR) {
        fprintf(stderr, "the library is another version than the header\n");
        return 1;
    }
    printf("%d.%d.%d %s\n", MN_VERSION_MAJOR, MN_VERSION_MINOR, MN_VERSION_PATCH,
           mn_result_text(MN_OK));
    return 0;
}
