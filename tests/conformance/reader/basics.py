# SPDX-License-Identifier: MIT
"""What all documents share: bytes, bits, varints, SipHash, and how a difference is told."""

MASK = (1 << 64) - 1


class Difference(Exception):
    """What the capture says and what the documents say are not the same."""


def need(is_true, *words):
    if not is_true:
        raise Difference(' '.join(str(word) for word in words))


def same(what, found, wanted):
    if found != wanted:
        raise Difference(f'{what}: is {found!r}, should be {wanted!r}')


def siphash(key, data, for_word=2, for_end=4):
    """SipHash-2-4 (Aumasson and Bernstein, 2012), or of other rounds, with 64 bits of result."""
    def left(x, n):
        return ((x << n) | (x >> (64 - n))) & MASK

    def rounds(v, count):
        a, b, c, d = v
        for _ in range(count):
            a = (a + b) & MASK
            b = left(b, 13) ^ a
            a = left(a, 32)
            c = (c + d) & MASK
            d = left(d, 16) ^ c
            a = (a + d) & MASK
            d = left(d, 21) ^ a
            c = (c + b) & MASK
            b = left(b, 17) ^ c
            c = left(c, 32)
        return [a, b, c, d]

    same('size of a key', len(key), 16)
    k0, k1 = int.from_bytes(key[:8], 'little'), int.from_bytes(key[8:], 'little')
    v = [k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
         k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573]
    whole = len(data) // 8 * 8
    last = data[whole:] + bytes(7 - len(data) % 8) + bytes([len(data) & 255])
    for at in range(0, whole + 8, 8):
        word = int.from_bytes((data[:whole] + last)[at:at + 8], 'little')
        v[3] ^= word
        v = rounds(v, for_word)
        v[0] ^= word
    v[2] ^= 255
    v = rounds(v, for_end)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


# From the paper: the key 00 01 … 0f, the bytes 00 01 … 0e.
same('SipHash', siphash(bytes(range(16)), bytes(range(15))), 0xa129ca6149be45e5)
# Likewise, from the tests of Rust's standard library.
same('SipHash-1-3', siphash(bytes(range(16)), bytes(range(15)), 1, 3), 0xd320d86d2a519956)


def u64(value):
    return value.to_bytes(8, 'little')


class Cursor:
    """Reads bytes from the front and never passes the end."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def left(self):
        return len(self.data) - self.at

    def take(self, size):
        need(size <= self.left(), f'{size} bytes wanted, {self.left()} left')
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), 'little')

    def rest(self):
        return self.take(self.left())

    def varint(self):
        value = 0
        for i in range(10):
            byte = self.number(1)
            value |= (byte & 127) << (7 * i)
            if byte < 128:
                need(i == 0 or byte != 0, 'a varint is not as short as it could be')
                need(i < 9 or byte == 1, 'a varint has more than 64 bits')
                return value
        raise Difference('a varint does not end')

    def end(self):
        need(self.left() == 0, f'{self.left()} bytes are left over')


class Bits:
    """Reads bits from the lowest of the first byte on."""

    def __init__(self, data):
        self.value = int.from_bytes(data, 'little')
        self.size = 8 * len(data)
        self.at = 0

    def left(self):
        return self.size - self.at

    def take(self, count):
        need(count <= self.left(), f'{count} bits wanted, {self.left()} left')
        self.at += count
        return self.value >> (self.at - count) & ((1 << count) - 1)

    def exp_golomb(self, order):
        zeros = 0
        while self.take(1) == 0:
            zeros += 1
            need(zeros < 32, 'an Exp-Golomb code has too many zeros')
        return (1 << zeros + order | self.take(zeros + order)) - (1 << order)


class BitWriter:
    """Writes what Bits reads."""

    def __init__(self):
        self.value = 0
        self.size = 0

    def put(self, value, count):
        need(0 <= value < 1 << count, f'{value} does not fit into {count} bits')
        self.value |= value << self.size
        self.size += count

    def exp_golomb(self, value, order):
        raised = value + (1 << order)
        rest = raised.bit_length() - 1
        self.put(1 << rest - order, rest - order + 1)
        self.put(raised - (1 << rest), rest)

    def bytes(self):
        return self.value.to_bytes((self.size + 7) // 8, 'little')
