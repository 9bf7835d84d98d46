/**
 * Tickets in skip sources for tests, found in real random signs without any construction of `src/`: chains
 * that grow as Fibonacci numbers do (each neuron reads the two before it in its chain, and the digits from
 * the block's input), with an offset, as wide as a simple search wants them.
 */
import type { IntegerNetwork } from '../src/integer/integer-network.js';
import { bigEntry } from '../src/integer/integer-network.js';
import { keptCount, type LayerMask } from '../src/source/mask.js';
import { maskSizes, type SourceLayer, type SourceShape } from '../src/source/shape.js';
import { createSource, type Source } from '../src/source/source.js';
import type { Domain, InputSign } from '../src/target/network.js';
import type { ConstructedTicket } from '../src/ticket/ticket.js';
import { type Claim, type Edge, sparseMask } from './pruned-sources.js';

export interface FoundSkip extends Claim {
  readonly ticket: ConstructedTicket;
}

/** Copies of the offset in the last hidden layer. */
const COPIES = 14;

/** One block: where it is in the source, and the integers over the neurons of the layer it is fed from. */
interface Block {
  /** Number of the layer that its chains read their digits from, and the neuron of each column there. */
  readonly input: number;
  readonly inputs: readonly number[];
  readonly rows: readonly (readonly bigint[])[];
  /** Layers of its chains are `first .. first + length - 1`; the next one holds the outputs. */
  readonly first: number;
  readonly length: number;
  readonly last: boolean;
}

/** The largest magnitude among integers. */
function largest(values: readonly bigint[]): bigint {
  let most = 0n;
  for (const value of values) {
    const magnitude = value < 0n ? -value : value;
    if (magnitude > most) most = magnitude;
  }
  return most;
}

/** Places of the nodes of a chain: paths to its last node. */
function placesOf(length: number): bigint[] {
  const places = [1n, 1n];
  while (places.length < length) places.unshift(places[0] + places[1]);
  return places.slice(0, length);
}

function halvesOf(inputSigns: readonly InputSign[], constant: boolean) {
  const halves = inputSigns.flatMap((sign, input) => [
    ...(sign === 'nonpositive' ? [] : [{ input, factor: 1n }]),
    ...(sign === 'nonnegative' ? [] : [{ input, factor: -1n }]),
  ]);
  return constant ? [...halves, { input: inputSigns.length, factor: 1n }] : halves;
}

/** The source for these integers: in the first block a split layer, if any input may be negative. */
function layout(target: IntegerNetwork, inputSigns: readonly InputSign[]) {
  const layers: SourceLayer[] = [];
  const blocks: Block[] = [];
  const { matrices, constant } = target;
  const split = inputSigns.some((sign) => sign !== 'nonnegative');
  for (const [index, matrix] of matrices.entries()) {
    const last = index === matrices.length - 1;
    const entry = (row: number, column: number): bigint =>
      bigEntry(matrix, row * matrix.columns + column);
    const halves =
      index === 0
        ? halvesOf(inputSigns, constant)
        : Array.from({ length: matrix.columns }, (_, input) => ({ input, factor: 1n }));
    let input = layers.length;
    if (index === 0 && split) {
      layers.push({ channels: 12 * halves.length + 24 });
      input = 1;
    }
    const rows = Array.from({ length: matrix.rows }, (_, row) =>
      halves.map(({ input: column, factor }) => factor * entry(row, column)),
    );
    const most = largest([1n, ...rows.flat()]);
    let length = 4;
    const reach = (): bigint => placesOf(length).reduce((sum, place) => sum + place, 0n);
    while (reach() < 64n * most) length++;
    const first = layers.length + 1;
    const width = 16 * (matrix.rows + 2) + 2 * COPIES;
    for (let at = 0; at < length; at++) {
      const own = [first + at - 2, first + at - 1].filter((layer) => layer >= first);
      layers.push({ channels: width, reads: [input, ...own] });
    }
    layers.push({ channels: last ? matrix.rows : 8 * matrix.rows + 16, endsBlock: true });
    blocks.push({ input, inputs: halves.map((_, column) => column), rows, first, length, last });
  }
  const inputs = (matrices[0]?.columns ?? 0) as number;
  return { shape: { inputs, layers } satisfies SourceShape, blocks, split };
}

interface Finder {
  readonly source: Source;
  /** The sign of the edge from a neuron of a layer that layer t reads. */
  sign(t: number, layer: number, from: number, row: number): 1 | -1;
  keep(t: number, layer: number, from: number, row: number): void;
}

function finder(source: Source, edges: readonly Edge[][]): Finder {
  const column = (t: number, layer: number, neuron: number): number => {
    const { inputs, layers } = source.shape;
    let before = 0;
    for (const read of layers[t - 1].reads ?? [t - 1]) {
      if (read === layer) return before + neuron;
      before += read === 0 ? inputs : layers[read - 1].channels;
    }
    throw new Error(`layer ${t} does not read ${layer}`);
  };
  return {
    source,
    sign: (t, layer, from, row) => source.layer(t).sign(column(t, layer, from), row),
    keep: (t, layer, from, row) => {
      edges[t - 1].push([column(t, layer, from), row]);
    },
  };
}

/** The first neuron of layer t, none of `taken`, that suits; -1 if there is none. */
function choose(width: number, taken: Set<number>, suits: (neuron: number) => boolean): number {
  for (let neuron = 0; neuron < width; neuron++) {
    if (taken.has(neuron) || !suits(neuron)) continue;
    taken.add(neuron);
    return neuron;
  }
  return -1;
}

/** The digits of one chain at one input that add up to `value`; null if none are found. */
function digitsOf(value: bigint, signs: readonly bigint[]): boolean[] | null {
  const places = placesOf(signs.length);
  let rest = value;
  const digits = signs.map((sign, at) => {
    let above = 0n;
    let below = 0n;
    for (let later = at + 1; later < signs.length; later++) {
      if (signs[later] > 0n) above += places[later];
      if (signs[later] < 0n) below += places[later];
    }
    if (sign === 0n || (rest >= -below && rest <= above)) return false;
    rest -= sign * places[at];
    return true;
  });
  return rest === 0n ? digits : null;
}

/** Neuron of layer t of each split half, or null. */
function splitInputs(
  { source, sign, keep }: Finder,
  inputSigns: readonly InputSign[],
  constant: boolean,
): number[] | null {
  const taken = new Set<number>();
  const neurons = halvesOf(inputSigns, constant).map(({ input, factor }) => {
    const wanted = factor > 0n ? 1 : -1;
    const width = source.shape.layers[0].channels;
    const neuron = choose(width, taken, (row) => sign(1, 0, input, row) === wanted);
    if (neuron >= 0) keep(1, 0, input, neuron);
    return neuron;
  });
  return neurons.includes(-1) ? null : neurons;
}

/** The neurons of a block's outputs, its edges being kept; null where the signs do not have them. */
function findBlock(find: Finder, block: Block): number[] | null {
  const { source, sign, keep } = find;
  const { input, inputs, rows, first, length, last } = block;
  const { channels: width } = source.shape.layers[first - 1];
  const end = first + length;
  const offset = rows.length;
  const grow =
    (t: number, chain: readonly number[]): ((row: number) => boolean) =>
    (row) =>
      [2, 1].every(
        (back) => t - back < first || sign(t, t - back, chain.at(-back) as number, row) > 0,
      );
  const chains: number[][] = Array.from({ length: offset + 1 }, (_, chain) => [chain]);
  for (let t = first + 1; t < end - 1; t++) {
    const taken = new Set<number>();
    for (const chain of chains) chain.push(choose(width, taken, grow(t, chain)));
    if (chains.some((chain) => chain.includes(-1))) return null;
  }
  const top = end - 1;
  const taken = new Set<number>();
  const copies: number[] = [];
  for (let copy = 0; copy < COPIES; copy++) {
    copies.push(choose(width, taken, grow(top, chains[offset])));
  }
  if (copies.includes(-1)) return null;
  const outputWidth = source.shape.layers[end - 1].channels;
  const outputs: number[] = [];
  const used = new Set<number>();
  for (let output = 0; output < offset; output++) {
    const fits = (row: number): boolean => grow(top, chains[output])(row);
    const suits = (row: number): boolean => fits(row) && (!last || sign(end, top, row, output) > 0);
    const neuron = choose(width, taken, suits);
    if (neuron < 0) return null;
    chains[output].push(neuron);
    const minus = (row: number): number =>
      copies.find((copy) => sign(end, top, copy, row) < 0) ?? -1;
    const held = last
      ? output
      : choose(outputWidth, used, (row) => sign(end, top, neuron, row) > 0 && minus(row) >= 0);
    if (held < 0 || minus(held) < 0) return null;
    keep(end, top, neuron, held);
    keep(end, top, minus(held), held);
    outputs.push(held);
  }
  // The offset is the largest magnitude at each input, and its copies take no digits.
  for (const [column, from] of inputs.entries()) {
    const most = largest(rows.map((row) => row[column]));
    for (const [index, chain] of chains.entries()) {
      const signs = Array.from({ length }, (_, at) =>
        at < chain.length ? BigInt(sign(first + at, input, from, chain[at])) : 0n,
      );
      const digits = digitsOf(most + (index === offset ? 0n : rows[index][column]), signs);
      if (digits === null) return null;
      for (const [at, kept] of digits.entries()) if (kept) keep(first + at, input, from, chain[at]);
    }
  }
  for (const [index, chain] of chains.entries()) {
    for (let at = 1; at < length; at++) {
      const into = index === offset && at === length - 1 ? copies : [chain[at]];
      for (const row of into) {
        for (const back of [2, 1]) {
          if (at - back >= 0) keep(first + at, first + at - back, chain[at - back], row);
        }
      }
    }
  }
  return outputs;
}

function findIn(
  source: Source,
  { blocks, split }: ReturnType<typeof layout>,
  target: IntegerNetwork,
  inputSigns: readonly InputSign[],
): Pick<Claim, 'masks' | 'assignments'> | null {
  const edges: Edge[][] = source.shape.layers.map(() => []);
  const find = finder(source, edges);
  const assignments: Uint32Array[] = [];
  let inputs = split ? splitInputs(find, inputSigns, target.constant) : blocks[0].inputs;
  for (const block of blocks) {
    if (inputs === null) return null;
    const outputs = findBlock(find, { ...block, inputs });
    if (outputs === null) return null;
    if (!block.last) assignments.push(Uint32Array.from(outputs));
    inputs = outputs;
  }
  const masks: LayerMask[] = maskSizes(source.shape).map((size, index) =>
    sparseMask(size.inputs, size.outputs, edges[index]),
  );
  return { masks, assignments };
}

/** The network in the first source of 200 seeds that has it, with a ticket of it. */
export function findSkip(
  target: IntegerNetwork,
  inputSigns: readonly InputSign[],
  domain: Domain = { kind: 'all' },
): FoundSkip {
  const laid = layout(target, inputSigns);
  for (let seed = 1n; seed <= 200n; seed++) {
    const source = createSource(seed, laid.shape);
    const found = findIn(source, laid, target, inputSigns);
    if (found === null) continue;
    const { masks, assignments } = found;
    const ticket: ConstructedTicket = {
      ...{ kind: 'constructed', seed, shape: laid.shape, construction: 'fibonacci', delta: 0.5 },
      ...{ precision: { mode: 'lossless' }, domain, inputSigns, assignments, target },
      kept: masks.map(keptCount),
      mask: (t) => masks[t - 1],
    };
    return { source, masks, target, inputSigns, assignments, ticket };
  }
  throw new Error('none of 200 seeds has the network');
}

/** Integers, and the signs of the inputs, of networks that are found soon. */
export const SKIP_NETWORKS: readonly (readonly [string, (number | bigint)[][][], InputSign[]])[] = [
  [
    'one block',
    [
      [
        [5, -3],
        [0, 7],
      ],
    ],
    ['nonnegative', 'nonnegative'],
  ],
  [
    'signed inputs',
    [
      [
        [5, -3],
        [-12, 7],
      ],
    ],
    ['signed', 'nonpositive'],
  ],
  [
    'two blocks',
    [
      [
        [5, -3],
        [0, 7],
        [-1, 2],
      ],
      [[1, -2, 30]],
    ],
    ['signed', 'nonnegative'],
  ],
  ['three', [[[1, -1]], [[2], [-3]], [[4, 100]]], ['signed', 'signed']],
  ['long integers', [[[2n ** 70n + 1n, -(2n ** 69n)]], [[-3n], [2n ** 60n]]], ['signed', 'signed']],
];
