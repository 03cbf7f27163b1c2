/* SPDX-License-Identifier: MIT */
/* Unpredictable bytes from the operating system (getrandom, else /dev/urandom; BCryptGenRandom). */
#ifndef BASE_ENTROPY_H
#define BASE_ENTROPY_H

#include "base/assert.h"

#include <miragenet.h>

#include <stddef.h>

/* MN_OK, or MN_ERROR_NETWORK if the system has none to give. */
MNI_CHECK mn_result mni_entropy(void *bytes, size_t size);

#endif
