# SPDX-License-Identifier: MIT
"""docs/protocol_data.md, the rules: one direction of a connection, as its sender must write it and
as its receiver must take it."""
from reader import packet as wire
from reader.basics import need, same
from reader.packet import NOTIFY, RELIABLE, SEQUENCED, UNIT, UNORDERED, Message, Piece

STEP = 5000  # how far apart updates are in the capture: no timer is more exact
PATIENCE = 1000000  # with what comes in pieces and is not reliable
COST = 16  # of a message, besides its bytes
STREAMS = (RELIABLE, UNORDERED)


class Cover:
    """Which bytes of a message have been seen, by units of pieces."""

    def __init__(self, total):
        self.total = total
        self.units = set()

    def size(self, unit):
        return min(UNIT, self.total - unit * UNIT)

    def bytes(self):
        return sum(map(self.size, self.units))

    def add(self, piece):
        """How many bytes of it are new."""
        fresh = set(range(piece.offset // UNIT, -(-piece.end // UNIT))) - self.units
        self.units |= fresh
        return sum(map(self.size, fresh))

    def is_full(self):
        return self.bytes() == self.total


class Channel:
    def __init__(self):
        self.sent = {RELIABLE: [], UNORDERED: []}  # by their numbers
        self.loose = []       # sequenced ones, and others in pieces that are not reliable
        self.expected = 0     # from here on the receiver's: the next reliable one
        self.early = {}
        self.came = set()     # unordered ones
        self.newest = -1      # sequenced one
        self.begun = -1       # the newest in pieces that is not reliable
        self.assemblies = []  # of such, the older first


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
        self.limit = window
        self.spent = 0
        self.large = None         # the newest large message
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

    def channel(self, each):
        return self.channels.setdefault(each.channel, Channel())

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
        packet.fresh = [m for m in map(lambda each: self.content_sent(packet, each),
                                       packet.contents) if m]
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

    def content_sent(self, packet, each):
        """The message, if it, or the first of it, is sent for the first time."""
        sent = self.piece_sent if isinstance(each, Piece) else self.message_sent
        return sent(packet, each)

    def numbered(self, packet, each):
        """The message with the number of this one, and whether it is new."""
        channel = self.channel(each)
        stream = channel.sent.get(each.mode, channel.loose)
        number = wire.nearest(each.sequence, 16, len(stream))
        need(number <= len(stream), f'{self.name}: a message of channel {each.channel} has the '
              f'number {number} after {len(stream) - 1}')
        if number < len(stream):
            return stream[number], False
        message = each
        if isinstance(each, Piece):
            message = Message(each.mode, each.channel, each.sequence, None, each.total)
            message.out, message.here = Cover(each.total), Cover(each.total)
            message.ways = []  # pieces: packet and piece
        message.number, message.carriers = number, []
        stream.append(message)
        return message, True

    def message_sent(self, packet, message):
        if message.mode not in wire.NUMBERED:
            message.carriers = [packet.number]
            return message
        first, is_new = self.numbered(packet, message)
        message.number = first.number
        if is_new:
            if message.mode in STREAMS:
                self.spend(len(message.data) + COST)
        else:
            same(f'{self.name}: a message sent again', message.data, first.data)
            need(not any(n in self.acked for n in first.carriers),
                 f'{self.name}: message {first.number} of channel {message.channel} is sent again '
                 'after it was acknowledged')
        first.carriers.append(packet.number)
        return message if is_new else None

    def piece_sent(self, packet, piece):
        message, is_new = self.numbered(packet, piece)
        need(message.is_in_pieces and (message.mode, message.total) == (piece.mode, piece.total),
             f'{self.name}: pieces of {message.number} do not fit together')
        piece.message = message
        is_reliable = piece.mode in STREAMS
        is_large = is_reliable and piece.total + COST > self.window // 4
        if is_new and is_large:
            need(not self.large or self.is_acked(self.large),
                 f'{self.name}: a large message before the other one is acknowledged')
            self.large = message
        if not is_reliable:
            need(piece.total <= 32 * self.largest_size, f'{self.name}: {piece.total} in pieces')
        elif not is_new:
            need(not self.is_acked(message, piece), f'{self.name}: bytes {piece.offset} to '
                 f'{piece.end} of message {message.number} are sent again after they came')
        fresh = message.out.add(piece)
        if is_reliable:
            need(self.window >= 16384, f'{self.name}: a piece for a window of {self.window}')
            cost = COST if is_large else piece.total + COST
            self.spend((cost if is_new else 0) + (fresh if is_large else 0))
        message.carriers.append(packet.number)
        message.ways.append((packet.number, piece))
        return message if is_new else None

    def is_acked(self, message, piece=None):
        """Of a message in pieces, whether all of it, or of this piece, is known to have come."""
        known = Cover(message.total)
        for number, each in message.ways:
            if number in self.acked:
                known.add(each)
        return known.is_full() if piece is None else known.add(piece) == 0

    def spend(self, cost):
        self.spent += cost
        need(self.spent <= self.limit,
             f'{self.name}: {self.spent} spent of a credit of {self.limit}')

    def is_delivered(self, message):
        """Of a notification, as its sender knows it."""
        is_whole = not message.is_in_pieces or message.out.is_full()
        return is_whole and all(number in self.acked for number in message.carriers)

    def ack_came(self, ack):
        self.acked.update(ack.numbers())

    # ---- the receiver

    def arrived(self, time, packet):
        """The messages that the receiver now can read."""
        is_new = packet.number not in self.taken
        packet.is_announcing = self.awaits_payload and packet.payload is not None
        self.awaits_payload = self.awaits_payload and not packet.is_announcing
        packet.is_taken = is_new and self.has_room(time, packet)
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
        return [m for each in packet.contents for m in self.content_came(time, each)]

    def has_room(self, time, packet):
        is_deaf = self.back.is_closing or self.awaits_payload
        if is_deaf and (packet.contents or packet.piece):
            return False
        return all(self.may_come(time, each) for each in packet.contents
                   if isinstance(each, Piece) and each.mode == NOTIFY)

    def may_come(self, time, piece):
        """A notification that was given up already would count as delivered."""
        channel = self.channel(piece)
        self.give_up(time, channel)
        return piece.message in channel.assemblies or piece.message.number > channel.begun

    @staticmethod
    def give_up(time, channel):
        channel.assemblies = [m for m in channel.assemblies if time - m.begun < PATIENCE]

    def content_came(self, time, each):
        if not isinstance(each, Piece):
            return self.message_came(each)
        if each.mode in STREAMS:
            return self.piece_came(each)
        return self.loose_piece_came(time, each)

    def message_came(self, message):
        if message.mode == SEQUENCED:
            channel = self.channel(message)
            is_newer = message.number > channel.newest
            channel.newest = max(channel.newest, message.number)
            return [message] if is_newer else []
        if message.mode not in STREAMS:
            return [message]
        return self.reliable_came(self.channel(message), message)

    def reliable_came(self, channel, message):
        first = channel.sent[message.mode][message.number]
        ready = []
        if message.mode == UNORDERED:
            ready = [] if message.number in channel.came else [first]
            channel.came.add(message.number)
        elif message.number >= channel.expected:
            channel.early[message.number] = first
        while channel.expected in channel.early:
            ready.append(channel.early.pop(channel.expected))
            channel.expected += 1
        for each in ready:
            cost = each.total + COST
            if each.is_in_pieces:
                cost = min(cost, self.window // 4)
            self.returned.append(self.returned[-1] + cost)
        return ready

    def piece_came(self, piece):
        message = piece.message
        if message.here.is_full():
            return []
        share = self.window // 4 - COST  # what a large one has beyond returns at once
        before = max(message.here.bytes() - share, 0)
        message.here.add(piece)
        beyond = max(message.here.bytes() - share, 0) - before
        if beyond:
            self.returned.append(self.returned[-1] + beyond)
        return self.reliable_came(self.channel(piece), message) if message.here.is_full() else []

    def loose_piece_came(self, time, piece):
        channel, message = self.channel(piece), piece.message
        self.give_up(time, channel)
        if message not in channel.assemblies:
            if message.number <= channel.begun:
                return []
            channel.assemblies = channel.assemblies[-1:] + [message]
            channel.begun, message.begun = message.number, time
        message.here.add(piece)
        if not message.here.is_full():
            return []
        channel.assemblies.remove(message)
        return self.message_came(message)

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
