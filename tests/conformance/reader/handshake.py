# SPDX-License-Identifier: MIT
"""docs/protocol_handshake.md: its five packets, the keys, and one attempt to connect."""
from reader.basics import Cursor, need, same, siphash, u64

HELLO, RETRY, CONNECT, ACCEPT, REJECT = 1, 2, 3, 4, 5
NAMES = {HELLO: 'hello', RETRY: 'retry', CONNECT: 'connect', ACCEPT: 'accept', REJECT: 'reject'}
VERSION = 1
CHECKSUM_KEY = b'miragenet packet'


def parse(data):
    """A handshake packet as a dictionary."""
    need(len(data) >= 14, 'a handshake packet that is too short')
    kind = data[0] - 0x80
    need(kind in NAMES, f'a handshake packet of the kind {kind}')
    checksum = siphash(CHECKSUM_KEY, data[:-4]) & 0xffffffff
    same(f'checksum of a {NAMES[kind]}', int.from_bytes(data[-4:], 'little'), checksum)
    cursor = Cursor(data[:-4])
    cursor.take(1)
    packet = {'kind': kind, 'version': cursor.number(1), 'token': cursor.take(8)}
    same('protocol version', packet['version'], VERSION)
    if kind == HELLO:
        same('size of a hello', len(data), 48)
        same('padding of a hello', cursor.rest(), bytes(34))
    elif kind == RETRY:
        same('size of a retry', len(data), 30)
        packet['cookie'] = cursor.take(16)
    elif kind == CONNECT:
        need(75 <= len(data) <= 1099, 'size of a connect:', len(data))
        packet['cookie'] = cursor.take(16)
        packet['application'] = cursor.number(8)
        packet['security'] = cursor.number(1)
        parse_terms(cursor, packet)
        packet['payload'] = cursor.rest()
    elif kind == ACCEPT:
        same('size of an accept', len(data), 50)
        parse_terms(cursor, packet)
    else:
        need(16 <= len(data) <= 144, 'size of a reject:', len(data))
        packet['reason'] = cursor.number(2)
        packet['text'] = cursor.rest()
        need(packet['reason'] != 0, 'a reject with the reason 0')
    cursor.end()
    return packet


def parse_terms(cursor, packet):
    packet['share'] = cursor.take(16)
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
        self.token = self.cookie = self.share = None
        self.retries = set()    # cookies that were sent
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
            return
        same('cookie', packet['cookie'], self.cookie)
        same('application key', packet['application'], self.did['application'])
        same('security mode', packet['security'], 1)
        self.check_terms(packet, self.did)
        same('payload', packet['payload'].hex(), self.did['payload'])
        same('a repeated connect', packet, self.connect or packet)
        self.connect = packet

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
            self.retries.add(packet['cookie'])
            self.retry_due = None
            return
        need(packet['kind'] in (ACCEPT, REJECT), 'the server sends a', NAMES[packet['kind']])
        same('time of the answer to a connect', time, self.answer_due)
        need(self.connect['cookie'] in self.retries, 'a cookie that is not proven is answered')
        same('a repeated answer', data, self.answer or data)
        self.answer = data
        self.answer_due = None
        if packet['kind'] == ACCEPT:
            self.check_terms(packet, self.server)
            self.accept = packet
        else:
            same('text of a reject', packet['text'], b'')
            self.reject = packet

    def client_got(self, time, packet):
        """Whether this ended the attempt."""
        if packet['kind'] == RETRY and self.cookie is None:
            self.cookie = packet['cookie']
            self.wait = 200000
            self.at_once = True
            self.last = time
        return packet['kind'] in (ACCEPT, REJECT)

    def keys(self):
        return keys(self.accept['share'], self.connect['share'], self.token)

    def largest(self):
        return min(self.connect['largest'], self.accept['largest'])
