/* SPDX-License-Identifier: MIT */
/* A text from the other side is harmless, and a reason is one that exists. */
#include "socket/reason.h"
#include "support/test.h"

#include <string.h>

static void texts_are_made_harmless(void **state)
{
    (void)state;
    static const struct {
        const char *given, *kept;
    } cases[] = {
        {"", ""},
        {"plain text, ~ and all", "plain text, ~ and all"},
        {"a\nb\tc\x1b[31m\x7f", "a?b?c?[31m?"},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\xc2\x80\xc2\x9f\xc2\xa0", "????\xc2\xa0"},          /* controls of two bytes */
        {"\xc0\x80\xe0\x80\x80\xf0\x80\x80\x80", "?????????"}, /* overlong */
        {"\xed\xa0\x80\xed\x9f\xbf", "???\xed\x9f\xbf"},       /* a surrogate; the last before */
        {"\xf4\x90\x80\x80\xf4\x8f\xbf\xbf", "????\xf4\x8f\xbf\xbf"}, /* above U+10FFFF; the last */
        {"\xe2\x82", "??"},                                           /* cut off */
        {"\xe2\x28\xa1", "?(?"},
        {"\xff\xfe\x80", "???"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mni_reason reason;
        mni_reason_set(&reason, 1000, cases[i].given, (uint32_t)strlen(cases[i].given));
        assert_string_equal(reason.text, cases[i].kept);
        assert_int_equal(reason.size, strlen(cases[i].kept));
        assert_int_equal(reason.code, 1000);
    }
}

static void a_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char text[2 * MN_TEXT_MAX];
    memset(text, 'x', sizeof(text));
    text[MN_TEXT_MAX - 1] = '\xc3'; /* does not fit whole */
    text[MN_TEXT_MAX] = '\xa9';
    mni_reason reason;
    mni_reason_set(&reason, 1, text, sizeof(text));
    assert_int_equal(reason.size, MN_TEXT_MAX - 1);
    assert_int_equal(strlen(reason.text), MN_TEXT_MAX - 1);
    text[MN_TEXT_MAX - 2] = '\xc3';
    text[MN_TEXT_MAX - 1] = '\xa9';
    mni_reason_set(&reason, 1, text, sizeof(text));
    assert_int_equal(strlen(reason.text), MN_TEXT_MAX);
}

static void a_terminated_text_is_read_no_further_than_it_may_matter(void **state)
{
    (void)state;
    mni_reason reason;
    char text[MN_TEXT_MAX + 4]; /* not terminated */
    memset(text, 'x', sizeof(text));
    mni_reason_set_text(&reason, 1000, text);
    assert_int_equal(reason.size, MN_TEXT_MAX);
    text[MN_TEXT_MAX - 1] = '\xc3'; /* does not fit whole */
    text[MN_TEXT_MAX] = '\xa9';
    mni_reason_set_text(&reason, 1000, text);
    assert_int_equal(reason.size, MN_TEXT_MAX - 1);
    assert_int_equal(reason.text[MN_TEXT_MAX - 2], 'x');
    mni_reason_set_text(&reason, 1000, "why");
    assert_string_equal(reason.text, "why");
    mni_reason_set_text(&reason, 1000, NULL);
    assert_string_equal(reason.text, "");
    assert_int_equal(reason.code, 1000);
}

static void a_number_that_is_none_counts_as_closed(void **state)
{
    (void)state;
    static const int32_t cases[][2] = {
        {0, MN_REASON_CLOSED}, {-5, MN_REASON_CLOSED}, {65536, MN_REASON_CLOSED},
        {1, MN_REASON_CLOSED}, {65535, 65535},         {MN_REASON_TIMEOUT, MN_REASON_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mni_reason reason;
        mni_reason_set(&reason, cases[i][0], NULL, 0);
        assert_int_equal(reason.code, cases[i][1]);
        assert_string_equal(reason.text, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_made_harmless),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(a_terminated_text_is_read_no_further_than_it_may_matter),
        cmocka_unit_test(a_number_that_is_none_counts_as_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
