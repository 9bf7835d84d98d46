#!/usr/bin/env python3
"""A second checker of unearth's tickets, independent of unearth.

It was written from docs/ticket.md (the format) and docs/checker.md (what a check is), and for feature maps
docs/convolution.md, to be read beside them: same names, same order. Python 3.9 or newer and numpy.

    python3 python/check_ticket.py TICKET [--model MODEL] [--json]

Exit codes: 0 proved; 1 not proved (block, layer, neuron, reason); 2 not a ticket, a damaged one, or one that
this checker does not decide. As a module: check(bytes, model=None, name='model') -> Verdict.

All arithmetic of proofs is exact: numpy's int64 where a bound that is computed before says that nothing can
overflow, Python's integers otherwise. Trained tickets are float64 by definition.
"""

import argparse
import hashlib
import json
import math
import re
import sys
import zlib
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

MEMORY = 2 << 30  # bytes that a check may take, held against estimates from above, before allocating
COEFFICIENT_BITS = 8192
FIRST_ADDITIONS, ADDITIONS_PER_BYTE = 1 << 29, 1 << 7  # real tickets take up to 30 per byte
PROBE_PRODUCTS = 1 << 34  # kept edges times probes of a trained ticket


class Refused(Exception):
    """Exit code 2: not a ticket, a damaged one, or beyond what this checker decides."""


@dataclass
class Failure:
    """Where a proof fails. Blocks and layers count from 1, neurons from 0."""

    reason: str
    block: Optional[int] = None
    layer: Optional[int] = None
    neuron: Optional[int] = None

    def text(self) -> str:
        places = (('block', self.block), ('layer', self.layer), ('neuron', self.neuron))
        where = ', '.join(f'{word} {number}' for word, number in places if number is not None)
        return f'{where}: {self.reason}' if where else self.reason


class NotProved(Exception):
    """Exit code 1."""

    def __init__(self, reason: str, block=None, layer=None, neuron=None):
        super().__init__(reason)
        number = lambda value: None if value is None else int(value)
        self.failure = Failure(reason, number(block), number(layer), number(neuron))


@dataclass
class Verdict:
    """`equal` and `proved` are those of docs/checker.md; `model_matches` is None if no model was compared."""

    kind: str
    equal: bool
    proved: bool
    model_matches: Optional[bool] = None
    epsilon: Optional[str] = None
    outputs: Optional[List[str]] = None
    failure: Optional[Failure] = None


def require(condition: Any, message: str) -> None:
    if not condition:
        raise Refused(message)


def need(count: int, what: str) -> None:
    """Refuses what would take more memory than MEMORY, in bytes."""
    require(count <= MEMORY, f'{what} would take {count / 2**30:.1f} GiB, more than {MEMORY / 2**30:g} GiB')


# ---------------------------------------------------------------------------------------------------------
# The generator: Threefry2x32 with 20 rounds, for whole arrays of counters.


def threefry(key: Tuple[int, int], first: Any, second: Any) -> Tuple[np.ndarray, np.ndarray]:
    """The blocks of the counters (first, second) under key: two uint32 arrays, word 0 first."""
    schedule = (key[0], key[1], 0x1BD11BDA ^ key[0] ^ key[1])
    word = lambda number: np.uint32(number % 2**32)
    x, y = (np.atleast_1d(np.asarray(part)).astype(np.uint32) for part in (first, second))
    x, y = x + word(schedule[0]), y + word(schedule[1])
    for group in range(5):
        for rotation in ((13, 15, 26, 6), (17, 29, 16, 24))[group % 2]:
            x = x + y
            y = (y << np.uint32(rotation) | y >> np.uint32(32 - rotation)) ^ x
        x = x + word(schedule[(group + 1) % 3])
        y = y + word(schedule[(group + 2) % 3] + group + 1)
    return x, y


def block(key: Tuple[int, int], first: int, second: int) -> Tuple[int, int]:
    """One block, as Python integers: a key derived from a key."""
    x, y = threefry(key, first, second)
    return int(x[0]), int(y[0])


def draw_signs(seed: Tuple[int, int], layer: int, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """+1 or -1 (int64) of the edges from source[i] into target[i]. Edges of one block of 64 rows that follow
    one another share its draw, so only the blocks that hold an edge are drawn."""
    key = block(seed, layer, 0)
    signs = np.empty(len(source), np.int64)
    for begin in range(0, len(source), 1 << 21):
        c, v = source[begin : begin + (1 << 21)], target[begin : begin + (1 << 21)]
        row = v >> 6
        new = np.ones(len(c), bool)
        new[1:] = (c[1:] != c[:-1]) | (row[1:] != row[:-1])
        x, y = threefry(key, c[new], row[new])
        drawn = np.cumsum(new) - 1
        word = np.where(v & 32, y[drawn], x[drawn]).astype(np.int64)
        signs[begin : begin + len(c)] = 2 * (word >> (v & 31) & 1) - 1
    return signs


EXP2_COEFFICIENTS = [
    0.6931471805599453, 0.2402265069591007, 0.055504108664821576, 0.009618129107628477,
    0.0013333558146428441, 0.00015403530393381606, 0.000015252733804059838,
    0.0000013215486790144305, 1.0178086009239696e-7, 7.054911620801121e-9,
    4.44553827187081e-10, 2.5678435993488196e-11,
]  # fmt: skip


@dataclass
class Distribution:
    """Distribution of a baseline layer's weights; `exponent` of scaled-sign stands in `least`."""

    kind: str
    bits: int = 0
    least: int = 0
    most: int = 0

    @property
    def places(self) -> int:
        """P of docs/ticket.md: weights are integers over 2^P."""
        return {'uniform': self.bits, 'hyperbolic': self.bits - self.least, 'scaled-sign': -self.least}[self.kind]

    @property
    def largest_bits(self) -> int:
        """The integers that `draw` gives are below 2 to this in magnitude."""
        return {'uniform': self.bits, 'hyperbolic': self.bits + 1 + self.most - self.least, 'scaled-sign': 1}[self.kind]

    def draw(self, seed: Tuple[int, int], layer: int, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """The weights of edges times 2^places: int64, or Python integers where 62 bits do not suffice."""
        if self.kind == 'scaled-sign':
            return draw_signs(seed, layer, source, target)  # 2^exponent times 2^-exponent
        x, y = threefry(block(seed, layer, 1), source, target)
        if self.kind == 'uniform':
            return 2 * (x >> np.uint32(32 - self.bits)).astype(np.int64) + 1 - (1 << self.bits)
        z, total = (x >> np.uint32(1)).astype(np.float64) / 2.0**31, np.zeros(len(x))
        for coefficient in reversed(EXP2_COEFFICIENTS):
            total = (total + coefficient) * z
        mantissa = (1 << self.bits) + np.floor(total * 2.0**self.bits).astype(np.int64)
        shift = (y.astype(np.int64) * (self.most - self.least)) >> 32
        if self.largest_bits > 62:
            mantissa, shift = mantissa.astype(object), shift.astype(object)
        return np.where(x & np.uint32(1), 1, -1) * (mantissa << shift)


def horner(x: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    total = np.zeros_like(x)
    for coefficient in coefficients:
        total = total * x + coefficient
    return total


def logarithm(x: np.ndarray) -> np.ndarray:
    """Natural logarithm of normal float64 numbers above 0, the same bits everywhere."""
    fraction, exponent = np.frexp(x)  # fraction in [1/2, 1)
    mantissa, exponent = fraction * 2, exponent - 1
    large = mantissa > 1.4142135623730951
    mantissa, exponent = np.where(large, mantissa / 2, mantissa), exponent + large
    z = (mantissa - 1) / (mantissa + 1)
    square, total = z * z, np.zeros_like(x)
    for power in range(23, 0, -2):
        total = total * square + 1 / power
    return exponent * 0.6931471805599453 + (2 * z) * total


# Wichura's AS 241 (PPND16).
CENTRE = ([2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987,
           13731.69376550946, 1971.5909503065513, 133.14166789178438, 3.3871328727963665],
          [5226.495278852546, 28729.085735721943, 39307.89580009271, 21213.794301586597,
           5394.196021424751, 687.1870074920579, 42.31333070160091, 1])  # fmt: skip
MIDDLE = ([0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684,
           3.6478483247632045, 5.769497221460691, 4.630337846156546, 1.4234371107496835],
          [1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008,
           0.6897673349851, 1.6763848301838038, 2.053191626637759, 1])  # fmt: skip
TAIL = ([2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124,
         0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103],
        [2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133,
         0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1])  # fmt: skip


def half_normal(p: np.ndarray) -> np.ndarray:
    """Quantile of the half-normal distribution, float64, before the rounding to float32."""
    ratio = lambda x, lists: horner(x, lists[0]) / horner(x, lists[1])
    q = p / 2
    r = np.sqrt(-logarithm((1 - p) / 2))
    tails = np.where(r <= 5, ratio(r - 1.6, MIDDLE), ratio(r - 5, TAIL))
    return np.where(q <= 0.425, q * ratio(0.180625 - q * q, CENTRE), tails)


def draw_normal(seed: Tuple[int, int], layer: int, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Normal weights of edges, float64 (of float32 precision)."""
    x, y = threefry(block(seed, layer, 2), source, target >> 1)
    u = np.where(target & 1, y, x).astype(np.float64)
    magnitude = half_normal((u + 0.5) / 2.0**32).astype(np.float32).astype(np.float64)
    return draw_signs(seed, layer, source, target) * magnitude


# ---------------------------------------------------------------------------------------------------------
# JSON, stricter than Python's, and the checks of its values.

MARK, IN_STRING = re.compile(r'["\[\]{}]'), re.compile(r'["\\]')


def check_depth(text: str, what: str) -> None:
    """Refuses more than 16 open brackets, before Python's reader recurses or allocates."""
    depth = at = 0
    while (found := MARK.search(text, at)) is not None:
        at = found.end()
        if found.group() == '"':
            while (mark := IN_STRING.search(text, at)) is not None and mark.group() != '"':
                at = mark.end() + 1
            if mark is None:
                return
            at = mark.end()
        else:
            depth += 1 if found.group() in '[{' else -1
            require(depth <= 16, f'{what}: more than 16 levels of brackets')


def parse_json(text: str, what: str) -> Any:
    """The value of a JSON text as docs/ticket.md allows it; all numbers become float."""
    check_depth(text, what)

    def number(digits: str) -> float:
        value = float(digits)
        require(math.isfinite(value), f'{what}: a number beyond float64')
        return value

    def constant(word: str) -> None:
        raise Refused(f'{what}: {word} is not JSON')

    def pairs(items: List[Tuple[str, Any]]) -> Dict[str, Any]:
        require(len(items) <= 1 << 18, f'{what}: an object of more than 2^18 keys')
        result = dict(items)
        require(len(result) == len(items), f'{what}: a key is there twice')
        require('__proto__' not in result, f'{what}: the key __proto__')
        return result

    try:
        return json.loads(
            text, parse_int=number, parse_float=number, parse_constant=constant, object_pairs_hook=pairs
        )
    except (ValueError, RecursionError) as error:
        raise Refused(f'{what}: not JSON ({error})') from None


def is_number(value: Any) -> bool:
    return isinstance(value, float)


def integer(value: Any, least: int, most: int, what: str) -> int:
    """An integer of a JSON text, however it is spelled."""
    fits = is_number(value) and value.is_integer() and abs(value) < 2**53 and least <= value <= most
    require(fits, f'{what}: not an integer from {least} to {most}')
    return int(value)


def number_in(value: Any, test, what: str) -> float:
    require(is_number(value) and test(value), f'{what}: out of range')
    return value


def fields(value: Any, names: str, what: str, optional: str = '') -> List[Any]:
    """The fields of an object that has just these, in order; None for optional ones that are not there."""
    require(isinstance(value, dict), f'{what}: not an object')
    known, may = names.split(), optional.split()
    missing, extra = set(known) - set(value), set(value) - set(known) - set(may)
    require(not missing, f'{what}: no field {sorted(missing)}')
    require(not extra, f'{what}: unknown field {sorted(extra)}')
    return [value.get(name) for name in known + may]


def listed(value: Any, what: str, length: Optional[int] = None) -> List[Any]:
    require(isinstance(value, list), f'{what}: not a list')
    require(length is None or len(value) == length, f'{what}: not {length} items')
    return value


def matching(value: Any, pattern: str, what: str) -> str:
    require(isinstance(value, str) and re.fullmatch(pattern, value), f'{what}: {str(value)[:60]!r} is not allowed')
    return value


def one_of(value: Any, words: str, what: str) -> str:
    require(isinstance(value, str) and value in words.split(), f'{what}: {str(value)[:60]!r} is none of: {words}')
    return value


def boolean(value: Any, what: str) -> bool:
    require(isinstance(value, bool), f'{what}: neither true nor false')
    return value


HASH, WORD = '[0-9a-f]{64}', '[a-z0-9-]{1,40}'
SIGNS = 'signed nonnegative nonpositive'


@dataclass
class Runs:
    """A run list: values[i] stands times[i] times. Expanded only where the file's size bounds its length."""

    values: List[Any]
    times: List[int]

    def expand(self) -> np.ndarray:
        return np.repeat(np.array(self.values), self.times)


def run_list(value: Any, total: int, what: str, words: str = '') -> Runs:
    require(len(listed(value, what)) <= 1 << 22, f'{what}: more than 2^22 runs')
    values, times = [], []
    for pair in value:
        item, count = listed(pair, what, 2)
        values.append(one_of(item, words, what) if words else number_in(item, math.isfinite, what))
        times.append(integer(count, 1, 2**53 - 1, what))
    require(sum(times) == total, f'{what}: {sum(times)} values in place of {total}')
    return Runs(values, times)


# ---------------------------------------------------------------------------------------------------------
# The container.

ELEMENT_BYTES = {'I8': 1, 'U8': 1, 'I16': 2, 'I32': 4, 'U32': 4, 'I64': 8, 'F64': 8}


@dataclass
class Tensor:
    dtype: str
    shape: List[int]
    data: memoryview


def read_container(file: bytes) -> Tuple[Dict[str, str], Dict[str, Tensor]]:
    """Metadata and tensors of a safetensors file, whose digest fits."""
    require(len(file) >= 8, 'not a ticket: less than 8 bytes')
    length = int.from_bytes(file[:8], 'little')
    require(length <= 1 << 25 and length <= len(file) - 8, f'not a ticket: a header of {length} bytes')
    head, data = file[8 : 8 + length], memoryview(file)[8 + length :]
    require(head[:1] == b'{', 'not a ticket: the header does not begin with {')
    try:
        header = parse_json(head.decode('utf-8'), 'header')
    except UnicodeDecodeError:
        raise Refused('header: not UTF-8') from None
    metadata = header.pop('__metadata__', None)
    require(isinstance(metadata, dict), 'header: no __metadata__')
    require(all(isinstance(text, str) for text in metadata.values()), '__metadata__: a value that is no string')

    tensors, places = {}, []
    for name, entry in header.items():
        dtype, shape, offsets = fields(entry, 'dtype shape data_offsets', f'tensor {name!r}')
        require(isinstance(dtype, str) and dtype in ELEMENT_BYTES, f'tensor {name!r}: unknown dtype')
        require(len(listed(shape, name)) <= 32, f'tensor {name!r}: more than 32 dimensions')
        shape = [integer(size, 0, 2**53 - 1, f'shape of {name!r}') for size in shape]
        begin, end = (integer(at, 0, len(data), f'offset of {name!r}') for at in listed(offsets, name, 2))
        require(begin <= end and end - begin == math.prod(shape) * ELEMENT_BYTES[dtype], f'tensor {name!r}: wrong size')
        tensors[name] = Tensor(dtype, shape, data[begin:end])
        places.append((begin, end))
    at = 0
    for begin, end in sorted(places):
        require(begin == at, f'data: a gap or overlap at byte {min(begin, at)}')
        at = end
    require(at == len(data), 'data: bytes that belong to no tensor')

    require(matching(metadata.get('digest'), HASH, 'digest') == digest(metadata, tensors), 'digest: the file is damaged')
    return metadata, tensors


def digest(metadata: Dict[str, str], tensors: Dict[str, Tensor]) -> str:
    def utf8(value: Any) -> bytes:
        text = json.dumps(value, ensure_ascii=False, separators=(',', ':'))
        # Halves of surrogate pairs are the only characters that UTF-8 has not.
        return re.sub('[\ud800-\udfff]', lambda half: f'\\u{ord(half.group()):04x}', text).encode('utf-8')

    sha = hashlib.sha256(utf8(sorted([key, text] for key, text in metadata.items() if key != 'digest')))
    for name, tensor in sorted(tensors.items()):
        sha.update(utf8([name, tensor.dtype, tensor.shape]))
        sha.update(tensor.data)
    return sha.hexdigest()


# ---------------------------------------------------------------------------------------------------------
# Masks.


@dataclass
class Mask:
    """A mask as it is stored; inputs and outputs are its columns and rows, N_(t-1) and N_t in a layered source."""

    layer: int
    encoding: str
    data: memoryview
    inputs: int
    outputs: int
    kept: int

    def edges(self) -> Tuple[np.ndarray, np.ndarray]:
        """Sources and targets (int64) of the kept edges, by source and then target."""
        what = f'mask of layer {self.layer}'
        total = self.inputs * self.outputs
        if self.encoding == 'bits':
            bits = np.unpackbits(np.frombuffer(self.data, np.uint8), bitorder='little')
            require(not bits[total:].any(), f'{what}: unused bits that are not 0')
            positions = np.flatnonzero(bits).astype(np.uint64)
            require(len(positions) == self.kept, f'{what}: {len(positions)} kept edges in place of {self.kept}')
        elif self.encoding == 'gaps':
            positions = gap_positions(self.data, self.kept, total, what)
        else:
            keep = np.ones(total, bool)
            keep[gap_positions(self.data, total - self.kept, total, what).astype(np.int64)] = False
            positions = np.flatnonzero(keep).astype(np.uint64)
        width = np.uint64(self.outputs)
        return (positions // width).astype(np.int64), (positions % width).astype(np.int64)


def decode_gaps(data: Any, count: int, what: str) -> np.ndarray:
    """The `count` gaps of a gap code, each less 1 (uint64, since a gap can be 2^64)."""
    chunks = -(-count // 256)
    require(count + 7 * chunks <= 8 * len(data), f'{what}: too few bytes for {count} gaps')
    require(count or not len(data), f'{what}: bytes without gaps')
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder='little')
    find, text, end = bits.tobytes().find, bits.tobytes(), len(bits)
    result, at = np.empty(count, np.uint64), 0
    for begin in range(0, count, 256):
        require(at + 7 <= end, f'{what}: the code ends early')
        k = sum(text[at + i] << i for i in range(6))
        flagged, at = text[at + 6], at + 7
        quotients, lows, coded = [], [], []  # of the gaps that have a Rice code
        for index in range(begin, min(begin + 256, count)):
            if flagged:
                require(at < end, f'{what}: the code ends early')
                at += 1
                if text[at - 1]:
                    continue
            one = find(1, at)
            require(one >= 0 and one + 1 + k <= end, f'{what}: the code ends early')
            require((one - at) >> (64 - k) == 0, f'{what}: a gap beyond 2^64')
            quotients.append(one - at)
            lows.append(one + 1)
            coded.append(index)
            at = one + 1 + k
        values = np.array(quotients, np.uint64) << np.uint64(k)
        starts = np.array(lows, np.int64)
        for i in range(k):
            values |= bits[starts + i].astype(np.uint64) << np.uint64(i)
        if flagged:
            result[begin : begin + 256] = 0
            require(not len(values) or values.max() < np.uint64(2**64 - 1), f'{what}: a gap beyond 2^64')
            values += np.uint64(1)
        result[coded] = values
    require(end - at < 8 and not bits[at:].any(), f'{what}: bits after the end of the code')
    return result


def gap_positions(data: Any, count: int, total: int, what: str) -> np.ndarray:
    """The ascending positions (uint64), all below total."""
    gaps = decode_gaps(data, count, what)
    # The position of gap i is (sum of gaps 0..i) - 1. Sums of 256 gaps are made as Python integers first, so
    # that a sum beyond 64 bits is seen before it wraps.
    last = -1
    for begin in range(0, count, 256):
        piece = gaps[begin : begin + 256].tolist()
        last += sum(piece) + len(piece)
        require(last < total, f'{what}: a position beyond the last edge')
    return np.cumsum(gaps + np.uint64(1)) - np.uint64(1) if count else gaps


# ---------------------------------------------------------------------------------------------------------
# Metadata.


@dataclass
class Window:
    """How a block reads the maps before it; sizes are (height, width)."""

    kernel: Tuple[int, int]
    stride: Tuple[int, int]
    pads: Tuple[int, int, int, int]  # top, left, bottom, right
    dilation: Tuple[int, int]
    runs: List[Tuple[int, List[Tuple[int, int]]]]  # channels, and ranges of taps with the end excluded
    anchor: Optional[int] = None
    places: Optional[np.ndarray] = None  # of each column but the constant's, channel times taps plus tap

    def taps(self) -> int:
        return self.kernel[0] * self.kernel[1]

    def output(self, plane: Tuple[int, int]) -> Tuple[int, int]:
        """The plane that it makes."""
        ends = lambda axis: plane[axis] + self.pads[axis] + self.pads[axis + 2]
        reach = lambda axis: self.dilation[axis] * (self.kernel[axis] - 1) + 1
        height, width = ((ends(axis) - reach(axis)) // self.stride[axis] + 1 for axis in (0, 1))
        return height, width

    def find_anchor(self, plane: Tuple[int, int]) -> Optional[int]:
        """The first tap in each direction that is inside of the plane at every position."""
        found = []
        for axis, count in enumerate(self.output(plane)):
            # Inside at the first position, and then at the last one.
            tap = -(-self.pads[axis] // self.dilation[axis])
            last = tap * self.dilation[axis] - self.pads[axis] + (count - 1) * self.stride[axis]
            if tap >= self.kernel[axis] or last >= plane[axis]:
                return None
            found.append(tap)
        return found[0] * self.kernel[1] + found[1]


@dataclass
class Maps:
    """Feature maps: the input's size, and the window of each block, None where it reads each position by itself."""

    input: Tuple[int, int, int]
    channels_last: bool
    windows: List[Optional[Window]]
    handed_on: List[int]
    # By layer, where each of its groups begins: channels and columns; the ends last.
    groups: Dict[int, Tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)


@dataclass
class Ticket:
    """A ticket that contradicts docs/ticket.md nowhere. What other kinds have is None."""

    size: int  # bytes of the file
    kind: str
    seed: Tuple[int, int]
    weights: str
    activation: str  # of the source's hidden layers
    widths: List[int]
    masks: List[Mask]  # of layer t at t - 1
    domain: Dict[str, Any]  # kind, and radius or lower and upper (Runs)
    model: Optional[Dict[str, str]] = None
    normalization: Optional[Dict[str, Any]] = None
    reading: Optional[Dict[str, Any]] = None
    inputs: int = 0  # d_0; of feature maps their numbers, d_0 being channels
    outputs: int = 0  # coordinates
    constant: bool = False
    input_signs: Optional[Runs] = None
    targets: Optional[List[np.ndarray]] = None  # V_1 .. V_l
    precision: Optional[Dict[str, Any]] = None
    last_activation: str = ''
    block_ends: Optional[List[int]] = None
    reads: Optional[List[List[int]]] = None  # of each layer, the layers that it reads
    maps: Optional['Maps'] = None
    taps: Optional[List[int]] = None  # of each layer's kernel, with which it reads the first of its reads
    stages: Optional[List['Stage']] = None  # of trained feature maps
    signs: Optional[List[np.ndarray]] = None  # of a trained ticket that stores them
    normalizations: Sequence[Any] = ()  # factors and shifts of each of their layers, or None
    assignments: Optional[List[np.ndarray]] = None
    places: Optional[List[int]] = None  # fractionalPlaces
    base: int = 2
    distributions: Optional[List[Distribution]] = None
    scale_exponents: Optional[List[int]] = None
    scales: Optional[List[float]] = None
    mean: Optional[Runs] = None
    deviation: Optional[Runs] = None
    probe_outputs: Optional[np.ndarray] = None


def read_ticket(file: bytes) -> Ticket:
    need(len(file), 'the file')
    metadata, tensors = read_container(file)
    word = lambda key, words: one_of(metadata.get(key), words, key)
    parsed = lambda key: parse_json(metadata[key], key) if key in metadata else None

    word('format', 'unearth-ticket/1')
    kind = word('kind', 'constructed baseline trained')
    word('generator', 'threefry2x32-20/1')
    seed = int(matching(metadata.get('seed'), '[0-9a-f]{16}', 'seed'), 16)
    families = {'constructed': 'sign', 'baseline': 'uniform hyperbolic scaled-sign', 'trained': 'sign normal'}
    weights = word('weights', families[kind])
    activation = word('activation', 'relu sign' if kind == 'trained' else 'relu')
    known = 'format kind generator seed weights activation widths kept domain digest'.split() + [kind]
    fields(metadata, ' '.join(known), 'metadata', 'model normalization reading')

    widths = [integer(width, 1, 2**32 - 1, 'widths') for width in listed(parsed('widths'), 'widths')]
    layers = len(widths) - 1
    require(1 <= layers <= 100_000, 'widths: not 1 to 100,000 layers')
    block_ends, reads = read_layers(parsed(kind), layers) if kind == 'constructed' else (None, None)
    maps = read_maps(parsed(kind), block_ends) if kind == 'constructed' else None
    stages = read_trained_maps(parsed(kind), widths) if kind == 'trained' else None
    taps = [stage.kernel[0] * stage.kernel[1] for stage in stages] if stages else layer_taps(maps, block_ends, reads, layers)
    # The first layer that one reads is read with its kernel.
    own_reads = reads or [[stage.reads] for stage in stages or []] or [[layer] for layer in range(layers)]
    columns = [widths[own[0]] * t + sum(widths[read] for read in own[1:]) for own, t in zip(own_reads, taps)]
    require(max(columns) <= 2**32 - 1, 'a layer of more than 2^32 - 1 columns')
    check_group_sizes(maps, widths, columns)
    masks = read_masks(tensors, columns, widths[1:], listed(parsed('kept'), 'kept', layers))
    ticket = Ticket(
        len(file), kind, (seed % 2**32, seed >> 32), weights, activation, widths, masks, {}, model=read_model(parsed('model'))
    )
    ticket.block_ends, ticket.reads, ticket.maps, ticket.taps = block_ends, reads, maps, taps
    ticket.stages = stages
    if kind == 'trained':
        require('normalization' not in metadata and 'reading' not in metadata, 'a trained ticket has neither normalization nor reading')
        read_trained(ticket, parsed('trained'), tensors)
    else:
        ticket.targets = read_targets(tensors)
        ({'constructed': read_constructed, 'baseline': read_baseline}[kind])(ticket, parsed(kind))
        if 'reading' in metadata:
            ticket.reading = read_reading(parsed('reading'))
        if 'normalization' in metadata:
            ticket.normalization = read_normalization(parsed('normalization'), ticket.inputs)
    require(not tensors, f'unknown tensor {next(iter(tensors), None)!r}')
    ticket.domain = read_domain(parsed('domain'), ticket.inputs)
    if kind == 'trained':
        require(ticket.domain['kind'] == 'all', 'domain: not all')
    else:
        check_precision(ticket)
    estimate_memory(ticket)
    return ticket


def read_layers(value: Any, depth: int) -> Tuple[List[int], List[List[int]]]:
    """Where the blocks of a constructed ticket end, and what each layer reads."""
    require(isinstance(value, dict), 'constructed: not an object')
    ends = [integer(end, 1, depth, 'blockEnds') for end in listed(value.get('blockEnds'), 'blockEnds')]
    require(all(a < b for a, b in zip(ends, ends[1:])), 'blockEnds: not ascending')
    require(ends[-1:] == [depth], 'blockEnds: not up to the last layer')
    if 'reads' not in value:
        return ends, [[layer] for layer in range(depth)]
    reads, block_input, boundaries = [], 0, set(ends)
    for layer, items in enumerate(listed(value['reads'], 'reads', depth), 1):
        own = [integer(read, block_input, layer - 1, f'reads of layer {layer}') for read in listed(items, 'reads')]
        require(own and all(a < b for a, b in zip(own, own[1:])), f'reads of layer {layer}: not ascending, or none')
        reads.append(own)
        block_input = layer if layer in boundaries else block_input
    require(sum(map(len, reads)) <= 1 << 20, 'reads: more than 2^20')
    return ends, reads


def read_maps(value: Any, ends: List[int]) -> Optional[Maps]:
    """The maps of a constructed ticket, before they are held against its matrices."""
    if 'maps' not in value:
        return None
    value = value['maps']
    if isinstance(value, dict) and 'kernels' in value:
        require(False, 'not decided: this checker does not compose kernels of several layers of a block')
    size, blocks, last, groups = fields(value, 'input blocks', 'maps', 'channelsLast groups')
    count = lambda item, least: integer(item, least, 1 << 26, 'maps')
    counts = lambda items, length, least: tuple(count(item, least) for item in listed(items, 'maps', length))
    require('channelsLast' not in value or last is True, 'maps.channelsLast: not true')
    input_size = counts(size, 3, 1)
    require(math.prod(input_size) <= 1 << 24, 'maps.input: more than 2^24 numbers')
    maps = Maps(input_size, last is True, [], [])
    for block_ in listed(blocks, 'maps.blocks', len(ends)):
        form, handed_on, window = fields(block_, 'form', 'maps.blocks', 'handedOn window')
        one_of(form, 'free direct scale', 'maps.blocks.form')
        handed = count(handed_on, 0) if 'handedOn' in block_ else 0
        maps.handed_on.append(handed if form == 'free' else 0)
        maps.windows.append(None)
        if 'window' in block_:
            kernel, stride, pads, dilation, runs = fields(window, 'kernel stride pads dilation columns', 'window')
            sizes = counts(kernel, 2, 1), counts(stride, 2, 1), counts(pads, 4, 0), counts(dilation, 2, 1)
            require(len(listed(runs, 'window.columns')) <= 1 << 22, 'window.columns: more than 2^22 runs')
            maps.windows[-1] = Window(*sizes, [read_taps(run, sizes[0]) for run in runs])
    if 'groups' in value:
        maps.groups = read_groups(groups)
    return maps


def read_groups(value: Any) -> Dict[int, Tuple[np.ndarray, np.ndarray]]:
    """The groups of source layers, before they are held against their sizes."""
    groups: Dict[int, Tuple[np.ndarray, np.ndarray]] = {}
    total = before = 0
    for item in listed(value, 'maps.groups'):
        layer, runs = listed(item, 'maps.groups', 2)
        before = integer(layer, before + 1, 100_000, 'maps.groups')
        counts, sizes = [], [[0], [0]]
        for run in listed(runs, 'maps.groups'):
            channels, columns, times = listed(run, 'maps.groups', 3)
            counts.append(integer(times, 1, 1 << 22, 'maps.groups'))
            total += counts[-1]
            require(total <= 1 << 22, 'maps.groups: more than 2^22')
            for own, size in zip(sizes, (channels, columns)):
                own.append(integer(size, 0, 2**32 - 1, 'maps.groups'))
        require(bool(counts), 'maps.groups: a layer without groups')
        ends = [np.cumsum(np.repeat(own, [1] + counts)) for own in sizes]
        groups[before] = (ends[0], ends[1])
    require(bool(groups), 'maps.groups: none')
    return groups


def check_group_sizes(maps: Optional[Maps], widths: List[int], columns: List[int]) -> None:
    for layer, (channels, own) in (maps.groups if maps is not None else {}).items():
        fits = layer < len(widths) and channels[-1] == widths[layer] and own[-1] == columns[layer - 1]
        require(fits, f'maps.groups: not those of layer {layer}')


def prove_groups(ticket: Ticket, i: int, layer: int, source: np.ndarray, target: np.ndarray) -> None:
    """Edges between two groups are none of the source's."""
    if ticket.maps is None or layer not in ticket.maps.groups:
        return
    channels, columns = ticket.maps.groups[layer]
    group = np.searchsorted(columns, source, side='right') - 1
    wrong = (target < channels[group]) | (target >= channels[group + 1])
    if wrong.any():
        at = int(np.argmax(wrong))
        raise NotProved(f'keeps the edge from column {source[at]}, of another group', i, layer, target[at])


def read_taps(run: Any, kernel: Tuple[int, int]) -> Tuple[int, List[Tuple[int, int]]]:
    channels, items = listed(run, 'window.columns', 2)
    channels, at, ranges = integer(channels, 1, 2**32 - 1, 'window.columns'), 0, []
    for item in listed(items, 'window.columns'):
        first, last = listed(item, 'window.columns', 2) if isinstance(item, list) else (item, item)
        first, last = (integer(tap, 0, kernel[0] * kernel[1] - 1, 'window.columns') for tap in (first, last))
        require(at <= first <= last, 'window.columns: taps that do not ascend')
        ranges.append((first, last + 1))
        at = last + 1
    return channels, ranges


def layer_taps(maps: Optional[Maps], ends: Optional[List[int]], reads: Optional[List[List[int]]], depth: int) -> List[int]:
    """The layers that read the input of a block with a window have its taps, all others one."""
    taps = [1] * depth
    if maps is not None:
        for begin, end, window in zip([0] + ends, ends, maps.windows):
            if window is not None:
                for layer in range(begin, end):
                    taps[layer] = window.taps() if reads[layer][0] == begin else 1
    return taps


def reads_with_taps(ticket: Ticket, layer: int) -> List[Tuple[int, int]]:
    """The layers that `layer` reads, in order, with the columns that it has for a neuron of each."""
    return [(read, ticket.taps[layer - 1] if at == 0 else 1) for at, read in enumerate(ticket.reads[layer - 1])]


def place_maps(maps: Maps, matrices: List[np.ndarray], channels: int, constant: bool) -> Tuple[int, int]:
    """Holds the maps against the matrices, and gives each column its channel and tap. The plane of the outputs."""
    require(maps.input[0] == channels, f'maps.input: {maps.input[0]} channels in place of {channels}')
    plane = maps.input[1:]
    for i, (matrix, window) in enumerate(zip(matrices, maps.windows), 1):
        what, carried = f'maps of block {i}', int(constant)
        read, columns = channels, channels
        if window is not None:
            output = window.output(plane)
            require(min(output) >= 1, f'{what}: a kernel without a place')
            require(math.prod(output) * window.taps() <= 1 << 26, f'{what}: too many positions and taps')
            read = sum(count for count, _ in window.runs)
            columns = sum(count * sum(end - begin for begin, end in ranges) for count, ranges in window.runs)
            window.anchor = window.find_anchor(plane)
            require(not constant or window.anchor is not None, f'{what}: no tap for the constant')
            plane = output
        fits = read == channels and matrix.shape[1] == columns + carried
        require(fits, f'{what}: {matrix.shape[1]} columns are not those of its window')
        if window is not None:
            window.places = column_places(window)
        channels = matrix.shape[0] - (carried if i < len(matrices) else 0)
        most = channels - (1 if i < len(matrices) else 0)
        require(maps.handed_on[i - 1] <= most, f'{what}: more rows handed on than there are')
        require(channels * math.prod(plane) <= 1 << 24, f'{what}: more than 2^24 numbers')
    return plane


def column_places(window: Window) -> np.ndarray:
    pieces, channel, taps = [np.zeros(0, np.int64)], 0, window.taps()
    for count, ranges in window.runs:
        own = [np.arange(begin, end) for begin, end in ranges]
        tap = np.concatenate(own) if own else np.zeros(0, np.int64)
        pieces.append((np.arange(channel, channel + count)[:, None] * taps + tap).ravel() if len(tap) else tap)
        channel += count
    return np.concatenate(pieces)


def read_masks(tensors: Dict[str, Tensor], columns: List[int], rows: List[int], kept: List[Any]) -> List[Mask]:
    """Takes the masks from the tensors; what is inside of them is not looked at."""
    masks = []
    for layer, (inputs, outputs) in enumerate(zip(columns, rows), 1):
        what, total = f'mask of layer {layer}', inputs * outputs
        count = integer(kept[layer - 1], 0, min(total, 2**53 - 1), f'kept of layer {layer}')
        found = [name for name in ('bits', 'gaps', 'complement') if f'mask.{layer}.{name}' in tensors]
        require(len(found) == 1, f'{what}: not exactly one tensor')
        encoding, tensor = found[0], tensors.pop(f'mask.{layer}.{found[0]}')
        require(tensor.dtype == 'U8' and len(tensor.shape) == 1, f'{what}: not a list of bytes')
        size = len(tensor.data)
        if encoding == 'bits':
            require(size == -(-total // 8), f'{what}: wrong size')
        elif encoding == 'gaps':
            require(2 * count <= total and count <= 8 * size, f'{what}: gap code of too many edges')
        else:
            require(2 * count > total and total - count <= 8 * size, f'{what}: gap code of too many edges')
            require(inputs * -(-outputs // 32) <= 2**23 + 64 * size, f'{what}: complement of too many edges')
        masks.append(Mask(layer, encoding, tensor.data, inputs, outputs, count))
    return masks


def read_targets(tensors: Dict[str, Tensor]) -> List[np.ndarray]:
    """Takes target.1, target.2, ..: int64 matrices, or of Python integers."""
    targets = []
    while f'target.{len(targets) + 1}' in tensors:
        name = f'target.{len(targets) + 1}'
        tensor = tensors.pop(name)
        wide = tensor.dtype == 'U32'
        require(tensor.dtype in ('I8', 'I16', 'I32', 'I64') or wide, f'{name}: dtype {tensor.dtype}')
        require(len(tensor.shape) == 2 + wide and min(tensor.shape) >= 1, f'{name}: wrong shape')
        rows, columns = tensor.shape[:2]
        need(rows * columns * 64 if wide else rows * columns * 32, name)
        if not wide:
            matrix = np.frombuffer(tensor.data, f'<i{ELEMENT_BYTES[tensor.dtype]}').astype(np.int64)
            # Its negative is no int64.
            matrix = matrix.astype(object) if matrix.min() == -(2**63) else matrix
        else:
            limbs = tensor.shape[2]
            require(3 <= limbs <= 128, f'{name}: not 3 to 128 limbs')
            step = 4 * limbs
            matrix = np.empty(rows * columns, object)
            for i in range(rows * columns):
                matrix[i] = int.from_bytes(tensor.data[step * i : step * (i + 1)], 'little', signed=True)
            least = 1 << (32 * (limbs - 1) - 1)
            require(any(not -least <= entry < least for entry in matrix), f'{name}: more limbs than needed')
        targets.append(matrix.reshape(rows, columns))
    require(targets, 'no target.1')
    return targets


def read_model(value: Any) -> Optional[Dict[str, str]]:
    if value is None:
        return None
    name, sha256 = fields(value, 'name sha256', 'model')
    # Unicode category Cc is these 65 code points.
    matching(name, '[^/\x00-\x1f\x7f-\x9f]{1,255}', 'model.name')
    return {'name': name, 'sha256': matching(sha256, HASH, 'model.sha256')}


def read_reading(value: Any) -> Dict[str, Any]:
    left_out, rounded, change = fields(value, 'leftOut rounded', 'reading', 'relativeChange')
    for names in (left_out, rounded):
        require(len(listed(names, 'reading')) <= 32, 'reading: more than 32 names')
        for name in names:
            matching(name, '[A-Za-z][A-Za-z0-9_]{0,39}', 'reading')
    require(left_out or rounded, 'reading: nothing to say')
    if 'relativeChange' in value:
        number_in(change, lambda c: c > 0, 'relativeChange')
        require(rounded, 'reading: a change, and nothing rounded')
    return {'leftOut': left_out, 'rounded': rounded, 'relativeChange': change}


def read_normalization(value: Any, inputs: int) -> Dict[str, Any]:
    of_input, of_output = fields(value, 'input output', 'normalization')
    names = 'minimum maximum mean range'
    lists = [run_list(item, inputs, 'normalization').expand() for item in fields(of_input, names, 'normalization.input')]
    mean, spread = (number_in(item, math.isfinite, 'normalization.output') for item in fields(of_output, 'mean range', 'normalization.output'))
    require((lists[3] != 0).all() and spread != 0, 'normalization: a range of 0')
    require((lists[0] <= lists[1]).all(), 'normalization: minimum above maximum')
    return {'input': dict(zip(names.split(), lists)), 'output': (mean, spread)}


def read_domain(value: Any, inputs: int) -> Dict[str, Any]:
    require(isinstance(value, dict), 'domain: not an object')
    kind = one_of(value.get('kind'), 'all ball box', 'domain')
    if kind == 'all':
        fields(value, 'kind', 'domain')
        return {'kind': kind}
    if kind == 'ball':
        _, radius = fields(value, 'kind radius', 'domain')
        return {'kind': kind, 'radius': number_in(radius, lambda r: r >= 0, 'domain.radius')}
    _, lower, upper = fields(value, 'kind lower upper', 'domain')
    lower, upper = (run_list(bounds, inputs, 'domain').expand() for bounds in (lower, upper))
    require((lower <= upper).all(), 'domain: lower above upper')
    return {'kind': kind, 'lower': lower, 'upper': upper}


def read_constructed(ticket: Ticket, value: Any) -> None:
    names = 'construction delta blockEnds inputSigns assignments precision target'
    construction, delta, _, signs, assigned, precision, target = fields(value, names, 'constructed', 'reads maps')[:7]
    matching(construction, WORD, 'construction')
    number_in(delta, lambda d: 0 < d <= 1, 'delta')
    constant, places, scale, activation = fields(target, 'constant fractionalPlaces scale activation', 'target')
    ticket.constant = boolean(constant, 'target.constant')
    ticket.last_activation = one_of(activation, 'relu identity', 'target.activation')
    matrices, widths = ticket.targets, ticket.widths
    blocks, carried = len(matrices), int(ticket.constant)

    require(len(ticket.block_ends) == blocks, f'blockEnds: {len(ticket.block_ends)} in place of {blocks}')
    ticket.places = [integer(p, 0, 4096, 'fractionalPlaces') for p in listed(places, 'fractionalPlaces', blocks)]
    base, exponent = fields(scale, 'base exponent', 'scale')
    ticket.base = integer(base, 2, 10, 'scale.base')
    require(ticket.base in (2, 10), 'scale.base: neither 2 nor 10')
    require(integer(exponent, 0, 2**53 - 1, 'scale.exponent') == sum(ticket.places), 'scale.exponent: not the sum of fractionalPlaces')

    ticket.inputs = widths[0] - carried
    require(ticket.inputs >= 1, 'widths: no inputs')
    columns = widths[0]
    for i, (matrix, end) in enumerate(zip(matrices, ticket.block_ends), 1):
        last = i == blocks
        rows = matrix.shape[0]
        fits = ticket.maps is not None or matrix.shape[1] == columns
        require(fits, f'target.{i}: {matrix.shape[1]} columns in place of {columns}')
        require(rows >= 1 + (0 if last else carried), f'target.{i}: no outputs')
        require(rows == widths[end] if last else rows <= widths[end], f'target.{i}: does not fit layer {end}')
        columns = rows
    ticket.input_signs = run_list(signs, ticket.inputs, 'inputSigns', SIGNS)
    ticket.outputs = widths[-1]
    if ticket.maps is not None:
        height, width = place_maps(ticket.maps, matrices, ticket.inputs, ticket.constant)
        ticket.inputs, ticket.outputs = math.prod(ticket.maps.input), widths[-1] * height * width

    ticket.assignments = []
    for items, matrix, end in zip(listed(assigned, 'assignments', blocks - 1), matrices, ticket.block_ends):
        ranges = []
        for item in listed(items, 'assignments'):
            first, last = listed(item, 'assignments', 2) if isinstance(item, list) else (item, item)
            first, last = (integer(neuron, 0, widths[end] - 1, 'assignments') for neuron in (first, last))
            require(first <= last, 'assignments: a range that ends before it begins')
            ranges.append((first, last + 1))
        count = sum(end_ - begin for begin, end_ in ranges)
        require(count == matrix.shape[0], f'assignments: {count} neurons in place of {matrix.shape[0]}')
        neurons = np.concatenate([np.arange(begin, end_, dtype=np.int64) for begin, end_ in ranges])
        require(len(np.unique(neurons)) == count, 'assignments: a neuron that holds two outputs')
        ticket.assignments.append(neurons)
    ticket.precision = precision


def read_baseline(ticket: Ticket, value: Any) -> None:
    names = 'system delta distributions scaleExponents constant inputSigns activation precision'
    system, delta, laws, exponents, constant, signs, activation, precision = fields(value, names, 'baseline')
    matching(system, WORD, 'system')
    number_in(delta, lambda d: 0 < d <= 1, 'delta')
    widths, matrices = ticket.widths, ticket.targets
    layers, blocks = len(widths) - 1, len(matrices)
    require(layers == 2 * blocks and blocks <= 256, f'{layers} layers do not fit {blocks} matrices')
    ticket.distributions = [read_distribution(law, ticket.weights) for law in listed(laws, 'distributions', layers)]
    ticket.scale_exponents = [integer(s, -200, 200, 'scaleExponents') for s in listed(exponents, 'scaleExponents', blocks)]
    ticket.constant = boolean(constant, 'constant')
    ticket.last_activation = one_of(activation, 'relu identity', 'activation')
    ticket.outputs = widths[-1]
    carried = int(ticket.constant)
    ticket.inputs = widths[0] - carried
    require(ticket.inputs >= 1, 'widths: no inputs')
    ticket.input_signs = run_list(signs, ticket.inputs, 'inputSigns', SIGNS)
    halves = sum(times * (2 if sign == 'signed' else 1) for sign, times in zip(ticket.input_signs.values, ticket.input_signs.times))
    columns = halves + carried
    for b, matrix in enumerate(matrices, 1):
        rows = widths[2 * b]
        require(rows >= 1 + (carried if b < blocks else 0), f'widths: no outputs of block {b}')
        require(matrix.shape == (rows, columns), f'target.{b}: shape {matrix.shape} in place of {(rows, columns)}')
        columns = rows
    ticket.precision = precision


def read_distribution(value: Any, kind: str) -> Distribution:
    require(isinstance(value, dict) and value.get('kind') == kind, f'distributions: not {kind}')
    exponent = lambda e: integer(e, -200, 200, 'distributions')
    bits = lambda b: integer(b, 1, 24, 'distributions')
    if kind == 'uniform':
        return Distribution(kind, bits=bits(fields(value, 'kind bits', 'distributions')[1]))
    if kind == 'scaled-sign':
        return Distribution(kind, least=exponent(fields(value, 'kind exponent', 'distributions')[1]))
    _, least, most, count = fields(value, 'kind least most bits', 'distributions')
    require(exponent(least) < exponent(most), 'distributions: least is not below most')
    return Distribution(kind, bits(count), exponent(least), exponent(most))


@dataclass
class Stage:
    """A layer of trained feature maps; planes and kernels are (height, width)."""

    plane: Tuple[int, int]
    kernel: Tuple[int, int]
    pad: int
    pool: int
    sums: Tuple[int, int]
    stride: int
    reads: int  # the layer that is read, 0 being the inputs
    normalized: bool
    adds: int  # the layer whose output is added, 0 for none
    linear: bool
    pools_first: bool
    average: bool

    def behind_pool(self) -> Tuple[int, int]:
        return self.sums[0] // self.pool, self.sums[1] // self.pool


STAGE_EXTRAS = 'stride reads normalized adds linear poolsFirst average'


def read_trained_maps(value: Any, widths: List[int]) -> Optional[List[Stage]]:
    if not isinstance(value, dict) or 'maps' not in value:
        return None
    sizes, layers = fields(value['maps'], 'input layers', 'maps')
    longest = 2**13
    planes = [tuple(integer(side, 1, longest, 'maps.input') for side in listed(sizes, 'maps.input', 2))]
    stages = []
    used = set()
    depth = len(widths) - 1
    for t, layer in enumerate(listed(layers, 'maps.layers', depth), 1):
        what = f'maps, layer {t}'
        require(isinstance(layer, list) and len(layer) in (4, 5), f'{what}: not 4 numbers, and what else there is')
        height, width, pad, pool = layer[:4]
        kernel = (integer(height, 1, longest, what), integer(width, 1, longest, what))
        pool, pad = integer(pool, 1, longest, what), integer(pad, 0, min(kernel) - 1, what)
        extras = dict(layer[4]) if len(layer) == 5 and isinstance(layer[4], dict) and layer[4] else {}
        require(len(layer) == 4 or extras and set(extras) <= set(STAGE_EXTRAS.split()), f'{what}: unknown words')
        for name in 'normalized linear poolsFirst average'.split():
            require(extras.get(name, True) is True, f'{what}: {name} is not true')
        stride = integer(extras['stride'], 2, longest, what) if 'stride' in extras else 1
        reads = integer(extras['reads'], 0, t - 1, what) if 'reads' in extras else t - 1
        adds = integer(extras['adds'], 1, t - 1, what) if 'adds' in extras else 0
        normalized, linear, first, average = (name in extras for name in 'normalized linear poolsFirst average'.split())
        plane = planes[reads]
        sums = tuple((side + 2 * pad - k) // stride + 1 for side, k in zip(plane, kernel))
        require(min(sums) >= pool, f'{what}: a kernel or window without a place')
        read = (plane[0] + 2 * pad) * (plane[1] + 2 * pad) * widths[reads]
        require(max(read, sums[0] * sums[1] * widths[t]) <= 1 << 24, f'{what}: more than 2^24 numbers')
        require(pool > 1 or not (first or average), f'{what}: it does not pool')
        require(not first or not average and (normalized or adds > 0), f'{what}: poolsFirst')
        require(t < depth or not (normalized or adds or linear or first or average), f'{what}: the last one')
        stages.append(Stage(plane, kernel, pad, pool, sums, stride, reads, normalized, adds, linear, first, average))
        here = stages[-1].behind_pool() if first else sums
        require(adds == 0 or (planes[adds], widths[adds]) == (here, widths[t]), f'{what}: adds maps of another size')
        used.update((reads, adds))
        planes.append(stages[-1].behind_pool())
    require(used.issuperset(range(depth)), 'maps: a layer that none reads')
    plane = planes[-1]
    require(plane == (1, 1) and stages[-1].pool == 1, 'maps: the outputs are maps, or pooled')
    return stages


def read_trained(ticket: Ticket, value: Any, tensors: Dict[str, Tensor]) -> None:
    optional = 'accuracy maps normalizations signs'
    scales, standard, probes, training, accuracy, _, normalizations, signs = fields(value, 'scales standardization probes training', 'trained', optional)
    layers = len(ticket.widths) - 1
    positive = lambda number: number > 0
    ticket.inputs = ticket.widths[0]
    require(ticket.inputs <= 1 << 22, 'widths: more than 2^22 inputs')
    ticket.scales = [number_in(scale, positive, 'scales') for scale in listed(scales, 'scales', layers)]
    mean, deviation = fields(standard, 'mean deviation', 'standardization')
    read_normalizations(ticket, normalizations, 'normalizations' in value, tensors)
    if 'signs' in value:
        require(signs == 'stored' and ticket.weights == 'sign', 'signs: not stored')
        ticket.signs = [read_signs(tensors, t, mask) for t, mask in enumerate(ticket.masks, 1)]
    ticket.mean = run_list(mean, ticket.inputs, 'standardization.mean')
    ticket.deviation = run_list(deviation, ticket.inputs, 'standardization.deviation')
    require(min(ticket.deviation.values) > 0, 'standardization: a deviation that is not above 0')
    count = integer(probes, 0, 4096, 'probes')

    what = 'training'
    words = 'method weights keepScope schedule backend'
    counts, fractions = 'epochs batch patience epochsUsed', 'momentum weightDecay validation'
    names = f'{words} {counts} {fractions} keep keepRamp learningRate data'
    record = dict(zip(names.split(), fields(training, names, what, 'augmentation')))
    if 'augmentation' in training:
        shift, flip = fields(training['augmentation'], 'shift flip', f'{what}.augmentation')
        integer(shift, 0, 2**53 - 1, f'{what}.augmentation.shift')
        require(isinstance(flip, bool), f'{what}.augmentation.flip')
    for name in words.split():
        matching(record[name], WORD, f'{what}.{name}')
    for name in counts.split():
        integer(record[name], 0, 2**53 - 1, f'{what}.{name}')
    for name in fractions.split():
        number_in(record[name], lambda part: 0 <= part <= 1, f'{what}.{name}')
    for fraction in listed(record['keep'], f'{what}.keep', layers):
        number_in(fraction, positive, f'{what}.keep')
    number_in(record['keepRamp'], lambda ramp: ramp >= 0, f'{what}.keepRamp')
    number_in(record['learningRate'], positive, f'{what}.learningRate')
    matching(record['data'], HASH, f'{what}.data')
    if 'accuracy' in value:
        correct, samples, data = fields(accuracy, 'correct samples data', 'accuracy')
        integer(correct, 0, integer(samples, 1, 2**53 - 1, 'accuracy.samples'), 'accuracy.correct')
        matching(data, HASH, 'accuracy.data')

    require('probe.outputs' in tensors, 'no probe.outputs')
    tensor = tensors.pop('probe.outputs')
    require(tensor.dtype == 'F64' and tensor.shape == [count, ticket.widths[-1]], 'probe.outputs: wrong dtype or shape')
    ticket.probe_outputs = np.frombuffer(tensor.data, '<f8').reshape(tensor.shape)
    require(np.isfinite(ticket.probe_outputs).all(), 'probe.outputs: a number that is not finite')


def read_signs(tensors: Dict[str, Tensor], t: int, mask: 'Mask') -> np.ndarray:
    """The signs of a layer, bit column * rows + row."""
    name, count = f'signs.{t}', mask.inputs * mask.outputs
    require(name in tensors, f'no {name}')
    tensor = tensors.pop(name)
    require(tensor.dtype == 'U8' and tensor.shape == [-(-count // 8)], f'{name}: wrong dtype or shape')
    signs = np.frombuffer(tensor.data, np.uint8)
    require(count % 8 == 0 or signs[-1] >> count % 8 == 0, f'{name}: bits behind the last weight')
    return signs


def read_normalizations(ticket: Ticket, records: Any, is_there: bool, tensors: Dict[str, Tensor]) -> None:
    """Of each layer that is normalised the factors and shifts of its channels."""
    normalized = [stage.normalized for stage in ticket.stages or []]
    require(is_there == any(normalized), 'normalizations: as maps have it')
    ticket.normalizations = [None] * (len(ticket.widths) - 1)
    if not is_there:
        return
    for t, record in enumerate(listed(records, 'normalizations', len(normalized)), 1):
        what = f'normalizations, layer {t}'
        require((record is not None) == normalized[t - 1], f'{what}: as maps have it')
        if record is None:
            continue
        exponent, step = listed(record, what, 2)
        exponent = integer(exponent, -300, 300, what)
        step = number_in(step, lambda size: 2.0**-300 <= size <= 2.0**300, what)
        name = f'normalization.{t}'
        require(name in tensors, f'no {name}')
        tensor = tensors.pop(name)
        require(tensor.dtype == 'U8' and tensor.shape == [ticket.widths[t], 2], f'{name}: wrong dtype or shape')
        codes = np.frombuffer(tensor.data, np.uint8).reshape(tensor.shape).astype(np.int64)
        factors = np.ldexp((32 + codes[:, 0] % 32).astype(float), exponent + codes[:, 0] // 32)
        ticket.normalizations[t - 1] = factors, (codes[:, 1] - 128) * float(step)


def decimal(text: Any) -> Fraction:
    return Fraction(matching(text, r'[0-9]{1,400}(\.[0-9]{1,1200})?', 'precision'))


def check_precision(ticket: Ticket) -> None:
    value, what = ticket.precision, 'precision'
    require(isinstance(value, dict), f'{what}: not an object')
    modes = 'certified' if ticket.kind == 'baseline' else 'lossless bits paper certified'
    mode = one_of(value.get('mode'), modes, what)
    require(ticket.base == (10 if mode == 'paper' else 2), f'{what}: another base')
    if mode == 'lossless':
        fields(value, 'mode', what)
    elif mode == 'bits':
        sampled = isinstance(value, dict) and 'sampled' in value
        _, bits, *seen = fields(value, 'mode bits' + ' sampled' * sampled, what)
        for record in seen:
            check_sampled(record)
        bits, most = integer(bits, 0, 4096, what), max(ticket.places)
        # Of feature maps weights behind an average have its divisor, and more places.
        fits = bits == most or ticket.maps is not None and bits < most
        require(fits, f'{what}: bits are not the largest fractionalPlaces')
    elif mode == 'paper':
        _, epsilon, digits = fields(value, 'mode epsilon digits', what)
        number_in(epsilon, lambda e: 0 < e <= 2.5, f'{what}.epsilon')
        digits = integer(digits, 0, 4096, what)
        fit = all(p in (0, digits) for p in ticket.places) and ticket.places[-1] == digits
        require(fit, f'{what}: digits are not the fractionalPlaces')
        require(in_unit_ball(ticket.domain), f'{what}: the domain is not in the unit ball')
        ticket.precision = {**value, 'digits': digits}
    else:
        # Of feature maps, and of them alone, the places of the target's layers: but for zeros those of the blocks.
        names = 'mode requested certified outputs method' + (' places' if ticket.maps is not None else '')
        around = isinstance(value, dict) and 'around' in value
        rest = [name for name in ('scales', 'boxes', 'around') if isinstance(value, dict) and name in value]
        require(not (rest and ticket.kind == 'baseline'), f'{what}: {rest} in a baseline ticket')
        _, requested, certified, outputs, method, *more = fields(value, ' '.join([names, *rest]), what)
        if around:
            check_around(ticket, more.pop())
        if 'boxes' in rest:
            integer(more.pop(), 1, 2**24, f'{what}.boxes')
        if 'scales' in rest:
            # Units in which the model's hidden neurons are counted: they say nothing of the integers themselves.
            scales = listed(more.pop(), f'{what}.scales')
            require(ticket.maps is None and len(scales) < len(ticket.places), f'{what}.scales: not of hidden layers')
            for own in scales:
                for scale in listed(own, f'{what}.scales'):
                    integer(scale, -64, 64, f'{what}.scales')
        for places in more:
            own = [integer(p, 0, 4096, f'{what}.places') for p in listed(places, f'{what}.places')]
            same = [p for p in own if p > 0] == [p for p in ticket.places if p > 0]
            require(same, f'{what}: places are not the fractionalPlaces')
        one_of(method, 'lossless interval norm relaxation ellipsoid backward', f'{what}.method')
        number_in(requested, lambda e: e > 0, f'{what}.requested')
        bounds = [decimal(text) for text in listed(outputs, f'{what}.outputs', ticket.outputs)]
        require(decimal(certified) == max(bounds), f'{what}: certified is not the largest of outputs')
        # The largest float64 not above s is at most e exactly if s is below the float64 after e.
        after = math.nextafter(requested, math.inf)
        require(after == math.inf or max(bounds) < Fraction(after), f'{what}: certified is above requested')
        ticket.precision = {**value, 'bounds': bounds}


def check_sampled(value: Any) -> None:
    """A promise about data: statistics, which this checker reads and does not count again."""
    what = 'precision.sampled'
    names = 'epsilon confidence share samples exceeding data divide'
    epsilon, confidence, share, samples, exceeding, data, divide = fields(value, names, what)
    number_in(epsilon, lambda e: e > 0, f'{what}.epsilon')
    number_in(confidence, lambda c: 0 < c < 1, f'{what}.confidence')
    number_in(share, lambda p: 0 < p < 1, f'{what}.share')
    integer(samples, 1, 2**32, f'{what}.samples')
    integer(exceeding, 0, 2**32, f'{what}.exceeding')
    matching(data, r'[0-9a-f]{64}', f'{what}.data')
    number_in(divide, lambda d: d > 0, f'{what}.divide')


def check_around(ticket: Ticket, value: Any) -> None:
    """Balls around inputs that the ticket tells by their digest: what is certified holds there alone."""
    what = 'precision.around'
    clipped = isinstance(value, dict) and 'clip' in value
    samples, data, divide, radius, *clip = fields(value, 'samples data divide radius' + ' clip' * clipped, what)
    integer(samples, 1, 2**32, f'{what}.samples')
    matching(data, HASH, f'{what}.data')
    number_in(divide, lambda d: d > 0, f'{what}.divide')
    number_in(radius, lambda r: r >= 0, f'{what}.radius')
    for ends in clip:
        low, high = [number_in(end, lambda _: True, f'{what}.clip') for end in listed(ends, f'{what}.clip', 2)]
        require(low <= high, f'{what}.clip: nothing is between its ends')
    require(ticket.domain['kind'] == 'box', f'{what}: the domain is no box')


def in_unit_ball(domain: Dict[str, Any]) -> bool:
    if domain['kind'] == 'ball':
        return domain['radius'] <= 1
    if domain['kind'] == 'all':
        return False
    farthest, times = np.unique(np.maximum(np.abs(domain['lower']), np.abs(domain['upper'])), return_counts=True)
    if farthest[-1] > 1:
        return False
    return sum(Fraction(float(x)) ** 2 * int(n) for x, n in zip(farthest, times)) <= 1


def estimate_memory(ticket: Ticket) -> None:
    """Refuses tickets whose masks would take too much, before any of them is decoded."""
    for mask in ticket.masks:
        bits = 8 * len(mask.data) * 2
        dense = mask.inputs * mask.outputs if mask.encoding == 'complement' else 0
        need(bits + dense + 48 * mask.kept, f'the mask of layer {mask.layer}')
    ends = ticket.block_ends or list(range(1, len(ticket.masks) + 1))
    begin = 0
    for end in ends:
        kept = [mask.kept for mask in ticket.masks[begin : end + 1]]
        need(40 * sum(kept) + 120 * max(kept), f'the edges of layers {begin + 1} to {end}')
        begin = end


# ---------------------------------------------------------------------------------------------------------
# Constructed tickets: proof by propagation.


@dataclass
class Rows:
    """Sparse integer rows over a block's variables: row i is that of neuron neurons[i] and has the variables
    variable[start[i]:start[i + 1]] with their values (int64 or Python integers), none of them 0. `neurons`
    ascends. Neurons that are 0 are left out, or have no entries."""

    neurons: np.ndarray
    start: np.ndarray
    variable: np.ndarray
    value: np.ndarray

    def lengths(self) -> np.ndarray:
        return np.diff(self.start)

    def owners(self) -> np.ndarray:
        """For each entry, the index of its row."""
        return np.repeat(np.arange(len(self.neurons)), self.lengths())

    def select(self, keep: np.ndarray) -> 'Rows':
        lengths = self.lengths()
        entries = np.repeat(keep, lengths)
        return Rows(self.neurons[keep], starts(lengths[keep]), self.variable[entries], self.value[entries])

    def largest(self) -> np.ndarray:
        """The largest magnitude of each row, as a float64 that is not smaller by more than its rounding."""
        result = np.zeros(len(self.neurons))
        filled = self.lengths() > 0
        if filled.any():
            sizes = np.maximum.reduceat(np.abs(self.value), self.start[:-1][filled])
            result[filled] = [float(min(size, 2**1000)) for size in sizes] if self.value.dtype == object else sizes
        return result


def starts(lengths: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def grouped_sums(keys: np.ndarray, values: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """The ascending different keys and the sum of each one's values."""
    if not len(keys):
        return keys, values
    order = np.argsort(keys, kind='stable')
    keys, values = keys[order], values[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[first], np.add.reduceat(values, first)


class Additions:
    """What a check may add, so that a small file cannot ask for hours."""

    def __init__(self, ticket: Ticket):
        self.left = FIRST_ADDITIONS + ADDITIONS_PER_BYTE * ticket.size

    def take(self, count: int) -> None:
        self.left -= count
        require(self.left >= 0, 'the rows ask for more additions than this checker makes for a file of this size')


def sum_rows(rows: Rows, edges: 'Edges', neurons: np.ndarray, variables: int, budget: Additions) -> Rows:
    """For each of the ascending `neurons` the sum of sign times row over its edges (whose targets all are
    among `neurons`), rows that are not in `rows` being 0."""
    at = np.searchsorted(rows.neurons, edges.source)
    at[at == len(rows.neurons)] = 0
    known = rows.neurons[at] == edges.source if len(rows.neurons) else np.zeros(len(at), bool)
    source, sign = at[known], edges.sign[known]
    target = np.searchsorted(neurons, edges.target[known])
    order = np.argsort(target, kind='stable')
    source, sign, target = source[order], sign[order], target[order]
    # No partial sum of a neuron's coefficients is larger than the sum of its rows' largest; the room up to
    # 2^63 is for the rounding of this float64 sum.
    bound = np.bincount(target, rows.largest()[source]).max() if len(target) else 0
    value = rows.value if bound < 2.0**62 else rows.value.astype(object)
    lengths = rows.lengths()[source]
    ends = np.cumsum(lengths)
    budget.take(int(ends[-1] if len(ends) else 0) * (1 if value.dtype != object else 16))

    pieces, begin, done = [], 0, 0
    while begin < len(source):  # as many edges at a time as bring about 2^22 additions, at least one
        end = max(begin + 1, int(np.searchsorted(ends, done + (1 << 22), 'right')))
        counts = lengths[begin:end]
        within = np.arange(counts.sum()) - np.repeat(starts(counts)[:-1], counts)
        entry = np.repeat(rows.start[source[begin:end]], counts) + within
        keys = np.repeat(target[begin:end], counts) * variables + rows.variable[entry]
        pieces.append(grouped_sums(keys, np.repeat(sign[begin:end], counts) * value[entry]))
        need(sum(len(piece[0]) for piece in pieces) * (32 if value.dtype != object else 160), 'the coefficients of a layer')
        begin, done = end, ends[end - 1]
    keys = np.concatenate([piece[0] for piece in pieces]) if pieces else np.zeros(0, np.int64)
    sums = np.concatenate([piece[1] for piece in pieces]) if pieces else np.zeros(0, np.int64)
    if len(pieces) > 1:
        keys, sums = grouped_sums(keys, sums)
    keys, sums = keys[sums != 0], sums[sums != 0]
    if sums.dtype == object and len(sums):
        largest = max(abs(sums.max()), abs(sums.min()))
        if largest.bit_length() > COEFFICIENT_BITS:
            raise NotProved(f'coefficients of more than {COEFFICIENT_BITS} bits')
        sums = sums.astype(np.int64) if largest < 2**62 else sums
    counts = np.bincount(keys // variables, minlength=len(neurons)) if len(keys) else np.zeros(len(neurons), np.int64)
    return Rows(neurons, starts(counts), keys % variables, sums)


@dataclass
class Edges:
    """Kept edges with their signs."""

    source: np.ndarray
    target: np.ndarray
    sign: np.ndarray


def members(values: np.ndarray, ascending: np.ndarray) -> np.ndarray:
    """Which of the values are in the list."""
    if not len(ascending):
        return np.zeros(len(values), bool)
    at = np.searchsorted(ascending, values)
    at[at == len(ascending)] = 0
    return ascending[at] == values


def input_rows(ticket: Ticket) -> Tuple[Rows, np.ndarray, np.ndarray]:
    """The rows of the input neurons, and of each variable of the first block its column and factor."""
    signs = ticket.input_signs.expand()
    if ticket.constant:
        signs = np.append(signs, 'nonnegative')
    plus, minus = signs != 'nonpositive', signs != 'nonnegative'
    # Of feature maps an input has variables of its own at each tap.
    columns = columns_at_taps(ticket, 1, len(signs))
    taps = len(columns) // len(signs)
    plus, minus = np.repeat(plus, taps), np.repeat(minus, taps)
    counts = plus.astype(np.int64) + minus
    column = np.repeat(columns, counts)
    factor = np.ones(len(column), np.int64)
    factor[starts(counts)[1:][minus] - 1] = -1  # x_k- is the last of its input's variables
    rows = Rows(np.arange(len(columns)), starts(counts), np.arange(len(column)), factor)
    return rows, column, factor


def columns_at_taps(ticket: Ticket, i: int, channels: int) -> np.ndarray:
    """The column of V_i that each of its inputs (the constant the last) is at each tap, -1 for none."""
    window = ticket.maps.windows[i - 1] if ticket.maps is not None else None
    if window is None:
        return np.arange(channels)
    need(channels * window.taps() * 160, f'the variables of block {i}')
    columns = np.full(channels * window.taps(), -1, np.int64)
    columns[window.places] = np.arange(len(window.places))
    if ticket.constant:
        columns[(channels - 1) * window.taps() + window.anchor] = len(window.places)
    return columns


def prove_constructed(ticket: Ticket) -> None:
    """Raises NotProved if the check does not see that pruned source and integer network are equal."""
    budget = Additions(ticket)
    rows, column, factor = input_rows(ticket)
    begin = 0
    for i, end in enumerate(ticket.block_ends, 1):
        others = unassigned_read(ticket, i)
        masks = [ticket.masks[layer].edges() for layer in range(begin, end)]
        for layer, (source, target) in enumerate(masks, begin + 1):
            prove_groups(ticket, i, layer, source, target)
        if i > 1:
            assigned = ticket.assignments[i - 2]
            column = columns_at_taps(ticket, i, len(assigned))
            count, taps = len(column), len(column) // len(assigned)
            order = np.argsort(assigned)  # variable j is the row of the neuron that holds output j, at its first tap
            at_taps = lambda numbers: (numbers[:, None] * taps + np.arange(taps)).ravel()
            rows = Rows(at_taps(assigned[order]), np.arange(count + 1), at_taps(order), np.ones(count, np.int64))
            factor = np.ones(count, np.int64)
        try:
            prove_block(ticket, i, begin, masks, others, rows, column, factor, budget)
        except NotProved as error:
            error.failure.block = i
            raise
        begin = end


def unassigned_read(ticket: Ticket, i: int) -> np.ndarray:
    """Neurons of block i's last layer that hold no output and that a layer of the next block keeps an edge from."""
    if i == len(ticket.block_ends):
        return np.zeros(0, np.int64)
    end, read = ticket.block_ends[i - 1], np.zeros(0, np.int64)
    for layer in range(end + 1, ticket.block_ends[i] + 1):
        if ticket.reads[layer - 1][0] == end:  # a block's input is the lowest of the layers that are read
            source, _ = ticket.masks[layer - 1].edges()
            taps = ticket.taps[layer - 1]
            read = np.union1d(read, source[source < ticket.widths[end] * taps] // taps)
    return np.setdiff1d(read, ticket.assignments[i - 1])


def by_layer(ticket: Ticket, layer: int, columns: np.ndarray) -> Dict[int, np.ndarray]:
    """The neurons of each layer that `layer` reads among its ascending columns."""
    first, found = 0, {}
    for read, taps in reads_with_taps(ticket, layer):
        end = first + ticket.widths[read] * taps
        found[read] = columns[np.searchsorted(columns, first) : np.searchsorted(columns, end)] - first
        first = end
    return found


def as_columns(ticket: Ticket, layer: int, neurons: Dict[int, np.ndarray]) -> np.ndarray:
    """The ascending columns of `layer` that stand for these neurons, ascending by layer, of the layers that it reads."""
    first, columns = 0, []
    for read, taps in reads_with_taps(ticket, layer):
        columns.append(neurons[read] + first)
        first += ticket.widths[read] * taps
    return np.concatenate(columns)


def column_rows(ticket: Ticket, layer: int, rows: Dict[int, Rows]) -> Rows:
    """The rows of all layers that `layer` reads, by its columns."""
    own = [rows[read] for read in ticket.reads[layer - 1]]
    neurons = as_columns(ticket, layer, {read: rows[read].neurons for read in ticket.reads[layer - 1]})
    lengths = np.concatenate([part.lengths() for part in own])
    values = [part.value for part in own]
    if any(value.dtype == object for value in values):
        values = [value.astype(object) for value in values]
    return Rows(neurons, starts(lengths), np.concatenate([part.variable for part in own]), np.concatenate(values))


def live_edges(ticket: Ticket, begin: int, masks, inputs: np.ndarray, roots: np.ndarray):
    """The edges on paths from the block's input neurons to the roots, and the neurons of its layers that such
    paths lead from to a root (roots themselves among them), by layer."""
    end = begin + len(masks)
    reached, edges = {begin: inputs}, {}
    for layer, (source, target) in enumerate(masks, begin + 1):
        known = members(source, as_columns(ticket, layer, reached))
        edges[layer] = (source[known], target[known])
        reached[layer] = np.unique(target[known])
    lives = {layer: np.zeros(0, np.int64) for layer in range(begin, end)}
    lives[end] = roots
    for layer in range(end, begin, -1):
        source, target = edges[layer]
        reaching = members(target, lives[layer])
        edges[layer] = (source[reaching], target[reaching])
        for read, neurons in by_layer(ticket, layer, np.unique(source[reaching])).items():
            lives[read] = np.union1d(lives[read], neurons)
    return edges, lives


def prove_block(ticket, i, begin, masks, others, rows, column, factor, budget) -> None:
    """Block i, whose first layer is begin + 1. masks: (columns, targets) of its layers; others: see
    unassigned_read; rows: of the neurons of its input layer."""
    matrix = ticket.targets[i - 1]
    end, variables = begin + len(masks), len(column)
    holders = np.arange(ticket.widths[end]) if i == len(ticket.block_ends) else ticket.assignments[i - 1]
    edges, lives = live_edges(ticket, begin, masks, rows.neurons, np.union1d(holders, others))
    last_reader = {read: layer for layer in range(begin + 1, end + 1) for read in ticket.reads[layer - 1]}

    held = {begin: rows}
    for layer in range(begin + 1, end + 1):
        source, target = edges[layer]
        signed = Edges(source, target, draw_signs(ticket.seed, layer, source, target))
        neurons = lives[layer]
        sums = sum_rows(column_rows(ticket, layer, held), signed, neurons, variables, budget)
        if layer == end:
            break
        owners = sums.owners()
        positive, negative = (np.bincount(owners[sign], minlength=len(neurons)) > 0 for sign in (sums.value > 0, sums.value < 0))
        mixed = np.flatnonzero(positive & negative)
        if len(mixed) and i == 1 and ticket.reads[layer - 1][0] == 0:
            sums = take_halves(ticket.widths[0] * ticket.taps[layer - 1], sums, signed, mixed)
            mixed = mixed[np.bincount(sums.owners(), minlength=len(neurons))[mixed] > 1]
        if len(mixed):
            raise NotProved('its coefficients have both signs, so its ReLU might clip', layer=layer, neuron=neurons[mixed[0]])
        held[layer] = sums.select(positive)
        held = {number: own for number, own in held.items() if last_reader.get(number, 0) > layer}
        need(sum(len(own.value) * (16 if own.value.dtype != object else 80) for own in held.values()), 'the rows of a block')

    compare_outputs(ticket, i, end, matrix, holders, others, sums, column, factor)


def take_halves(inputs: int, sums: Rows, edges: Edges, mixed: np.ndarray) -> Rows:
    """Rule 3's exception: of a neuron with just one kept edge, from a signed input, the half that is 1."""
    at = np.searchsorted(sums.neurons, edges.target)
    degree = np.bincount(at, minlength=len(sums.neurons))
    raw = np.bincount(at[edges.source < inputs], minlength=len(sums.neurons))  # the inputs come first
    # A single edge from an input, and coefficients of both signs: the input is signed, and not the constant.
    halved = np.zeros(len(sums.neurons), bool)
    halved[mixed] = (degree[mixed] == 1) & (raw[mixed] == 1)
    owners = sums.owners()
    keep = ~halved[owners] | (sums.value > 0)
    counts = np.bincount(owners[keep], minlength=len(sums.neurons))
    return Rows(sums.neurons, starts(counts), sums.variable[keep], sums.value[keep])


def compare_outputs(ticket, i, end, matrix, holders, others, sums: Rows, column, factor) -> None:
    """Steps 4 and 5: the outputs' rows are the matrix's, the others are 0 after the ReLU."""
    owners = sums.owners()
    neurons = sums.neurons[owners]
    bad = members(neurons, others) & (sums.value > 0)
    need(matrix.shape[0] * len(column) * 32, f'the coefficients of block {i}')
    expected = matrix[:, column] * np.where(column < 0, 0, factor)  # 0 at taps that have no column
    found = np.zeros(expected.shape, object if sums.value.dtype == object else np.int64)
    order = np.argsort(holders)
    held = members(neurons, holders[order])
    output = order[np.searchsorted(holders[order], neurons[held])]
    found[output, sums.variable[held]] = sums.value[held]
    differs = np.argwhere(found != expected)
    if len(differs):
        j, variable = differs[0]
        reason = f'output {j}: coefficient {found[j, variable]} of input {column[variable]}, in place of {expected[j, variable]}'
        raise NotProved(reason, layer=end, neuron=holders[j])
    if ticket.constant and i < len(ticket.targets):
        row = matrix[-1].tolist()
        if row != [0] * (len(row) - 1) + [ticket.base ** ticket.places[i - 1]]:
            raise NotProved('the matrix does not carry the constant', layer=end, neuron=holders[-1])
    if bad.any():
        raise NotProved('it holds no output, the next block reads it, and it may be above 0', layer=end, neuron=neurons[bad][0])


def prove_domain(ticket: Ticket) -> None:
    """The domain must give the inputs the signs that the proof took."""
    signs = ticket.input_signs.expand()
    if ticket.maps is not None:  # those of channels, for each of their positions
        area = ticket.maps.input[1] * ticket.maps.input[2]
        signs = np.tile(signs, area) if ticket.maps.channels_last else np.repeat(signs, area)
    box = ticket.domain['kind'] == 'box'
    lower, upper = (ticket.domain['lower'], ticket.domain['upper']) if box else (-1, 1)
    bad = (signs == 'nonnegative') & ~np.asarray(lower >= 0) | (signs == 'nonpositive') & ~np.asarray(upper <= 0)
    if bad.any():
        k = np.flatnonzero(bad)[0]
        raise NotProved(f'the domain does not make input {k} {signs[k]}')


# ---------------------------------------------------------------------------------------------------------
# Baseline tickets: the weights that masked sources have.


def prove_baseline(ticket: Ticket) -> None:
    signs = ticket.input_signs.expand()
    if ticket.constant:
        signs = np.append(signs, 'nonnegative')
    plus, minus = signs != 'nonpositive', signs != 'nonnegative'
    computed = []
    for b in range(1, len(ticket.targets) + 1):
        inputs, hidden = ticket.widths[2 * b - 2], ticket.widths[2 * b - 1]
        if inputs * hidden >= 2**53:
            raise NotProved('2^53 edges or more', block=b, layer=2 * b - 1)
        if b > 1:
            plus, minus = np.ones(inputs, bool), np.zeros(inputs, bool)
        before = starts(plus.astype(np.int64) + minus)
        column = np.stack([np.where(plus, before[:-1], -1), np.where(minus, before[1:] - 1, -1)])

        source, target = ticket.masks[2 * b - 2].edges()
        order = np.argsort(target, kind='stable')
        source, target = source[order], target[order]
        double = np.flatnonzero(target[1:] == target[:-1])
        if len(double):
            raise NotProved('it keeps two incoming edges', block=b, layer=2 * b - 1, neuron=target[double[0]])
        first = ticket.distributions[2 * b - 2].draw(ticket.seed, 2 * b - 1, source, target)
        half = column[(first < 0).astype(np.int64), source]
        seen = half >= 0
        matrix = effective_matrix(ticket, b, target[seen], half[seen], np.abs(first[seen]))
        if ticket.constant and b < len(ticket.targets) and matrix[-1, :-1].any():
            raise NotProved('the constant is not carried alone', block=b, layer=2 * b, neuron=matrix.shape[0] - 1)
        computed.append(matrix)
    for b, (matrix, target) in enumerate(zip(computed, ticket.targets), 1):
        differs = np.argwhere(matrix != target)
        if len(differs):
            j, h = differs[0]
            raise NotProved(f'weight {matrix[j, h]} of column {h}, in place of {target[j, h]}', block=b, layer=2 * b, neuron=j)


def effective_matrix(ticket: Ticket, b: int, hidden: np.ndarray, half: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Sums of size * weight over the kept edges of layer 2b, by output and half. The ascending `hidden`
    neurons stand for size * half."""
    rows, columns = ticket.targets[b - 1].shape
    law = ticket.distributions[2 * b - 1]
    source, target = ticket.masks[2 * b - 1].edges()
    # Products are summed as int64 in parts: `weight` is cut into pieces of `width` bits, so that all edges
    # together stay below 2^62.
    width = 61 - ticket.distributions[2 * b - 2].largest_bits - max(1, len(source)).bit_length()
    need(rows * columns * 100, 'a matrix')
    total = np.zeros(rows * columns, object)
    for begin in range(0, len(source), 1 << 21):
        c, v = source[begin : begin + (1 << 21)], target[begin : begin + (1 << 21)]
        known = members(c, hidden)
        c, v = c[known], v[known]
        weight, at = law.draw(ticket.seed, 2 * b, c, v), np.searchsorted(hidden, c)
        keys = v * columns + half[at]
        exact = size[at]
        shift, bits = 0, law.largest_bits
        if width < 8:
            exact, bits, width = exact.astype(object), 0, 0
        while True:
            rest = bits - shift <= width or not width
            part = (weight if rest else weight & ((1 << width) - 1))
            if width and part.dtype == object:
                part = part.astype(np.int64)
            where, sums = grouped_sums(keys, exact * part)
            total[where] += sums.astype(object) << shift
            if rest:
                break
            weight, shift = weight >> width, shift + width
    return total.reshape(rows, columns)


# ---------------------------------------------------------------------------------------------------------
# Trained tickets: outputs on the probe inputs, bit by bit.


def probe_inputs(ticket: Ticket, probes: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    """The standardised coordinates of probe inputs: [coordinates, probes]. Raw ones that are not finite are refused."""
    channels = coordinates % ticket.inputs  # of maps there is one a channel
    mean, deviation = (runs.expand()[channels][:, None] for runs in (ticket.mean, ticket.deviation))
    p, i = np.broadcast_arrays(probes[None, :], coordinates[:, None])
    x, y = threefry(block(ticket.seed, 0, 5), p.ravel(), i.ravel() >> 1)
    u = np.where(i.ravel() & 1, y, x).astype(np.float64).reshape(p.shape)
    raw = mean + deviation * ((u - 2.0**31) / 2.0**30)
    require(np.isfinite(raw).all(), 'a probe input is not finite')
    return (raw - mean) / deviation


def check_trained(ticket: Ticket) -> None:
    if ticket.stages:
        return check_trained_maps(ticket)
    edges = [mask.edges() for mask in ticket.masks]
    probes = len(ticket.probe_outputs)
    if not probes:
        raise NotProved('the ticket records no probe outputs')
    require(probes * sum(mask.kept for mask in ticket.masks) <= PROBE_PRODUCTS, 'more edges and probes than this checker computes')
    # Coordinates that no edge reads must be finite too.
    with np.errstate(all='ignore'):
        far = np.flatnonzero(~(np.abs(ticket.mean.expand()) + 2 * ticket.deviation.expand() < 1e308))
        for begin in range(0, len(far), 1 << 10):
            probe_inputs(ticket, np.arange(probes), far[begin : begin + (1 << 10)])
    # Of each layer only the neurons that the next one reads are computed; of the last one all.
    needed = [np.unique(source) for source, _ in edges] + [np.arange(ticket.widths[-1])]
    layers = [prepare_layer(ticket, t, *edges[t - 1], needed[t - 1], needed[t]) for t in range(1, len(edges) + 1)]
    most = max(len(neurons) for neurons in needed)
    together = max(1, (1 << 24) // max(1, most))
    for begin in range(0, probes, together):
        numbers = np.arange(begin, min(probes, begin + together))
        with np.errstate(all='ignore'):
            values = probe_inputs(ticket, numbers, needed[0])
            for t, (source, target, weight, cuts) in enumerate(layers, 1):
                sums = np.zeros((len(needed[t]), len(numbers)))
                for first, last in zip(cuts, cuts[1:]):
                    sums[target[first:last]] += weight[first:last, None] * values[source[first:last]]
                values = sums * ticket.scales[t - 1]
                if t < len(layers):
                    values = activate(values, ticket.activation)
        differs = np.argwhere(values.T.copy().view(np.uint64) != ticket.probe_outputs[numbers].copy().view(np.uint64))
        if len(differs):
            p, j = differs[0]
            reason = f'probe {begin + p}, output {j}: {float(values[j, p])!r} in place of {float(ticket.probe_outputs[begin + p, j])!r}'
            raise NotProved(reason, layer=len(layers), neuron=j)


def check_trained_maps(ticket: Ticket) -> None:
    """The same of feature maps [probes, height, width, channels]. A sum goes through the taps of its kernel row by
    row, in each through the channels; edges that are not kept add 0, which changes no finite sum."""
    probes = len(ticket.probe_outputs)
    if not probes:
        raise NotProved('the ticket records no probe outputs')
    products, most, handed = 0, 0, 0
    for t, stage in enumerate(ticket.stages, 1):
        columns = ticket.widths[stage.reads] * stage.kernel[0] * stage.kernel[1]
        places = stage.sums[0] * stage.sums[1]
        handed += 8 * probes * places * ticket.widths[t]
        products += probes * places * columns * ticket.widths[t]
        read = (stage.plane[0] + 2 * stage.pad) * (stage.plane[1] + 2 * stage.pad) * ticket.widths[stage.reads]
        most = max(most, 8 * columns * ticket.widths[t] + 32 * probes * max(read, places * ticket.widths[t]))
    require(products <= PROBE_PRODUCTS, 'more edges and probes than this checker computes')
    need(most + handed, 'feature maps')
    plane = ticket.stages[0].plane
    coordinates = np.arange(plane[0] * plane[1] * ticket.inputs)
    with np.errstate(all='ignore'):
        values = probe_inputs(ticket, np.arange(probes), coordinates).T.reshape(probes, *plane, ticket.inputs)
        handed = [values]
        for t, stage in enumerate(ticket.stages, 1):
            added = handed[stage.adds] if stage.adds else None
            handed.append(run_stage(ticket, t, stage, handed[stage.reads], added))
        values = handed[-1]
    values = values.reshape(probes, ticket.widths[-1])
    differs = np.argwhere(values.copy().view(np.uint64) != ticket.probe_outputs.copy().view(np.uint64))
    if len(differs):
        p, j = differs[0]
        reason = f'probe {p}, output {j}: {float(values[p, j])!r} in place of {float(ticket.probe_outputs[p, j])!r}'
        raise NotProved(reason, layer=len(ticket.stages), neuron=j)


def run_stage(ticket: Ticket, t: int, stage: Stage, maps: np.ndarray, added: Optional[np.ndarray]) -> np.ndarray:
    source, target = ticket.masks[t - 1].edges()
    channels, made = ticket.widths[stage.reads], ticket.widths[t]
    taps = stage.kernel[0] * stage.kernel[1]
    weights = np.zeros((channels * taps, made))
    weights[source, target] = trained_weights(ticket, t, source, target)
    pad = stage.pad
    padded = np.pad(maps, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    height, width = stage.sums
    sums = np.zeros((len(maps), height, width, made))
    step = stage.stride
    for tap in range(taps):
        y, x = divmod(tap, stage.kernel[1])
        seen = padded[:, y : y + (height - 1) * step + 1 : step, x : x + (width - 1) * step + 1 : step, :]
        for channel in range(channels):
            sums += seen[:, :, :, channel, None] * weights[channel * taps + tap]
    values = sums * ticket.scales[t - 1]
    if t == len(ticket.stages):
        return values
    if stage.pools_first:
        values = pooled(values, stage)
    if ticket.normalizations[t - 1] is not None:
        factors, shifts = ticket.normalizations[t - 1]
        values = values * factors + shifts
    if added is not None:
        values = values + added
    require(np.isfinite(values).all(), f'layer {t}: a sum is beyond float64')
    if not stage.linear:
        values = activate(values, ticket.activation)
    return values if stage.pools_first else pooled(values, stage)


def pooled(values: np.ndarray, stage: Stage) -> np.ndarray:
    """The largest of each window, or its mean: a sum row by row from 0, divided by the number of its positions."""
    side = stage.pool
    rows, columns = stage.behind_pool()
    windows = values[:, : rows * side, : columns * side, :].reshape(len(values), rows, side, columns, side, values.shape[3])
    if not stage.average:
        return windows.max(axis=(2, 4))
    sums = np.zeros((len(values), rows, columns, values.shape[3]))
    for y in range(side):
        for x in range(side):
            sums += windows[:, :, y, :, x, :]
    return sums / (side * side)


def activate(values: np.ndarray, activation: str) -> np.ndarray:
    if activation == 'relu':
        return np.where(values <= 0, 0.0, values)
    return np.where(values < 0, -1.0, 1.0)


def trained_weights(ticket: Ticket, t: int, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Of the seed, or as the ticket stores them, a bit a weight."""
    if ticket.signs is None:
        draw = draw_normal if ticket.weights == 'normal' else draw_signs
        return draw(ticket.seed, t, source, target)
    bit = source.astype(np.int64) * ticket.widths[t] + target
    return 2 * (ticket.signs[t - 1][bit >> 3].astype(np.int64) >> (bit & 7) & 1) - 1


def prepare_layer(ticket: Ticket, t: int, source, target, before, after):
    """The edges of layer t into the neurons `after`, in an order in which whole slices can be added at once:
    first of each neuron its first edge, then its second, and so on. Within a neuron that is ascending by source,
    as the format says. Returns sources and targets (as indices), weights, and where slices begin."""
    read = members(target, after)
    source, target = source[read], target[read]
    weight = trained_weights(ticket, t, source, target).astype(np.float64)
    source, target = np.searchsorted(before, source), np.searchsorted(after, target)
    order = np.argsort(target, kind='stable')
    counts = np.bincount(target, minlength=len(after))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(starts(counts)[:-1], counts)
    order = np.argsort(rank, kind='stable')
    cuts = starts(np.bincount(rank) if len(rank) else np.zeros(0, np.int64))
    return source[order], target[order], weight[order], cuts


# ---------------------------------------------------------------------------------------------------------
# Models: exact rational numbers, as integers over a power of two.


@dataclass
class Exact:
    """An array of Python integers that stand for value / 2^places."""

    value: np.ndarray
    places: int = 0

    def at(self, places: int) -> np.ndarray:
        """The integers over 2^places, which must be enough."""
        return self.value << (places - self.places)

    def __add__(self, other: 'Exact') -> 'Exact':
        places = max(self.places, other.places)
        return Exact(self.at(places) + other.at(places), places)

    def __sub__(self, other: 'Exact') -> 'Exact':
        return self + Exact(-other.value, other.places)

    def __mul__(self, other: 'Exact') -> 'Exact':
        return Exact(self.value * other.value, self.places + other.places)

    def __matmul__(self, other: 'Exact') -> 'Exact':
        return Exact(np.dot(self.value, other.value), self.places + other.places)

    def absolute(self) -> 'Exact':
        return Exact(np.abs(self.value), self.places)

    def scaled(self, exponent: int) -> 'Exact':
        """Times 2^exponent."""
        places = self.places - exponent
        return Exact(self.value, places) if places >= 0 else Exact(self.value << -places, 0)

    def least(self) -> int:
        """The least places >= 0 that suffice."""
        union = 0
        for entry in self.value.ravel():
            union |= abs(entry)
        return max(0, self.places - ((union & -union).bit_length() - 1)) if union else 0


def exact(numbers: Any) -> Exact:
    """Floats or integers, without any change."""
    array = np.asarray(numbers)
    if array.dtype.kind in 'iuO':
        return Exact(array.astype(object), 0)
    array = array.astype(np.float64)
    require(np.isfinite(array).all(), 'a number that is not finite')
    fraction, exponent = np.frexp(array)
    mantissa, exponent = (fraction * 2.0**53).astype(np.int64), exponent.astype(np.int64) - 53
    zeros = np.where(mantissa == 0, 0, np.frexp((mantissa & -mantissa).astype(np.float64))[1] - 1)
    mantissa, exponent = mantissa >> zeros, np.where(mantissa == 0, 0, exponent + zeros)
    places = max(0, int(-exponent.min())) if array.size else 0
    return Exact(mantissa.astype(object) << (exponent + places).astype(object), places)


@dataclass
class Network:
    """Affine layers (W, b) with ReLU after each but the last, and `activation` after that. `normalization` and
    `left_out` are what ticket.md records under normalization and reading."""

    layers: List[Tuple[Exact, Exact]]
    activation: str
    normalization: Optional[Dict[str, Any]] = None
    left_out: Sequence[str] = ()

    def biased(self) -> bool:
        return any(bias.value.any() for _, bias in self.layers)


def read_network(file: bytes, name: str) -> Network:
    if file[:2] == b'\x1f\x8b':
        limit = min((32 << 20) + 256 * len(file), MEMORY // 64)
        unpacker = zlib.decompressobj(31)
        try:
            file = unpacker.decompress(file, limit)
        except zlib.error as error:
            raise Refused(f'model: not gzip ({error})') from None
        require(unpacker.eof, 'model: too large when unpacked, or cut short')
        name = re.sub(r'\.gz$', '', name)
    need(64 * len(file), 'the model')
    return read_nnet(file) if name.endswith('.nnet') or re.match(rb'\s*//', file) else read_onnx(file)


NUMERAL = re.compile(r'[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?', re.ASCII)


def read_nnet(file: bytes) -> Network:
    try:
        text = file.decode('utf-8')
    except UnicodeDecodeError:
        raise Refused('model: not a .nnet text') from None
    lines = [line.strip() for line in text.splitlines()]
    lines = iter([line for line in lines if line and not line.startswith('//')])

    def cells(count: Optional[int] = None, least: int = 0) -> List[str]:
        row = [cell.strip() for cell in next(lines, '').split(',')]
        row = row[:-1] if row[-1] == '' else row
        require(all(len(cell) <= 400 and NUMERAL.fullmatch(cell) for cell in row), 'model: a cell that is no number')
        require(count is None or least <= count - len(row) <= 0 or len(row) == count, 'model: a line of wrong length')
        return row

    sizes = cells()
    require(len(sizes) >= 3 and all(size.isdigit() for size in sizes[:3]), 'model: no .nnet sizes')
    depth, inputs, outputs = (int(size) for size in sizes[:3])
    require(1 <= depth <= 10_000, 'model: not 1 to 10,000 layers')
    widths = cells(depth + 1)
    require(all(width.isdigit() and int(width) >= 1 for width in widths), 'model: widths')
    widths = [int(width) for width in widths]
    require(widths[0] == inputs and widths[-1] == outputs, 'model: widths that do not fit')
    require(sum(a * b for a, b in zip(widths, widths[1:])) <= len(file), 'model: too short for its widths')
    next(lines, '')
    doubles = lambda row: np.array([float(cell) for cell in row])
    minimum, maximum = doubles(cells(inputs)), doubles(cells(inputs))
    standard = []
    for default in ('0', '1'):
        row = cells()
        require(len(row) in (inputs, inputs + 1), 'model: a line of wrong length')
        standard.append(doubles(row if len(row) > inputs else row + [default]))
    (mean, spread), layers = standard, []
    for before, after in zip(widths, widths[1:]):
        weights = [singles(cells(before)) for _ in range(after)]
        bias = [singles(cells(1)) for _ in range(after)]
        layers.append((exact(np.array(weights)), exact(np.concatenate(bias))))
    of_input = {'minimum': minimum, 'maximum': maximum, 'mean': mean[:-1], 'range': spread[:-1]}
    return Network(layers, 'identity', {'input': of_input, 'output': (mean[-1], spread[-1])})


def singles(row: Sequence[str]) -> np.ndarray:
    """The float32 nearest to each decimal, rounded once. By way of float64 that goes wrong only where the
    float64 is just between two float32 and the decimal is not."""
    result = []
    for cell in row:
        double = float(cell)
        with np.errstate(over='ignore'):
            single = np.float32(double)
        require(np.isfinite(single), 'model: a weight beyond float32')
        if float(single) != double:
            other = np.nextafter(single, np.float32(math.inf if double > single else -math.inf))
            if (float(single) + float(other)) / 2 == double:
                true, middle = Fraction(cell), Fraction(double)
                if true != middle:
                    single = max(single, other) if true > middle else min(single, other)
        result.append(float(single))
    return np.array(result)


# A reader of the protobuf wire format, and of the few ONNX messages that chains of operators need.


def messages(data: bytes) -> Dict[int, List[Any]]:
    """The fields of a message by number: integers, or bytes."""
    found: Dict[int, List[Any]] = {}
    at = 0

    def varint() -> int:
        nonlocal at
        value = 0
        for shift in range(0, 70, 7):
            require(at < len(data), 'model: not ONNX (cut short)')
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value % 2**64
        raise Refused('model: not ONNX')

    while at < len(data):
        tag = varint()
        wire = tag & 7
        if wire == 0:
            value: Any = varint()
        else:
            require(wire in (1, 2, 5), 'model: not ONNX')
            size = varint() if wire == 2 else {1: 8, 5: 4}[wire]
            require(at + size <= len(data), 'model: not ONNX (cut short)')
            value, at = data[at : at + size], at + size
        found.setdefault(tag >> 3, []).append(value)
    return found


def text_of(message: Dict[int, List[Any]], number: int) -> str:
    value = message.get(number, [b''])[-1]
    require(isinstance(value, bytes), 'model: not ONNX')
    return value.decode('utf-8', 'replace')


def part(message: Dict[int, List[Any]], number: int) -> Dict[int, List[Any]]:
    value = message.get(number, [b''])[-1]
    require(isinstance(value, bytes), 'model: not ONNX')
    return messages(value)


def whole(message: Dict[int, List[Any]], number: int, default: int = 0) -> int:
    value = message.get(number, [default])[-1]
    require(isinstance(value, int), 'model: not ONNX')
    return value - 2**64 if value >= 2**63 else value


def packed(message: Dict[int, List[Any]], number: int, kind: str) -> np.ndarray:
    """A repeated field, packed or not."""
    if kind != 'varint':
        return np.frombuffer(b''.join(message.get(number, [])), kind)
    values = []
    for value in message.get(number, []):
        if isinstance(value, int):
            values.append(value)
        else:
            at = 0
            while at < len(value):
                end = at
                while end < len(value) and value[end] >= 128:
                    end += 1
                require(end < len(value) and end - at < 10, 'model: not ONNX')
                values.append(sum((byte & 127) << 7 * i for i, byte in enumerate(value[at : end + 1])) % 2**64)
                at = end + 1
    return np.array(values, np.uint64).view(np.int64)


UNDECIDED = 'not decided: this checker does not read models with'
STORED = {1: '<f4', 6: '<i4', 7: '<i8', 10: '<f2', 11: '<f8', 16: '<u2'}


def tensor_of(data: bytes) -> np.ndarray:
    """A TensorProto's numbers (bfloat16 widened to float32)."""
    message = messages(data)
    kind = whole(message, 2)
    require(kind in STORED and 14 not in message and 13 not in message, f'{UNDECIDED} tensors of type {kind}, or external')
    shape = [int(size) for size in packed(message, 1, 'varint')]
    if 9 in message:
        raw = np.frombuffer(message[9][-1], STORED[kind]) if len(message[9][-1]) % np.dtype(STORED[kind]).itemsize == 0 else np.zeros(0)
    elif kind == 1:
        raw = packed(message, 4, '<f4')
    elif kind == 11:
        raw = packed(message, 10, '<f8')
    elif kind == 7:
        raw = packed(message, 7, 'varint')
    else:
        raw = packed(message, 5, 'varint')
        raw = raw.astype(np.uint16).view(np.float16) if kind == 10 else raw
    require(min(shape, default=0) >= 0 and math.prod(shape) == len(raw), 'model: a tensor of wrong size')
    if kind == 16:
        raw = (raw.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return raw.reshape(shape)


@dataclass
class Signal:
    """A value of the graph as a function of the inputs: `layers` end with ReLU, and after them entry k (of the
    flattened value) is sum_i matrix[k, i] h_i + bias[k]; or scale[k] h_order[k] + bias[k] while `matrix` is None,
    which costs no products."""

    shape: Tuple[int, ...]
    layers: Tuple[Tuple[Exact, Exact], ...]
    width: int  # number of h_i
    order: Optional[np.ndarray]
    scale: Optional[Exact]
    matrix: Optional[Exact]
    bias: Exact
    plain: bool = True  # nothing but rearranging since the last ReLU; what cancels counts, zeros and ones do not

    def moved(self, order: np.ndarray, shape: Tuple[int, ...]) -> 'Signal':
        pick = lambda array: None if array is None else Exact(array.value[order], array.places)
        place = None if self.order is None else self.order[order]
        return Signal(shape, self.layers, self.width, place, pick(self.scale), pick(self.matrix), pick(self.bias), self.plain)

    def times(self, factor: Exact) -> 'Signal':
        scale = None if self.scale is None else self.scale * factor
        column = Exact(factor.value[:, None], factor.places)
        matrix = None if self.matrix is None else self.matrix * column
        plain = self.plain and bool((factor.value == 1 << factor.places).all())
        return Signal(self.shape, self.layers, self.width, self.order, scale, matrix, self.bias * factor, plain)

    def plus(self, bias: Exact) -> 'Signal':
        plain = self.plain and not bias.value.any()
        return Signal(self.shape, self.layers, self.width, self.order, self.scale, self.matrix, self.bias + bias, plain)

    def through(self, weights: Exact, shape: Tuple[int, ...]) -> 'Signal':
        """`weights` (rows: outputs) times the flattened value."""
        rows, columns = weights.value.shape
        bias = weights @ self.bias
        require(bias.places <= 8192, f'{UNDECIDED} numbers of so many binary places')
        if self.matrix is not None:
            require(rows * columns * self.width <= 1 << 26, f'{UNDECIDED} such large products of constants')
            matrix = weights @ self.matrix
        else:
            matrix = Exact(np.zeros((rows, self.width), object), weights.places + self.scale.places)
            matrix.value[:, self.order] = weights.value * self.scale.value[None, :]
        return Signal(shape, self.layers, self.width, None, None, matrix, bias, False)

    def layer(self) -> Tuple[Exact, Exact]:
        if self.matrix is not None:
            return self.matrix, self.bias
        need(8 * len(self.order) * self.width, 'a layer of the model')
        matrix = Exact(np.zeros((len(self.order), self.width), object), self.scale.places)
        matrix.value[np.arange(len(self.order)), self.order] = self.scale.value
        return matrix, self.bias

    def rectified(self) -> 'Signal':
        if self.layers and self.plain:
            return self
        return identity(self.shape, self.layers + (self.layer(),))


def identity(shape: Tuple[int, ...], layers: Tuple) -> Signal:
    size = math.prod(shape)
    zeros, ones = np.zeros(size, object), np.ones(size, np.int64).astype(object)
    return Signal(shape, layers, size, np.arange(size), Exact(ones), None, Exact(zeros))


REARRANGING = 'Identity Flatten Reshape Squeeze Unsqueeze Transpose Dropout'.split()
ENDINGS = 'Softmax LogSoftmax Sigmoid'.split()


def read_onnx(file: bytes) -> Network:
    model = messages(file)
    require(7 in model and isinstance(model[7][-1], bytes), 'model: not ONNX')
    graph = part(model, 7)
    sets = [messages(entry) for entry in model.get(8, [])]
    require(all(text_of(entry, 1) in ('', 'ai.onnx') for entry in sets), f'{UNDECIDED} other operator sets')
    version = max((whole(entry, 2) for entry in sets), default=1)
    require(7 <= version, f'{UNDECIDED} operator sets below 7')
    require(15 not in graph, f'{UNDECIDED} sparse initializers')
    values: Dict[str, Any] = {text_of(messages(data), 8): tensor_of(data) for data in graph.get(5, [])}

    inputs = [message for message in map(messages, graph.get(11, [])) if text_of(message, 1) not in values]
    outputs = [text_of(messages(data), 1) for data in graph.get(12, [])]
    require(len(inputs) == 1 and len(outputs) == 1, f'{UNDECIDED} other than one input and one output')
    dimensions = [whole(messages(dim), 1, -1) for dim in part(part(part(inputs[0], 2), 1), 2).get(1, [])]
    require(dimensions, f'{UNDECIDED} inputs without a shape')
    first = 1 if dimensions[0] <= 0 else dimensions[0]
    require(all(size > 0 for size in dimensions[1:]), f'{UNDECIDED} symbolic dimensions but the first')
    shape = (first, *dimensions[1:])
    need(64 * math.prod(shape), 'the model')
    values[text_of(inputs[0], 1)] = identity(shape, ())

    left_out: List[str] = []
    for node in map(messages, graph.get(1, [])):
        names = [name.decode('utf-8', 'replace') for name in node.get(1, [])]
        operator, results = text_of(node, 4), [name.decode('utf-8', 'replace') for name in node.get(2, [])]
        require(text_of(node, 7) in ('', 'ai.onnx'), f'{UNDECIDED} operators of other domains')
        attributes = {text_of(entry, 1): entry for entry in map(messages, node.get(5, []))}
        require(all(name in values or name == '' for name in names), 'model: an operator without its inputs')
        given = [values.get(name) for name in names]
        require(not left_out, f'{UNDECIDED} {operator} after {left_out}')
        if operator in ENDINGS:
            require(results and results[0] == outputs[0], f'{UNDECIDED} {operator} before the end')
            left_out.append(operator)
            values[results[0]] = given[0]
        else:
            require(results, 'model: an operator without outputs')
            values[results[0]] = apply_operator(operator, given, attributes, version)
    signal = values.get(outputs[0])
    require(isinstance(signal, Signal), 'model: the output does not depend on the input')
    if signal.layers and signal.plain:
        weights, bias = signal.layers[-1]
        order = signal.order
        last = (Exact(weights.value[order], weights.places), Exact(bias.value[order], bias.places))
        return Network([*signal.layers[:-1], last], 'relu', None, left_out)
    return Network([*signal.layers, signal.layer()], 'identity', None, left_out)


def apply_operator(operator: str, given: List[Any], attributes: Dict[str, Any], version: int) -> Any:
    undecided = f'{UNDECIDED} {operator} like this'
    number = lambda name, default: whole(attributes[name], 3, default) if name in attributes else default
    real = lambda name: float(np.frombuffer(attributes[name][2][-1], '<f4')[0]) if name in attributes else 1.0
    ints = lambda name: [int(i) for i in packed(attributes[name], 8, 'varint')] if name in attributes else None
    if operator == 'Constant':
        require(set(attributes) == {'value'}, undecided)
        return tensor_of(attributes['value'][5][-1])
    signals = [value for value in given if isinstance(value, Signal)]
    require(given and given[0] is not None, undecided)
    x = given[0]
    if operator == 'Dropout':
        require(len(given) < 3 or given[2] is None or not np.any(given[2]), undecided)
        return x
    if operator == 'Identity':
        return x
    if operator in REARRANGING:
        axes = ints('axes')
        if axes is None and len(given) > 1 and operator != 'Reshape':
            require(isinstance(given[1], np.ndarray), undecided)
            axes = [int(axis) for axis in given[1].ravel()]
        shape = tuple(x.shape)
        order = np.arange(math.prod(shape)).reshape(shape)
        if operator == 'Transpose':
            order = order.transpose(ints('perm'))
        elif operator == 'Flatten':
            axis = number('axis', 1)
            axis = axis + len(shape) if axis < 0 else axis
            order = order.reshape(math.prod(shape[:axis]), -1)
        elif operator == 'Squeeze':
            order = order.squeeze(tuple(axes)) if axes is not None else order.squeeze()
        elif operator == 'Unsqueeze':
            require(axes is not None, undecided)
            order = np.expand_dims(order, tuple(axes))
        else:
            require(len(given) == 2 and isinstance(given[1], np.ndarray), undecided)
            sizes = [int(size) for size in given[1].ravel()]
            zero = number('allowzero', 0)
            order = order.reshape([shape[i] if size == 0 and not zero else size for i, size in enumerate(sizes)])
        if isinstance(x, np.ndarray):
            return x.ravel()[order]
        return x.moved(order.ravel(), order.shape)
    require(len(signals) == 1, undecided)
    signal = signals[0]
    if operator == 'Relu':
        return signal.rectified()
    if operator == 'Neg':
        return signal.times(exact(np.full(math.prod(signal.shape), -1)))
    if operator in ('Add', 'Sub', 'Mul', 'Div'):
        require(len(given) == 2, undecided)
        constant = given[1] if given[0] is signal else given[0]
        shape = np.broadcast_shapes(signal.shape, constant.shape)
        require(math.prod(shape) == math.prod(signal.shape), undecided)
        other = exact(np.broadcast_to(constant, shape).ravel())
        signal = signal.moved(np.arange(math.prod(shape)), shape)
        if operator == 'Div':
            fractions = np.abs(np.frexp(constant.astype(np.float64))[0])
            require(given[0] is signals[0] and (fractions == 0.5).all(), f'{UNDECIDED} divisions that round')
            return signal.times(exact(np.broadcast_to(1 / constant.astype(np.float64), shape).ravel()))
        if operator == 'Mul':
            return signal.times(other)
        if operator == 'Sub' and given[1] is signals[0]:
            signal = signal.times(exact(np.full(math.prod(shape), -1)))
        return signal.plus(other if operator == 'Add' or given[1] is signals[0] else Exact(-other.value, other.places))
    if operator == 'MatMul':
        require(len(given) == 2 and all(1 <= len(value.shape) <= 8 for value in given), undecided)
        left = given[0] is signal
        constant = given[1] if left else given[0]
        require(constant.ndim == 2 and len(signal.shape) >= 2, undecided)
        *batch, rows, columns = signal.shape
        # One position only: a vector from the left or from the right.
        require(math.prod(batch) * (rows if left else columns) == 1, undecided)
        require((columns == constant.shape[0]) if left else (rows == constant.shape[1]), undecided)
        weights = exact(constant.T if left else constant)
        size = weights.value.shape[0]
        return signal.through(weights, (*batch, 1, size) if left else (*batch, size, 1))
    if operator == 'Gemm':
        require(signal is given[0] and len(given) >= 2 and given[1].ndim == 2 and len(signal.shape) == 2, undecided)
        turned = signal.shape[::-1] if number('transA', 0) else signal.shape
        weights = exact(given[1] if number('transB', 0) else given[1].T)
        require(turned == (1, weights.value.shape[1]), undecided)
        result = signal.through(weights * exact(real('alpha')), (1, weights.value.shape[0]))
        if len(given) > 2 and given[2] is not None:
            require(np.broadcast_shapes(given[2].shape, result.shape) == result.shape, undecided)
            result = result.plus(exact(np.broadcast_to(given[2], result.shape).ravel()) * exact(real('beta')))
        return result
    raise Refused(f'{UNDECIDED} {operator}')


# ---------------------------------------------------------------------------------------------------------
# The model beside the ticket.


def compare_model(ticket: Ticket, file: bytes, network: Network, verdict: Verdict) -> None:
    """What --model adds, in the order of docs/checker.md. Raises NotProved, or Refused where undecided."""
    verdict.model_matches = False
    if ticket.model and hashlib.sha256(file).hexdigest() != ticket.model['sha256']:
        raise NotProved("the model's SHA-256 is not the recorded one")
    if not same_normalization(ticket.normalization, network.normalization):
        raise NotProved("the normalization is not the model's")
    reading = ticket.reading or {'leftOut': [], 'rounded': [], 'relativeChange': None}
    if reading['leftOut'] != list(network.left_out) or reading['rounded'] or reading['relativeChange'] is not None:
        raise NotProved('reading is not what reading the model leaves out and rounds')
    if ticket.kind == 'baseline':
        claim = (ticket.targets, None, ticket.constant)
    else:
        claim = unpadded(ticket, network) or (ticket.targets, ticket.places, ticket.constant)
    matrices, places, constant = claim
    if len(matrices) != len(network.layers):
        raise NotProved(f'{len(matrices)} layers, the model has {len(network.layers)}')
    if ticket.last_activation != network.activation:
        raise NotProved("the last activation is not the model's")
    mode = ticket.precision['mode']
    if mode == 'certified':
        certify(ticket, network, matrices, places, constant)
        verdict.epsilon, verdict.outputs = ticket.precision['certified'], list(ticket.precision['outputs'])
    else:
        expected, expected_places = integers_of(ticket.precision, network)
        if constant != network.biased():
            raise NotProved('constant: only one of model and ticket has biases')
        for i, (matrix, p, model, q) in enumerate(zip(matrices, places, expected, expected_places), 1):
            fits = p == q or mode == 'bits' and p > q
            if not fits or matrix.shape != model.shape:
                raise NotProved(f'places {p} and shape {matrix.shape} in place of {q} and {model.shape}', block=i)
            if (matrix != (model << (p - q) if mode == 'bits' else model)).any():
                raise NotProved("the integers are not the model's", block=i)
        if mode == 'lossless':
            verdict.epsilon = '0'
        elif mode == 'paper':
            verdict.epsilon = format(Decimal(ticket.precision['epsilon']), 'f')
    verdict.model_matches = True


def same_normalization(ours: Optional[Dict[str, Any]], theirs: Optional[Dict[str, Any]]) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    same = all(np.array_equal(ours['input'][key], theirs['input'][key]) for key in ours['input'])
    return same and tuple(ours['output']) == tuple(theirs['output'])


def with_constant(weights: np.ndarray, bias: np.ndarray, one: Optional[int], constant: bool) -> np.ndarray:
    """[W b], and below it (0, .., 0, one) if `one` is given; W if there is no constant."""
    if not constant:
        return weights
    matrix = np.concatenate([weights, bias[:, None]], axis=1)
    if one is None:
        return matrix
    below = np.zeros((1, matrix.shape[1]), object)
    below[0, -1] = one
    return np.concatenate([matrix, below])


def integers_of(precision: Dict[str, Any], network: Network) -> Tuple[List[np.ndarray], List[int]]:
    """V_i and p_i that a model has under a precision."""
    constant, mode = network.biased(), precision['mode']
    base = 10 if mode == 'paper' else 2
    digits = paper_digits(precision, network) if mode == 'paper' else 0
    matrices, places = [], []
    for i, (weights, bias) in enumerate(network.layers, 1):
        lossless = max(weights.least(), bias.least())
        p = {'lossless': lossless, 'paper': digits, 'bits': min(int(precision.get('bits', 0)), lossless)}[mode]
        if mode == 'paper':
            size = np.abs(weights.value) * 10**p >> weights.places
            rounded = [np.where(weights.value < 0, -size, size), bias.value]
        else:
            rounded = [nearest(part, p) for part in (weights, bias)]
        matrices.append(with_constant(*rounded, base**p if i < len(network.layers) else None, constant))
        places.append(p)
    return matrices, places


def nearest(numbers: Exact, places: int) -> np.ndarray:
    """2^places times the numbers, rounded to nearest, ties to even."""
    shift = numbers.places - places
    if shift <= 0:
        return numbers.value << -shift
    floor = numbers.value >> shift
    twice = (numbers.value - (floor << shift)) * 2
    return floor + ((twice > 1 << shift) | (twice == 1 << shift) & (floor % 2 == 1)).astype(object)


def paper_digits(precision: Dict[str, Any], network: Network) -> int:
    shapes = [weights.value.shape for weights, _ in network.layers]
    d = max(max(shape) for shape in shapes)
    if d < 2 or network.biased():
        raise NotProved('the model does not fulfil the hypotheses of the paper (d >= 2, no biases)')
    for i, (weights, _) in enumerate(network.layers, 1):
        check_norm(weights, i)
    p, epsilon = 0, Fraction(precision['epsilon'])
    while 10**p * epsilon < d * d * len(shapes):
        p += 1
    if p != precision['digits']:
        raise NotProved(f'{precision["digits"]} digits, the paper takes {p}')
    return p


def check_norm(weights: Exact, i: int) -> None:
    """Whether the spectral norm is at most 1: elimination shows exactly if I - W W^T is positive semidefinite."""
    matrix = weights.value if weights.value.shape[0] <= weights.value.shape[1] else weights.value.T
    size = matrix.shape[0]
    if sum(int(entry) ** 2 for entry in matrix.ravel()) <= 1 << 2 * weights.places:
        return  # the Frobenius norm is
    require(size <= 64, f'not decided: the norm of layer {i}, which is too wide for an exact test here')
    gram = np.dot(matrix, matrix.T)
    rest = [[Fraction((int(i == j) << 2 * weights.places) - int(gram[i, j])) for j in range(size)] for i in range(size)]
    for k in range(size):
        pivot = rest[k][k]
        if pivot < 0 or pivot == 0 and any(rest[k][k:]):
            raise NotProved('a layer has a spectral norm above 1', block=i)
        if pivot:
            for r in range(k + 1, size):
                factor = rest[r][k] / pivot
                for c in range(k, size):
                    rest[r][c] -= factor * rest[k][c]


def unpadded(ticket: Ticket, network: Network):
    """The matrices, places and constant of a network with the model's shapes of which the ticket's is a padding,
    or None."""
    shapes = [weights.value.shape for weights, _ in network.layers]
    depth, blocks = len(shapes), len(ticket.targets)
    if depth > blocks:
        return None
    constant = ticket.constant and network.biased()
    chosen = [*range(depth - 1), blocks - 1]
    matrices = []
    for i, (rows, columns) in zip(chosen, shapes):
        matrix = ticket.targets[i].astype(object)
        carried = int(ticket.constant)
        below = 0 if i == blocks - 1 else carried
        if matrix.shape[0] - below < rows or matrix.shape[1] - carried < columns:
            return None
        take_rows, take_columns = np.arange(rows), np.arange(columns)
        if constant:
            take_columns = np.append(take_columns, matrix.shape[1] - 1)
            if below:
                take_rows = np.append(take_rows, matrix.shape[0] - 1)
        matrices.append(matrix[np.ix_(take_rows, take_columns)])
    places = [ticket.places[i] for i in chosen]
    if sum(places) != sum(ticket.places):
        return None
    padded, padded_places = pad(ticket, matrices, places, constant)
    same = padded_places == ticket.places and all(
        ours.shape == theirs.shape and (ours == theirs).all() for ours, theirs in zip(padded, ticket.targets)
    )
    return (matrices, places, constant) if same else None


def pad(ticket: Ticket, matrices: List[np.ndarray], places: List[int], constant: bool):
    """Pads a network to the widths, depth and constant of the ticket, in the order of docs/ticket.md."""
    matrices, places = list(matrices), list(places)
    blocks, carried = len(ticket.targets), int(ticket.constant)
    if ticket.constant and not constant:
        for i, matrix in enumerate(matrices):
            one = ticket.base ** places[i] if i < len(matrices) - 1 else None
            matrices[i] = with_constant(matrix, np.zeros(matrix.shape[0], object), one, True)
    if len(matrices) < blocks and len(matrices) == 1:
        box = ticket.domain['kind'] == 'box'
        if not box or not (ticket.domain['lower'] >= 0).all():
            return matrices, places
    while len(matrices) < blocks:
        size = matrices[-1].shape[1]
        need(size * size * 64, 'an identity matrix')
        unit = np.zeros((size, size), object)
        unit[np.arange(size), np.arange(size)] = 1
        matrices.insert(-1, unit)
        places.insert(-1, 0)
    for i, (matrix, target) in enumerate(zip(matrices, ticket.targets)):
        below = carried if i < blocks - 1 else 0
        if any(ours > theirs for ours, theirs in zip(matrix.shape, target.shape)):
            return matrices, places
        spread = np.zeros(target.shape, object)
        rows, columns = np.arange(matrix.shape[0]), np.arange(matrix.shape[1])
        rows[matrix.shape[0] - below :] += target.shape[0] - matrix.shape[0]
        columns[matrix.shape[1] - carried :] += target.shape[1] - matrix.shape[1]
        spread[np.ix_(rows, columns)] = matrix
        matrices[i] = spread
    return matrices, places


def certify(ticket: Ticket, network: Network, matrices, places, constant: bool) -> None:
    """Whether an interval chain, in exact arithmetic, shows the recorded error bounds. Errors of weights meet
    the activations' centres with their signs, and only their radii without."""
    # Whether the balls lie in the domain, and what holds on them, only the inputs can tell.
    require('around' not in ticket.precision, 'not decided: this checker does not read the inputs that the error is certified around')
    lower, upper = domain_ranges(ticket)
    one, pairs = exact(1), []
    layers = in_units(network.layers, ticket.precision.get('scales'))
    for i, ((weights, bias), matrix) in enumerate(zip(layers, matrices)):
        matrix, columns = matrix.astype(object), matrix.shape[1] - int(constant)
        if ticket.kind == 'baseline':
            laws = ticket.distributions[2 * i : 2 * i + 2]
            found = Exact(matrix, 0).scaled(ticket.scale_exponents[i] - sum(law.places for law in laws))
        else:
            found = Exact(matrix, places[i])
        rows = matrix.shape[0] - int(constant and i < len(matrices) - 1)
        if i == 0 and ticket.kind == 'baseline':
            if weights.value.shape[1] != ticket.inputs:
                raise NotProved("the shapes are not the model's", block=1)
            weights, lower, upper = split_inputs(ticket, weights, lower, upper)
        if weights.value.shape != (rows, columns):
            raise NotProved("the shapes are not the model's", block=i + 1)
        found_bias = Exact(found.value[:rows, -1], found.places) * one if constant else Exact(np.zeros(rows, object))
        pairs.append((weights, bias, Exact(found.value[:rows, :columns], found.places), found_bias))
        if constant and i < len(matrices) - 1 and ticket.kind == 'baseline':
            carried = Exact(np.maximum(found.value[-1, -1], 0), found.places)
            one = one * carried
    if any((w - v).value.any() or (b - c).value.any() for w, b, v, c in pairs):
        if lower is None:
            raise NotProved('no error bound holds on all inputs')
        error = interval_chain(pairs, lower, upper, ticket.last_activation)
    else:
        error = Exact(np.zeros(ticket.widths[-1], object))
    for j, (bound, recorded) in enumerate(zip(error.value, ticket.precision['bounds'])):
        shown = Fraction(int(bound), 1 << error.places)
        require(
            shown <= recorded,
            f'not decided: the interval chain of this checker shows an error of at most {float(shown):.3g} of output {j}, '
            f'the ticket claims {float(recorded):.3g}',
        )


def in_units(layers, scales):
    """The same network with hidden neuron j of layer i multiplied by 2^scales[i][j]: relu(2^k z) is 2^k relu(z)."""
    if scales is None:
        return layers
    if [len(own) for own in scales] != [weights.value.shape[0] for weights, _ in layers[:-1]]:
        raise NotProved("the scales are not of the model's hidden neurons")
    none = [0] * layers[-1][0].value.shape[0]
    scaled, before = [], [0] * layers[0][0].value.shape[1]
    for (weights, bias), own in zip(layers, [*scales, none]):
        rows, columns = np.array(own, object), np.array(before, object)
        shifts = rows[:, None] - columns[None, :]
        least = min(0, int(shifts.min()), int(rows.min()))
        scaled.append(
            (
                Exact(weights.value << (shifts - least), weights.places - least),
                Exact(bias.value << (rows - least), bias.places - least),
            )
        )
        before = own
    return scaled


def domain_ranges(ticket: Ticket):
    """The box around the domain; (None, None) for all inputs."""
    if ticket.domain['kind'] == 'all':
        return None, None
    if ticket.domain['kind'] == 'ball':
        radius = np.full(ticket.inputs, ticket.domain['radius'])
        return exact(-radius), exact(radius)
    return exact(ticket.domain['lower']), exact(ticket.domain['upper'])


def split_inputs(ticket: Ticket, weights: Exact, lower: Optional[Exact], upper: Optional[Exact]):
    """The model's first layer and the domain with halves of inputs in place of inputs, as target.1 has them."""
    signs = ticket.input_signs.expand()
    plus, minus = signs != 'nonpositive', signs != 'nonnegative'
    counts = plus.astype(np.int64) + minus
    column = np.repeat(np.arange(len(signs)), counts)
    factor = np.ones(len(column), np.int64).astype(object)
    factor[starts(counts)[1:][minus] - 1] = -1
    halves = Exact(weights.value[:, column] * factor, weights.places)
    if lower is None:
        return halves, None, None
    low, high = lower.value[column], upper.value[column]
    swap = factor == -1
    least, most = np.where(swap, -high, low) , np.where(swap, -low, high)
    return halves, Exact(np.maximum(least, 0), lower.places), Exact(np.maximum(most, 0), upper.places)


def interval_chain(pairs, lower: Exact, upper: Exact, last_activation: str) -> Exact:
    error = Exact(np.zeros(len(lower.value), object))
    for i, (weights, bias, found, found_bias) in enumerate(pairs):
        centre, radius = (upper + lower).scaled(-1), (upper - lower).scaled(-1)
        change, change_of_bias = weights - found, bias - found_bias
        at_centre = (change @ centre + change_of_bias).absolute()
        require(error.places <= 1 << 17, 'not decided: the model has too many layers for exact error bounds here')
        error = at_centre + change.absolute() @ radius + found.absolute() @ error
        middle, spread = weights @ centre + bias, weights.absolute() @ radius
        lower, upper = middle - spread, middle + spread
        if i < len(pairs) - 1 or last_activation == 'relu':
            off = ((upper + error).value <= 0) & (upper.value <= 0)  # in both networks
            error = Exact(np.where(off, 0, error.value), error.places)
            lower, upper = (Exact(np.maximum(bounds.value, 0), bounds.places) for bounds in (lower, upper))
    return error


# ---------------------------------------------------------------------------------------------------------


def check(file: bytes, model: Optional[bytes] = None, name: str = 'model') -> Verdict:
    """The verdict about the bytes of a ticket, and of a model file if one is given. Raises Refused where the
    exit code is 2."""
    ticket = read_ticket(file)
    require(model is None or ticket.kind != 'trained', 'a trained ticket has no model')
    require(model is None or ticket.maps is None, 'not decided: this checker reads no models of feature maps')
    network = None
    if model is not None:
        try:
            network = read_network(model, name)
        except (ValueError, IndexError, TypeError, KeyError, AttributeError, OverflowError) as error:
            # numpy's own checks of shapes and axes, and operators with inputs of another kind
            raise Refused(f'the model cannot be read by this checker ({error})') from None
    verdict = Verdict(ticket.kind, equal=False, proved=False)
    try:
        {'constructed': prove_constructed, 'baseline': prove_baseline, 'trained': check_trained}[ticket.kind](ticket)
        verdict.equal = True
        if ticket.kind != 'trained':
            prove_domain(ticket)
        if network is not None:
            compare_model(ticket, model, network, verdict)
        verdict.proved = True
    except NotProved as error:
        verdict.failure = error.failure
    return verdict


def read_file(path: str) -> bytes:
    try:
        with open(path, 'rb') as file:
            data = file.read(MEMORY + 1)
    except OSError as error:
        raise Refused(error.strerror or 'cannot be read') from None
    need(len(data), 'the file')
    return data


def escaped(text: str) -> str:
    """One line, whatever a file's names contain."""
    return ''.join(c if c.isprintable() else c.encode('unicode_escape').decode() for c in text)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(description='Check a ticket of unearth, independently of unearth.')
    parser.add_argument('ticket')
    parser.add_argument('--model', help='the model that the ticket is about (ONNX or .nnet)')
    parser.add_argument('--json', action='store_true', help='print the verdict as JSON')
    options = parser.parse_args(arguments)
    path = options.ticket
    try:
        file = read_file(path)
        path = options.model or path
        model = read_file(path) if options.model else None
        path = options.ticket
        verdict = check(file, model, options.model or '')
    except Refused as error:
        print(escaped(f'error: {path}: {error}'), file=sys.stderr)
        return 2
    except MemoryError:
        print(escaped(f'error: {path}: takes more memory than there is'), file=sys.stderr)
        return 2
    if options.json:
        record = asdict(verdict)
        record['modelMatches'] = record.pop('model_matches')
        print(json.dumps(record))
    elif verdict.proved:
        print(escaped(f'{path}: proved ({verdict.kind})'))
    else:
        print(escaped(f'{path}: NOT proved: {verdict.failure.text()}'))
    return 0 if verdict.proved else 1


if __name__ == '__main__':
    sys.exit(main())
