# SPDX-License-Identifier: MIT
"""docs/protocol_data.md, the bytes: packets, acknowledgements, frames."""
from reader.basics import Cursor, Difference, need, same

ACK, RANGES, PHASE, WIDE = 1, 2, 8, 16
UNRELIABLE, SEQUENCED, RELIABLE, UNORDERED, NOTIFY = 1, 2, 3, 4, 5
NUMBERED = (SEQUENCED, RELIABLE, UNORDERED)
LOOSE = (UNRELIABLE, SEQUENCED)  # what arms no probe, and may wait for its acknowledgement
UNIT = 64  # pieces begin at multiples of it
SHORT = {1: UNRELIABLE, 2: RELIABLE, 3: NOTIFY}  # kinds of frames on channel 0
PING, CREDIT, CLOSE, PAYLOAD = 1, 2, 3, 4
PAYLOAD_MAX = 1024


class Message:
    """A whole one, or, without data at first, one that goes in pieces."""

    def __init__(self, mode, channel, sequence, data, total=None):
        self.mode, self.channel, self.sequence, self.data = mode, channel, sequence, data
        self.total = len(data) if total is None else total
        self.is_in_pieces = total is not None
        self.number = None


class Piece:
    def __init__(self, mode, channel, sequence, total, offset, data):
        self.mode, self.channel, self.sequence, self.total = mode, channel, sequence, total
        self.offset, self.end, self.data = offset, offset + len(data), data
        self.message = None


class Ack:
    """The numbers that an acknowledgement speaks of, as closed ranges from the top."""

    def __init__(self, largest, delay, runs, has_ranges):
        self.largest, self.delay, self.runs = largest, delay, runs
        self.has_ranges = has_ranges

    def numbers(self):
        return [n for first, last in self.runs for n in range(last, first - 1, -1)]

    def floor(self):
        return self.runs[-1][0]


class Packet:
    def __init__(self):
        self.number = self.ack = self.piece = self.close = self.credit = self.payload = None
        self.is_wide = self.has_ping = False
        self.contents = []  # messages and pieces
        self.frames = 0

    def asks(self):
        return self.frames > 0

    def asks_soon(self):
        """It has a frame other than unreliable and sequenced messages."""
        loose = sum(each.mode in LOOSE for each in self.contents)
        return self.frames > loose


def nearest(low, bits, around):
    """The number that ends in these bits and is nearest to another; of two, the larger."""
    span = 1 << bits
    base = around - around % span + low
    found = [n for n in (base - span, base, base + span) if 0 <= n < 1 << 64]
    return max(found, key=lambda n: (-abs(n - around), n))


def parse(data, protection, expected, newest_sent, largest_size):
    """expected: the largest number taken in, plus one. newest_sent: the receiver's own newest."""
    need(3 + protection.tail <= len(data) <= largest_size, 'size of a packet:', len(data))
    packet = Packet()
    cursor = Cursor(data)
    flags = cursor.number(1)
    need(flags & ~(ACK | RANGES | PHASE | WIDE) == 0, f'reserved flags in {flags:#x}')
    need(flags & ACK or not flags & RANGES, 'ranges without an acknowledgement')
    packet.is_wide = bool(flags & WIDE)
    width = 4 if packet.is_wide else 2
    packet.number = nearest(cursor.number(width), 8 * width, expected)
    head = data[:1 + width]
    cursor = Cursor(protection.open(head, cursor.rest(), packet.number, bool(flags & PHASE)))
    if flags & ACK:
        need(newest_sent is not None, 'an acknowledgement of nothing')
        packet.ack = parse_ack(cursor, width, bool(flags & RANGES), newest_sent)
    need(flags & ACK or cursor.left(), 'neither an acknowledgement nor a frame')
    while cursor.left():
        parse_frame(cursor, packet)
        packet.frames += 1
    return packet


def parse_ack(cursor, width, has_ranges, newest_sent):
    largest = nearest(cursor.number(width), 8 * width, newest_sent)
    need(largest <= newest_sent, f'number {largest} was never sent')
    delay = cursor.number(1)
    if not has_ranges:
        return Ack(largest, delay, [(max(0, largest - 31), largest)], False)
    count = cursor.number(1)
    need(count <= 32, count, 'pairs in an acknowledgement')
    first = largest - cursor.varint()
    runs = [(first, largest)]
    for _ in range(count):
        last = first - cursor.varint() - 2
        first = last - cursor.varint()
        runs.append((first, last))
    need(first >= 0, 'an acknowledgement goes below 0')
    return Ack(largest, delay, runs, True)


def parse_frame(cursor, packet):
    head = cursor.number(1)
    kind, size = head >> 5, head & 31
    if size == 30:
        size = 30 + cursor.number(1)
    elif size == 31:
        size = 286 + cursor.number(2)
    if kind in SHORT:
        mode = SHORT[kind]
        sequence = cursor.number(2) if mode == RELIABLE else None
        packet.contents.append(Message(mode, 0, sequence, cursor.take(size)))
    elif kind == 4:
        need(size > 0, 'an empty piece of the rider')
        need(packet.piece is None, 'two pieces of the rider')
        packet.piece = cursor.take(size)
    elif kind == 5:
        mode, channel = cursor.number(1), cursor.number(1)
        need(UNRELIABLE <= mode <= NOTIFY, f'a message of the mode {mode}')
        need(channel <= 65, f'a message of kind 5 on channel {channel}')
        need(channel or mode not in SHORT.values(), 'a message with two forms')
        sequence = cursor.number(2) if mode in NUMBERED else None
        packet.contents.append(Message(mode, channel, sequence, cursor.take(size)))
    elif kind == 6:
        parse_control(Cursor(cursor.take(size)), packet)
    elif kind == 7:
        packet.contents.append(parse_piece(cursor, size))
    else:
        raise Difference(f'a frame of the kind {kind}')


def parse_piece(cursor, size):
    mode, channel, sequence = cursor.number(1), cursor.number(1), cursor.number(2)
    total, offset = cursor.varint(), cursor.varint()
    need(UNRELIABLE <= mode <= NOTIFY and channel <= 65, f'a piece of mode {mode} on {channel}')
    need(1024 <= total <= 16777216, f'a piece of a message of {total} bytes')
    need(0 < size < total and offset + size <= total, f'{size} bytes at {offset} of {total}')
    need(offset % UNIT == 0, f'a piece at {offset}')
    need(size % UNIT == 0 or offset + size == total, f'a piece of {size} bytes at {offset}')
    return Piece(mode, channel, sequence, total, offset, cursor.take(size))


def parse_control(cursor, packet):
    kind = cursor.number(1)
    if kind == PING:
        packet.has_ping = True
    elif kind == CREDIT:
        packet.credit = cursor.varint()
    elif kind == CLOSE:
        packet.close = (cursor.number(2), cursor.rest())
        need(len(packet.close[1]) <= 128, 'a close with a text of', len(packet.close[1]), 'bytes')
    elif kind == PAYLOAD:
        need(packet.payload is None, 'two payloads')
        packet.payload = cursor.rest()
        need(len(packet.payload) <= PAYLOAD_MAX, 'a payload of', len(packet.payload), 'bytes')
    else:
        raise Difference(f'a control frame of the type {kind}')
    cursor.end()


# The document's own example.
same('the example of an acknowledgement',
     parse_ack(Cursor(bytes.fromhex('1000020103 0005')), 2, True, 16).runs, [(13, 16), (6, 11)])
