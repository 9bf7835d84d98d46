/** Small random tickets and masks for the tests of this folder. Nothing in them is true. */
import { type IntegerMatrix, integerMatrix } from '../../src/integer/integer-network.js';
import type { DenseMask, LayerMask, SparseMask } from '../../src/source/mask.js';
import { keptCount, toSparse, wordsPerColumn } from '../../src/source/mask.js';
import { layeredShape, maskSizes, withReads } from '../../src/source/shape.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { type ReadTicketOptions, readTicket, type Stored } from '../../src/ticket/read.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';

/** A small generator of numbers in [0, 1), the same on every machine. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export function randomDense(
  inputs: number,
  outputs: number,
  density: number,
  random: () => number,
): DenseMask {
  const perColumn = wordsPerColumn(outputs);
  const words = new Uint32Array(inputs * perColumn);
  for (let column = 0; column < inputs; column++) {
    for (let row = 0; row < outputs; row++) {
      if (random() < density) {
        const word = column * perColumn + (row >>> 5);
        words[word] = (words[word] as number) | (1 << (row & 31));
      }
    }
  }
  return { kind: 'dense', inputs, outputs, words };
}

/** A sparse mask from the targets of some columns. */
export function sparseMask(
  inputs: number,
  outputs: number,
  targets: readonly (readonly [number, readonly number[]])[],
): SparseMask {
  const offsets = [0];
  for (const [, rows] of targets) offsets.push((offsets.at(-1) as number) + rows.length);
  return {
    kind: 'sparse',
    inputs,
    outputs,
    columns: Uint32Array.from(targets, ([column]) => column),
    offsets: Uint32Array.from(offsets),
    rows: Uint32Array.from(targets.flatMap(([, rows]) => rows)),
  };
}

/** `perColumn` rows (or pairs of neighbouring rows) at random places of every `step`-th column. */
export function randomSparse(
  inputs: number,
  outputs: number,
  perColumn: number,
  pairs: boolean,
  random: () => number,
): SparseMask {
  const targets: [number, number[]][] = [];
  for (let column = 0; column < inputs; column++) {
    const rows = new Set<number>();
    while (rows.size < perColumn) {
      const row = Math.floor(random() * (outputs - 1));
      rows.add(row);
      if (pairs) rows.add(row + 1);
    }
    targets.push([column, [...rows].sort((first, second) => first - second)]);
  }
  return sparseMask(inputs, outputs, targets);
}

/** What two masks with the same edges have in common. */
export function edgesOf(mask: LayerMask): SparseMask {
  return toSparse(mask);
}

/** Faster than comparing the typed arrays by `toEqual`. */
export function sameEdges(first: LayerMask, second: LayerMask): boolean {
  const left = toSparse(first);
  const right = toSparse(second);
  const same = (one: Uint32Array, other: Uint32Array) =>
    one.length === other.length && one.every((value, index) => value === other[index]);
  return (
    left.inputs === right.inputs &&
    left.outputs === right.outputs &&
    same(left.columns, right.columns) &&
    same(left.offsets, right.offsets) &&
    same(left.rows, right.rows)
  );
}

function randomMatrix(
  rows: number,
  columns: number,
  bits: number,
  random: () => number,
): IntegerMatrix {
  const entries = Array.from({ length: rows * columns }, () => {
    let magnitude = 0n;
    for (let done = 0; done < bits; done += 16) {
      magnitude = (magnitude << 16n) | BigInt(Math.floor(random() * 65536));
    }
    magnitude &= (1n << BigInt(bits)) - 1n;
    return random() < 0.5 ? -magnitude : magnitude;
  });
  return integerMatrix(rows, columns, entries);
}

export interface SampleOptions {
  readonly seed: number;
  /** Bits of the integers of each target layer. */
  readonly bits?: readonly number[];
  readonly constant?: boolean;
  readonly densities?: readonly number[];
  /** What each of the four layers reads; default: the one before. */
  readonly reads?: readonly (readonly number[])[];
}

/** Two blocks of two source layers each. */
export function sampleTicket(options: SampleOptions): ConstructedTicket {
  const { seed, bits = [20, 70], constant = true, densities = [0.02, 0.3, 0.9, 0.5] } = options;
  const random = randomNumbers(seed);
  const inputs = 4;
  const hidden = 3;
  const extra = constant ? 1 : 0;
  const widths = [inputs + extra, 37, 11, 64, 2];
  const layered = layeredShape(widths, [2, 4]);
  const shape = options.reads === undefined ? layered : withReads(layered, options.reads);
  const sizes = maskSizes(shape);
  const matrices = [
    randomMatrix(hidden + extra, inputs + extra, bits[0] as number, random),
    randomMatrix(2, hidden + extra, bits[1] as number, random),
  ];
  const masks = densities.map((density, index) =>
    randomDense(sizes[index]?.inputs as number, widths[index + 1] as number, density, random),
  );
  const rows = Array.from({ length: 11 }, (_, index) => index);
  const chosen = rows
    .map((row) => ({ row, key: random() }))
    .sort((first, second) => first.key - second.key)
    .slice(0, hidden + extra);
  return {
    kind: 'constructed',
    seed: BigInt(Math.floor(random() * 2 ** 32)) << 31n,
    shape,
    construction: 'diamond',
    delta: 1e-6,
    precision: { mode: 'paper', epsilon: 0.1, digits: 4 },
    domain: {
      kind: 'box',
      lower: Float64Array.of(-0, 0, 0.1, -1.5e-300),
      upper: Float64Array.of(0.5, 0.5, 0.5, 5e-324),
    },
    inputSigns: ['nonnegative', 'nonnegative', 'nonnegative', 'signed'],
    model: { name: 'a model.onnx', sha256: 'ab'.repeat(32) },
    normalization: {
      input: {
        minimum: Float64Array.of(0, 0, 0, -2.5),
        maximum: Float64Array.of(1, 1, 1, 2.5),
        mean: Float64Array.of(19791.091, 0, 0, 0),
        range: Float64Array.of(60261, 6.2831853, 1, 1),
      },
      output: { mean: 7.5188840201005975, range: 373.94992 },
    },
    assignments: [Uint32Array.from(chosen, ({ row }) => row)],
    target: {
      matrices,
      constant,
      fractionalPlaces: [4, 4],
      scale: { base: 10, exponent: 8 },
      activation: 'identity',
    },
    kept: masks.map(keptCount),
    mask(t) {
      return masks[t - 1] as LayerMask;
    },
  };
}

/** `readTicket` for the kind that `sampleTicket` is of. */
export function readConstructed(
  bytes: Uint8Array,
  options?: ReadTicketOptions,
): Stored<ConstructedTicket> {
  return ticketOfKind(readTicket(bytes, options), 'constructed', 'this test');
}

export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
