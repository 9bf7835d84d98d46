/**
 * What rounding may cost when a network is evaluated layer by layer, by multiplications and additions
 * in any order: a priori, from the magnitudes of its weights and the size of the sample. In float64 it
 * bounds the `folded` engine; in float32 it is the error that the original could have there, which
 * `exactness: 'float'` promises to keep (`float32Budget`).
 */
import { upTo } from '../core/growable.js';
import { everyFew, type Steps } from '../core/steps.js';
import { bigEntry, type IntegerNetwork, isBig } from '../integer/integer-network.js';
import { columnChannels } from '../integer/window-reads.js';
import { matrixOf, type Network } from '../target/network.js';
import { blockFactors } from './block-factors.js';
import { FLOAT32, type FloatFormat, gamma, product, up } from './float-format.js';
import type { SizeBound } from './sample-size.js';

/** Magnitudes of one layer's weights (row-major, outputs by inputs) and biases. */
export interface LayerMagnitudes {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  /**
   * Of feature maps: the channel of what it reads that each of its inputs is, at some tap. A bound of a
   * channel is one of all its positions.
   */
  readonly channels?: Uint32Array;
}

/** A bound of channels as one of what a layer reads of them. */
export function ofInputs({ perSize, constant }: SizeBound, channels: Uint32Array): SizeBound {
  const gather = (values: Float64Array): Float64Array =>
    Float64Array.from(channels, (channel) => values[channel] as number);
  return { perSize: gather(perSize), constant: gather(constant) };
}

/** Each entry `times` times in a row: a bound of a channel holds at each of its positions, seen by any tap. */
export function repeatedBound({ perSize, constant }: SizeBound, times: number): SizeBound {
  return { perSize: repeatedNumbers(perSize, times), constant: repeatedNumbers(constant, times) };
}

export function repeatedNumbers(list: Float64Array, times: number): Float64Array {
  return Float64Array.from(
    { length: list.length * times },
    (_, at) => list[Math.floor(at / times)],
  );
}

/** Magnitudes are not less: a weight below the normal numbers counts as the least of them. */
const LEAST_WEIGHT = 2 ** -1022;

/**
 * The layers of an integer network, one at a time; the constant becomes biases again. In real units, or
 * in those of an engine that scales by powers of two after every block (`blockFactors`).
 */
export function* integerLayers(
  target: IntegerNetwork,
  units: 'real' | 'scaled' = 'real',
): Generator<LayerMagnitudes> {
  const { matrices, constant, fractionalPlaces, scale } = target;
  const isReal = units === 'real';
  const base = isReal ? scale.base : 2;
  const allPlaces = isReal ? fractionalPlaces : blockFactors(target).exponents;
  for (const [index, matrix] of matrices.entries()) {
    const carries = constant ? 1 : 0;
    const inputs = matrix.columns - carries;
    const outputs = matrix.rows - (index < matrices.length - 1 ? carries : 0);
    const weights = new Float64Array(outputs * inputs);
    const bias = new Float64Array(outputs);
    const places = allPlaces[index] as number;
    // In two steps: beyond 2^1023 the unit itself overflows.
    const low = base ** Math.floor(places / 2);
    const high = base ** Math.ceil(places / 2);
    const big = isBig(matrix.values);
    for (let row = 0; row < outputs; row++) {
      for (let column = 0; column < matrix.columns; column++) {
        const at = row * matrix.columns + column;
        const entry = big ? Number(bigEntry(matrix, at)) : (matrix.values[at] as number);
        const value = entry === 0 ? 0 : Math.max(LEAST_WEIGHT, Math.abs(entry) / low / high);
        if (column < inputs) weights[row * inputs + column] = value;
        else bias[row] = value;
      }
    }
    const channels =
      target.maps && (columnChannels(target.maps, index) ?? Uint32Array.from(upTo(inputs)));
    yield { inputs, outputs, weights, bias, ...(channels && { channels }) };
  }
}

/** The layers of a network of float64s. */
export function* networkLayers({ layers }: Network): Generator<LayerMagnitudes> {
  for (const layer of layers) {
    const { inputs, outputs, bias } = layer;
    const weights = matrixOf(layer).values.map(Math.abs);
    yield { inputs, outputs, weights, bias: bias.values.map(Math.abs) };
  }
}

export interface EvaluationRounding {
  readonly format: FloatFormat;
  /** Roundings of each input before it is used, of each weight, and of the result. */
  readonly inputs: number;
  readonly weights: number;
}

export interface EvaluationBound {
  /** Of the computed outputs against the exact ones. */
  readonly error: SizeBound;
  /** Of the outputs' magnitudes. */
  readonly sizes: SizeBound;
  /** Samples up to this size overflow nowhere. */
  readonly reach: number;
}

/** Weights between two steps: some milliseconds. */
const WEIGHTS_AT_ONCE = 2 ** 18;

/**
 * A row of n terms (weights that are not 0, and a bias that is not 0) errs by at most
 * `gamma_(n + weights)` of what the magnitudes of its terms add up to (Higham, 3.1), whatever the order
 * of the additions and with or without fused multiply-add. A row that is one input times 1 rounds
 * nothing. Errors of the layers before come in by the weights' magnitudes; ReLU enlarges none. In steps.
 */
export function* evaluationBoundSteps(
  layers: Iterable<LayerMagnitudes>,
  scales: Float64Array,
  rounding: EvaluationRounding,
): Steps<EvaluationBound> {
  const isTurn = everyFew(WEIGHTS_AT_ONCE);
  const { format } = rounding;
  const entering = gamma(rounding.inputs, format);
  let sizes = bound(scales.length);
  let errors = bound(scales.length);
  sizes.perSize.set(scales);
  errors.perSize.set(scales.map((scale) => up(product(entering, scale), 1)));
  if (rounding.inputs > 0) errors.constant.fill(format.tiny);
  const largest = 2 ** (format.mostExponent - 1);
  let reach = reachOf(sizes, errors, largest);
  for (const { inputs, outputs, weights, bias, channels } of layers) {
    if (channels !== undefined) {
      sizes = ofInputs(sizes, channels);
      errors = ofInputs(errors, channels);
    }
    const nextSizes = bound(outputs);
    const nextErrors = bound(outputs);
    for (let row = 0; row < outputs; row++) {
      if (isTurn(inputs)) yield;
      const own = weights.subarray(row * inputs, (row + 1) * inputs);
      const terms = countTerms(own) + (bias[row] === 0 ? 0 : 1);
      // Maps are handed on times a power of two, which rounds nothing either.
      const passes =
        terms === 1 && (own.includes(1) || (channels !== undefined && own.some(isPowerOfTwo)));
      const relative = passes ? 0 : gamma(terms + rounding.weights, format);
      for (const part of ['perSize', 'constant'] as const) {
        const size = dot(own, sizes[part]) + (part === 'constant' ? (bias[row] as number) : 0);
        const carried = dot(own, errors[part]);
        const rounded = product(relative, size + carried);
        nextSizes[part][row] = up(size, inputs);
        nextErrors[part][row] = up(carried + rounded, 2 * inputs);
      }
      // What products lose to underflow; times 1 loses nothing.
      if (!passes || !own.includes(1))
        (nextErrors.constant[row] as number) += 2 * (terms + 1) * format.tiny;
    }
    sizes = nextSizes;
    errors = nextErrors;
    reach = Math.min(reach, reachOf(sizes, errors, largest));
  }
  return { error: errors, sizes, reach };
}

/** Float32 but for its least number, which leaves room for what float64 loses to underflow. */
const UNENDING: FloatFormat = { ...FLOAT32, tiny: 2 ** -500 };

/**
 * The definition behind `exactness: 'float'`: the error that evaluating the network in float32 could
 * have at each output, inputs rounded to float32, weights and biases taken as they are. Of float32 it is
 * the precision that counts and not where its exponents end: an output far below 1 is not given up. In steps.
 */
export function float32BudgetSteps(
  layers: Iterable<LayerMagnitudes>,
  scales: Float64Array,
): Steps<EvaluationBound> {
  return evaluationBoundSteps(layers, scales, { format: UNENDING, inputs: 1, weights: 0 });
}

function bound(length: number): SizeBound {
  return { perSize: new Float64Array(length), constant: new Float64Array(length) };
}

function isPowerOfTwo(value: number): boolean {
  return (
    value > 2 ** -1000 && Number.isInteger(Math.log2(value)) && 2 ** Math.log2(value) === value
  );
}

function countTerms(weights: Float64Array): number {
  let count = 0;
  for (let at = 0; at < weights.length; at++) if (weights[at] !== 0) count++;
  return count;
}

/** Zeros count as zeros, whatever they are multiplied by. */
function dot(weights: Float64Array, values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < weights.length; at++) {
    const weight = weights[at] as number;
    const value = values[at] as number;
    sum += product(weight, value);
  }
  return sum;
}

/** How large samples may be so that sizes with their errors stay below `largest`. */
export function reachOf(sizes: SizeBound, errors: SizeBound, largest: number): number {
  let reach = Number.POSITIVE_INFINITY;
  for (let index = 0; index < sizes.perSize.length; index++) {
    const growing = (sizes.perSize[index] as number) + (errors.perSize[index] as number);
    const fixed = (sizes.constant[index] as number) + (errors.constant[index] as number);
    if (growing === 0 && fixed <= largest) continue;
    const most = growing > 0 ? (largest - fixed) / growing : -1;
    // Nothing is known where a coefficient is not a number.
    reach = Math.min(reach, Number.isNaN(most) ? 0 : Math.max(most, 0));
  }
  return reach;
}
