/**
 * What the pruned source of a baseline ticket computes, from its seed and masks alone: the hidden neurons
 * of a block are `s(a x_i)` with one kept edge each, so a row is a sum of products `a u` for every half of
 * every input. All of it exact: weights are dyadic rationals, products of two fit a float64, and sums are
 * kept as integers, as BigInts where 2^53 does not suffice.
 */
import type { Steps } from '../core/steps.js';
import { halvesOf } from '../integer/halves.js';
import { type IntegerMatrix, integerMatrix } from '../integer/integer-network.js';
import { requirePlainLayers } from '../source/check-shape.js';
import { type WeightDistribution, weightPlaces } from '../source/distributions.js';
import type { LayerMask } from '../source/mask.js';
import { toSparse } from '../source/mask.js';
import { blockEndsOf, columnsOf, depthOf, type SourceShape, widthOf } from '../source/shape.js';
import { layerWeights } from '../source/weights.js';
import type { InputSign } from '../target/network.js';
import type { BlockProof, ProofFailure } from './propagate.js';

export interface WeightedSource {
  readonly seed: bigint;
  /** Two layers a block. */
  readonly shape: SourceShape;
  readonly distributions: readonly WeightDistribution[];
  readonly inputSigns: readonly InputSign[];
  readonly constant: boolean;
  /** The mask of layer t, from 1. */
  readonly mask: (t: number) => LayerMask;
}

export type EffectiveMatrices =
  | {
      readonly computed: true;
      /** As in `EffectiveWeights`. */
      readonly matrices: readonly IntegerMatrix[];
      readonly blocks: readonly BlockProof[];
    }
  | { readonly computed: false; readonly failure: ProofFailure };

/** Hidden neurons between two steps: a millisecond or so. */
const NEURONS_AT_ONCE = 4096;

/** Exactness limit of float64 integers. */
const EXACT = 2 ** 53;

/** Sums of integers by entry: a second array bounds every partial sum, BigInts take over beyond 2^53. */
function exactSums(entries: number) {
  const sums = new Float64Array(entries);
  const absolutes = new Float64Array(entries);
  const big = new Map<number, bigint>();
  return {
    /** `term` is a float64 that is an integer, of any size. */
    add(entry: number, term: number): void {
      const next = absolutes[entry] + Math.abs(term);
      if (next < EXACT) {
        absolutes[entry] = next;
        sums[entry] += term;
        return;
      }
      const before = big.get(entry) ?? BigInt(sums[entry]);
      absolutes[entry] = Number.POSITIVE_INFINITY;
      big.set(entry, before + BigInt(term));
    },
    matrix(rows: number, columns: number): IntegerMatrix {
      if (big.size === 0) return { rows, columns, values: sums.map((value) => value + 0) };
      const values = Array.from(sums, (value, index) => big.get(index) ?? BigInt(value));
      return integerMatrix(rows, columns, values);
    },
  };
}

/**
 * Hidden neurons with their one input each, ascending keys `neuron * inputs + input`; the neuron with two
 * of them on failure. Exact while a layer has fewer than 2^53 edges.
 */
function ownersOf(
  mask: LayerMask,
): { neurons: Float64Array; inputs: number } | { repeated: number } {
  const { columns, offsets, rows, inputs } = toSparse(mask);
  const keys = new Float64Array(rows.length);
  for (let index = 0; index < columns.length; index++) {
    for (let edge = offsets[index]; edge < offsets[index + 1]; edge++) {
      keys[edge] = rows[edge] * inputs + columns[index];
    }
  }
  keys.sort();
  for (let index = 1; index < keys.length; index++) {
    const neuron = Math.floor(keys[index] / inputs);
    if (neuron === Math.floor(keys[index - 1] / inputs)) return { repeated: neuron };
  }
  return { neurons: keys, inputs };
}

/** Column of each half of an input: `2 * input` for the positive, one more for the negative; -1 if none. */
function columnsOfHalves(
  inputSigns: readonly InputSign[],
  raw: number,
  first: boolean,
  constant: boolean,
): { columns: Int32Array; count: number } {
  const columns = new Int32Array(2 * (raw + 1)).fill(-1);
  const halves = first
    ? halvesOf(inputSigns)
    : Array.from({ length: raw }, (_, input) => ({ input, negative: false }));
  halves.forEach(({ input, negative }, column) => {
    columns[2 * input + (negative ? 1 : 0)] = column;
  });
  if (constant) columns[2 * raw] = halves.length;
  return { columns, count: halves.length + (constant ? 1 : 0) };
}

/** The matrices, or the neuron that stands against them; in steps of stage `prove`, counted in layers. */
export function* effectiveMatrices(source: WeightedSource): Steps<EffectiveMatrices> {
  const total = depthOf(source.shape);
  yield { stage: 'prove', done: 0, total };
  const result = yield* computeMatrices(source, total);
  yield { stage: 'prove', done: total, total };
  return result;
}

function* computeMatrices(source: WeightedSource, total: number): Steps<EffectiveMatrices> {
  const { seed, shape, distributions, inputSigns, constant } = source;
  requirePlainLayers(shape, 'the checker');
  const blockEnds = blockEndsOf(shape);
  const matrices: IntegerMatrix[] = [];
  const proofs: BlockProof[] = [];
  for (let block = 0; block < blockEnds.length; block++) {
    const t = 2 * block + 1;
    const inputs = columnsOf(shape, t);
    const rows = widthOf(shape, t + 1);
    const fail = (layer: number, neuron: number, reason: string): EffectiveMatrices => ({
      computed: false,
      failure: { block: block + 1, layer, neuron, reason },
    });
    if (inputs * widthOf(shape, t) >= EXACT) return fail(t, 0, 'the layer has too many edges');
    const owners = ownersOf(source.mask(t));
    if ('repeated' in owners) {
      return fail(t, owners.repeated, 'two incoming edges are kept, where a hidden neuron has one');
    }
    const raw = inputs - (constant ? 1 : 0);
    const { columns, count } = columnsOfHalves(inputSigns, raw, block === 0, constant);
    const hidden = layerWeights(seed, t, distributions[t - 1]);
    const outer = layerWeights(seed, t + 1, distributions[t]);
    const unit = 2 ** (weightPlaces(distributions[t - 1]) + weightPlaces(distributions[t]));
    const sums = exactSums(rows * count);
    const second = toSparse(source.mask(t + 1));
    let at = 0;
    let liveNeurons = 0;
    let liveEdges = 0;
    for (let index = 0; index < second.columns.length; index++) {
      const neuron = second.columns[index];
      while (at < owners.neurons.length && Math.floor(owners.neurons[at] / inputs) < neuron) at++;
      // A hidden neuron without an input is 0.
      if (at === owners.neurons.length || Math.floor(owners.neurons[at] / inputs) !== neuron) {
        continue;
      }
      const input = owners.neurons[at] - neuron * inputs;
      const a = hidden.weight(input, neuron);
      const column = columns[2 * input + (a < 0 ? 1 : 0)];
      // s(a x) is 0 if x never has the sign of a.
      if (column < 0) continue;
      const scaled = Math.abs(a) * unit;
      liveNeurons++;
      if (liveNeurons % NEURONS_AT_ONCE === 0) yield;
      for (let edge = second.offsets[index]; edge < second.offsets[index + 1]; edge++) {
        const row = second.rows[edge];
        sums.add(row * count + column, scaled * outer.weight(neuron, row));
        liveEdges++;
      }
    }
    const matrix = sums.matrix(rows, count);
    if (constant && block < blockEnds.length - 1) {
      const last = (rows - 1) * count;
      for (let column = 0; column < count - 1; column++) {
        if (Number(matrix.values[last + column]) !== 0) {
          return fail(t + 1, rows - 1, 'the row of the constant takes an input');
        }
      }
    }
    matrices.push(matrix);
    proofs.push({ block: block + 1, layers: 2, liveNeurons, liveEdges: liveEdges + liveNeurons });
    if (t + 1 < total) yield { stage: 'prove', done: t + 1, total };
  }
  return { computed: true, matrices, blocks: proofs };
}
