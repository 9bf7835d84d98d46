/**
 * The real network that a pruned two-layer-per-layer source is (theory, section 7): block b multiplies
 * its inputs by integers over `2^places`, exactly, and stands for the target's layer in units of
 * `2^-scale`. A constant input is carried along and need not stay 1: what is left of it after the
 * blocks before counts into the biases.
 */
import { type Dyadic, dyadic, dyadicToNumber, fitsNumber, multiplyDyadic } from '../core/dyadic.js';
import { type ExactArray, exactArray } from '../target/exact-array.js';
import type { Activation, InputSign, Layer, Network } from '../target/network.js';
import { behindSplit } from './input-halves.js';
import { bigEntry, type IntegerMatrix, isBig } from './integer-network.js';

export interface EffectiveWeights {
  /**
   * Per block, rows by columns. Columns of the first block are the halves of the inputs, of the others
   * the rows before; the last column and, but in the last block, the last row are the constant's.
   */
  readonly matrices: readonly IntegerMatrix[];
  /** Entries are integers over `2^places[b]`; may be negative. */
  readonly places: readonly number[];
  /** The block's outputs count `2^scaleExponents[b]` times. */
  readonly scaleExponents: readonly number[];
  readonly constant: boolean;
  readonly activation: Activation;
  readonly inputSigns: readonly InputSign[];
}

/** Numbers of any size: unlike a reader's, a pruned source's may exceed float64. */
function collect(values: readonly Dyadic[]): ExactArray {
  const exact = new Map<number, Dyadic>();
  const numbers = Float64Array.from(values, (value, index) => {
    if (!fitsNumber(value)) exact.set(index, value);
    return dyadicToNumber(value);
  });
  return { values: numbers, exact };
}

/** Entry `index` in the target's units, exactly. */
function entryOf(matrix: IntegerMatrix, index: number, exponent: number): Dyadic {
  return dyadic(bigEntry(matrix, index), exponent);
}

/** One block as a layer. */
function blockLayer(
  matrix: IntegerMatrix,
  exponent: number,
  carried: Dyadic | null,
  outputs: number,
  activation: Activation,
): Layer {
  const inputs = matrix.columns - (carried === null ? 0 : 1);
  const biases = Array.from({ length: outputs }, (_, row) =>
    carried === null
      ? dyadic(0n)
      : multiplyDyadic(entryOf(matrix, row * matrix.columns + inputs, exponent), carried),
  );
  return {
    ...{ kind: 'dense', inputs, outputs, matrix: blockWeights(matrix, exponent, inputs, outputs) },
    bias: collect(biases),
    activation,
  };
}

/** The upper left `outputs` by `inputs` of the block's matrix; plain arithmetic where that is exact. */
function blockWeights(
  matrix: IntegerMatrix,
  exponent: number,
  inputs: number,
  outputs: number,
): ExactArray {
  const at = (index: number): number =>
    Math.floor(index / inputs) * matrix.columns + (index % inputs);
  if (isBig(matrix.values) || Math.abs(exponent) > 900) {
    return collect(
      Array.from({ length: outputs * inputs }, (_, index) => entryOf(matrix, at(index), exponent)),
    );
  }
  // An integer of at most 2^53 times a power of two far from the ends of the range is exact.
  const unit = 2 ** exponent;
  const weights = new Float64Array(outputs * inputs);
  for (let row = 0; row < outputs; row++) {
    for (let column = 0; column < inputs; column++) {
      weights[row * inputs + column] = matrix.values[row * matrix.columns + column] * unit;
    }
  }
  return exactArray(weights);
}

/**
 * The network on the raw inputs, exactly what the pruned source computes on inputs of those signs, with
 * the split into halves as its first layer where an input can be negative. The constant's rows must be 0
 * but for its own column.
 */
export function effectiveNetwork(effective: EffectiveWeights): Network {
  const { matrices, places, scaleExponents, constant, activation, inputSigns } = effective;
  let carried: Dyadic | null = constant ? dyadic(1n) : null;
  const layers = matrices.map((matrix, index): Layer => {
    const last = index === matrices.length - 1;
    const outputs = matrix.rows - (constant && !last ? 1 : 0);
    const exponent = scaleExponents[index] - places[index];
    const layer = blockLayer(matrix, exponent, carried, outputs, last ? activation : 'relu');
    if (carried !== null && !last) {
      const own = entryOf(matrix, matrix.rows * matrix.columns - 1, exponent);
      // ReLU cuts off a constant that has become negative.
      carried = own.mantissa < 0n ? dyadic(0n) : multiplyDyadic(carried, own);
    }
    return layer;
  });
  return behindSplit({ layers, domain: { kind: 'all' } }, inputSigns);
}
