/** Hostile models: ONNX messages, `.nnet` texts, properties and lists of bounds. */
import { gzipSync } from 'node:zlib';

export function varint(value) {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    const low = Number(rest & 127n);
    if (rest < 128n) return Buffer.from([...bytes, low]);
    bytes.push(low + 128);
  }
}

/** A field with bytes, and one with a number. */
export const field = (number, ...content) => {
  const bytes = Buffer.concat(
    content.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)),
  );
  return Buffer.concat([varint(8 * number + 2), varint(bytes.length), bytes]);
};
export const number = (field, value) => Buffer.concat([varint(8 * field), varint(value)]);

const FLOAT = 1;

const dim = (size) => field(1, typeof size === 'string' ? field(2, size) : number(1, size));
const value = (name, dims) =>
  Buffer.concat([field(1, name), field(2, field(1, number(1, FLOAT), field(2, ...dims.map(dim))))]);
const tensor = (name, dims, ...content) =>
  field(5, ...dims.map((size) => number(1, size)), number(2, FLOAT), field(8, name), ...content);
const zeros = (name, dims) =>
  tensor(name, dims, field(9, Buffer.alloc(4 * dims.reduce((product, size) => product * size, 1))));
const node = (type, inputs, output, ...attributes) =>
  field(
    1,
    ...inputs.map((name) => field(1, name)),
    field(2, output),
    field(4, type),
    ...attributes,
  );
const ints = (name, values) =>
  field(5, field(1, name), ...values.map((item) => number(8, item)), number(20, 7));
const int = (name, item) => field(5, field(1, name), number(3, item), number(20, 2));

export function model(inputDims, parts, output = 'y') {
  const graph = field(
    7,
    ...parts,
    field(2, 'g'),
    field(11, value('x', inputDims)),
    field(12, field(1, output)),
  );
  return Buffer.concat([number(1, 8), graph, field(8, number(2, 13))]);
}

const external = (name, dims, location, offset = 0, length = undefined) =>
  field(
    5,
    ...dims.map((size) => number(1, size)),
    number(2, FLOAT),
    field(8, name),
    field(13, field(1, 'location'), field(2, location)),
    field(13, field(1, 'offset'), field(2, String(offset))),
    ...(length === undefined ? [] : [field(13, field(1, 'length'), field(2, String(length)))]),
    number(14, 1),
  );

const repeated = (part, times) => Buffer.concat(Array(times).fill(part));
const graphOf = (...parts) => Buffer.concat([number(1, 8), field(7, ...parts)]);

const GIGABYTE = 2 ** 30;
const zip = (bytes) => gzipSync(bytes, { level: 9 });

/** A gzip file of as many copies of a piece, without all of them in memory. */
export function zipped(piece, times, before = '', after = '') {
  // Members one after another are one gzip file.
  const member = zip(piece);
  return Buffer.concat([zip(before), ...Array(times).fill(member), zip(after)]);
}

const megabyte = (text) => Buffer.from(text.repeat(Math.ceil(2 ** 20 / text.length)));

/** Twenty spellings of one file. */
const SPELLINGS = Array.from({ length: 20 }, (_, index) => `${'./'.repeat(index)}sparse.bin`);

const chainOf = (count, part) =>
  Array.from({ length: count }, (_, index) =>
    part(index === 0 ? 'x' : `h${index}`, index === count - 1 ? 'y' : `h${index + 1}`, index),
  );

export const ONNX = {
  'zeros.onnx.gz': () => zipped(Buffer.alloc(2 ** 24), 64),
  'zeros-of-one-member.onnx.gz': () => zip(Buffer.alloc(900 * 2 ** 20)),
  'model-of-zeros.onnx.gz': () =>
    zip(model([1, 8000], [zeros('w', [8000, 6000]), node('MatMul', ['x', 'w'], 'y')])),
  'nodes.onnx': () => graphOf(repeated(field(1), 480_000)),
  'nodes-with-names.onnx': () => graphOf(repeated(field(1, field(4, 'Relu')), 120_000)),
  'relus.onnx': () =>
    model(
      [1, 4],
      chainOf(40_000, (from, to) => node('Relu', [from], to)),
    ),
  'node-inputs.onnx': () => graphOf(field(1, repeated(field(1, 'x'), 330_000))),
  'node-inputs-of-a-concat.onnx': () =>
    model(
      [1, 4],
      [
        field(
          1,
          repeated(field(1, 'x'), 60_000),
          field(2, 'y'),
          field(4, 'Concat'),
          int('axis', 1),
        ),
      ],
    ),
  'attributes.onnx': () => graphOf(field(1, repeated(field(5), 480_000))),
  'dims.onnx': () => graphOf(field(5, field(1, Buffer.alloc(1_000_000, 1)))),
  'int64-data.onnx': () => graphOf(field(5, field(7, Buffer.alloc(1_000_000, 1)))),
  'int64-data-60-mb.onnx': () => graphOf(field(5, field(7, Buffer.alloc(60_000_000, 1)))),
  'strings.onnx': () => graphOf(field(5, repeated(field(6), 480_000))),
  'strings-60-mb.onnx': () => graphOf(field(5, repeated(field(6), 30_000_000))),
  'messages-60-mb.onnx': () => graphOf(repeated(field(5), 30_000_000)),
  'unknown-fields.onnx': () => graphOf(repeated(field(900), 300_000)),
  'nested.onnx': () => {
    let inner = Buffer.alloc(0);
    for (let depth = 0; depth < 2000; depth++) inner = field(1, field(5, field(6, inner)));
    return graphOf(inner);
  },
  'input-of-all-numbers.onnx': () => model([1, 2 ** 31 - 1], [node('Relu', ['x'], 'y')]),
  'input-of-many.onnx': () => model([1, 2 ** 24], [node('Relu', ['x'], 'y')]),
  'flatten-of-many.onnx': () => model([1, 4096, 4096], [node('Flatten', ['x'], 'y')]),
  'convolution-to-dense.onnx': () =>
    model(
      [1, 1, 70, 70],
      [zeros('w', [1, 1, 3, 3]), node('Conv', ['x', 'w'], 'y', ints('kernel_shape', [3, 3]))],
    ),
  'convolution-with-many-channels.onnx': () =>
    model([1, 64, 64, 64], [zeros('w', [64, 64, 3, 3]), node('Conv', ['x', 'w'], 'y')]),
  'convolution-with-padding.onnx': () =>
    model(
      [1, 1, 4, 4],
      [
        zeros('w', [1, 1, 1, 1]),
        node('Conv', ['x', 'w'], 'y', ints('pads', [10_000, 10_000, 10_000, 10_000])),
      ],
    ),
  'pooling-with-padding.onnx': () =>
    model(
      [1, 1, 4, 4],
      [
        node(
          'AveragePool',
          ['x'],
          'y',
          ints('kernel_shape', [30_000, 30_000]),
          ints('pads', [29_999, 29_999, 29_999, 29_999]),
        ),
      ],
    ),
  'convolution-of-many-positions.onnx': () =>
    model([1, 2, 2048, 2048], [zeros('w', [2, 2, 3, 3]), node('Conv', ['x', 'w'], 'y')]),
  'convolutions-of-many-positions.onnx': () =>
    model(
      [1, 2, 1024, 1024],
      [
        zeros('w', [2, 2, 3, 3]),
        ...chainOf(1500, (from, to, index) =>
          index % 2 === 0
            ? node('Conv', [from, 'w'], to, ints('pads', [1, 1, 1, 1]))
            : node('Relu', [from], to),
        ),
      ],
    ),
  'pooling-of-all-positions.onnx': () =>
    model([1, 1, 4096, 4096], [node('GlobalAveragePool', ['x'], 'y')]),
  'maxima-of-all-positions.onnx': () =>
    model([1, 1, 4096, 4096], [node('GlobalMaxPool', ['x'], 'y')]),
  'maps-side-by-side.onnx': () =>
    model(
      [1, 1, 2, 2],
      [
        zeros('w', [1, 1, 1, 1]),
        node('Conv', ['x', 'w'], 'c'),
        ...chainOf(60, (from, to, index) =>
          node('Concat', index === 0 ? ['c', 'c'] : [from, from], to, int('axis', 1)),
        ),
      ],
    ),
  'maps-into-a-matrix.onnx': () =>
    model(
      [1, 3, 512, 512],
      [
        zeros('w', [8, 3, 7, 7]),
        node('Conv', ['x', 'w'], 'c'),
        node('Flatten', ['c'], 'f'),
        zeros('v', [4, 1]),
        node('MatMul', ['f', 'v'], 'y'),
      ],
    ),
  'wide-and-narrow.onnx': () =>
    model(
      [1, 1],
      [
        ...chainOf(30, (from, to, index) =>
          node('MatMul', [from, index % 2 === 0 ? 'up' : 'down'], to),
        ),
        zeros('up', [1, 120_000]),
        zeros('down', [120_000, 1]),
      ],
    ),
  'outer-product.onnx': () =>
    model(
      [1, 100_000],
      [
        zeros('down', [100_000, 1]),
        zeros('up', [1, 100_000]),
        node('MatMul', ['x', 'down'], 'h'),
        node('MatMul', ['h', 'up'], 'y'),
      ],
    ),
  'additions.onnx': () =>
    model(
      [1, 10_000],
      [zeros('b', [10_000]), ...chainOf(3000, (from, to) => node('Add', [from, 'b'], to))],
    ),
  'external-of-twenty-names.onnx': () =>
    model(
      [1, 16_384],
      [
        ...SPELLINGS.map((location, index) =>
          external(`w${index}`, [16_384, 16_384], location, 0, GIGABYTE),
        ),
        ...chainOf(SPELLINGS.length, (from, to, index) => node('MatMul', [from, `w${index}`], to)),
      ],
    ),
  'external-overlapping.onnx': () =>
    model(
      [1, 4096],
      [
        ...Array.from({ length: 40 }, (_, index) =>
          external(`w${index}`, [4096, 4096], 'part.bin', 4 * index, 2 ** 26),
        ),
        ...chainOf(40, (from, to, index) => node('MatMul', [from, `w${index}`], to)),
      ],
    ),
  'external-of-many-files.onnx': () =>
    model(
      [1, 4096],
      [
        ...Array.from({ length: 12 }, (_, index) =>
          external(`w${index}`, [4096, 4096], `part${index}.bin`, 0, 2 ** 26),
        ),
        ...chainOf(12, (from, to, index) => node('MatMul', [from, `w${index}`], to)),
      ],
    ),
};

/** A `.nnet` with these sizes and zeros everywhere; `rows` may be another text. */
function nnet(sizes, rows) {
  const inputs = sizes[0];
  const list = (count, item) => `${Array(count).fill(item).join(',')},\n`;
  const head = `${sizes.length - 1},${inputs},${sizes.at(-1)},${Math.max(...sizes)},\n${sizes.join(',')},\n0,\n`;
  const ranges = [list(inputs, 0), list(inputs, 1), list(inputs + 1, 0), list(inputs + 1, 1)].join(
    '',
  );
  const layers = sizes
    .slice(1)
    .map((outputs, index) => list(sizes[index], 0).repeat(outputs) + '0,\n'.repeat(outputs));
  return `${head}${ranges}${rows ?? layers.join('')}`;
}

export const NNET = {
  'numbers.nnet.gz': () => {
    const row = megabyte('0,').subarray(0, 2 ** 20);
    return zipped(Buffer.from(`${row.toString().repeat(1)}\n`), 400, nnet([2 ** 19, 400, 1], ''));
  },
  'numbers-within-the-ratio.nnet.gz': () => {
    const row = Buffer.from(`${'0,'.repeat(2 ** 19)}\n`);
    const before = nnet([2 ** 19, 140, 1], '');
    return Buffer.concat([
      zipped(row, 140, before, `${'0,\n'.repeat(140)}${'0,'.repeat(140)}\n0,\n`),
      zip(Buffer.from('// '.padEnd(600_000, 'x')), { level: 0 }),
    ]);
  },
  'zeros.nnet.gz': () => zipped(Buffer.alloc(2 ** 24), 64),
  'counts.nnet': () => nnet([2, 2, 1], '').replace('2,2,1,', '2,999999999,1,'),
  'one-line.nnet': () => nnet([2, 2, 1], '0,'.repeat(480_000)),
  'commas.nnet': () => nnet([2, 2, 1], ','.repeat(900_000)),
  'empty-lines.nnet': () => '\n'.repeat(1_000_000),
  'comments-60-mb.nnet': () => '//\n'.repeat(20_000_000),
  'commas-60-mb.nnet': () => nnet([2, 2, 1], ','.repeat(60_000_000)),
  'sizes.nnet': () => `10000,1,1,1,\n${'1,'.repeat(450_000)}\n`,
  'deep.nnet': () => nnet(Array(10_001).fill(1)),
  'digits.nnet': () => nnet([2, 2, 1], `${'1'.repeat(900_000)},0,\n`),
  'wide.nnet': () => nnet([1, 40_000, 1]),
  // The signs of its source are 3.6 * 10^10: looking at them takes minutes.
  'outputs.nnet': () => nnet([4, 60_000]),
  // Integers of 276 bits, which only BigInts hold.
  'long-integers.nnet': () =>
    nnet([300, 300], `${`${'1e38,1.5e-38,'.repeat(150)}\n`.repeat(300)}${'0,\n'.repeat(300)}`),
  // The choice of bits has a rung for every bit of every layer, and looks at every layer on each.
  'deep-decimals.nnet': () => nnet(Array(3001).fill(1), '0.1,\n0,\n'.repeat(3000)),
  // What rounding with feedback would keep of its inputs is a matrix of 8,000 rows.
  'wide-decimals.nnet': () => nnet([8_000, 1], `${'0.1,'.repeat(8_000)}\n0,\n`),
  'exponents.nnet': () => nnet([1, 1], '1e38,\n1e-45,\n'),
};

export const DOMAINS = {
  'open-1-mb.vnnlib': () => '('.repeat(1_000_000),
  'open-60-mb.vnnlib': () => '('.repeat(60_000_000),
  'pairs-60-mb.vnnlib': () => '()'.repeat(30_000_000),
  'one-command-60-mb.vnnlib': () => `(assert (and ${'()'.repeat(29_000_000)}))`,
  'atoms-60-mb.vnnlib': () => `(assert (and ${'a '.repeat(29_000_000)}))`,
  'one-atom-60-mb.vnnlib': () => `(assert ${'a'.repeat(60_000_000)})`,
  'lines-in-a-name.vnnlib': () => `(assert |${'\n'.repeat(60_000_000)}|)`,
  'comment-60-mb.vnnlib': () => `;${'('.repeat(60_000_000)}`,
  'nested-ands.vnnlib': () => `(assert ${'(and '.repeat(160_000)}(<= X_0 1)${')'.repeat(160_001)}`,
  'nested-ors.vnnlib': () => `(assert ${'(or '.repeat(200_000)}(<= X_0 1)${')'.repeat(200_001)}`,
  'arms.vnnlib': () => `(assert (or ${'(and (<= X_0 1) (>= X_0 0))'.repeat(35_000)}))`,
  'bounds.vnnlib': () => '(assert (<= X_0 1))\n'.repeat(50_000),
  'digits.vnnlib': () => `(assert (<= X_0 ${'1'.repeat(900_000)}))`,
  'exponent.vnnlib': () => '(assert (<= X_0 1e-999999999))(assert (>= X_0 -1e-99999999))',
  'bomb.vnnlib.gz': () => zipped(Buffer.from('('.repeat(2 ** 24)), 64),
  'lines-60-mb.box': () => '\n'.repeat(60_000_000),
  'bounds-60-mb.box': () => '0 1\n'.repeat(15_000_000),
  'one-line-60-mb.box': () => '0 '.repeat(30_000_000),
};
