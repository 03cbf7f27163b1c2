# SPDX-License-Identifier: MIT
"""docs/protocol_object.md: pieces of state, what a client makes of them, and calls."""
from collections import deque

from reader import fields as codec
from reader.basics import Bits, Cursor, need, same, siphash, u64
from reader.packet import RELIABLE
from reader.schema import BY_ANYBODY, CALL_TO_CLIENT, CALL_TO_SERVER, SCHEMA, TO_OWNER
from reader.talk import FLUSH, varint

DESTROYED, OWNER_LEFT, DISCONNECTED = 14, 15, 16
TYPES = SCHEMA.objects
TYPE_BITS = (len(TYPES) - 1).bit_length()
OBSERVERS, OWNER = 0, 1  # targets of calls
SLOTS = 131072


def differing(a, b):
    return [i for i, (mine, theirs) in enumerate(zip(a, b)) if mine != theirs]


class Thing:
    """An object as the server's game has it."""

    def __init__(self, net_id, kind, owner):
        self.id, self.kind, self.owner = net_id, kind, owner
        self.writes = [(0, kind.defaults)]  # when, and what a flush then makes of it
        self.gone = None                    # the reason
        self.flush = (None, None)           # time of the newest, and the version for all
        self.seen = {}                      # what everybody sees, by version

    def may_be(self, time, state, is_owner):
        """Whether a receiver may be sent this state now."""
        at = 0
        for group in self.kind.groups:
            span = slice(at, at + len(group.fields))
            at = span.stop
            wanted = [self.writes[-1][1]]
            if group.audience == TO_OWNER and not is_owner:
                wanted = [self.kind.defaults]
            elif group.max_hz:  # refreshed at its rate, at the latest by the flush after
                oldest = time - 1000000 // group.max_hz - 20000
                recent = [i for i, write in enumerate(self.writes) if write[0] > oldest]
                first = max(0, (recent[0] if recent else len(self.writes)) - 1)
                wanted = [tree for _, tree in self.writes[first:]]
            need(any(state[span] == tree[span] for tree in wanted),
                 f'object {self.id}: the wire has {codec.values(group.fields, state[span])}, '
                 f'the game {codec.values(group.fields, wanted[-1][span])}')


class World:
    """All objects, as the server's game made them, and the characters of players."""

    def __init__(self):
        self.first_flush = None  # that somebody was told of: when it was, its number
        self.things = {}
        self.characters = {}  # by player

    def spawn(self, net_id, type_id, owner):
        need(net_id not in self.things, f'net id {net_id} is used again')
        kind = next(kind for kind in TYPES if kind.id == type_id)
        self.things[net_id] = Thing(net_id, kind, owner)

    def check_flush(self, time, number):
        """Flushes are numbered in order, for all alike."""
        self.first_flush = self.first_flush or (time, number)
        passed = (time - self.first_flush[0]) // FLUSH
        same('number of a flush', number, (self.first_flush[1] + passed) & 0xffff)

    def set_character(self, player, net_id):
        self.characters[player] = net_id
        if net_id:
            self.things[net_id].owner = player

    def set_owner(self, net_id, owner):
        """Who loses its character by that, and the object is nobody's."""
        self.things[net_id].owner = owner
        losers = [who for who, each in self.characters.items() if each == net_id and who != owner]
        for who in losers:
            del self.characters[who]
        return losers

    def gone(self, net_id, reason):
        self.things[net_id].gone = reason
        return self.set_owner(net_id, None)


class Entry:
    def __init__(self, slot, verb):
        self.slot, self.verb = slot, verb
        self.object = self.kind = self.owner = self.version = self.state = self.reason = None
        self.baseline = None      # the version
        self.is_character = False


class SentSlot:
    """What the server has told one client about one slot."""

    def __init__(self):
        self.kind = self.object = None
        self.states = {}       # what was sent of the present object, by version
        self.carriers = {}     # numbers of packets, by version
        self.gone_in = []      # numbers of packets with gone
        self.settled = None    # the version of the newest change of owner


class Place:
    """A slot as the client has it."""

    def __init__(self, kind):
        self.kind = kind
        self.object = None
        self.is_live = False
        self.began = self.ended = self.shown = -1
        self.version = self.state = self.owner = None
        self.versions = {}     # when it was sent, and the state, by version


class View:
    """One client's view: the sender's end and the receiver's."""

    def __init__(self, link, world, events):
        self.link, self.world, self.events = link, world, events
        self.slots, self.places = {}, {}
        self.flush = (None, set())  # time of the newest flush, and the slots in its pieces
        self.number = None          # of that flush
        self.age = 1
        self.character = 0
        self.told = {}              # what the client's game knows: (state, owner), by object
        self.news = {}              # what it must be told now: lists of events, by object
        self.calls = {'up': deque(), 'down': deque()}
        self.is_over = False
        self.held = []
        self.promised = []          # calls after versions that this flush has to send

    # ---- the sender

    def sent(self, time, number, data):
        """The entries of a piece."""
        need(self.link.talk.ready_came, 'a piece of the rider before READY')
        bits = Bits(data)
        same('time of a piece', bits.take(28), time & ((1 << 28) - 1))
        self.number = bits.take(16)
        self.world.check_flush(time, self.number)
        if self.flush[0] != time:
            self.flush = (time, set())
        self.age = 1
        entries, slot = [], -1
        while bits.left() >= 4:
            distance = self.distance(bits)
            if distance == 0:
                break
            slot += distance
            need(slot < SLOTS, f'slot {slot}')
            need(slot not in self.flush[1], f'slot {slot} comes twice in a flush')
            self.flush[1].add(slot)
            entries.append(self.entry(bits, time, number, slot))
        need(bits.left() < 8 and bits.take(bits.left()) == 0, 'padding of a piece')
        need(entries, 'a piece without entries')
        return entries

    @staticmethod
    def distance(bits):
        if bits.take(1) == 0:
            return bits.take(3)
        if bits.take(1) == 0:
            return 8 + bits.take(5)
        return 40 + bits.exp_golomb(6)

    def entry(self, bits, time, number, slot):
        if bits.take(1) == 0:
            return self.update(bits, time, number, slot)
        if bits.take(1) == 0:
            return self.state(bits, time, number, slot)
        entry = Entry(slot, 'gone')
        entry.reason = bits.take(16) if bits.take(1) else DESTROYED
        sent = self.slots[slot]
        same(f'reason of the end of object {sent.object}', entry.reason,
             self.world.things[sent.object].gone)
        sent.gone_in.append(number)
        return entry

    def state(self, bits, time, number, slot):
        entry = Entry(slot, 'state')
        entry.object = bits.exp_golomb(7)
        need(entry.object in self.world.things, f'a state of the object {entry.object}')
        thing = self.world.things[entry.object]
        number_of_type = bits.take(TYPE_BITS)
        need(number_of_type < len(TYPES), f'a type numbered {number_of_type}')
        entry.kind = TYPES[number_of_type]
        same(f'type of object {thing.id}', entry.kind.id, thing.kind.id)
        entry.owner, mine = 0, self.link.player
        if bits.take(1):
            if bits.take(1):
                entry.owner = mine
                entry.is_character = bool(bits.take(1))
            else:
                entry.owner = bits.take(32)
                need(entry.owner not in (0, mine), f'another owner is {entry.owner}')
        entry.version = self.version(bits)
        self.occupy(slot, entry)
        same(f'owner of object {thing.id}', entry.owner, thing.owner)
        same(f'object {thing.id} as a character', entry.is_character,
             self.world.characters.get(mine) == thing.id)
        self.delta(bits, time, number, entry, entry.kind.defaults)
        return entry

    def occupy(self, slot, entry):
        sent = self.slots.setdefault(slot, SentSlot())
        if sent.object != entry.object:
            same(f'type in slot {slot}', (sent.kind or entry.kind).id, entry.kind.id)
            need(sent.object is None or any(n in self.link.down.acked for n in sent.gone_in),
                 f'slot {slot} is used again too early')
            need(all(entry.object != each.object or each.gone_in for each in self.slots.values()),
                 f'object {entry.object} is in two slots')
            self.slots[slot] = sent = SentSlot()
            sent.kind, sent.object = entry.kind, entry.object
        if getattr(sent, 'owner', None) != (entry.owner, entry.is_character):
            sent.owner, sent.settled = (entry.owner, entry.is_character), entry.version

    def update(self, bits, time, number, slot):
        entry = Entry(slot, 'update')
        need(slot in self.slots and not self.slots[slot].gone_in, f'an update in slot {slot}')
        sent = self.slots[slot]
        entry.object, entry.kind, entry.owner = sent.object, sent.kind, sent.owner[0]
        if not bits.take(1):
            self.age = self.older(bits)
        entry.baseline = (self.number - self.age) & 0xffff
        entry.version = self.version(bits)
        need(entry.baseline != entry.version, f'slot {slot}: an update to its own baseline')
        need(any(n in self.link.down.acked for n in sent.carriers.get(entry.baseline, [])),
             f'slot {slot}: version {entry.baseline} is not acknowledged')
        need((entry.baseline - sent.settled) & 0xffff < 0x8000,
             f'object {entry.object}: a change of owner since the baseline')
        thing = self.world.things[entry.object]
        same(f'owner of object {thing.id}, to which an update is sent', entry.owner, thing.owner)
        self.delta(bits, time, number, entry, sent.states[entry.baseline])
        return entry

    @staticmethod
    def older(bits):
        age = bits.exp_golomb(2) + 1
        need(age < 1 << 16, f'a version of {age} flushes ago')
        return age

    def version(self, bits):
        return (self.number - (0 if bits.take(1) else self.older(bits))) & 0xffff

    def delta(self, bits, time, number, entry, baseline):
        kind, thing = entry.kind, self.world.things[entry.object]
        is_owner = entry.owner == self.link.player
        mask = self.mask(bits, kind, is_owner)
        entry.state = list(baseline)
        for i, value in codec.code(codec.Reading(bits), kind.fields, mask, None, baseline).items():
            entry.state[i] = value
        same(f'object {thing.id}: fields that travel', mask, differing(baseline, entry.state))
        need(thing.gone is None, f'object {thing.id} is gone')
        thing.may_be(time, entry.state, is_owner)
        sent = self.slots[entry.slot]
        same(f'object {thing.id}, version {entry.version}',
             sent.states.setdefault(entry.version, entry.state), entry.state)
        public = self.public(kind, entry.state)
        same(f'object {thing.id}, version {entry.version}, for all',
             thing.seen.setdefault(entry.version, public), public)
        sent.carriers.setdefault(entry.version, []).append(number)
        if not is_owner or all(group.audience != TO_OWNER for group in kind.groups):
            if thing.flush[0] != time:
                thing.flush = (time, entry.version)
            same(f'object {thing.id}: version in one flush', entry.version, thing.flush[1])

    @staticmethod
    def public(kind, state):
        out, at = [], 0
        for group in kind.groups:
            if group.audience != TO_OWNER:
                out += state[at:at + len(group.fields)]
            at += len(group.fields)
        return out

    @staticmethod
    def mask(bits, kind, is_owner):
        groups, firsts, at = kind.groups, [], 0
        for group in groups:
            firsts.append(at)
            at += len(group.fields)
        if not groups:
            return []
        if len(groups) == 1:
            return codec.read_mask(bits, len(groups[0].fields))
        named = [0] if bits.take(1) else [i for i in range(len(groups)) if bits.take(1)]
        mask = []
        for i in named:
            need(groups[i].audience != TO_OWNER or is_owner, 'a group that is for the owner')
            count = len(groups[i].fields)
            found = codec.read_mask(bits, count) if count > 1 else [0]
            need(found, 'a group without fields')
            mask += [firsts[i] + j for j in found]
        return mask

    # ---- the receiver

    def arrived(self, time, entries):
        """time is that of the flush."""
        for entry in entries:
            if entry.verb == 'gone':
                self.gone_came(time, entry)
                continue
            if entry.verb == 'state':
                place = self.places.setdefault(entry.slot, Place(entry.kind))
                if place.object != entry.object:
                    self.occupant_came(time, place, entry)
            place = self.places[entry.slot]
            if place.object != entry.object or time < place.began:
                continue
            if entry.verb == 'update':
                held = place.versions.get(entry.baseline)
                need(held, f'slot {entry.slot}: the client does not have version {entry.baseline}')
                same('a baseline', held[1], self.slots[entry.slot].states[entry.baseline])
            self.remember(place, time, entry)
            if place.is_live and time >= place.shown:
                self.show(time, place, entry)
        self.release()

    def occupant_came(self, time, place, entry):
        if time < max(place.began, place.ended):
            return
        need(not place.is_live, f'slot {entry.slot} has two objects')
        place.object, place.is_live, place.began, place.shown = entry.object, True, time, -1
        place.versions = {}

    @staticmethod
    def remember(place, time, entry):
        place.versions[entry.version] = (time, entry.state)
        if len(place.versions) > entry.kind.history:
            del place.versions[min(place.versions, key=lambda each: place.versions[each][0])]

    def show(self, time, place, entry):
        news = self.news.setdefault(entry.object, [])
        place.shown, place.version, place.state = time, entry.version, entry.state
        data = codec.values(entry.kind.fields, entry.state)
        common = {'object': entry.object, 'type': entry.kind.id, 'time': time}
        before = self.told.get(entry.object)
        if before is None:
            news.append(dict(common, got='spawned', who=entry.owner, data=data))
        else:
            if before[1] != entry.owner:
                news.append(dict(common, got='owner', who=entry.owner))
            fields = differing(before[0], entry.state)
            if fields:
                news.append(dict(common, got='changed', data=data,
                                 before=codec.values(entry.kind.fields, before[0]),
                                 changed=sum(1 << i for i in fields)))
        self.told[entry.object] = (entry.state, entry.owner)
        if entry.verb == 'state':
            if entry.is_character and self.character != entry.object:
                self.set_character(entry.object)
            elif not entry.is_character and self.character == entry.object:
                self.set_character(0)

    def set_character(self, net_id):
        self.character = net_id
        self.events.expect(self.link.name, 'character', who=self.link.player, object=net_id)

    def gone_came(self, time, entry):
        place = self.places[entry.slot]
        if time < max(place.began, place.ended):
            return
        place.ended = time
        if place.is_live:
            self.lose(place, entry.reason, time)

    def lose(self, place, reason, time=None):
        place.is_live = False
        event = {'got': 'despawned', 'object': place.object, 'type': place.kind.id,
                 'reason': reason, 'data': codec.values(place.kind.fields, place.state)}
        if time is not None:
            event['time'] = time
        self.news.setdefault(place.object, []).append(event)
        del self.told[place.object]
        if self.character == place.object:
            self.set_character(0)

    def disconnected(self):
        """The client's connection ends, and with it everything that it sees."""
        self.is_over = True
        for place in self.places.values():
            if place.is_live:
                self.lose(place, DISCONNECTED)

    def got(self, event):
        """An event about an object that the client's game polled."""
        news = self.news.get(event['object'])
        need(news, f'{self.link.name}: nothing on the wire says so: {event}')
        for name, wanted in news.pop(0).items():
            need(codec.agree(event.get(name, 0), wanted), f'{self.link.name}: {name} of {event}; '
                 f'the wire says {wanted!r}')

    def check_told(self):
        """When a moment is over."""
        for message in self.promised:
            need(message.version in self.slots[message.slot].states,
                 f'a call after version {message.version}, which the client was not sent')
        self.promised = []
        if not self.is_over:
            self.check_news()

    def check_news(self):
        left = [news for news in self.news.values() if news]
        need(not left, f'{self.link.name} was not told: {left}')

    def digest(self):
        """Of what the client sees."""
        total = 0
        for place in self.places.values():
            if place.is_live:
                owner = self.told[place.object][1]
                data = u64(place.object) + u64(place.kind.id) + u64(owner)
                at = 0
                for group in place.kind.groups:
                    span = slice(at, at + len(group.fields))
                    at = span.stop
                    if group.audience != TO_OWNER or owner == self.link.player:
                        data += codec.digest_bytes(group.fields, place.state[span])
                total += siphash(b'miragenet digest', data)
        return total & ((1 << 64) - 1)

    # ---- calls

    def did_call(self, way, what):
        thing = self.world.things[what['object']]
        call = thing.kind.calls[what['call']]
        need(call.flags & (CALL_TO_CLIENT if way == 'down' else CALL_TO_SERVER), 'its direction')
        arguments = codec.encode(call.fields, codec.quantise(call.fields, what['arguments']))
        self.calls[way].append((thing, what['call'], call.how, arguments))

    def call_sent(self, time, way, message):
        need(self.calls[way], 'a call that no game made')
        wanted = next(each for each in self.calls[way] if each[2] == message.mode)
        self.calls[way].remove(wanted)
        thing, index, _, arguments = wanted
        cursor = Cursor(message.data)
        if way == 'down':
            same('time of a call', cursor.number(4), time & 0xffffffff)
            slot = cursor.varint()
            same('object of a call', cursor.varint(), thing.id)
            same('occupant of the slot of a call', self.slots[slot].object, thing.id)
            message.slot, message.version = slot, cursor.number(2)
            self.promised.append(message)
        else:
            same('a call', message.data[:len(varint(thing.id))], varint(thing.id))
            same('object of a call', cursor.varint(), thing.id)
        same('index of a call', cursor.number(1), index)
        same('arguments of a call', cursor.rest(), arguments)
        message.call, message.time = (thing, index, arguments), time

    def call_arrived(self, way, message):
        if way == 'up':
            thing = message.call[0]
            open_to_all = thing.kind.calls[message.call[1]].flags & BY_ANYBODY
            # Nobody here calls what was never his: it was less than five seconds ago.
            if not thing.gone and (open_to_all or thing.owner == self.link.player):
                self.expect_call('s', message, self.link.player)
        elif message.mode == RELIABLE:
            self.held.append(message)
            self.release()
        else:
            place = self.places.get(message.slot)
            if place and place.is_live and place.object == message.call[0].id:
                self.expect_call(self.link.name, message)

    def release(self):
        waiting = []
        for message in self.held:
            place = self.places.get(message.slot)
            thing = message.call[0]
            is_ready = (place and place.is_live and place.object == thing.id
                        and (place.version == message.version or place.shown >= message.time))
            if is_ready and all(each.call[0] is not thing for each in waiting):
                self.expect_call(self.link.name, message)
            else:
                waiting.append(message)
        self.held = waiting

    def expect_call(self, side, message, who=0):
        thing, index, arguments = message.call
        call = thing.kind.calls[index]
        fields = {'object': thing.id, 'type': thing.kind.id, 'what': index, 'by': message.mode,
                  'who': who}
        if call.fields:
            fields['data'] = codec.values(call.fields, codec.decode(call.fields, arguments))
        if side != 's':
            fields['time'] = message.time
        self.events.expect(side, 'call', **fields)

    def end(self):
        self.check_news()
        for way, calls in self.calls.items():
            need(not calls, f'{self.link.name}: {len(calls)} calls {way} were never sent')
