#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads a captured session (see capture.c) with nothing but the documents of the protocol, and
checks that the wire says what the games did and got. Says the first difference, and where.

    verify.py golden_plain.txt
"""
import json
import sys
from collections import deque

sys.dont_write_bytecode = True

from reader import handshake  # noqa: E402
from reader.basics import Difference, need, same  # noqa: E402
from reader.delivery import Direction  # noqa: E402
from reader.fields import agree, quantise, values  # noqa: E402
from reader.handshake import Attempt  # noqa: E402
from reader.objects import DESTROYED, OBSERVERS, OWNER, OWNER_LEFT, View, World  # noqa: E402
from reader.packet import NOTIFY, Piece  # noqa: E402
from reader.schema import SCHEMA, SCHEMAS  # noqa: E402
from reader.talk import CALLS, Talk  # noqa: E402

CLOSED = 1
APPLICATION = 0x4d4e  # the capture's


class Events:
    """What games must get, by who and kind, in order; and what they do get."""

    def __init__(self):
        self.expected = {}

    def expect(self, side, kind, **fields):
        self.expected.setdefault((side, kind), deque()).append(fields)

    def got(self, who, event):
        queue = self.expected.get((who, event['got']))
        need(queue, f"{who} got '{event['got']}', and nothing says so: {event}")
        for name, wanted in queue.popleft().items():
            found = event.get(name, 0)
            need(agree(found, wanted), f"{who} got '{event['got']}' with {name} {found!r}; "
                 f'the wire says {wanted!r}')

    def end(self):
        for (who, kind), queue in self.expected.items():
            need(not queue, f"{who} did not get '{kind}' {queue and queue[0]}")


class Link:
    """What is between the server and one client: an attempt, and the connection it becomes."""

    def __init__(self, name, did, server, events, world):
        self.name, self.events = name, events
        self.attempt = Attempt(did, server)
        self.schema, self.server_schema = SCHEMAS[did['schema']], SCHEMA
        self.player = None  # the server's id
        self.up = self.down = self.talk = None
        self.under_way = {'up': deque(), 'down': deque()}
        self.late = {'up': None, 'down': None}  # what waits before the line
        self.is_over = {'up': False, 'down': False}  # the receiver of this way knows of the end
        self.tokens = {}    # of notifications: way and message, by token
        self.view = View(self, world, events)

    def connect(self):
        up, down = self.attempt.protections()
        accept, connect, largest = (self.attempt.accept, self.attempt.connect,
                                    self.attempt.largest())
        self.up = Direction(f'{self.name}>s', up, accept['window'], largest)
        self.down = Direction(f's>{self.name}', down, connect['window'], largest)
        self.up.back, self.down.back = self.down, self.up
        self.talk = Talk(self, self.events)
        same("the client's tag", connect['tag'], self.schema.hash)
        same("the server's tag", accept['tag'], self.server_schema.hash)
        if self.attempt.has_payload_frame():
            self.up.payload = bytes.fromhex(self.attempt.did['payload'])
            self.up.awaits_payload = True
        else:
            self.announced()

    def announced(self):
        """The server's game learns of the connection."""
        if self.talk.is_equal:
            self.events.expect('s', 'connected', data=self.attempt.did['payload'])
            self.events.expect('s', 'authenticate', data=self.attempt.did['payload'])

    def directions(self):
        return {'up': self.up, 'down': self.down} if self.up else {}

    # ---- datagrams

    def sent(self, time, way, fate, data):
        if data[0] & 0x80:
            packet = handshake.parse(data, self.attempt.pattern is not None)
            if way == 'up':
                self.attempt.client_sent(time, packet)
            else:
                self.attempt.server_sent(time, data, packet)
                if self.attempt.accept and not self.up:
                    self.connect()
        else:
            need(self.up, 'a data packet without a connection')
            packet = self.directions()[way].sent(time, data)
            packet.entries = packet.piece and self.piece_sent(time, way, packet)
            for message in packet.fresh:
                if message.channel == CALLS:
                    self.view.call_sent(time, way, message)
                else:
                    self.talk.sent(time, way, message)
                if message.mode == NOTIFY:
                    self.tokens[message.token] = (way, message)
            for each in packet.contents:
                if isinstance(each, Piece):
                    same('a piece', each.data.hex(), each.message.data[each.offset:each.end].hex())
            if packet.close:
                self.talk.check_close(way, packet.close)
                if not self.is_over['up' if way == 'down' else 'down']:
                    self.ended('up' if way == 'down' else 'down', packet.close)
        copies = {'': 1, 'lost': 0, 'twice': 2, 'late': 0}[fate]
        self.under_way[way].extend([packet] * copies)
        if fate == 'late':
            self.late[way] = packet

    def goes_on(self, way):
        need(self.late[way], 'what was not late goes on')
        self.under_way[way].append(self.late[way])
        self.late[way] = None

    def piece_sent(self, time, way, packet):
        same('way of a piece', way, 'down')
        return self.view.sent(time, packet.number, packet.piece)

    def arrived(self, time, way):
        packet = self.under_way[way].popleft()
        if isinstance(packet, dict):
            self.handshake_arrived(time, way, packet)
            return
        messages = self.directions()[way].arrived(time, packet)
        if packet.is_announcing:
            self.announced()
        for message in messages:
            if message.channel == CALLS:
                self.view.call_arrived(way, message)
            else:
                self.talk.arrived(time, way, message)
        if packet.is_taken and packet.piece:
            self.view.arrived(packet.time, packet.entries)
        if packet.close and not self.is_over[way]:
            self.ended(way, packet.close)

    def handshake_arrived(self, time, way, packet):
        if way == 'up':
            self.attempt.server_got(time, packet)
            return
        if self.attempt.client_got(time, packet) and not self.is_over['down']:
            if packet['kind'] == handshake.ACCEPT and self.talk.is_equal:
                self.events.expect(self.name, 'connected')
            elif packet['kind'] == handshake.REJECT:
                self.is_over['down'] = True
                self.events.expect(self.name, 'connect failed', reason=packet['reason'])

    def ended(self, way, close):
        """The receiver of this way learns of the end, by a close or its own game."""
        self.is_over[way] = True
        if way == 'down':
            self.view.disconnected()
        who = 's' if way == 'up' else self.name
        kind = 'disconnected' if self.talk.is_equal else 'connect failed'
        fields = {'reason': close[0] or CLOSED}
        if close[1]:
            fields['data'] = close[1].decode(errors='replace')
        kind = 'disconnected' if who == 's' else kind
        if self.player and (who == 's' or self.talk.is_in):
            fields['who'] = self.player
        self.events.expect(who, kind, **fields)

    def end(self):
        need(not self.tokens, f'{self.name}: notifications without fate: {self.tokens}')
        if self.talk:
            self.talk.end()
            self.view.end()


class Session:
    def __init__(self):
        self.links = {}
        self.events = Events()
        self.world = World()
        self.now = 0
        self.listening = None  # what the server's game asked for

    def line(self, text):
        time, who, what = (text + ' ').split(' ', 2)
        time, what = int(time), what.strip()
        for link in self.links.values():
            for direction in link.directions().values():
                direction.check_time(time)
            if time > self.now:
                link.view.check_told()
        self.now = time
        if '>' in who and what == 'now':
            self.link_of(who).goes_on(self.way_of(who[0]))
        elif '>' in who:
            fate, _, data = what.rpartition(' ')
            self.link_of(who).sent(time, self.way_of(who[0]), fate, bytes.fromhex(data))
        elif '<' in who:
            self.link_of(who).arrived(time, self.way_of(who[2]))
        else:
            what = json.loads(what)
            if 'did' in what:
                getattr(self, 'did_' + what['did'])(time, who, what)
            else:
                self.got(time, who, what)

    def link_of(self, who):
        return self.links[who.replace('s', '').strip('<>')]

    @staticmethod
    def way_of(sender):
        return 'down' if sender == 's' else 'up'

    def link_of_player(self, player):
        found = [link for link in self.links.values() if link.player == player]
        need(found, f'there is no player {player}')
        return found[-1]

    # ---- what games did

    def did_listen(self, time, who, what):
        self.listening = what
        what['tag'] = SCHEMA.hash
        what.setdefault('application', APPLICATION)

    def did_random(self, time, who, what):
        """A private key for one handshake: the server's is for whoever connects now."""
        key = bytes.fromhex(what['ephemeral'])
        if who == 's':
            for link in self.links.values():
                link.attempt.ephemerals.setdefault('server', None)
                if link.up is None:
                    link.attempt.ephemerals['server'] = key
        else:
            self.links[who].attempt.ephemerals['client'] = key

    def did_connect(self, time, who, what):
        if who in self.links:
            self.links[who].end()
        what['tag'] = SCHEMAS[what['schema']].hash
        self.links[who] = Link(who, what, self.listening, self.events, self.world)

    def did_send(self, time, who, what):
        way = self.way_of(who)
        talk = self.links[what['to'] if who == 's' else who].talk
        talk.did_send(way, SCHEMA.messages[what['message']], what['how'], what['value'],
                      what.get('token'))

    def did_broadcast(self, time, who, what):
        for link in self.links.values():
            if link.talk and link.talk.is_in and not any(link.is_over.values()):
                link.talk.did_send('down', SCHEMA.messages[what['message']], what['how'],
                                   what['value'])

    def did_accept(self, time, who, what):
        self.link_of_player(what['player']).talk.player = what['player']
        self.events.expect('s', 'authenticated', who=what['player'])

    def did_reject(self, time, who, what):
        link = self.link_of_player(what['player'])
        link.down.is_closing = True
        link.ended('up', (what['reason'], what['text'].encode()))

    def did_disconnect(self, time, who, what):
        link = self.links[who]
        link.up.is_closing = True
        link.ended('down', (what['reason'], what['text'].encode()))

    def did_spawn(self, time, who, what):
        self.world.spawn(what['object'], what['type'], what['owner'])

    def did_write(self, time, who, what):
        thing = self.world.things[what['object']]
        thing.writes.append((time, quantise(thing.kind.fields, what['value'])))

    def did_owner(self, time, who, what):
        self.lose_character(self.world.set_owner(what['object'], what['owner']))

    def did_character(self, time, who, what):
        self.world.set_character(what['player'], what['object'])
        self.events.expect('s', 'character', who=what['player'], object=what['object'])

    def lose_character(self, players):
        for player in players:
            self.events.expect('s', 'character', who=player)

    def did_despawn(self, time, who, what):
        self.lose_character(self.world.gone(what['object'], what['reason'] or DESTROYED))

    def did_call(self, time, who, what):
        if who != 's':
            self.links[who].view.did_call('up', what)
            return
        player = {OWNER: self.world.things[what['object']].owner}.get(what['target'],
                                                                     what['player'])
        for link in self.links.values():
            is_there = link.talk and link.talk.is_in and not any(link.is_over.values())
            if is_there and (what['target'] == OBSERVERS or link.player == player):
                link.view.did_call('down', what)

    def did_digest(self, time, who, what):
        link = self.links[who]
        same(f'digest of {who}', link.view.digest(), what['digest'])

    def did_stop(self, time, who, what):
        for link in self.links.values():
            if link.talk and not any(link.is_over.values()):
                link.ended('up', (11, b''))

    # ---- what they got

    def got(self, time, who, event):
        kind = event['got']
        if who == 's':
            same('time of an event', event['time'] <= time, True)
        if kind == 'connected' and who == 's':
            fresh = [link for link in self.links.values() if link.talk and link.player is None]
            need(fresh, 'the server got another connection')
            fresh[0].player = event['who']
        if kind in ('delivered', 'lost'):
            self.fate(who, kind, event['token'])
        elif who == 's' and kind == 'despawned':
            self.owner_left(event)
        elif kind in ('spawned', 'changed', 'owner', 'despawned'):
            self.links[who].view.got(event)
        else:
            self.events.got(who, event)

    def owner_left(self, event):
        thing = self.world.things[event['object']]
        same('reason of a server', event['reason'], OWNER_LEFT)
        need(any(self.link_of_player(thing.owner).is_over.values()), 'its owner is still there')
        same('state of what is gone', agree(event['data'], values(
            thing.kind.fields, thing.writes[-1][1])), True)
        self.world.gone(thing.id, OWNER_LEFT)

    def fate(self, who, kind, token):
        """Of a notification: whether an acknowledgement of its packet has come."""
        way = self.way_of(who)
        for link in self.links.values():
            if token in link.tokens and link.tokens[token][0] == way:
                message = link.tokens.pop(token)[1]
                is_delivered = link.directions()[way].is_delivered(message)
                same(f'fate of the notification {token}', kind,
                     'delivered' if is_delivered else 'lost')
                return
        raise Difference(f'the notification {token} was not sent, or had its fate already')

    def end(self):
        self.events.end()
        for link in self.links.values():
            link.end()


def main(path):
    session = Session()
    number = 0
    try:
        with open(path, encoding='utf-8') as capture:
            for number, text in enumerate(capture, 1):
                if not text.startswith('#'):
                    session.line(text.rstrip('\n'))
        session.end()
    except Difference as difference:
        print(f'{path}:{number}: {difference}')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
