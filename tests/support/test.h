/* SPDX-License-Identifier: MIT */
/* cmocka wants these headers before it, in this order. */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#endif
