#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The cryptography of a session, for who reads one: ChaCha20-Poly1305 (RFC 8439), X25519 (RFC 7748)
and the Noise Protocol Framework (revision 34) with BLAKE2s (RFC 7693, from Python's library) in the
patterns NN, NNpsk0, NK and NKpsk0. Written from these texts alone, with none of the library's code;
slow, and in no constant time. Names are those of the texts.

    crypto.py [noise_vectors.h]

checks all of it against the numbers that the texts and the published vectors give.
"""
import hashlib
import hmac
import re
import struct
import sys
from pathlib import Path


class Forged(Exception):
    """What was to be opened is not what anybody with the keys has sealed."""


# ---- ChaCha20-Poly1305 (RFC 8439)

def chacha20_block(key, counter, nonce):
    """Section 2.3."""
    start = struct.unpack('<16I', b'expand 32-byte k' + key + struct.pack('<I', counter) + nonce)
    state = list(start)

    def quarter_round(a, b, c, d):
        for x, y, z, bits in (a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7):
            state[x] = (state[x] + state[y]) & 0xffffffff
            mixed = state[z] ^ state[x]
            state[z] = (mixed << bits | mixed >> (32 - bits)) & 0xffffffff

    for _ in range(10):
        for i in range(4):
            quarter_round(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter_round(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack('<16I', *((a + b) & 0xffffffff for a, b in zip(state, start)))


def chacha20(key, counter, nonce, data):
    """Section 2.4."""
    blocks = (len(data) + 63) // 64
    stream = b''.join(chacha20_block(key, counter + i, nonce) for i in range(blocks))
    return bytes(a ^ b for a, b in zip(data, stream))


def poly1305(key, data):
    """Section 2.5."""
    r = int.from_bytes(key[:16], 'little') & 0x0ffffffc0ffffffc0ffffffc0fffffff
    total = 0
    for at in range(0, len(data), 16):
        total = (total + int.from_bytes(data[at:at + 16] + b'\1', 'little')) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:], 'little')) % 2**128).to_bytes(16, 'little')


def aead_tag(key, nonce, ad, ciphertext):
    """Section 2.8."""
    def padded(data):
        return data + bytes(-len(data) % 16)

    sizes = struct.pack('<QQ', len(ad), len(ciphertext))
    return poly1305(chacha20_block(key, 0, nonce)[:32], padded(ad) + padded(ciphertext) + sizes)


def aead_encrypt(key, nonce, ad, plaintext):
    ciphertext = chacha20(key, 1, nonce, plaintext)
    return ciphertext + aead_tag(key, nonce, ad, ciphertext)


def aead_decrypt(key, nonce, ad, sealed):
    if len(sealed) < 16 or sealed[-16:] != aead_tag(key, nonce, ad, sealed[:-16]):
        raise Forged('the tag is wrong')
    return chacha20(key, 1, nonce, sealed[:-16])


# ---- X25519 (RFC 7748, section 5)

P = 2**255 - 19


def x25519(k, u):
    scalar = int.from_bytes(k, 'little')
    scalar = scalar & ~7 & (1 << 255) - 1 | 1 << 254
    x_1 = int.from_bytes(u, 'little') & (1 << 255) - 1
    x_2, z_2, x_3, z_3, swap = 1, 0, x_1, 1, 0
    for t in reversed(range(255)):
        k_t = scalar >> t & 1
        if swap != k_t:
            x_2, x_3, z_2, z_3 = x_3, x_2, z_3, z_2
        swap = k_t
        a, b, c, d = x_2 + z_2, x_2 - z_2, x_3 + z_3, x_3 - z_3
        aa, bb, da, cb = a * a % P, b * b % P, d * a, c * b
        e = aa - bb
        x_3, z_3 = (da + cb)**2 % P, x_1 * (da - cb)**2 % P
        x_2, z_2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x_2, z_2 = x_3, z_3
    return (x_2 * pow(z_2, P - 2, P) % P).to_bytes(32, 'little')


def public_key(k):
    return x25519(k, bytes([9]) + bytes(31))


# ---- Noise, sections 4 and 12: its functions with this cipher, this curve and this hash

MAX_NONCE = 2**64 - 1


def ENCRYPT(k, n, ad, plaintext):
    return aead_encrypt(k, bytes(4) + struct.pack('<Q', n), ad, plaintext)


def DECRYPT(k, n, ad, ciphertext):
    return aead_decrypt(k, bytes(4) + struct.pack('<Q', n), ad, ciphertext)


def REKEY(k):
    return ENCRYPT(k, MAX_NONCE, b'', bytes(32))[:32]


def HASH(data):
    return hashlib.blake2s(data).digest()


def HMAC_HASH(key, data):
    return hmac.new(key, data, hashlib.blake2s).digest()


def HKDF(chaining_key, input_key_material, num_outputs):
    temp_key = HMAC_HASH(chaining_key, input_key_material)
    outputs = [b'']
    for i in range(num_outputs):
        outputs.append(HMAC_HASH(temp_key, outputs[-1] + bytes([i + 1])))
    return outputs[1:]


def DH(private, public):
    """Section 12.1 lets an implementation refuse a result of zeros; the protocol says it must."""
    secret = x25519(private, public)
    if secret == bytes(32):
        raise Forged('a public key that makes every secret zero')
    return secret


class CipherState:
    """Section 5.1."""

    def __init__(self, k=None):
        self.k, self.n = k, 0

    def encrypt_with_ad(self, ad, plaintext):
        if self.k is None:
            return plaintext
        self.n += 1
        return ENCRYPT(self.k, self.n - 1, ad, plaintext)

    def decrypt_with_ad(self, ad, ciphertext):
        if self.k is None:
            return ciphertext
        plaintext = DECRYPT(self.k, self.n, ad, ciphertext)
        self.n += 1
        return plaintext

    def rekey(self):
        self.k = REKEY(self.k)


class SymmetricState:
    """Section 5.2."""

    def __init__(self, protocol_name):
        self.h = protocol_name + bytes(32 - len(protocol_name)) if len(protocol_name) <= 32 \
            else HASH(protocol_name)
        self.ck = self.h
        self.cipher = CipherState()

    def mix_hash(self, data):
        self.h = HASH(self.h + data)

    def mix_key(self, input_key_material):
        self.ck, temp_k = HKDF(self.ck, input_key_material, 2)
        self.cipher = CipherState(temp_k)

    def mix_key_and_hash(self, input_key_material):
        self.ck, temp_h, temp_k = HKDF(self.ck, input_key_material, 3)
        self.mix_hash(temp_h)
        self.cipher = CipherState(temp_k)

    def encrypt_and_hash(self, plaintext):
        ciphertext = self.cipher.encrypt_with_ad(self.h, plaintext)
        self.mix_hash(ciphertext)
        return ciphertext

    def decrypt_and_hash(self, ciphertext):
        plaintext = self.cipher.decrypt_with_ad(self.h, ciphertext)
        self.mix_hash(ciphertext)
        return plaintext

    def split(self):
        return HKDF(self.ck, b'', 2)


# Sections 7.5 and 9.4: whether the responder's static key is known before, and the two messages.
PATTERNS = {
    'NN': (False, ('e', 'e ee')),
    'NNpsk0': (False, ('psk e', 'e ee')),
    'NK': (True, ('e es', 'e ee')),
    'NKpsk0': (True, ('psk e es', 'e ee')),
}


class HandshakeState:
    """Section 5.3, one side: e is its own ephemeral private key, s the responder's static private
    key, rs the public one of that. split() gives the keys of initiator and responder."""

    def __init__(self, pattern, initiator, prologue, e, s=None, rs=None, psk=None):
        knows_responder, self.messages = PATTERNS[pattern]
        self.pattern, self.initiator, self.e, self.psk = pattern, initiator, e, psk
        self.s, self.rs, self.re = s, rs, None
        self.state = SymmetricState(f'Noise_{pattern}_25519_ChaChaPoly_BLAKE2s'.encode())
        self.state.mix_hash(prologue)
        if knows_responder:
            self.state.mix_hash(rs if initiator else public_key(s))

    def mix(self, token, e):
        """e: the ephemeral public key in this message, whoever made it."""
        if token == 'e':
            self.state.mix_hash(e)
            if 'psk' in self.pattern:  # section 9.2
                self.state.mix_key(e)
        elif token == 'ee':
            self.state.mix_key(DH(self.e, self.re))
        elif token == 'es':
            self.state.mix_key(DH(self.e, self.rs) if self.initiator else DH(self.s, self.re))
        else:
            self.state.mix_key_and_hash(self.psk)

    def next_tokens(self, writes):
        """The turns are the initiator's and then the responder's."""
        if writes != (self.initiator == (len(self.messages) == 2)):
            raise ValueError('out of turn')
        tokens, *self.messages = self.messages
        return tokens.split()

    def write_message(self, payload):
        e = public_key(self.e)
        for token in self.next_tokens(True):
            self.mix(token, e)
        return e + self.state.encrypt_and_hash(payload)

    def read_message(self, message):
        if len(message) < 32:
            raise Forged('a message without a key')
        self.re = message[:32]
        for token in self.next_tokens(False):
            self.mix(token, self.re)
        return self.state.decrypt_and_hash(message[32:])

    def split(self):
        return self.state.split()


# ---- the check

def same(what, found, wanted):
    if found != wanted:
        raise SystemExit(f'{what} is {found}, and should be {wanted}')


def same_bytes(what, found, wanted):
    same(what, found.hex(), wanted)


def must_refuse(what, function, *arguments):
    try:
        function(*arguments)
    except Forged:
        return
    raise SystemExit(f'{what} is taken')


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def check_cipher():
    key = bytes(range(32))
    same_bytes('RFC 8439, 2.3.2', chacha20_block(key, 1, bytes.fromhex('000000090000004a00000000')),
               '10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e'
               'd2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e')
    key = bytes.fromhex('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b')
    same_bytes('RFC 8439, 2.5.2', poly1305(key, b'Cryptographic Forum Research Group'),
               'a8061dc1305136c6c22b8baf0c0127a9')
    key, nonce = bytes(range(0x80, 0xa0)), bytes.fromhex('070000004041424344454647')
    ad = bytes.fromhex('50515253c0c1c2c3c4c5c6c7')
    plaintext = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
                 b'the future, sunscreen would be it.')
    sealed = aead_encrypt(key, nonce, ad, plaintext)
    same_bytes('RFC 8439, 2.8.2', sealed,
               'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6'
               '3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36'
               '92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc'
               '3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691')
    same('opened', aead_decrypt(key, nonce, ad, sealed), plaintext)
    must_refuse('an altered tag', aead_decrypt, key, nonce, ad, flip(sealed, len(sealed) - 1))
    must_refuse('altered data', aead_decrypt, key, nonce, flip(ad, 0), sealed)
    must_refuse('less than a tag', aead_decrypt, key, nonce, ad, sealed[:15])
    cipher = CipherState(bytes(range(32)))
    cipher.rekey()
    same_bytes('REKEY, by OpenSSL', cipher.k,
               '50835543a205b22c9323f2022bc4f67d838f90e61d5ccf33c4513e01f85b5042')


def check_curve():
    for k, u, wanted in (
            ('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
             'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
             'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552'),
            ('4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
             'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
             '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957')):
        same_bytes('RFC 7748, 5.2', x25519(bytes.fromhex(k), bytes.fromhex(u)), wanted)
    k = u = bytes([9]) + bytes(31)
    for _ in range(1000):
        k, u = x25519(k, u), k
    same_bytes('RFC 7748, 5.2, a thousand times', k,
               '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51')
    must_refuse('a public key of zeros', DH, k, bytes(32))


def check_hash():
    same_bytes('RFC 7693, appendix B', HASH(b'abc'),
               '508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982')


def vectors(path):
    """The numbers in the order of the file; what C writes in pieces is one."""
    numbers = re.findall('"([0-9a-f]+)"', re.sub(r'"\s+"', '', Path(path).read_text()))
    numbers = iter([bytes.fromhex(number) for number in numbers])
    names = 'prologue', 'client_e', 'server_e', 's', 'rs', 'psk'
    common = {name: next(numbers) for name in names}
    common['payloads'] = [next(numbers) for _ in range(6)]
    handshakes = {p: [next(numbers) for _ in range(7)] for p in ('NN', 'NNpsk0', 'NK', 'NKpsk0')}
    same('numbers that are left over', list(numbers), [])
    return common, handshakes


def sides(pattern, common):
    prologue, psk, rs = common['prologue'], common['psk'], common['rs']
    return (HandshakeState(pattern, True, prologue, common['client_e'], rs=rs, psk=psk),
            HandshakeState(pattern, False, prologue, common['server_e'], s=common['s'], psk=psk))


def check_handshake(pattern, common, numbers):
    handshake_hash, *messages = numbers
    initiator, responder = sides(pattern, common)
    turns = (initiator, responder), (responder, initiator)
    for (writer, reader), payload, message in zip(turns, common['payloads'], messages):
        same_bytes(f'a message of {pattern}', writer.write_message(payload), message.hex())
        same_bytes(f'a payload of {pattern}', reader.read_message(message), payload.hex())
    same_bytes(f'the hash of {pattern}', initiator.state.h, handshake_hash.hex())
    same('the hash of the responder', responder.state.h, initiator.state.h)
    same('the keys of the responder', responder.split(), initiator.split())
    ciphers = [CipherState(k) for k in initiator.split()]
    for i in range(2, 6):
        sealed = ciphers[i % 2].encrypt_with_ad(b'', common['payloads'][i])
        same_bytes(f'what is sent after {pattern}', sealed, messages[i].hex())

    initiator, responder = sides(pattern, common)
    first = initiator.write_message(b'')
    if pattern != 'NN':
        must_refuse('an altered message', sides(pattern, common)[1].read_message, flip(first, 9))
    responder.read_message(first)
    must_refuse('an altered answer', initiator.read_message, flip(responder.write_message(b''), 9))


def main():
    path = sys.argv[1] if len(sys.argv) > 1 \
        else Path(__file__).parent.parent / 'unit/socket/noise_vectors.h'
    check_cipher()
    check_curve()
    check_hash()
    common, handshakes = vectors(path)
    same('the public key', public_key(common['s']), common['rs'])
    for pattern, numbers in handshakes.items():
        check_handshake(pattern, common, numbers)
    print('as the texts say')


if __name__ == '__main__':
    main()
