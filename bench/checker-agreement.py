"""Compares unearth with python/check_ticket.py on tickets that were tampered with.

    python3 bench/checker-agreement.py [--count N] [--seed N] [--json] [--keep FOLDER] TICKET[=MODEL]...
    python3 bench/checker-agreement.py --vectors docs/test-vectors.md

Each ticket is judged as it is and with N random changes, after which the digest is made to fit (mostly), so
that the deeper checks are reached: edges, integers, metadata fields, their spelling, names, shapes, bytes. With
a model (.nnet, or ONNX) each is judged a second time, beside the model; certified
error bounds that the simple method of the Python checker does not show are counted as undecided.
Prints how often which verdicts were given and every disagreement; exit code 1 if there is one. With --vectors
the tickets and exit codes are those of the page. unearth is run as built in dist/, in one process.
"""

import argparse
import base64
import collections
import copy
import hashlib
import json
import os
import random
import re
import subprocess
import sys

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(root, 'python'))
import check_ticket  # noqa: E402


def unpack(file):
    """Header entries and tensor bytes: {'metadata': {..}, 'tensors': {name: [dtype, shape, bytes]}}."""
    length = int.from_bytes(file[:8], 'little')
    header = json.loads(file[8 : 8 + length])
    data = file[8 + length :]
    metadata = header.pop('__metadata__')
    tensors = {}
    for name, entry in header.items():
        begin, end = entry['data_offsets']
        tensors[name] = [entry['dtype'], entry['shape'], bytearray(data[begin:end])]
    return {'metadata': metadata, 'tensors': tensors}


def sign(ticket):
    """Makes the digest fit."""
    text = lambda value: json.dumps(value, ensure_ascii=False, separators=(',', ':')).encode()
    metadata, tensors = ticket['metadata'], ticket['tensors']
    sha = hashlib.sha256(text(sorted([k, v] for k, v in metadata.items() if k != 'digest')))
    for name in sorted(tensors):
        dtype, shape, data = tensors[name]
        sha.update(text([name, dtype, shape]))
        sha.update(data)
    metadata['digest'] = sha.hexdigest()


def pack(ticket):
    header, at = {'__metadata__': ticket['metadata']}, 0
    for name, (dtype, shape, data) in ticket['tensors'].items():
        header[name] = {'dtype': dtype, 'shape': shape, 'data_offsets': [at, at + len(data)]}
        at += len(data)
    head = json.dumps(header, ensure_ascii=False).encode()
    return len(head).to_bytes(8, 'little') + head + b''.join(bytes(data) for _, _, data in ticket['tensors'].values())


# Changes. Each takes the unpacked ticket and a random source, and tells in words what it did.


def flip_byte(ticket, dice):
    name = dice.choice([name for name, tensor in ticket['tensors'].items() if tensor[2]])
    data = ticket['tensors'][name][2]
    at, bit = dice.randrange(len(data)), dice.randrange(8)
    data[at] ^= 1 << bit
    return f'{name}: bit {bit} of byte {at}'


def taps_of(ticket, layer):
    """Taps of the kernel with which a layer reads the first of those that it reads; of trained maps its own."""
    trained = json.loads(ticket['metadata'].get('trained', '{}')).get('maps')
    if trained is not None:
        height, width = trained['layers'][layer - 1][:2]
        return height * width
    body = json.loads(ticket['metadata'].get('constructed', '{}'))
    if 'maps' not in body:
        return 1
    begins = [0] + body['blockEnds'][:-1]
    first = body['reads'][layer - 1][0] if 'reads' in body else layer - 1
    if first not in begins:
        return 1
    window = body['maps']['blocks'][begins.index(first)].get('window')
    return window['kernel'][0] * window['kernel'][1] if window else 1


def edges_of(ticket, layer):
    """Kept positions of a layer, its tensor's name and number of edges; None if there are too many."""
    widths = json.loads(ticket['metadata']['widths'])
    kept = json.loads(ticket['metadata']['kept'])
    name = next(name for name in ticket['tensors'] if name.startswith(f'mask.{layer}.'))
    reads = json.loads(ticket['metadata'].get('constructed', '{}')).get('reads')
    own = reads[layer - 1] if reads else [layer - 1]
    trained = json.loads(ticket['metadata'].get('trained', '{}')).get('maps')
    if trained is not None and len(trained['layers'][layer - 1]) > 4:
        own = [trained['layers'][layer - 1][4].get('reads', layer - 1)]
    inputs = widths[own[0]] * taps_of(ticket, layer) + sum(widths[read] for read in own[1:])
    outputs = widths[layer]
    if inputs * outputs > 1 << 22:
        return None
    mask = check_ticket.Mask(layer, name.split('.')[2], memoryview(bytes(ticket['tensors'][name][2])), inputs, outputs, kept[layer - 1])
    source, target = mask.edges()
    return [int(c) * outputs + int(v) for c, v in zip(source, target)], name, inputs * outputs, kept


def rice(gaps, k):
    bits = ''
    for begin in range(0, len(gaps), 256):
        bits += ''.join(str(k >> i & 1) for i in range(6)) + '0'
        for gap in gaps[begin : begin + 256]:
            bits += '0' * ((gap - 1) >> k) + '1' + ''.join(str((gap - 1) >> i & 1) for i in range(k))
    bits += '0' * (-len(bits) % 8)
    return bytearray(int(bits[i : i + 8][::-1], 2) for i in range(0, len(bits), 8))


def change_edges(ticket, dice):
    """Removes, adds or moves edges, with a right `kept`, in an encoding that may be another."""
    layer = dice.randrange(1, len(json.loads(ticket['metadata']['kept'])) + 1)
    found = edges_of(ticket, layer)
    if found is None:
        return flip_byte(ticket, dice)
    positions, name, total, kept = found
    edges = set(positions)
    for _ in range(dice.choice([0, 1, 1, 1, 2, 3])):
        if edges and dice.random() < 0.6:
            edges.discard(dice.choice(sorted(edges)))
        if dice.random() < 0.6:
            edges.add(dice.randrange(total))
    listed = sorted(edges)
    code = 'bits' if dice.random() < 0.4 else 'gaps' if 2 * len(edges) <= total else 'complement'
    if code == 'bits':
        data = bytearray(-(-total // 8))
        for at in listed:
            data[at // 8] |= 1 << at % 8
    else:
        ones = listed if code == 'gaps' else sorted(set(range(total)) - edges)
        data = rice([b - a for a, b in zip([-1] + ones, ones)], dice.choice([2, 3, 5, 7]))
    kept[layer - 1] = len(edges)
    ticket['metadata']['kept'] = json.dumps(kept)
    ticket['tensors'] = {
        (f'mask.{layer}.{code}' if key == name else key): (['U8', [len(data)], data] if key == name else tensor)
        for key, tensor in ticket['tensors'].items()
    }
    return f'layer {layer}: {len(positions)} edges became {len(edges)} ({code})'


def places_in(value, way=()):
    yield way
    if isinstance(value, (list, dict)):
        for key in range(len(value)) if isinstance(value, list) else list(value):
            yield from places_in(value[key], way + (key,))


def other_value(value, dice):
    if isinstance(value, bool):
        return dice.choice([not value, 1, 'true'])
    if isinstance(value, (int, float)):
        near = [value + 1, value - 1, -value, 0, value * 2, value / 2, value + 0.5, float(value), 2**53, 1e300, str(value), None, [value, value]]
        return dice.choice(near)
    if isinstance(value, str):
        words = ['signed', 'nonnegative', 'nonpositive', 'relu', 'identity', 'sign', 'all', 'lossless', '', 'A b', '0.5', '00.50', '1e3', 'f' * 64]
        return dice.choice(words + [value + 'x', value[1:], value.upper(), '\u0000', 7, None, [value]])
    if isinstance(value, list):
        longer, shorter, mixed = value + value[-1:], value[:-1], list(value)
        dice.shuffle(mixed)
        return dice.choice([longer, shorter, mixed, [], value[::-1], {}, None])
    if isinstance(value, dict):
        result = dict(value)
        if result and dice.random() < 0.5:
            del result[dice.choice(sorted(result))]
        else:
            result[dice.choice(['extra', 'kind', 'constructor', '__proto__', 'toString'])] = 1
        return result
    return 0


def change_metadata(ticket, dice):
    metadata = ticket['metadata']
    key = dice.choice([key for key in metadata if key != 'digest'])
    try:
        value = json.loads(metadata[key])
    except ValueError:
        metadata[key] = other_value(metadata[key], dice)
        if not isinstance(metadata[key], str):
            metadata[key] = '1'
        return f'{key} = {metadata[key]!r}'
    way = dice.choice(list(places_in(value)))
    if not way:
        value = other_value(value, dice)
    else:
        inner = value
        for step in way[:-1]:
            inner = inner[step]
        inner[way[-1]] = other_value(inner[way[-1]], dice)
    metadata[key] = json.dumps(value)
    return f'{key} at {way}: {metadata[key][:300]}'


def change_spelling(ticket, dice):
    """The metadata's JSON spelled otherwise: some of it means the same, some is no JSON."""
    metadata = ticket['metadata']
    key = dice.choice([key for key in metadata if key != 'digest'])
    text = metadata[key]
    at = dice.randrange(len(text) + 1)
    piece = dice.choice([' ', '\n', '\t', '\u00a0', '\ufeff', ',', '0', '.0', 'e0', '-', '+', '"', '\\', '/**/', '[', ']', '}', '\u0000', 'NaN', '\u0661', '\\u0061', '1e400', '1e-400'])
    number = list(re.finditer(r'\d+', text))
    if number and dice.random() < 0.5:
        found = dice.choice(number)
        digits = dice.choice([found.group() + '.0', found.group() + 'e0', found.group() + '0e-1', '0' + found.group(), found.group() + '.', '-' + found.group(), found.group() + '.' + '0' * 400 + '1', found.group() + 'E+0'])
        metadata[key] = text[: found.start()] + digits + text[found.end() :]
    else:
        metadata[key] = text[:at] + piece + text[at:]
    return f'{key} spelled {metadata[key][:300]!r}'


def change_integer(ticket, dice):
    names = [name for name in ticket['tensors'] if name.startswith('target.')]
    if not names:
        return flip_byte(ticket, dice)
    name = dice.choice(names)
    dtype, shape, data = ticket['tensors'][name]
    size = {'I8': 1, 'I16': 2, 'I32': 4, 'I64': 8, 'U32': 4 * shape[-1]}[dtype]
    entries = [int.from_bytes(data[i : i + size], 'little', signed=True) for i in range(0, len(data), size)]
    at, kind = dice.randrange(len(entries)), dice.randrange(6)
    if kind < 4:
        entries[at] += dice.choice([0, 1, -1, 64, -(entries[at] + 1)])
    wider = dice.choice([1, 2, 4, 8, 12, 16])
    need = max((entry if entry >= 0 else -entry - 1).bit_length() + 1 for entry in entries)
    wider = wider if 8 * wider >= need else max(size, 4 * -(-need // 32))
    wider = 8 if 4 < wider < 8 else wider
    dtype = {1: 'I8', 2: 'I16', 4: 'I32', 8: 'I64'}.get(wider, 'U32')
    shape = shape[:2] + ([wider // 4] if wider > 8 else [])
    ticket['tensors'][name] = [dtype, shape, bytearray(b''.join(entry.to_bytes(wider, 'little', signed=True) for entry in entries))]
    return f'{name}: entry {at} is {entries[at]}, {dtype} {shape}'


def change_tensor(ticket, dice):
    name = dice.choice(sorted(ticket['tensors']))
    dtype, shape, data = ticket['tensors'][name]
    kind = dice.randrange(6)
    if kind == 0:
        del ticket['tensors'][name]
    elif kind == 1:
        ticket['tensors'][name + dice.choice(['x', '0', '.bits'])] = ticket['tensors'].pop(name)
    elif kind == 2:
        ticket['tensors'][name] = [dice.choice(['U8', 'I8', 'F64', 'U32', 'I16', 'F32', 'BOOL']), shape, data]
    elif kind == 3:
        ticket['tensors'][name] = [dtype, dice.choice([shape[::-1], [1] + shape, shape + [1], [len(data)]]), data]
    elif kind == 4 and name.startswith('mask.'):
        code = dice.choice(['bits', 'gaps', 'complement'])
        ticket['tensors'][name.rsplit('.', 1)[0] + '.' + code] = ticket['tensors'].pop(name)
    else:
        extra = bytearray(data + b'\0') if dice.random() < 0.6 else bytearray(data[:-1])
        ticket['tensors'][name] = [dtype, [len(extra)], extra]
    return f'{name}: change {kind}, {dtype} {shape}'


def change_maps(ticket, dice):
    """A part of the maps that is something else."""
    kind = 'trained' if 'trained' in ticket['metadata'] else 'constructed'
    body = json.loads(ticket['metadata'][kind])
    *way, last = dice.choice([way for way in places_in(body['maps']) if way])
    inner = body['maps']
    for step in way:
        inner = inner[step]
    inner[last] = other_value(inner[last], dice)
    ticket['metadata'][kind] = json.dumps(body)
    return f'maps at {(*way, last)}: {inner[last]}'


def has_maps(ticket):
    try:
        body = ticket['metadata'].get('constructed') or ticket['metadata'].get('trained', '{}')
        return any(way for way in places_in(json.loads(body)['maps']))
    except (ValueError, LookupError, TypeError):
        return False


CHANGES = [flip_byte, change_edges, change_edges, change_edges, change_metadata, change_metadata, change_metadata,
           change_spelling, change_integer, change_integer, change_tensor]  # fmt: skip


def tampered(ticket, dice):
    """Bytes of a tampered ticket, and what was done."""
    changed = copy.deepcopy(ticket)
    changes = CHANGES + [change_maps] * 4 if has_maps(ticket) else CHANGES
    told = [dice.choice(changes)(changed, dice)]
    if dice.random() < 0.15:
        further = copy.deepcopy(changed)
        try:
            told.append(dice.choice(CHANGES)(further, dice))
            changed = further
        except Exception:  # the first change left nothing that the second one understands
            pass
    if dice.random() < 0.97:
        sign(changed)
    file = pack(changed)
    if dice.random() < 0.03:
        at = dice.randrange(len(file))
        file, told = file[:at] + bytes([dice.randrange(256)]) + file[at + 1 :], told + [f'byte {at}']
    return file, '; '.join(told)


# Both checkers.


def python_verdict(file, model=None, name='model.nnet'):
    try:
        verdict = check_ticket.check(file, model, name)
        return (0, 'proved') if verdict.proved else (1, verdict.failure.text())
    except check_ticket.Refused as error:
        return 2, str(error)


class Unearth:
    """unearth's verdicts, in one Node process."""

    def __init__(self):
        script = os.path.join(root, 'bench', 'checker-agreement.mjs')
        self.process = subprocess.Popen([os.environ.get('NODE', 'node'), script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def verdict(self, file, model=None, name=''):
        job = {'ticket': base64.b64encode(file).decode(), 'model': model and base64.b64encode(model).decode(), 'name': name}
        self.process.stdin.write(json.dumps(job) + '\n')
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer['code'], answer['reason']


def vectors(page):
    """(file, what was done, model or None, expected code) for each line of the page's tables of changes."""
    text = open(page).read().split('## Tickets')[1]
    for section in text.split('\n### ')[1:]:
        blocks = re.findall(r'```\n(.*?)```', section, re.DOTALL)
        ticket = bytes.fromhex(blocks[0].replace('\n', ''))
        model = blocks[1].encode() if section.startswith('Constructed') else None
        for line in section.splitlines():
            row = re.fullmatch(r'\| `(.*)` \| (\d)(?: \| (\d))? \|', line)
            if row:
                changed = unpack(ticket)
                if row[1] != '(none)':
                    for change in row[1].split('; '):
                        apply(changed, change)
                    if not row[1].startswith('digest'):
                        sign(changed)
                file = ticket if row[1] == '(none)' else pack(changed)
                yield file, row[1], None, int(row[2])
                if model:
                    yield file, f'{row[1]}, with the model', model, int(row[3])


def apply(ticket, change):
    metadata = ticket['metadata']
    byte = re.fullmatch(r'(\S+) byte (\d+) = (\d+)', change)
    if byte:
        ticket['tensors'][byte[1]][2][int(byte[2])] = int(byte[3])
        return
    remove = re.fullmatch(r'remove (\S+)', change)
    way, text = (remove[1], None) if remove else change.split(' = ', 1)
    key, *steps = way.split('.')
    if not steps:
        if remove:
            del metadata[key]
        else:
            metadata[key] = json.loads(text) if text.startswith('"') else text
        return
    value = json.loads(metadata[key])
    inner = value
    steps = [int(step) if step.isdigit() else step for step in steps]
    for step in steps[:-1]:
        inner = inner[step]
    if remove:
        del inner[steps[-1]]
    else:
        inner[steps[-1]] = json.loads(text)
    metadata[key] = json.dumps(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('tickets', nargs='*')
    parser.add_argument('--count', type=int, default=300, help='changes of each ticket')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--vectors', help="the page with test vectors; unearth's verdicts are those of the page")
    parser.add_argument('--keep', help='folder for tickets that are judged differently')
    parser.add_argument('--json', action='store_true')
    options = parser.parse_args()
    dice, counts, disagreements = random.Random(options.seed), collections.Counter(), []

    def compare(label, file, told, expected, given):
        undecided = given[1].startswith('not decided') and expected[0] != 2
        counts[f'{label}: {expected[0]} / {"undecided" if undecided else given[0]}'] += 1
        if expected[0] != given[0] and not undecided:
            disagreements.append({'ticket': label, 'change': told, 'unearth': expected, 'python': given})
            if options.keep:
                os.makedirs(options.keep, exist_ok=True)
                with open(os.path.join(options.keep, f'{len(disagreements)}.ticket'), 'wb') as out:
                    out.write(file)

    if options.vectors:
        for file, told, model, code in vectors(options.vectors):
            compare('test vectors', file, told, (code, 'the page'), python_verdict(file, model))
    unearth = Unearth() if options.tickets else None
    for argument in options.tickets:
        path, _, model_path = argument.partition('=')
        original = open(path, 'rb').read()
        model = open(model_path, 'rb').read() if model_path else None
        label = f'{os.path.basename(path)} ({unpack(original)["metadata"]["kind"]})'
        for i in range(options.count + 1):
            file, told = tampered(unpack(original), dice) if i else (original, 'none')
            compare(label, file, told, unearth.verdict(file), python_verdict(file))
            if model:
                verdicts = unearth.verdict(file, model, model_path), python_verdict(file, model, model_path)
                compare(f'{label} and model', file, told, *verdicts)

    if options.json:
        print(json.dumps({'counts': counts, 'disagreements': disagreements}))
    else:
        print('verdicts, unearth / Python:')
        for label, count in sorted(counts.items()):
            print(f'  {label}: {count}')
        for item in disagreements:
            print(json.dumps(item))
        print(f'{sum(counts.values())} comparisons, {len(disagreements)} disagreements')
    return 1 if disagreements else 0


if __name__ == '__main__':
    sys.exit(main())
