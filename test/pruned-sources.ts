/**
 * Small pruned sources for tests: masks and sources made by hand, tickets found in random ones, and a
 * reference that evaluates a pruned source edge by edge, sharing no code with what it judges.
 */

import { diamond } from '../src/constructions/diamond/diamond.js';
import { type DiamondPlan, diamondPlanOf } from '../src/constructions/diamond/plan.js';
import { complete } from '../src/core/steps.js';
import { float32BudgetSteps, integerLayers } from '../src/inference/evaluation-bound.js';
import type { PrunedProgram } from '../src/inference/pruned-program.js';
import type { IntegerNetwork } from '../src/integer/integer-network.js';
import { bigEntry } from '../src/integer/integer-network.js';
import { networkClassOf } from '../src/integer/network-class.js';
import type { DenseMask, LayerMask, SparseMask } from '../src/source/mask.js';
import { keptCount, wordsPerColumn } from '../src/source/mask.js';
import { pruneSource } from '../src/source/pruned-network.js';
import { blockEndsOf, type SourceShape, widthOf, widthsOf } from '../src/source/shape.js';
import type { LayerSigns, Source } from '../src/source/source.js';
import { createSource } from '../src/source/source.js';
import type { Activation, InputSign } from '../src/target/network.js';
import type { ConstructedTicket } from '../src/ticket/ticket.js';

export type Edge = readonly [column: number, row: number];

/** A pruned source with what it is claimed to equal. */
export interface Claim {
  readonly source: Source;
  readonly masks: readonly LayerMask[];
  readonly target: IntegerNetwork;
  readonly inputSigns: readonly InputSign[];
  readonly assignments: readonly Uint32Array[];
}

/** A source whose signs are chosen instead of drawn. */
export function chosenSource(
  shape: SourceShape,
  choose: (t: number, column: number, row: number) => 1 | -1,
): Source {
  const layer = (t: number): LayerSigns => {
    const width = widthOf(shape, t);
    const word = (column: number, index: number): number => {
      let bits = 0;
      for (let bit = 0; bit < 32; bit++) {
        const row = 32 * index + bit;
        if (row < width && choose(t, column, row) === 1) bits |= 1 << bit;
      }
      return bits;
    };
    return {
      sign: (column, row) => choose(t, column, row),
      word,
      column(column, rows, out) {
        for (let index = 0; 32 * index < rows; index++) out[index] = word(column, index);
        if (rows % 32 !== 0) out[Math.floor(rows / 32)] &= 2 ** (rows % 32) - 1;
      },
    };
  };
  return { seed: 0n, shape, layer };
}

/** A sparse mask from edges in any order, each once. */
export function sparseMask(inputs: number, outputs: number, edges: readonly Edge[]): SparseMask {
  const sorted = [...edges].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const columns: number[] = [];
  const offsets: number[] = [];
  for (const [index, [column]] of sorted.entries()) {
    if (column === columns.at(-1)) continue;
    columns.push(column);
    offsets.push(index);
  }
  return {
    kind: 'sparse',
    inputs,
    outputs,
    columns: Uint32Array.from(columns),
    offsets: Uint32Array.from([...offsets, sorted.length]),
    rows: Uint32Array.from(sorted, ([, row]) => row),
  };
}

/** A dense mask from edges in any order. */
export function denseMask(inputs: number, outputs: number, edges: readonly Edge[]): DenseMask {
  const words = new Uint32Array(inputs * wordsPerColumn(outputs));
  for (const [column, row] of edges) {
    words[column * wordsPerColumn(outputs) + (row >>> 5)] |= 1 << (row & 31);
  }
  return { kind: 'dense', inputs, outputs, words };
}

/** Every edge between two layers. */
export function allEdges(inputs: number, outputs: number): Edge[] {
  return Array.from(
    { length: inputs * outputs },
    (_, index): Edge => [Math.floor(index / outputs), index % outputs],
  );
}

/** The kept edges of a mask, read off its definition. */
export function edgesOf(mask: LayerMask): Edge[] {
  const edges: Edge[] = [];
  if (mask.kind === 'sparse') {
    for (const [index, column] of mask.columns.entries()) {
      for (let at = mask.offsets[index]; at < mask.offsets[index + 1]; at++) {
        edges.push([column, mask.rows[at]]);
      }
    }
    return edges;
  }
  for (const edge of allEdges(mask.inputs, mask.outputs)) {
    const word = mask.words[edge[0] * Math.ceil(mask.outputs / 32) + Math.floor(edge[1] / 32)];
    if (Math.floor(word / 2 ** (edge[1] % 32)) % 2 === 1) edges.push(edge);
  }
  return edges;
}

/** Which neuron of which layer each column of layer t is: counted off the layers that it reads. */
function columnPlaces(
  { inputs, layers }: SourceShape,
  t: number,
): (column: number) => { readonly layer: number; readonly neuron: number } {
  const places = (layers[t - 1].reads ?? [t - 1]).map((layer) => ({
    layer,
    width: layer === 0 ? inputs : layers[layer - 1].channels,
  }));
  return (column) => {
    let neuron = column;
    for (const { layer, width } of places) {
      if (neuron < width) return { layer, neuron };
      neuron -= width;
    }
    throw new RangeError(`column ${column} of layer ${t}`);
  };
}

/**
 * The pruned source as a function of integers, `inputs` (the constant included) to the outputs, before
 * the scale. One multiplication by a sign per kept edge, ReLU after every layer.
 */
export function referencePruned(
  source: Source,
  masks: readonly LayerMask[],
  activation: Activation,
): (input: readonly bigint[]) => bigint[] {
  const layers = masks.map((mask, index) => {
    const signs = source.layer(index + 1);
    const places = columnPlaces(source.shape, index + 1);
    return edgesOf(mask).map(([column, row]) => ({
      place: places(column),
      row,
      sign: BigInt(signs.sign(column, row)),
    }));
  });
  const outputs = widthsOf(source.shape).at(-1) ?? 0;
  return (input) => {
    /** By layer, the inputs first: what is not 0. */
    const values = [new Map(input.entries())];
    for (const [index, edges] of layers.entries()) {
      const sums = new Map<number, bigint>();
      for (const { place, row, sign } of edges) {
        const value = values[place.layer].get(place.neuron) ?? 0n;
        if (value !== 0n) sums.set(row, (sums.get(row) ?? 0n) + sign * value);
      }
      const linear = index === layers.length - 1 && activation === 'identity';
      values.push(linear ? sums : new Map([...sums].filter(([, sum]) => sum > 0n)));
    }
    return Array.from({ length: outputs }, (_, row) => values[layers.length].get(row) ?? 0n);
  };
}

/** The integer network as a function of integers, the constant included, before the scale. */
export function referenceInteger(target: IntegerNetwork): (input: readonly bigint[]) => bigint[] {
  const matrices = target.matrices.map((matrix) =>
    Array.from({ length: matrix.rows }, (_, row) =>
      Array.from({ length: matrix.columns }, (_, column) =>
        bigEntry(matrix, row * matrix.columns + column),
      ),
    ),
  );
  return (input) => {
    let values = [...input];
    for (const [index, rows] of matrices.entries()) {
      const linear = index === matrices.length - 1 && target.activation === 'identity';
      values = rows.map((row) => {
        let sum = 0n;
        for (const [column, entry] of row.entries()) sum += entry * values[column];
        return linear || sum > 0n ? sum : 0n;
      });
    }
    return values;
  };
}

/** Integer inputs of the stated signs, the constant 1 last where there is one. */
export function integerInput(
  random: () => number,
  inputSigns: readonly InputSign[],
  constant: boolean,
): bigint[] {
  const input = inputSigns.map((sign) => {
    const size = random() < 0.15 ? 0 : random() < 0.5 ? 3 : 1000;
    const magnitude = BigInt(Math.floor(random() * (size + 1)));
    const negative = sign === 'nonpositive' || (sign === 'signed' && random() < 0.5);
    return negative ? -magnitude : magnitude;
  });
  return constant ? [...input, 1n] : input;
}

/** For sources that stand for no network: any accuracy will do. */
export function withoutAccuracy(
  inputs: number,
  outputs: number,
): Pick<PrunedProgram, 'scales' | 'float32'> {
  const endless = new Float64Array(outputs).fill(1e300);
  const all = { perSize: endless, constant: endless };
  const float32 = { error: all, sizes: all, reach: Number.POSITIVE_INFINITY };
  return { scales: new Float64Array(inputs).fill(1), float32 };
}

/** The live part of a pruned source with any source, ready for the engines. */
export function programOf({ source, masks, target }: Claim): PrunedProgram {
  const widths = widthsOf(source.shape);
  const blockEnds = blockEndsOf(source.shape);
  const outputs = widths[widths.length - 1];
  const live = pruneSource(source, (t) => masks[t - 1]);
  const { constant, fractionalPlaces, scale, activation } = target;
  const scales = new Float64Array(widths[0] - (constant ? 1 : 0)).fill(1);
  return {
    inputs: widths[0],
    constant,
    outputs,
    layers: live,
    blockEnds,
    fractionalPlaces,
    scale,
    activation,
    ...(target.matrices.length === 0
      ? withoutAccuracy(scales.length, outputs)
      : { scales, float32: complete(float32BudgetSteps(integerLayers(target), scales)) }),
    liveEdges: live.reduce((sum, layer) => sum + layer.edges.length, 0),
  };
}

export interface Found extends Claim {
  readonly plan: DiamondPlan;
  readonly ticket: ConstructedTicket;
}

/** Finds an integer network with diamond in the first seed from `seed` that has it. */
export function findInteger(
  target: IntegerNetwork,
  inputSigns: readonly InputSign[],
  delta = 1e-3,
  seed = 0n,
): Found {
  const plan = diamond.plan(networkClassOf(target, inputSigns), delta);
  for (let tried = seed; tried < seed + 100n; tried++) {
    const source = createSource(tried, plan.shape);
    const masks: LayerMask[] = [];
    const finding = diamond.find(target, source, plan, (_, mask) => masks.push(mask));
    if (!finding.found) continue;
    const { assignments } = finding;
    const ticket: ConstructedTicket = {
      kind: 'constructed',
      seed: tried,
      shape: plan.shape,
      construction: plan.construction,
      delta,
      precision: { mode: 'lossless' },
      domain: { kind: 'all' },
      inputSigns,
      assignments,
      target,
      kept: masks.map(keptCount),
      mask: (t) => masks[t - 1],
    };
    return { source, masks, target, inputSigns, assignments, plan, ticket };
  }
  throw new Error('none of 100 seeds has the network');
}

/** A source in which diamond's gadgets stand with one candidate each: Lemmas 3 to 6, no chance. */
export function deterministicSource(
  target: IntegerNetwork,
  inputSigns: readonly InputSign[],
): { readonly source: Source; readonly plan: DiamondPlan } {
  const networkClass = networkClassOf(target, inputSigns);
  const plan = diamondPlanOf(networkClass, 1);
  const blockEnds = blockEndsOf(plan.shape);
  const source = chosenSource(plan.shape, (t, column, row) => {
    const block = blockEnds.findIndex((end) => t <= end);
    const start = block === 0 ? 0 : blockEnds[block - 1];
    const { columns } = target.matrices[block];
    const halves: { column: number; negative: boolean }[] = [];
    for (let input = 0; input < columns; input++) {
      const sign = block === 0 ? (inputSigns[input] ?? 'nonnegative') : 'nonnegative';
      if (sign !== 'nonpositive') halves.push({ column: input, negative: false });
      if (sign !== 'nonnegative') halves.push({ column: input, negative: true });
    }
    const neuronsPerHalf = widthOf(plan.shape, start + 1) / halves.length;
    if (t === blockEnds[block]) {
      const half = halves[Math.floor(column / neuronsPerHalf)];
      const below = bigEntry(target.matrices[block], row * columns + half.column) < 0n;
      return below === half.negative ? 1 : -1;
    }
    if (t > start + 1) return 1;
    return halves[Math.floor(row / neuronsPerHalf)].negative ? -1 : 1;
  });
  return { source, plan };
}

/** Integer networks for tests from rows of integers: no constant, no fractional places. */
export function integersOf(
  matrices: readonly (readonly (readonly (number | bigint)[])[])[],
  activation: Activation = 'identity',
): IntegerNetwork {
  return {
    matrices: matrices.map((rows) => {
      const entries = rows.flat().map(BigInt);
      const small = entries.every((entry) => entry <= 2n ** 53n && entry >= -(2n ** 53n));
      return {
        rows: rows.length,
        columns: rows[0].length,
        values: small ? Float64Array.from(entries, Number) : entries,
      };
    }),
    constant: false,
    fractionalPlaces: matrices.map(() => 0),
    scale: { base: 2, exponent: 0 },
    activation,
  };
}
