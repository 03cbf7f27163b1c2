# SPDX-License-Identifier: MIT
"""The schema of the captured session, in words of its own: types.c says the same to the library.
Its hashes follow docs/protocol_message.md, "The hash of a schema"."""
import struct

from reader import fields as codec
from reader.basics import siphash, u64
from reader.fields import (ANGLE, BLOB, BOOL, FLOAT, INT, OBJECT, QUATERNION, STRING, STRUCT, UINT,
                           VECTOR2, VECTOR3, VECTOR4, Field)

UNRELIABLE, RELIABLE = 1, 3
TO_SERVER, TO_CLIENT, BEFORE = 1, 2, 4   # flags of messages
CALL_TO_SERVER, CALL_TO_CLIENT, BY_ANYBODY = 1, 2, 4
TO_ALL, TO_OWNER = 0, 1
MESSAGE, OBJECT_TYPE = 0, 1              # kinds in a table


def name_bytes(name):
    return u64(len(name.encode())) + name.encode()


def real_bytes(value):
    return struct.pack('<d', value + 0.0)


def field_bytes(field):
    data = name_bytes(field.name)
    for number in (field.kind, int(field.counted), field.count, field.packing):
        data += u64(number)
    data += real_bytes(field.low) + real_bytes(0 if field.kind == ANGLE and not field.is_bounded
                                               else field.high) + real_bytes(field.step)
    if field.kind != STRUCT:
        return data + u64(field.size)
    return data + u64(len(field.fields)) + b''.join(field_bytes(f) for f in field.fields)


def type_hash(data):
    return siphash(b'miragenet schema', data) & 0xffffffff


class Message:
    kind = MESSAGE

    def __init__(self, number, name, fields=(), how=0, flags=0, max_size=0):
        self.id, self.name, self.fields, self.flags = number, name, fields, flags
        self.how = how or RELIABLE
        self.max_size = max_size
        data = name_bytes(name) + u64(self.how) + u64(flags) + u64(max_size) + u64(len(fields))
        self.hash = type_hash(data + b''.join(field_bytes(field) for field in fields))


class Call:
    def __init__(self, name, flags, fields=(), how=0):
        self.name, self.flags, self.fields, self.how = name, flags, fields, how or RELIABLE


class Group:
    def __init__(self, fields, audience=TO_ALL, max_hz=0):
        self.fields, self.audience, self.max_hz = fields, audience, max_hz


class Object:
    kind = OBJECT_TYPE

    def __init__(self, number, name, groups, calls=(), defaults=None, history=32):
        self.id, self.name, self.groups, self.calls, self.history = (
            number, name, groups, calls, history)
        self.fields = [field for group in groups for field in group.fields]
        self.defaults = codec.quantise(self.fields, defaults or [])
        data = name_bytes(name) + u64(len(groups)) + u64(len(calls)) + u64(history)
        for group in groups:
            data += u64(len(group.fields)) + u64(group.audience) + u64(0)
        data += b''.join(field_bytes(field) for field in self.fields)
        data += codec.digest_bytes(self.fields, self.defaults)
        for call in calls:
            data += name_bytes(call.name) + u64(call.how) + u64(call.flags) + u64(len(call.fields))
            data += b''.join(field_bytes(field) for field in call.fields)
        self.hash = type_hash(data)


def one(name, kind, size, low=0, high=0, step=0, packing=0):
    """A field as the usual macros make it: integers have the step 1."""
    return Field(name, kind, size, low, high, 1 if kind in (INT, UINT) else step, packing)


PART = [one('weight', INT, 2, -100, 100), one('point', VECTOR2, 8, -8, 8, 0.25)]
PART_SIZE = 12

CHAT = Message(1, 'chat', [one('tone', INT, 4, -3, 3), one('text', STRING, 24)])
RAW = Message(2, 'raw', how=RELIABLE | 5 << 8, max_size=10000)
SAMPLE = Message(3, 'sample', how=UNRELIABLE, fields=[
    one('int8', INT, 1),
    one('int16', INT, 2),
    one('int32', INT, 4),
    one('int64', INT, 8),
    one('ranged', INT, 4, -1000, 2345),
    one('packed', INT, 2, packing=11),
    one('uint8', UINT, 1),
    one('uint16', UINT, 2),
    one('uint32', UINT, 4),
    one('uint64', UINT, 8),
    one('bounded', UINT, 2, 100, 131),
    one('flag', BOOL, 1),
    one('float_full', FLOAT, 4),
    one('double_full', FLOAT, 8),
    one('float_step', FLOAT, 4, -1, 1, 0.001),
    one('double_step', FLOAT, 8, 0, 100000, 0.01),
    one('float_packed', FLOAT, 4, -2, 6, packing=13),
    one('open_step', FLOAT, 4, step=0.01),
    one('open_vector', VECTOR2, 16, step=0.5),
    one('vector2', VECTOR2, 8, -10, 10, 0.1),
    one('vector3', VECTOR3, 12, -512, 512, 0.01),
    one('vector4', VECTOR4, 32, 0, 1, 0.0625),
    one('full_vector', VECTOR3, 12),
    one('quaternion', QUATERNION, 16),
    one('fine_quaternion', QUATERNION, 16, packing=15),
    one('close_quaternion', QUATERNION, 16, packing=10),
    one('angle', ANGLE, 4),
    one('fine_angle', ANGLE, 4, packing=20),
    one('string', STRING, 20),
    one('blob', BLOB, 5),
    one('object', OBJECT, 4),
    Field('nested', STRUCT, PART_SIZE, fields=PART),
    Field('parts', STRUCT, 2 * PART_SIZE, count=2, fields=PART),
    Field('list', INT, 8, -5, 5, 1, count=4),
    Field('numbers', UINT, 12, 0, 999, 1, count=6, counted=True),
    Field('counted_parts', STRUCT, 3 * PART_SIZE, count=3, counted=True, fields=PART),
    Field('flags', BOOL, 3, count=3),
])
EARLY = Message(4, 'early', how=RELIABLE | 63 << 8, flags=TO_SERVER | BEFORE)
NEWS = Message(5, 'news', flags=TO_CLIENT | BEFORE)
FAR = Message(300, 'far', [one('is_good', BOOL, 1)], how=UNRELIABLE | 9 << 8, flags=TO_CLIENT)

SHOT = [one('direction', VECTOR2, 8, -1, 1, 0.01), one('power', UINT, 4)]
TANK = Object(3, 'tank', [
    Group([one('position', VECTOR3, 12, -512, 512, 0.01),
           one('rotation', QUATERNION, 16, packing=10),
           one('heading', ANGLE, 4, packing=12)]),
    Group([one('health', INT, 4, 0, 100),
           one('score', INT, 8),
           Field('wheels', INT, 12, -1000, 1000, 1, count=6, counted=True)]),
    Group([one('is_lit', BOOL, 1)]),
    Group([one('ammo', INT, 4, 0, 1000), one('secret', STRING, 12)], TO_OWNER),
    Group([one('name', STRING, 16),
           one('target', OBJECT, 4),
           one('far', FLOAT, 8),
           Field('part', STRUCT, PART_SIZE, fields=PART),
           one('crest', BLOB, 4)], max_hz=10),
], [
    Call('fire', CALL_TO_SERVER, SHOT),
    Call('honk', CALL_TO_SERVER | BY_ANYBODY),
    Call('wave', CALL_TO_SERVER | BY_ANYBODY, SHOT, UNRELIABLE),
    Call('hit', CALL_TO_CLIENT, SHOT),
    Call('spark', CALL_TO_CLIENT, SHOT, UNRELIABLE),
], [[0, 0, 0], [0, 0, 0, 1], 0, 100, 0, [], 0, 0, '', 'nobody', 0, 0, [0, [0, 0]], '00000000'])
MARKER = Object(7, 'marker', [])
CRATE = Object(200, 'crate', [
    Group([one('is_open', BOOL, 1), one('weight', UINT, 4, 0, 500)]
          + [one(side, UINT, 1, 0, 9)
             for side in ('north', 'east', 'south', 'west', 'above', 'below')]),
], defaults=[0] * 8, history=4)


class Schema:
    def __init__(self, types):
        self.types = sorted(types, key=lambda each: (each.kind, each.id))
        self.messages = {each.id: each for each in types if each.kind == MESSAGE}
        self.objects = [each for each in self.types if each.kind == OBJECT_TYPE]
        self.hash = siphash(b'miragenet schema', b''.join(
            u64(each.kind) + u64(each.id) + u64(each.hash) for each in self.types))


def schema(*types):
    """The usual types, and those in the places of others."""
    usual = {(each.kind, each.id): each
             for each in (CHAT, RAW, SAMPLE, EARLY, NEWS, FAR, TANK, MARKER, CRATE)}
    usual.update({(each.kind, each.id): each for each in types})
    return Schema([each for each in usual.values() if each.name])


SCHEMA = schema()
# As types.c numbers them.
SCHEMAS = [SCHEMA, schema(Message(2, 'bytes', max_size=64)), schema(Object(200, '', [])),
           schema(Message(300, 'far', max_size=64))]
