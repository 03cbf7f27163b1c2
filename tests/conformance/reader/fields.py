# SPDX-License-Identifier: MIT
"""docs/protocol_message.md, "Structs": values of a table of fields, as bits and back.

A struct is kept as it travels: a list of fields, each a list of elements, each a list of quanta,
the bytes of a string or blob, or a struct again.
"""
import math
import struct

from reader.basics import Bits, BitWriter, need, same, u64

INT, UINT, BOOL, FLOAT, VECTOR2, VECTOR3, VECTOR4 = 1, 2, 3, 4, 5, 6, 7
QUATERNION, ANGLE, STRING, BLOB, OBJECT, STRUCT = 8, 9, 10, 11, 12, 13
LANES = {VECTOR2: 2, VECTOR3: 3, VECTOR4: 4}
REALS = (FLOAT, VECTOR2, VECTOR3, VECTOR4)
CIRCLE = 6.283185307179586
ROOT = 1.4142135623730951


class Field:
    def __init__(self, name, kind, size, low=0, high=0, step=0, packing=0, count=1, counted=False,
                 fields=()):
        """size is that of the whole member in bytes, as in mn_field."""
        self.name, self.kind, self.size, self.count, self.counted = name, kind, size, count, counted
        self.low, self.high, self.step, self.packing, self.fields = low, high, step, packing, fields
        self.lanes = LANES.get(kind, 1)
        self.element = size // count // self.lanes  # bytes of one number
        self.is_bounded = low != 0 or high != 0
        self.is_small = False
        self.set_range()
        self.run = 1  # elements that travel together
        if kind not in LANES and kind not in (QUATERNION, STRING, STRUCT):
            self.run = count if kind == BLOB else min(count, 4)

    def set_range(self):
        """The limit, and what turns a quantum into a value."""
        if self.kind in (INT, UINT):
            bits = self.packing or 8 * self.element
            self.minimum = -(1 << (bits - 1)) if self.kind == INT else 0
            self.limit = (1 << bits) - 1
            if self.is_bounded:
                self.minimum, self.limit = self.low, self.high - self.low
            elif not self.packing:
                self.is_small = self.element > 1
        elif self.kind == BOOL:
            self.limit = 1
        elif self.kind == OBJECT:
            self.limit, self.is_small = (1 << 32) - 1, True
        elif self.kind in REALS:
            self.set_real_range()
        elif self.kind == ANGLE:
            self.limit = (1 << (self.packing or 16)) - 1
            self.high = self.high if self.is_bounded else CIRCLE
        elif self.kind == QUATERNION:
            self.half = (1 << ((self.packing or 10) - 1)) - 1
            self.limit = 2 * self.half
        elif self.kind == STRING:
            self.limit = self.size // self.count - 1
        else:
            return
        self.bits = self.limit.bit_length()

    def set_real_range(self):
        self.is_exact = not self.is_bounded and not self.step
        if self.is_exact:
            self.limit = (1 << 8 * self.element) - 1
        elif not self.is_bounded:
            self.limit = 1 << (23 if self.element == 4 else 48)
            self.minimum, self.scale = -self.step * (self.limit // 2), self.step
            self.is_small = True
        else:
            extent = float(self.high) - self.low
            if self.packing:
                self.limit = (1 << self.packing) - 1
            else:
                steps = extent / self.step
                whole = int(steps)
                is_even = whole > 0 and steps - whole <= 1e-6 + steps * 2.0 ** -50
                self.limit = whole if is_even else whole + 1
            self.minimum, self.scale = self.low, extent / self.limit

    def runs(self):
        count = 1 if self.counted else 0
        if self.kind == STRUCT:
            return count + self.count * sum(field.runs() for field in self.fields)
        return count + -(-self.count // self.run)

    def can_say_unchanged(self):
        is_number = self.kind not in (QUATERNION, STRING, BLOB)
        return not is_number or self.bits * self.run * self.lanes > 2

    def accept(self, quanta):
        if self.kind == QUATERNION:
            need(max(quanta[1:]) <= self.limit, f'{self.name}: a component is above its limit')
            need(self.is_quaternion(quanta), f'{self.name}: no quaternion becomes {quanta}')
            return
        for quantum in quanta:
            need(quantum <= self.limit, f'{self.name}: {quantum} is above {self.limit}')
            if self.kind in REALS and self.is_exact:
                same(f'{self.name}: quantum of a float', self.to_exact(self.from_exact(quantum)),
                     quantum)

    # ---- from values and to values

    def quanta_of(self, value):
        """Of one element, as a game has it."""
        if self.kind in (INT, UINT):
            return [max(0, min(value - self.minimum, self.limit))]
        if self.kind == BOOL:
            return [int(value != 0)]
        if self.kind == OBJECT:
            return [value]
        if self.kind == STRING:
            return value.encode()
        if self.kind == BLOB:
            return bytes.fromhex(value)
        if self.kind == STRUCT:
            return quantise(self.fields, value)
        numbers = value if isinstance(value, list) else [value]
        numbers = [math.nan if number == 'nan' else self.round(number) for number in numbers]
        if self.kind == QUATERNION:
            return self.quaternion_quanta(numbers)
        if self.kind == ANGLE:
            return [self.angle_quantum(numbers[0])]
        if self.is_exact:
            return [self.to_exact(number) for number in numbers]
        return [self.real_quantum(number) for number in numbers]

    def round(self, number):
        """To what the member can hold."""
        return struct.unpack('<f', struct.pack('<f', number))[0] if self.single() else float(number)

    def single(self):
        return self.element == (16 if self.kind == QUATERNION else 4)

    def real_quantum(self, number):
        steps = (number - self.minimum) * (1 / self.scale) + 0.5
        if not steps >= 1:
            return 0
        return int(min(steps, self.limit))

    def angle_quantum(self, number):
        turns = (number - self.low) * (1 / (self.high - self.low))
        if not abs(turns) < 2.0 ** 52:
            return 0
        turns -= math.trunc(turns)
        turns += 1 if turns < 0 else 0
        return int(turns * (self.limit + 1) + 0.5) & self.limit

    def to_exact(self, number):
        size, code = 8 * self.element, '<f' if self.element == 4 else '<d'
        bits = int.from_bytes(struct.pack(code, number), 'little')
        sign = 1 << (size - 1)
        if number == 0:
            bits = 0
        elif math.isnan(number):
            bits = 0x7fc00000 if size == 32 else 0x7ff8000000000000
        return bits ^ (2 * sign - 1) if bits & sign else bits | sign

    def from_exact(self, quantum):
        size, code = 8 * self.element, '<f' if self.element == 4 else '<d'
        sign = 1 << (size - 1)
        bits = quantum ^ sign if quantum & sign else quantum ^ (2 * sign - 1)
        return struct.unpack(code, bits.to_bytes(size // 8, 'little'))[0]

    def rest(self, parts):
        return 2 * self.half * self.half - sum(part * part for part in parts)

    def second(self, parts):
        """Which of the three is the greatest, and its index among x, y, z, w."""
        sizes = [abs(part) for part in parts]
        return sizes.index(max(sizes))

    def is_quaternion(self, quanta):
        largest, parts = quanta[0], [quantum - self.half for quantum in quanta[1:]]
        second = self.second(parts)
        m = abs(parts[second])
        least = m * m - m + 1 + self.half * self.half // (1 << 20)
        is_before = second < largest
        return self.rest(parts) >= least + (2 * m if is_before else 0)

    def quaternion_quanta(self, numbers):
        square = sum(number * number for number in numbers)
        if not 0 < square < math.inf:
            numbers, square = [0, 0, 0, 1], 1
        scale = self.half * ROOT / math.sqrt(square)
        steps = [int(math.copysign(abs(number * scale) + 0.5, number)) for number in numbers]
        sizes = [abs(step) for step in steps]
        largest = sizes.index(max(sizes))
        sign = -1 if steps[largest] < 0 else 1
        parts = [max(-self.half, min(sign * step, self.half))
                 for i, step in enumerate(steps) if i != largest]
        while not self.is_quaternion([largest] + [part + self.half for part in parts]):
            parts[self.second(parts)] += 1 if parts[self.second(parts)] < 0 else -1
        return [largest] + [part + self.half for part in parts]

    def value_of(self, element):
        if self.kind == STRING:
            return element.decode()
        if self.kind == BLOB:
            return element.hex()
        if self.kind == STRUCT:
            return values(self.fields, element)
        if self.kind in (INT, UINT):
            return element[0] + self.minimum
        if self.kind in (BOOL, OBJECT):
            return element[0]
        if self.kind == ANGLE:
            step = (self.high - self.low) / (self.limit + 1)
            return self.shown(self.low + element[0] * step)
        if self.kind == QUATERNION:
            parts = [quantum - self.half for quantum in element[1:]]
            numbers = [part * (ROOT / 2 / self.half) for part in parts]
            numbers.insert(element[0], math.sqrt(self.rest(parts)) * (ROOT / 2 / self.half))
        elif self.is_exact:
            numbers = [self.from_exact(quantum) for quantum in element]
        else:
            numbers = [self.minimum + quantum * self.scale for quantum in element]
        numbers = [self.shown(number) for number in numbers]
        return numbers[0] if self.kind == FLOAT else numbers

    def shown(self, number):
        return 'nan' if math.isnan(number) else self.round(number)


def quantise(fields, game_values):
    """A struct as it travels, of one as a game has it."""
    return [[field.quanta_of(element) for element in (value if field.count > 1 else [value])]
            for field, value in zip(fields, game_values)]


def values(fields, tree):
    """The other way."""
    return [[field.value_of(element) for element in elements] if field.count > 1
            else field.value_of(elements[0]) for field, elements in zip(fields, tree)]


def agree(found, wanted):
    """Whether a game has these values. A root may be rounded in more than one way."""
    if isinstance(found, list):
        return isinstance(wanted, list) and len(found) == len(wanted) and all(map(
            agree, found, wanted))
    if isinstance(found, float) and not isinstance(wanted, str):
        return found == wanted or abs(found - wanted) <= abs(found) * 1.2e-7
    return found == wanted


# ---- the walk, one for both ways: what is put is what is read

class Reading:
    def __init__(self, bits):
        self.bits = bits
        self.put = lambda value, count: bits.take(count)

    def residuals(self, residuals, count, bits):
        choice = self.bits.take(2) if count * bits > 8 else 3
        return [self.bits.take(bits) if choice == 3 else self.bits.exp_golomb(3 * choice)
                for _ in range(count)]


class Writing:
    def __init__(self):
        self.bits = BitWriter()

    def put(self, value, count):
        self.bits.put(value, count)
        return value

    def residuals(self, residuals, count, bits):
        sizes = [sum(2 * ((value >> k) + 1).bit_length() - 1 + k for value in residuals)
                 for k in (0, 3, 6)] + [count * bits]
        choice = 3 if min(sizes) == sizes[3] else sizes.index(min(sizes))
        if count * bits > 8:
            self.put(choice, 2)
        else:
            choice = 3
        for value in residuals:
            if choice == 3:
                self.put(value, bits)
            else:
                self.bits.exp_golomb(value, 3 * choice)
        return residuals


def fold(value, reference, limit):
    room = min(reference, limit - reference)
    distance = abs(value - reference)
    if distance > room:
        return distance + room
    return 2 * distance - (value > reference)


def unfold(residual, reference, limit):
    room = min(reference, limit - reference)
    need(residual <= limit, f'the residual {residual} is above {limit}')
    if residual <= 2 * room:
        return reference + (residual + 1) // 2 if residual % 2 else reference - residual // 2
    return reference + residual - room if room == reference else reference - residual + room


def code_residuals(stream, field, quanta, references, count):
    turns = [0] * count
    if field.kind == ANGLE:
        middle = (field.limit + 1) // 2
        turns = [middle - reference for reference in references]
        references = [middle] * count
    span, limit = field.limit + 1, field.limit
    folded = quanta and [
        fold((quantum + turn) % span if turn else quantum, reference, limit)
        for quantum, reference, turn in zip(quanta, references, turns)]
    folded = stream.residuals(folded, count, field.bits)
    return [(unfold(residual, reference, limit) - turn) % span
            for residual, reference, turn in zip(folded, references, turns)]


def code_numbers(stream, field, quanta, references, count):
    if field.kind == QUATERNION:
        if references and stream.put(quanta and int(quanta[0] == references[0]), 1):
            rest = code_residuals(stream, field, quanta and quanta[1:], references[1:], 3)
            quanta = references[:1] + rest
        else:
            largest = stream.put(quanta and quanta[0], 2)
            quanta = [largest] + [stream.put(quanta and quanta[1 + i], field.bits)
                                  for i in range(3)]
    else:
        if not references and field.is_small:
            references = field.quanta_of(0) * count
            references = references[:count]
        if references:
            quanta = code_residuals(stream, field, quanta, references, count)
        else:
            quanta = [stream.put(quanta and quanta[i], field.bits) for i in range(count)]
    field.accept(quanta)
    return quanta


def code_bytes(stream, data, size):
    return bytes(stream.put(data and data[i], 8) for i in range(size))


def code_run(stream, field, elements, baseline, count, has_bit):
    """count elements; baseline has as many, or is None."""
    if baseline is not None and has_bit and field.can_say_unchanged():
        if not stream.put(elements and int(elements != baseline), 1):
            return baseline
    if field.kind == BLOB:
        size = field.size // field.count
        return [code_bytes(stream, elements and elements[i], size) for i in range(count)]
    if field.kind == STRING:
        size = stream.put(elements and len(elements[0]), field.bits)
        need(size <= field.limit, f'{field.name}: a string of {size} bytes')
        text = code_bytes(stream, elements and elements[0], size)
        need(0 not in text and text.decode(errors='replace').encode() == text,
             f'{field.name}: not UTF-8')
        return [text]
    lanes = 4 if field.kind == QUATERNION else field.lanes
    quanta = elements and [quantum for element in elements for quantum in element]
    references = baseline and [quantum for element in baseline for quantum in element]
    quanta = code_numbers(stream, field, quanta, references, lanes * count)
    return [quanta[i:i + lanes] for i in range(0, lanes * count, lanes)]


def code_field(stream, field, elements, baseline, has_bit):
    count = field.count
    if field.counted:
        number = Field(field.name + "'s count", UINT, 2, 0, field.count)
        known = None if baseline is None else [[len(baseline)]]
        count = code_run(stream, number, None if elements is None else [[len(elements)]], known, 1,
                         has_bit)[0][0]
    out = []
    while len(out) < count:
        run = min(field.run, count - len(out))
        at, end = len(out), len(out) + run
        mine = None if elements is None else elements[at:end]
        theirs = None if baseline is None or end > len(baseline) else baseline[at:end]
        if field.kind == STRUCT:
            out.append([code_field(stream, inner, mine and mine[0][i], theirs and theirs[0][i],
                                   has_bit) for i, inner in enumerate(field.fields)])
        else:
            out += code_run(stream, field, mine, theirs, run, has_bit)
    return out


def code(stream, fields, mask, tree=None, baseline=None):
    """The fields whose numbers are in mask; returns these by number."""
    return {i: code_field(stream, fields[i], tree and tree[i], baseline and baseline[i],
                          fields[i].runs() > 1) for i in mask}


# ---- whole structs

def encode(fields, tree):
    stream = Writing()
    code(stream, fields, range(len(fields)), tree)
    return stream.bits.bytes()


def decode(fields, data):
    bits = Bits(data)
    tree = list(code(Reading(bits), fields, range(len(fields))).values())
    need(bits.left() < 8, 'a struct with', bits.left(), 'bits left over')
    same('padding of a struct', bits.take(bits.left()), 0)
    return tree


def read_mask(bits, count):
    if count <= 6:
        return [i for i in range(count) if bits.take(1)]
    block = 4 if count <= 32 else 8
    blocks = [at for at in range(0, count, block) if bits.take(1)]
    mask = []
    for at in blocks:
        found = [i for i in range(at, min(at + block, count)) if bits.take(1)]
        need(found, 'a block of a mask is empty')
        mask += found
    return mask


def digest_bytes(fields, tree):
    """What a struct adds to a digest."""
    out = b''
    for field, elements in zip(fields, tree):
        if field.counted:
            out += u64(len(elements))
        for element in elements:
            if field.kind == STRUCT:
                out += digest_bytes(field.fields, element)
            elif field.kind in (STRING, BLOB):
                out += element.ljust(field.size // field.count, b'\0')
            else:
                out += b''.join(u64(quantum) for quantum in element)
    return out
