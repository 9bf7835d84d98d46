/** Hostile tickets: well-formed files of few bytes that state sizes no construction makes. */
import { layerSigns } from '../../dist/source/source.js';
import { encodeMask } from '../../dist/ticket/mask-coding.js';
import { encodeTicketFile } from '../../dist/ticket/ticket-file.js';

const text = (value) => JSON.stringify(value);

function joined(parts) {
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** A mask of all edges: no removed edge, hence no bytes. */
export const full = (inputs, outputs) => ({
  encoding: 'complement',
  bytes: new Uint8Array(0),
  kept: inputs * outputs,
});
export const none = () => ({ encoding: 'gaps', bytes: new Uint8Array(0), kept: 0 });

/** Edges as `[column, row]`, in order. */
export function sparse(inputs, outputs, edges) {
  const columns = [];
  const offsets = [];
  const rows = [];
  for (const [column, row] of edges) {
    if (columns.at(-1) !== column) {
      columns.push(column);
      offsets.push(rows.length);
    }
    rows.push(row);
  }
  offsets.push(rows.length);
  return encodeMask({
    kind: 'sparse',
    inputs,
    outputs,
    columns: Uint32Array.from(columns),
    offsets: Uint32Array.from(offsets),
    rows: Uint32Array.from(rows),
  });
}

function envelope(kind, weights, widths, masks, more = {}) {
  return {
    format: 'unearth-ticket/1',
    kind,
    generator: 'threefry2x32-20/1',
    seed: '0000000000000001',
    weights,
    activation: 'relu',
    widths: text(widths),
    kept: text(masks.map(({ kept }) => kept)),
    domain: text({ kind: 'all' }),
    ...more,
  };
}

const maskTensors = (masks) =>
  masks.map(({ encoding, bytes }, index) => ({
    name: `mask.${index + 1}.${encoding}`,
    dtype: 'U8',
    shape: [bytes.length],
    data: [bytes],
  }));

const matrix = (
  index,
  rows,
  columns,
  bytes = new Uint8Array(rows * columns),
  dtype = 'I8',
  limbs = undefined,
) => ({
  name: `target.${index + 1}`,
  dtype,
  shape: limbs === undefined ? [rows, columns] : [rows, columns, limbs],
  data: [bytes],
});

/** One block from `widths[0]` inputs to `widths.at(-1)` outputs, all integers 0, unless told otherwise. */
export function constructed(widths, masks, { body = {}, metadata = {}, targets, blockEnds } = {}) {
  const ends = blockEnds ?? [widths.length - 1];
  const places = ends.map(() => 0);
  const tensors = targets ?? [matrix(0, widths.at(-1), widths[0])];
  const constructedBody = {
    construction: 'horner',
    delta: 0.5,
    blockEnds: ends,
    inputSigns: [['nonnegative', widths[0]]],
    assignments: ends.slice(1).map((_, index) => [...Array(tensors[index].shape[0]).keys()]),
    precision: { mode: 'lossless' },
    target: {
      constant: false,
      fractionalPlaces: places,
      scale: { base: 2, exponent: 0 },
      activation: 'identity',
    },
    ...body,
  };
  const box = { kind: 'box', lower: [[0, widths[0]]], upper: [[1, widths[0]]] };
  const texts = envelope('constructed', 'sign', widths, masks, {
    domain: text(box),
    ...metadata,
    constructed: typeof body === 'string' ? body : text(constructedBody),
  });
  return joined(encodeTicketFile(texts, [...tensors, ...maskTensors(masks)]));
}

const upTo = (t) => [...Array(t).keys()];

/**
 * Layers of one width in a skip source, all kept edges from the only input into all of their neurons; then
 * one neuron that keeps an edge from each of them all.
 */
function skipLayers(count, width, readsOf) {
  const widths = [1, ...Array(count).fill(width), 1];
  const reads = widths
    .slice(1)
    .map((_, index) => (index < count ? readsOf(index + 1) : upTo(index + 1)));
  const masks = reads.map((own, index) => {
    if (index === count) return full(1 + count * width, 1);
    const columns = own.reduce((sum, t) => sum + widths[t], 0);
    if (columns === 1) return full(1, width);
    return sparse(
      columns,
      width,
      Array.from({ length: width }, (_, row) => [0, row]),
    );
  });
  return constructed(widths, masks, { body: { reads } });
}

function trained(
  widths,
  masks,
  { probes = 1, weights = 'sign', body = {}, outputs, tensors = [] } = {},
) {
  const data = outputs ?? new Uint8Array(8 * probes * widths.at(-1));
  const layers = widths.slice(1);
  const trainedBody = {
    scales: layers.map(() => 1),
    standardization: { mean: [[0, widths[0]]], deviation: [[1, widths[0]]] },
    probes,
    training: {
      method: 'edge-popup',
      weights: 'signed-constant',
      keep: layers.map(() => 0.5),
      keepScope: 'layer',
      keepRamp: 0,
      epochs: 1,
      batch: 1,
      learningRate: 1,
      momentum: 0,
      weightDecay: 0,
      schedule: 'cosine',
      validation: 0,
      patience: 0,
      backend: 'cpu',
      epochsUsed: 1,
      data: '0'.repeat(64),
    },
    ...body,
  };
  const probe = {
    name: 'probe.outputs',
    dtype: 'F64',
    shape: [probes, widths.at(-1)],
    data: [data],
  };
  const texts = envelope('trained', weights, widths, masks, { trained: text(trainedBody) });
  return joined(encodeTicketFile(texts, [probe, ...tensors, ...maskTensors(masks)]));
}

function baseline(widths, masks, targets) {
  const blocks = (widths.length - 1) / 2;
  const body = {
    system: 'pensia',
    delta: 0.5,
    distributions: widths.slice(1).map(() => ({ kind: 'uniform', bits: 8 })),
    scaleExponents: Array(blocks).fill(0),
    constant: false,
    inputSigns: [['nonnegative', widths[0]]],
    activation: 'identity',
    precision: {
      mode: 'certified',
      requested: 1,
      certified: '1',
      outputs: Array(widths.at(-1)).fill('1'),
      method: 'interval',
    },
  };
  const box = { kind: 'box', lower: [[0, widths[0]]], upper: [[1, widths[0]]] };
  const texts = envelope('baseline', 'uniform', widths, masks, {
    domain: text(box),
    baseline: text(body),
  });
  return joined(encodeTicketFile(texts, [...targets, ...maskTensors(masks)]));
}

/** Full layers between these widths. */
const fullLayers = (widths) => widths.slice(1).map((width, index) => full(widths[index], width));

/** Every edge of a layer whose sign is +, so that nothing is rejected early. */
function plusEdges(widths, t, limit = Number.POSITIVE_INFINITY) {
  const signs = layerSigns(1n, t);
  const edges = [];
  for (let column = 0; column < widths[t - 1]; column++) {
    for (let row = 0, kept = 0; row < widths[t] && kept < limit; row++) {
      if (signs.sign(column, row) === 1) {
        edges.push([column, row]);
        kept++;
      }
    }
  }
  return sparse(widths[t - 1], widths[t], edges);
}

function plusNetwork(widths, limit) {
  return widths.slice(1).map((_, index) => plusEdges(widths, index + 1, limit));
}

/** A file of this header, and nothing else. */
export function withHeader(header) {
  const bytes = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
}

const START = '{"__metadata__":{"format":"unearth-ticket/1"';

/** Name and bytes of every ticket; large ones are made when they are asked for. */
/** `depth` layers of 1 by 1 on maps of one channel and `side` by `side` positions, then one that covers them. */
function normalizedMaps(side, depth, { adds = false, ...extras }) {
  const widths = Array(depth + 2).fill(1);
  const layers = widths.slice(2).map((_, index) => {
    const added = adds && index > 0 ? { adds: index } : {};
    return [1, 1, 0, 1, { ...extras, ...added }];
  });
  const masks = [...widths.slice(2).map(() => full(1, 1)), full(side * side, 1)];
  const tensors = layers.map((_, index) => ({
    name: `normalization.${index + 1}`,
    dtype: 'U8',
    shape: [1, 2],
    data: [Uint8Array.of(0, 128)],
  }));
  const body = {
    maps: { input: [side, side], layers: [...layers, [side, side, 0, 1]] },
    normalizations: [...layers.map(() => [-5, 1]), null],
  };
  return trained(widths, masks, { body, tensors });
}

export const TICKETS = {
  'skip-last-reads-all': () => skipLayers(100, 40_000, () => [0]),
  'skip-just-below': () => skipLayers(44, 40_000, () => [0]),
  'skip-all-read-all': () => skipLayers(1000, 1000, upTo),
  'skip-many-read-all': () => skipLayers(2, 2_000_000, upTo),
  'one-full-layer': () => constructed([1, 2 ** 28, 1], [full(1, 2 ** 28), none()]),
  'full-square': () =>
    constructed([1, 16_384, 16_384, 1], [full(1, 16_384), full(16_384, 16_384), full(16_384, 1)]),
  'thirty-full-layers': () => {
    const widths = [1, ...Array(31).fill(11_585), 1];
    return constructed(widths, fullLayers(widths));
  },
  'two-hundred-full-layers': () => {
    const widths = [1, ...Array(200).fill(4096), 1];
    return constructed(widths, fullLayers(widths));
  },
  'ten-thousand-full-layers': () => {
    const widths = [1, ...Array(10_000).fill(256), 1];
    return constructed(widths, fullLayers(widths));
  },
  'just-below-the-edges': () => {
    const widths = [1, 5000, 5000, 1];
    return constructed(widths, fullLayers(widths));
  },
  'many-full-blocks': () => {
    const widths = [1, ...Array(64).fill(2048), 1];
    return constructed(widths, fullLayers(widths), {
      blockEnds: [32, 65],
      targets: [matrix(0, 1, 1), matrix(1, 1, 1)],
    });
  },
  'wide-and-empty': () => {
    const widths = [1, ...Array(20_000).fill(2 ** 32 - 1), 1];
    return constructed(widths, widths.slice(1).map(none));
  },
  'wide-with-an-edge-each': () => {
    const widths = [1, ...Array(3000).fill(2 ** 32 - 1), 1];
    return constructed(
      widths,
      widths.slice(1).map((width, index) => sparse(widths[index], width, [[0, 0]])),
    );
  },
  'doubling-beyond-all-bits': () => {
    const widths = Array(8001).fill(64);
    widths[0] = 2;
    return constructed(widths, plusNetwork(widths, 8), { targets: [matrix(0, 64, 2)] });
  },
  'dense-positive-rows': () => {
    const widths = [1000, 1000, 1000, 1000, 4];
    return constructed(widths, plusNetwork(widths), { targets: [matrix(0, 4, 1000)] });
  },
  'wide-positive-rows': () => {
    const widths = [30_000, 64, 64, 64, 64, 1];
    return constructed(widths, plusNetwork(widths, 12), { targets: [matrix(0, 1, 30_000)] });
  },
  'a-million-inputs': () => {
    const widths = [1_000_000, 1];
    return constructed(widths, [none()], { targets: [matrix(0, 1, 1_000_000)] });
  },
  'a-million-outputs': () => {
    const widths = [1, 1_000_000];
    return constructed(widths, [none()], { targets: [matrix(0, 1_000_000, 1)] });
  },
  'large-integers': () =>
    constructed([8, 16], [none()], {
      targets: [matrix(0, 16, 8, new Uint8Array(16 * 8 * 512).fill(0x5a), 'U32', 128)],
    }),
  'a-box-of-all-numbers': () =>
    constructed([1, 1], [none()], {
      metadata: {
        domain: text({ kind: 'box', lower: [[0, 2 ** 53 - 1]], upper: [[1, 2 ** 53 - 1]] }),
      },
    }),
  'signs-without-end': () =>
    constructed([1, 1], [none()], { body: { inputSigns: [['signed', 2 ** 32 - 1]] } }),
  'a-range-of-all-neurons': () =>
    constructed([1, 2 ** 32 - 1, 1], [none(), none()], {
      blockEnds: [1, 2],
      targets: [matrix(0, 1, 1), matrix(1, 1, 1)],
      body: { assignments: [[[0, 2 ** 32 - 2]]] },
    }),
  'half-a-million-blocks': () =>
    constructed([1, 1], [none()], { body: { blockEnds: Array(200_000).fill(1) } }),
  'trained-widths': () => trained([4, 2 ** 27, 2 ** 27, 3], [none(), none(), none()]),
  'trained-outputs': () => trained([4, 2 ** 27], [none()], { probes: 0 }),
  'trained-inputs': () => trained([2 ** 32 - 1, 1], [none()]),
  'trained-inputs-below-the-limit': () => trained([2 ** 22, 1], [none()], { probes: 1000 }),
  'trained-full-layers': () => {
    const widths = [16, ...Array(40).fill(4096), 3];
    return trained(widths, fullLayers(widths));
  },
  'trained-probes': () => {
    const widths = [16, 4096, 4096, 1];
    return trained(widths, fullLayers(widths), { probes: 4096 });
  },
  'trained-normal': () => {
    const widths = [16, 4096, 4096, 1];
    return trained(widths, fullLayers(widths), { weights: 'normal' });
  },
  // Feature maps of one channel, all that a layer may be behind its sums, deep or large.
  'trained-behind-deep': () => normalizedMaps(256, 2000, { normalized: true, linear: true }),
  'trained-behind-added': () => normalizedMaps(256, 10, { normalized: true, adds: true }),
  'trained-behind-large': () => normalizedMaps(4096, 2, { normalized: true }),
  'baseline-full': () => {
    const widths = [1, 8192, 1];
    return baseline(widths, fullLayers(widths), [matrix(0, 1, 1)]);
  },
  'baseline-wide': () => {
    const widths = Array.from({ length: 401 }, (_, index) => (index % 2 === 0 ? 1 : 2 ** 32 - 1));
    const targets = Array.from({ length: 200 }, (_, index) => matrix(index, 1, 1));
    return baseline(widths, widths.slice(1).map(none), targets);
  },
  'baseline-full-blocks': () => {
    const widths = Array.from({ length: 101 }, (_, index) => (index % 2 === 0 ? 100 : 10_000));
    const targets = Array.from({ length: 50 }, (_, index) => matrix(index, 100, 100));
    return baseline(widths, fullLayers(widths), targets);
  },
  'header-of-brackets': () => withHeader(`${START},"a":${'['.repeat(1_000_000)}`),
  'header-of-objects': () => withHeader(`${START}},"t":[${'{},'.repeat(300_000)}{}]}`),
  'header-of-keys': () =>
    withHeader(
      `${START}},${Array.from({ length: 60_000 }, (_, index) => `"t${index}":{}`).join(',')}}`,
    ),
  'header-of-one-string': () => withHeader(`${START},"seed":"${'a'.repeat(1_000_000)}"}}`),
  'header-of-escapes': () => withHeader(`${START},"seed":"${'\\u0000'.repeat(160_000)}"}}`),
  'header-of-metadata': () =>
    withHeader(
      `${START},${Array.from({ length: 60_000 }, (_, index) => `"k${index}":""`).join(',')}}}`,
    ),
  'header-longer-than-the-file': () => {
    const bytes = withHeader(`${START}}}`);
    bytes.writeBigUInt64LE(2n ** 62n);
    return bytes;
  },
  'header-of-lists': () => withHeader(`${START},"widths":"[${'1,'.repeat(490_000)}1]"}}`),
  'header-32-mib-of-lists': () => withHeader(`${START}},"t":[${'[],'.repeat(10_000_000)}[]]}`),
  'header-32-mib-of-objects': () => withHeader(`${START}},"t":[${'{},'.repeat(10_000_000)}{}]}`),
  'integers-60-mb': () => {
    const widths = [7500, 8000];
    return constructed(widths, [none()], { targets: [matrix(0, 8000, 7500)] });
  },
};
