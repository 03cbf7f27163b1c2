/* SPDX-License-Identifier: MIT */
/* What results are called in words, for logs and for people; and which version this is. */
#include <miragenet.h>

const char *mn_result_text(mn_result result)
{
    if (result >= 0) {
        return "ok";
    }
    switch (result) {
    case MN_ERROR_ARGUMENT:
        return "invalid argument";
    case MN_ERROR_STATE:
        return "not possible in this state";
    case MN_ERROR_STALE:
        return "what the id named is gone";
    case MN_ERROR_FULL:
        return "full, try again later";
    case MN_ERROR_TOO_LARGE:
        return "too large";
    case MN_ERROR_MEMORY:
        return "out of memory";
    case MN_ERROR_NETWORK:
        return "network error";
    case MN_ERROR_SCHEMA:
        return "does not fit the schema";
    default:
        return "unknown error";
    }
}

uint32_t mn_version(void)
{
    return (uint32_t)MN_VERSION_MAJOR << 16 | (uint32_t)MN_VERSION_MINOR << 8 |
           (uint32_t)MN_VERSION_PATCH;
}
