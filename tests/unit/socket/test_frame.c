/* SPDX-License-Identifier: MIT */
/* Frames as bytes: one form for each, and everything else refused. */
#include "socket/frame.h"
#include "socket/peer.h"
#include "support/test.h"

#include <string.h>

static uint8_t bytes[70000];
static uint8_t content[70000];

static uint32_t write_frame(const mni_frame *frame)
{
    mni_writer writer = mni_writer_over(bytes, sizeof(bytes));
    mni_frame_write(&writer, frame);
    assert_false(writer.failed);
    return (uint32_t)mni_writer_size(&writer);
}

static bool read_frame(const void *from, uint32_t size, mni_frame *frame_out)
{
    mni_reader reader = mni_reader_over(from, size);
    return mni_frame_read(&reader, frame_out) && mni_reader_left(&reader) == 0;
}

static void messages_of_any_length_come_back(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 1, 29, 30, 31, 285, 286, 287, 1200, 65821};
    static const uint8_t modes[] = {MN_UNRELIABLE, MN_SEQUENCED, MN_RELIABLE, MN_UNORDERED,
                                    MN_NOTIFY};
    static const uint8_t channels[] = {0, 1, 63, MNI_CHANNEL_CONTROL, MNI_CHANNEL_CALLS};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (size_t j = 0; j < 25; j++) {
            mni_frame frame = {
                .kind = MNI_FRAME_MESSAGE,
                .mode = modes[j % 5],
                .channel = channels[j / 5],
                .sequence = j % 5 == 0 || j % 5 == 4 ? 0 : 0xabcd,
                .size = lengths[i],
                .bytes = content,
            };
            uint32_t size = write_frame(&frame);
            assert_int_equal(size, mni_frame_message_size(frame.mode, frame.channel, frame.size));
            mni_frame read;
            assert_true(read_frame(bytes, size, &read));
            assert_int_equal(read.kind, MNI_FRAME_MESSAGE);
            assert_int_equal(read.mode, frame.mode);
            assert_int_equal(read.channel, frame.channel);
            assert_int_equal(read.sequence, frame.sequence);
            assert_int_equal(read.size, frame.size);
            assert_memory_equal(read.bytes, content, frame.size);
            assert_false(read_frame(bytes, size - 1, &read));
            mni_reader reader = mni_reader_over(bytes, 0);
            assert_false(mni_frame_read(&reader, &read));
        }
    }
}

static void the_bytes_are_those_of_the_protocol(void **state)
{
    (void)state;
    static const struct {
        mni_frame frame;
        const char *bytes;
        uint32_t size;
    } cases[] = {
        {{.mode = MN_UNRELIABLE, .size = 2, .bytes = (const uint8_t *)"hi"}, "\x22hi", 3},
        {{.mode = MN_RELIABLE, .sequence = 0x1234, .size = 1, .bytes = (const uint8_t *)"x"},
         "\x41\x34\x12x",
         4},
        {{.mode = MN_NOTIFY, .bytes = (const uint8_t *)""}, "\x60", 1},
        {{.mode = MN_RELIABLE,
          .channel = 64,
          .sequence = 7,
          .size = 1,
          .bytes = (const uint8_t *)"x"},
         "\xa1\x03\x40\x07\x00x",
         6},
        {{.mode = MN_SEQUENCED, .sequence = 7, .size = 1, .bytes = (const uint8_t *)"x"},
         "\xa1\x02\x00\x07\x00x",
         6},
        {{.kind = MNI_FRAME_PING}, "\xc1\x01", 2},
        {{.kind = MNI_FRAME_CREDIT, .limit = 300}, "\xc3\x02\xac\x02", 4},
        {{.kind = MNI_FRAME_CLOSE, .reason = 1001, .size = 3, .bytes = (const uint8_t *)"bye"},
         "\xc6\x03\xe9\x03"
         "bye",
         7},
        {{.kind = MNI_FRAME_PAYLOAD, .size = 2, .bytes = (const uint8_t *)"hi"}, "\xc3\x04hi", 4},
        {{.kind = MNI_FRAME_PAYLOAD, .bytes = (const uint8_t *)""}, "\xc1\x04", 2},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(write_frame(&cases[i].frame), cases[i].size);
        assert_memory_equal(bytes, cases[i].bytes, cases[i].size);
        mni_frame read;
        assert_true(read_frame(bytes, cases[i].size, &read));
        assert_int_equal(read.kind, cases[i].frame.kind);
        assert_int_equal(read.limit, cases[i].frame.limit);
        assert_int_equal(read.reason, cases[i].frame.reason);
    }
}

static void what_is_reserved_or_wrong_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        uint32_t size;
    } cases[] = {
        {"\x00", 1}, /* kind 0 */
        {"\x01x", 2},
        {"\xe0", 1}, /* kind 7 */
        {"\xe1x", 2},
        {"\x21", 1}, /* a byte is missing */
        {"\x3e", 1}, /* the length is missing */
        {"\x3f\x00", 2},
        {"\x41\x34\x12", 3}, /* the message is missing */
        {"\x40\x34", 2},     /* half a sequence */
        {"\x80", 1},         /* the rider's piece is empty */
        {"\xa0\x01\x00", 3}, /* channel 0 has its own kinds */
        {"\xa0\x01\x42", 3}, /* channel 66 does not exist */
        {"\xa0\x06\x01", 3}, /* there is no mode 6 */
        {"\xa0\x02\x01", 3}, /* the sequence is missing */
        {"\xa0\x04\x42\x00\x00", 5},
        {"\xa0\x00\x01", 3},
        {"\xa0\x11\x01", 3}, /* upper bits of the mode are reserved */
        {"\xa0\x01", 2},
        {"\xc0", 1},             /* a control frame of nothing */
        {"\xc1\x00", 2},         /* control 0 */
        {"\xc1\x05", 2},         /* control 5 */
        {"\xc3\x04h", 3},        /* cut off */
        {"\xc2\x01\x00", 3},     /* a ping has no more bytes */
        {"\xc1\x02", 2},         /* credit without its number */
        {"\xc3\x02\x80\x00", 4}, /* not the shortest form */
        {"\xc3\x02\x01\x01", 4}, /* one byte too many */
        {"\xc2\x03\x01", 3},     /* half a reason */
        {"\xc3\x03\x01", 3},     /* cut off */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mni_reader reader = mni_reader_over(cases[i].bytes, cases[i].size);
        mni_frame read;
        if (mni_frame_read(&reader, &read)) {
            fail_msg("case %u is taken", (unsigned)i);
        }
    }
}

static void the_text_of_a_close_has_a_limit(void **state)
{
    (void)state;
    mni_frame frame = {.kind = MNI_FRAME_CLOSE, .reason = 1, .size = MN_TEXT_MAX, .bytes = content};
    mni_frame read;
    assert_true(read_frame(bytes, write_frame(&frame), &read));
    assert_int_equal(read.size, MN_TEXT_MAX);
    frame.size = MN_TEXT_MAX + 1;
    assert_false(read_frame(bytes, write_frame(&frame), &read));
}

static void a_payload_has_a_limit(void **state)
{
    (void)state;
    mni_frame frame = {.kind = MNI_FRAME_PAYLOAD, .size = MN_PAYLOAD_MAX, .bytes = content};
    mni_frame read;
    uint32_t size = write_frame(&frame);
    assert_int_equal(size, MNI_FRAME_CONTROL_MAX + MN_PAYLOAD_MAX);
    assert_true(read_frame(bytes, size, &read));
    assert_int_equal(read.size, MN_PAYLOAD_MAX);
    frame.size++;
    assert_false(read_frame(bytes, write_frame(&frame), &read));
}

static void a_rider_writes_in_place(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {1, 29, 30, 285, 286, 997};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        mni_writer writer = mni_writer_over(bytes, 1000);
        uint32_t capacity = 0;
        uint8_t *place = mni_frame_rider_place(&writer, &capacity);
        assert_non_null(place);
        assert_int_equal(capacity, 997);
        memset(place, (int)i + 1, lengths[i]);
        mni_frame_rider_written(&writer, lengths[i]);
        mni_frame read;
        assert_true(read_frame(bytes, (uint32_t)mni_writer_size(&writer), &read));
        assert_int_equal(read.kind, MNI_FRAME_RIDER);
        assert_int_equal(read.size, lengths[i]);
        assert_int_equal(read.bytes[0], i + 1);
        assert_int_equal(read.bytes[lengths[i] - 1], i + 1);
    }
    mni_writer full = mni_writer_over(bytes, MNI_FRAME_HEAD_MAX);
    uint32_t capacity = 0;
    assert_null(mni_frame_rider_place(&full, &capacity));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_any_length_come_back),
        cmocka_unit_test(the_bytes_are_those_of_the_protocol),
        cmocka_unit_test(what_is_reserved_or_wrong_is_refused),
        cmocka_unit_test(the_text_of_a_close_has_a_limit),
        cmocka_unit_test(a_payload_has_a_limit),
        cmocka_unit_test(a_rider_writes_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
