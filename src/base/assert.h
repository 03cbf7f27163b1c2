/* SPDX-License-Identifier: MIT */
/*
 * Assertions state what our own code guarantees. What a caller or the network does wrongly is never
 * asserted: it is answered. They are on in every build that developers and CI run, and compiled out
 * where MN_SHIP is defined.
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

#ifdef MN_SHIP
#  define MNI_ASSERT(condition) ((void)sizeof(!(condition)))
#else
_Noreturn void mni_assert_failed(const char *condition, const char *file, int line);
#  define MNI_ASSERT(condition) \
    ((condition) ? (void)0 : mni_assert_failed(#condition, __FILE__, __LINE__))
#endif

#if defined(__GNUC__)
#  define MNI_CHECK __attribute__((warn_unused_result))
#else
#  define MNI_CHECK
#endif

#endif
