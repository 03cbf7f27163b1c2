# SPDX-License-Identifier: MIT
"""docs/protocol_data.md, what protects a packet: a checksum in plain mode, else encryption."""
from crypto import REKEY, Forged, DECRYPT
from reader.basics import Difference, need, same, siphash, u64

REKEY_TIME = 120000000


class Checksum:
    """Plain mode."""
    tail = 4
    is_sealed = False

    def __init__(self, key):
        self.key = key

    def open(self, head, body, number, phase):
        same('key phase in plain mode', phase, False)
        checksum = siphash(self.key, u64(number) + head + body[:-4], 1, 3) & 0xffffffff
        same(f'checksum of packet {number}', int.from_bytes(body[-4:], 'little'), checksum)
        return body[:-4]


class Seal:
    """One direction of an encrypted connection, as its sender must keep it."""
    tail = 16
    is_sealed = True

    def __init__(self, key, limit):
        self.key, self.limit = key, limit  # limit: packets under one key
        self.phase = False
        self.first, self.since = 0, None   # the first number under this key, and when it was sent

    def open(self, head, body, number, phase):
        key = self.key if phase == self.phase else REKEY(self.key)
        try:
            plain = DECRYPT(key, number, head, body)
        except Forged as forged:
            raise Difference(f'packet {number}: {forged}') from None
        if phase != self.phase:
            self.key, self.phase, self.first, self.since = key, phase, number, None
        return plain

    def sent(self, time, number, acked):
        """After a packet was opened. acked: the largest number that its sender knows to have come,
        before this packet."""
        if self.since is None:  # under a new key
            need(number == 0 or self.was_due(time, number, acked), f'packet {number} has a new key')
            self.since = time
        else:
            need(not self.was_due(time, number, acked), f'packet {number} should have a new key')
        self.old = (self.first, self.since)

    def was_due(self, time, number, acked):
        first, since = self.old if self.since is None and number else (self.first, self.since)
        is_used = number - first >= self.limit or time - since >= REKEY_TIME
        return is_used and acked is not None and acked >= first
