# SPDX-License-Identifier: MIT
"""docs/protocol_message.md: messages of the game, who is in, times, and schemas that differ."""
from collections import deque

from reader import fields as codec
from reader.basics import Cursor, need, same
from reader.packet import NOTIFY, RELIABLE, UNRELIABLE
from reader.schema import BEFORE, MESSAGE, TO_CLIENT, TO_SERVER

GAME_CHANNELS, CONTROL, CALLS = range(64), 64, 65
ACCEPTED, READY, PING, PONG, TABLE = 1, 2, 3, 4, 5
FLUSH = 20000  # how far apart flushes are in the capture


def varint(value):
    out = b''
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def encode(message, value):
    """A message as it must be on the wire, of what a game gave to be sent."""
    if message.fields:
        return varint(message.id) + codec.encode(message.fields, codec.quantise(message.fields,
                                                                                value))
    return varint(message.id) + bytes.fromhex(value)


def decode(schema, data, way, is_in):
    cursor = Cursor(data)
    number = cursor.varint()
    need(number in schema.messages, f'a message of the type {number}')
    message = schema.messages[number]
    direction = message.flags & (TO_SERVER | TO_CLIENT)
    need(not direction or direction & (TO_SERVER if way == 'up' else TO_CLIENT),
         f"'{message.name}' in the wrong direction")
    need(is_in or message.flags & BEFORE, f"'{message.name}' before its sender is in")
    if not message.fields:
        body = cursor.rest()
        need(not message.max_size or len(body) <= message.max_size,
             f"'{message.name}' with {len(body)} bytes")
        return message, body.hex()
    return message, codec.values(message.fields, codec.decode(message.fields, cursor.rest()))


class Talk:
    """What the two endpoints of one connection say to each other in messages."""

    def __init__(self, link, events):
        self.link, self.events = link, events
        self.schemas = {'up': link.schema, 'down': link.server_schema}
        self.is_equal = link.schema.hash == link.server_schema.hash
        self.asked = {}            # what games asked to be sent, by way, mode and channel
        self.player = None         # the id, once the server's game said yes
        self.accepted_sent = self.ready_sent = self.ready_came = self.is_in = False
        self.held = []             # what came before ACCEPTED
        self.pings = []            # times at which they were sent
        self.newest_ping = None    # that has come and was not answered: its time, and when
        self.tables = {'up': [], 'down': []}
        self.is_complete = {'up': False, 'down': False}

    # ---- what games do

    def did_send(self, way, message, how, value, token=None):
        """how 0: as the type declares. A notification stays on the type's channel."""
        how = how or message.how
        mode, channel = how & 15, how >> 8 & 4095
        if mode == NOTIFY:
            channel = message.how >> 8 & 4095
        queue = self.asked.setdefault((way, mode, channel), deque())
        queue.append((encode(message, value), token))

    # ---- what is sent

    def sent(self, time, way, message):
        """A message that is sent for the first time."""
        if message.channel == CONTROL:
            self.control_sent(time, way, message)
        elif message.channel in GAME_CHANNELS:
            queue = self.asked.get((way, message.mode, message.channel))
            need(queue, f'a message on channel {message.channel} that no game sent')
            wanted, message.token = queue.popleft()
            same('size of a message', message.total, len(wanted))
            if message.is_in_pieces:
                message.data = wanted  # with which all pieces are compared
            same('a message', message.data.hex(), wanted.hex())
            same('the schemas, when a message of the game is sent', self.is_equal, True)

    def control_sent(self, time, way, message):
        kind, cursor = self.control(message, way)
        if kind == ACCEPTED:
            same('player in ACCEPTED', cursor.number(4), self.player)
            same("server's time in ACCEPTED", cursor.number(8), time)
            same('ACCEPTED was sent before', self.accepted_sent, False)
            self.accepted_sent = True
        elif kind == READY:
            need(self.is_in and not self.ready_sent, 'READY at the wrong time')
            self.ready_sent = True
        elif kind == PING:
            same("client's time in PING", cursor.number(8), time)
            if self.pings:
                late = time - self.pings[-1] - (250000 if len(self.pings) < 8 else 5000000)
                need(0 <= late < FLUSH, f'a PING, {late} us after it was due')
            self.pings.append(time)
        elif kind == PONG:
            need(self.newest_ping, 'a PONG without a PING')
            theirs, came = self.newest_ping
            same("client's time in PONG", cursor.number(8), theirs)
            same("server's time in PONG", cursor.number(8), came)
            same('held, in PONG', cursor.varint(), time - came)
            self.newest_ping = None
        else:
            self.table_sent(way, message, cursor)
        cursor.end()

    def control(self, message, way):
        """The kind, and what follows, when it is from the right side and by the right mode."""
        cursor = Cursor(message.data)
        kind = cursor.number(1)
        rules = {ACCEPTED: ('down', RELIABLE), READY: ('up', RELIABLE), PING: ('up', UNRELIABLE),
                 PONG: ('down', UNRELIABLE), TABLE: (way, RELIABLE)}
        need(kind in rules, f'a control message of the kind {kind}')
        same('way and mode of a control message', (way, message.mode), rules[kind])
        same('a TABLE, and schemas that differ', kind == TABLE, not self.is_equal)
        return kind, cursor

    def table_sent(self, way, message, cursor):
        need(len(message.data) <= 1000, 'a TABLE of', len(message.data), 'bytes')
        need(not self.is_complete[way], 'a TABLE after the last one')
        flags = cursor.number(1)
        need(flags in (0, 1), f'flags of a TABLE: {flags}')
        entries = []
        while cursor.left():
            kind, number, checksum = cursor.number(1), cursor.varint(), cursor.number(4)
            name = cursor.take(cursor.number(1)).decode()
            entries.append((kind, number, checksum, name))
        need(entries or flags, 'a TABLE without entries')
        self.tables[way] += entries
        self.is_complete[way] = flags == 1
        if flags:
            wanted = [(each.kind, each.id, each.hash, each.name)
                      for each in self.schemas[way].types]
            same(f'table of the {way} side', self.tables[way], wanted)

    def check_close(self, way, close):
        """A close that ends the exchange of tables names the first difference."""
        if self.is_equal or way == 'up':
            return
        same('reason of differing schemas', close[0], 6)
        for mine, theirs in zip(self.tables['down'] + [None], self.tables['up'] + [None]):
            if mine != theirs:
                same('text of differing schemas', close[1].decode(), self.difference(mine, theirs))
                return

    @staticmethod
    def difference(mine, theirs):
        """mine is the server's entry, theirs the client's; None: there are no more."""
        def named(entry):
            return f"{'message' if entry[0] == MESSAGE else 'object'} {entry[1]} '{entry[3]}'"
        if mine and theirs and mine[:2] == theirs[:2]:
            if mine[3] == theirs[3]:
                return f'{named(mine)} differs'
            return f"{named(mine)[:-len(mine[3]) - 2]}is '{mine[3]}' on the server, " \
                   f"'{theirs[3]}' on the client"
        if mine and (not theirs or mine[:2] < theirs[:2]):
            return f'{named(mine)} is missing on the client'
        return f'{named(theirs)} is missing on the server'

    # ---- what arrives

    def arrived(self, time, way, message):
        if message.channel == CONTROL:
            kind, cursor = self.control(message, way)
            if kind == ACCEPTED:
                self.is_in = True
                self.events.expect(self.link.name, 'authenticated', who=self.player)
                held, self.held = self.held, []
                for each in held:
                    self.deliver(time, way, each)
            elif kind == PING:
                self.newest_ping = (cursor.number(8), time)
            elif kind == READY:
                self.ready_came = True
        elif message.channel in GAME_CHANNELS:
            if way == 'down' and not self.is_in and (self.held or not self.is_early(message)):
                self.held.append(message)
            else:
                self.deliver(time, way, message)

    def is_early(self, message):
        schema = self.schemas['up']
        return schema.messages[Cursor(message.data).varint()].flags & BEFORE

    def deliver(self, time, way, message):
        is_in = self.accepted_sent if way == 'up' else self.is_in
        kind, value = decode(self.schemas[way], message.data, way, is_in)
        who = 's' if way == 'up' else self.link.name
        self.events.expect(who, 'message', who=self.link.player if way == 'up' else 0,
                           what=kind.id, by=message.mode, channel=message.channel, data=value)

    def end(self):
        for key, queue in self.asked.items():
            need(not queue, f'{len(queue)} messages of {key} were never sent')
