# SPDX-License-Identifier: MIT
"""docs/protocol_handshake.md: its five packets, the keys, and one attempt to connect."""
from crypto import Forged, HandshakeState
from reader.basics import Cursor, need, same, siphash, u64
from reader.protection import Checksum, Seal

HELLO, RETRY, CONNECT, ACCEPT, REJECT = 1, 2, 3, 4, 5
NAMES = {HELLO: 'hello', RETRY: 'retry', CONNECT: 'connect', ACCEPT: 'accept', REJECT: 'reject'}
VERSION = 1
CHECKSUM_KEY = b'miragenet packet'
PLAIN = 1
PATTERNS = {2: 'NN', 3: 'NNpsk0', 4: 'NK', 5: 'NKpsk0'}
KEY = 17   # reason of a reject
OPEN = 35  # of a connect, what comes before Noise's message


def parse(data, is_sealed):
    """A handshake packet as a dictionary. is_sealed: what an accept is like."""
    need(len(data) >= 14, 'a handshake packet that is too short')
    kind = data[0] - 0x80
    need(kind in NAMES, f'a handshake packet of the kind {kind}')
    checksum = siphash(CHECKSUM_KEY, data[:-4]) & 0xffffffff
    same(f'checksum of a {NAMES[kind]}', int.from_bytes(data[-4:], 'little'), checksum)
    cursor = Cursor(data[:-4])
    cursor.take(1)
    packet = {'kind': kind, 'version': cursor.number(1), 'token': cursor.take(8), 'bytes': data}
    same('protocol version', packet['version'], VERSION)
    if kind == HELLO:
        same('size of a hello', len(data), 48)
        same('padding of a hello', cursor.rest(), bytes(34))
    elif kind == RETRY:
        same('size of a retry', len(data), 30)
        packet['cookie'] = cursor.take(16)
    elif kind == CONNECT:
        packet['cookie'] = cursor.take(16)
        packet['application'] = cursor.number(8)
        packet['security'] = cursor.number(1)
        if packet['security'] == PLAIN:
            need(75 <= len(data) <= 1099, 'size of a connect:', len(data))
            packet['share'] = cursor.take(16)
            parse_terms(cursor, packet)
            packet['payload'] = cursor.rest()
        else:
            packet['message'] = cursor.rest()
    elif kind == ACCEPT and is_sealed:
        same('size of an accept', len(data), 82)
        packet['message'] = cursor.rest()
    elif kind == ACCEPT:
        same('size of an accept', len(data), 50)
        packet['share'] = cursor.take(16)
        parse_terms(cursor, packet)
    else:
        need(16 <= len(data) <= 144, 'size of a reject:', len(data))
        packet['reason'] = cursor.number(2)
        packet['text'] = cursor.rest()
        need(packet['reason'] != 0, 'a reject with the reason 0')
    cursor.end()
    return packet


def parse_terms(cursor, packet):
    packet['tag'] = cursor.number(8)
    packet['window'] = cursor.number(4)
    packet['largest'] = cursor.number(4)
    packet['largest_message'] = cursor.number(4)
    need(packet['largest'] >= 1200, 'the largest packet is', packet['largest'])


def keys(server_share, client_share, token):
    """The keys of both directions: client to server, server to client."""
    def half(n):
        return u64(siphash(server_share, client_share + token + bytes([n])))
    return half(0) + half(1), half(2) + half(3)


class Attempt:
    """One client's attempt to connect, as both sides must play it."""

    def __init__(self, did, server):
        self.did, self.server = did, server  # what the games asked for
        self.mode = did.get('security', PLAIN)
        self.pattern = PATTERNS.get(self.mode)
        self.token = self.cookie = self.hello = None
        self.ephemerals = {}    # the newest private key of each side, as recorded
        self.noise = None       # of the client, and of the server if the keys fit
        self.retries = {}       # what was sent, by cookie
        self.retry_due = None   # the server owes an answer
        self.answer_due = None
        self.wait = 200000      # until the client repeats itself
        self.last = None        # when it spoke last
        self.at_once = True     # it has something new to say
        self.answer = None      # the server's accept or reject, as bytes
        self.connect = self.accept = self.reject = None

    def client_sent(self, time, packet):
        self.token = self.token or packet['token']
        same('token', packet['token'], self.token)
        need(self.answer is None or self.accept is None, 'a client that is connected says hello')
        same('kind of what the client says', packet['kind'], CONNECT if self.cookie else HELLO)
        if not self.at_once:
            late = time - self.last - self.wait
            need(0 <= late <= 5000, f'repeated {late} us after it was due')
            self.wait = min(self.wait * 3 // 2, 500000)
        self.at_once = False
        self.last = time
        if packet['kind'] == HELLO:
            self.hello = packet['bytes']
            return
        same('cookie', packet['cookie'], self.cookie)
        same('application key', packet['application'], self.did['application'])
        same('security mode', packet['security'], self.mode)
        if self.pattern and self.connect is None:
            self.write_first(packet)
        same('a repeated connect', packet['bytes'], (self.connect or packet)['bytes'])
        if self.connect:
            return
        self.check_terms(packet, self.did)
        same('payload', packet['payload'].hex(), '' if self.has_payload_frame()
             else self.did['payload'])
        self.connect = packet

    def has_payload_frame(self):
        """The application's payload waits until it can be encrypted."""
        return self.pattern == 'NN'

    def side(self, is_client):
        """One side of the Noise handshake, with the keys that it knows."""
        did = self.did if is_client else self.server
        prologue = self.hello + self.retries[self.cookie] + self.connect['bytes'][:OPEN]
        facts = {name: bytes.fromhex(did[name]) for name in ('shared', 'private', 'pin')
                 if name in did}
        return HandshakeState(self.pattern, is_client, prologue,
                              self.ephemerals.get('client' if is_client else 'server'),
                              facts.get('private'), facts.get('pin'), facts.get('shared'))

    def write_first(self, packet):
        """The client's message, which must be the one that its keys and terms make."""
        self.connect = packet
        self.noise = self.side(True)
        terms = self.terms(self.did) + (
            b'' if self.has_payload_frame() else bytes.fromhex(self.did['payload']))
        same("Noise's first message", packet['message'].hex(), self.noise.write_message(terms).hex())
        self.connect = None
        self.read_terms(packet, terms)

    def is_foreign(self):
        """Whether the server cannot open the client's message."""
        if not self.pattern or self.did['application'] != self.server['application']:
            return False
        if ('shared' in self.did) != ('shared' in self.server):
            return True
        try:
            self.side(False).read_message(self.connect['message'])
        except Forged:
            return True
        return False

    def write_second(self, packet):
        server = self.side(False)
        server.read_message(self.connect['message'])
        terms = self.terms(self.server)
        same("Noise's second message", packet['message'].hex(), server.write_message(terms).hex())
        same('what the client reads of it', self.noise.read_message(packet['message']), terms)
        same('the keys of both sides', self.noise.split(), server.split())
        self.read_terms(packet, terms)

    @staticmethod
    def terms(did):
        return (u64(did['tag']) + did['window'].to_bytes(4, 'little') +
                did['largest'].to_bytes(4, 'little') + (1 << 20).to_bytes(4, 'little'))

    @staticmethod
    def read_terms(packet, terms):
        cursor = Cursor(terms)
        parse_terms(cursor, packet)
        packet['payload'] = cursor.rest()

    @staticmethod
    def check_terms(packet, did):
        same('receive window', packet['window'], did['window'])
        same('largest packet', packet['largest'], did['largest'])
        same('largest message', packet['largest_message'], 1 << 20)  # the config's default

    def server_got(self, time, packet):
        if packet['kind'] == HELLO:
            self.retry_due = time
        else:
            self.answer_due = time

    def server_sent(self, time, data, packet):
        same('token', packet['token'], self.token)
        if packet['kind'] == RETRY:
            same('time of a retry', time, self.retry_due)
            self.retries[packet['cookie']] = data
            self.retry_due = None
            return
        need(packet['kind'] in (ACCEPT, REJECT), 'the server sends a', NAMES[packet['kind']])
        same('time of the answer to a connect', time, self.answer_due)
        need(self.connect['cookie'] in self.retries, 'a cookie that is not proven is answered')
        same('a repeated answer', data, self.answer or data)
        is_first = self.answer is None
        self.answer = data
        self.answer_due = None
        if packet['kind'] == ACCEPT:
            if self.pattern and not is_first:
                return
            if self.pattern:
                self.write_second(packet)
            self.check_terms(packet, self.server)
            self.accept = packet
        else:
            same('text of a reject', packet['text'], b'')
            same('a reject for the keys', packet['reason'] == KEY, self.is_foreign())
            self.reject = packet

    def client_got(self, time, packet):
        """Whether this ended the attempt."""
        if packet['kind'] == RETRY and self.cookie is None:
            self.cookie = packet['cookie']
            self.wait = 200000
            self.at_once = True
            self.last = time
        return packet['kind'] in (ACCEPT, REJECT)

    def protections(self):
        """Of the packets of both directions."""
        if self.pattern:
            up, down = self.noise.split()
            return Seal(up, self.did['rekey']), Seal(down, self.server['rekey'])
        up, down = keys(self.accept['share'], self.connect['share'], self.token)
        return Checksum(up), Checksum(down)

    def largest(self):
        return min(self.connect['largest'], self.accept['largest'])
