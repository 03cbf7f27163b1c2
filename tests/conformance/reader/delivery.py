# SPDX-License-Identifier: MIT
"""docs/protocol_data.md, the rules: one direction of a connection, as its sender must write it and
as its receiver must take it."""
from reader import packet as wire
from reader.basics import need, same
from reader.packet import RELIABLE

STEP = 5000  # how far apart updates are in the capture: no timer is more exact


class Channel:
    def __init__(self):
        self.sent = []      # reliable messages by their number
        self.expected = 0   # the receiver's
        self.early = {}


class Direction:
    """From one side to the other. `back` is the other direction of the same connection."""

    def __init__(self, name, protection, window, largest_size):
        self.name, self.protection = name, protection
        self.window, self.largest_size = window, largest_size
        self.back = None
        self.channels = {}
        # The sender's.
        self.packets = []         # all, by number; the fate of each is in the fields below
        self.acked = set()        # numbers that an acknowledgement spoke of that has come
        self.carriers = {}        # numbers of packets by (channel, number of the reliable message)
        self.limit = window
        self.spent = 0
        self.close = None
        self.is_closing = False   # its game has said so
        self.is_over = False      # nothing more may be sent
        self.payload = None       # of the application, where it goes in a frame
        self.payload_carriers = []
        # The receiver's.
        self.close_came = False
        self.awaits_payload = False
        self.taken = {}           # number: when
        self.largest = None
        self.acks = {}            # number: how many acknowledgements sent so far speak of it
        self.soon = self.all = 0  # packets not acknowledged yet
        self.due = None
        self.returned = [0]       # credit, after each message that was read
        self.granted = window

    def parse(self, data):
        expected = 0 if self.largest is None else self.largest + 1
        newest = len(self.back.packets) - 1 if self.back.packets else None
        return wire.parse(data, self.protection, expected, newest, self.largest_size)

    # ---- the sender

    def sent(self, time, data):
        need(not self.is_over, f'{self.name}: a packet after the last one')
        packet = self.parse(data)
        same(f'{self.name}: number of a packet', packet.number, len(self.packets))
        outstanding = packet.number - (max(self.acked) + 1 if self.acked else 0)
        same(f'{self.name}: wide', packet.is_wide, outstanding > 16383)
        if self.close:
            need(packet.close == self.close or not packet.asks(), 'a closing side says more')
        if self.back.close and self.back.close_came:
            need(not packet.asks(), 'a side that got a close says more than an acknowledgement')
            self.is_over = True
        if self.protection.is_sealed:
            self.protection.sent(time, packet.number, max(self.acked, default=None))
        self.payload_sent(packet)
        packet.time = time
        self.packets.append(packet)
        packet.fresh = [m for m in packet.messages if self.message_sent(packet, m)]
        if packet.credit is not None:
            self.back.credit_sent(packet.credit)
        if packet.close:
            need(packet.frames == 1, 'a close is not alone')
            self.close, self.is_closing = packet.close, True
        if packet.ack:
            self.back.ack_sent(time, packet.ack)
        return packet

    def payload_sent(self, packet):
        """It is in the first packet, and again where a packet with it was lost, until one came."""
        need(packet.payload is not None or self.payload is None or packet.number > 0,
             f'{self.name}: a first packet without the payload')
        if packet.payload is not None:
            same(f'{self.name}: the payload', packet.payload, self.payload)
            need(not any(n in self.acked for n in self.payload_carriers),
                 f'{self.name}: the payload is sent again after it was acknowledged')
            self.payload_carriers.append(packet.number)

    def message_sent(self, packet, message):
        """Whether it is sent for the first time."""
        if message.mode != RELIABLE:
            return True
        channel = self.channels.setdefault(message.channel, Channel())
        number = wire.nearest(message.sequence, 16, len(channel.sent))
        message.number = number
        carriers = self.carriers.setdefault((message.channel, number), [])
        carriers.append(packet.number)
        need(number <= len(channel.sent), f'{self.name}: a message of channel {message.channel} '
             f'has the number {number} after {len(channel.sent) - 1}')
        if number < len(channel.sent):
            same(f'{self.name}: a message sent again', message.data, channel.sent[number].data)
            need(not any(n in self.acked for n in carriers),
                 f'{self.name}: message {number} of channel {message.channel} is sent again after '
                 'it was acknowledged')
            return False
        channel.sent.append(message)
        self.spent += len(message.data) + 16
        need(self.spent <= self.limit,
             f'{self.name}: {self.spent} spent of a credit of {self.limit}')
        return True

    def ack_came(self, ack):
        self.acked.update(ack.numbers())

    # ---- the receiver

    def arrived(self, time, packet):
        """The messages that the receiver now can read."""
        is_new = packet.number not in self.taken
        packet.is_announcing = self.awaits_payload and packet.payload is not None
        self.awaits_payload = self.awaits_payload and not packet.is_announcing
        packet.is_taken = is_new and not (
            (self.back.is_closing or self.awaits_payload) and (packet.messages or packet.piece))
        if is_new:
            if packet.ack:
                self.back.ack_came(packet.ack)
            if packet.credit is not None:
                self.back.limit = max(self.back.limit, packet.credit)
            self.close_came = self.close_came or packet.close is not None
        if not packet.is_taken:
            return []
        is_next = packet.number == (0 if self.largest is None else self.largest + 1)
        self.taken[packet.number] = time
        self.acks[packet.number] = 0
        self.largest = max(packet.number, -1 if self.largest is None else self.largest)
        if packet.asks():
            self.all += 1
            self.soon += packet.asks_soon()
            wait = 25000 if packet.asks_soon() else 100000
            if not is_next or packet.has_ping or self.soon >= 2 or self.all >= 8:
                wait = 0
            self.due = min(self.due or time + wait, time + wait)
        messages = [m for message in packet.messages for m in self.message_came(message)]
        for message in messages:
            if message.mode == RELIABLE:
                self.returned.append(self.returned[-1] + len(message.data) + 16)
        return messages

    def message_came(self, message):
        if message.mode != RELIABLE:
            return [message]
        channel = self.channels[message.channel]
        if message.number >= channel.expected:
            channel.early[message.number] = channel.sent[message.number]
        ready = []
        while channel.expected in channel.early:
            ready.append(channel.early.pop(channel.expected))
            channel.expected += 1
        return ready

    def ack_sent(self, time, ack):
        """The receiver sends this about what it has taken in."""
        same(f'{self.name}: largest number acknowledged', ack.largest, self.largest)
        waited = (time - self.taken[self.largest]) // 500
        same(f'{self.name}: delay of an acknowledgement', ack.delay, min(waited, 255))
        for number in ack.numbers():
            need(number in self.taken, f'{self.name}: {number} is acknowledged and never came')
        for number in self.taken:
            if number >= ack.floor():
                need(number in ack.numbers(), f'{self.name}: {number} came, and a gap is told')
        told = [n for n in self.taken if self.acks[n] < 3]
        need(min(told, default=ack.floor()) >= ack.floor(),
             f'{self.name}: {min(told, default=0)} is not spoken of in three acknowledgements')
        newest = [n for n in self.taken if n > ack.largest - 64]
        gaps = [n for n in range(min(newest), ack.largest) if n not in self.taken]
        need(not gaps or ack.floor() < min(gaps),
             f'{self.name}: the gap at {min(gaps, default=0)} is not told')
        for number in ack.numbers():
            self.acks[number] += 1
        self.soon = self.all = 0
        self.due = None

    def credit_sent(self, credit):
        need(credit - self.window in self.returned,
             f'{self.name}: credit {credit} is not what was read, and the window')
        if credit > self.granted:
            need(2 * (credit - self.granted) >= self.window,
                 f'{self.name}: credit is granted in small change')
            self.granted = credit
        same(f'{self.name}: credit that is told', credit, self.granted)

    def check_time(self, time):
        """Before anything at this time happens: nothing may be overdue."""
        if self.due is not None and not self.back.is_over and not self.back.close:
            need(time <= self.due + STEP or time == self.due,
                 f'{self.name}: an acknowledgement was due at {self.due}')
