/**
 * The linear relaxation of the difference (in the spirit of differential verification): the true
 * activations and their errors are carried as affine forms over shared symbols in [-1, 1], so that both
 * depend on the same inputs and nothing decorrelates: `a = c + A xi`, `a - a^ = e + E xi`.
 * ReLU: a neuron that is on in both networks passes its error on, one that is off in both has none; else
 * `lambda delta` with `lambda` in [0, 1] becomes `delta/2` and a new symbol of half the error's reach.
 * Exact on linear pieces, best for few inputs. Rounding errors of all steps are kept in a radius per
 * neuron, outwards; matrices are neurons by symbols, symbols of the input first.
 */
import { everyFew, type Steps } from '../../core/steps.js';
import { isZero } from './chain-parameters.js';
import { multiplyAbsolute, multiplyVector, PRODUCTS_AT_ONCE } from './dense.js';
import type { DifferenceLayer } from './difference-layers.js';
import type { CentredRegion } from './region.js';
import { gamma, roundUp } from './rounding.js';
import { euclideanBound } from './spectral-bound.js';

export interface RelaxationResult {
  /** Per output, an upper bound of `|f_j - f^_j|`. */
  readonly bounds: Float64Array;
  /** Per layer, bounds of the true pre-activations. */
  readonly ranges: readonly { readonly lower: Float64Array; readonly upper: Float64Array }[];
}

/** An affine form per neuron: centre, coefficients (neurons by symbols), and a radius of rounding. */
interface Forms {
  centre: Float64Array;
  coefficients: Float64Array;
  rounding: Float64Array;
  symbols: number;
}

/** Of the inputs: each has the symbol of its number and no other, so there is no matrix to hold. */
interface InputForms {
  centre: Float64Array;
  diagonal: Float64Array;
  rounding: Float64Array;
  symbols: number;
}

/** `into += W from` for row-major `from` (columns by symbols); skips zero weights. */
function* addProduct(
  weights: Float64Array,
  outputs: number,
  inputs: number,
  from: Forms | InputForms,
  into: Float64Array,
): Steps<void> {
  if ('diagonal' in from) {
    const { diagonal } = from;
    for (let i = 0; i < outputs; i++) {
      const at = i * inputs;
      for (let k = 0; k < inputs; k++) into[at + k] += weights[at + k] * diagonal[k];
    }
    return;
  }
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  for (let i = 0; i < outputs; i++) {
    const row = weights.subarray(i * inputs, (i + 1) * inputs);
    addRow(row, from, into.subarray(i * from.symbols, (i + 1) * from.symbols));
    if (isTurn(inputs * from.symbols)) yield;
  }
}

/** One row of the product. */
function addRow(weights: Float64Array, { coefficients, symbols }: Forms, into: Float64Array): void {
  for (let k = 0; k < weights.length; k++) {
    const weight = weights[k];
    if (weight === 0) continue;
    const row = k * symbols;
    for (let s = 0; s < symbols; s++) into[s] += weight * coefficients[row + s];
  }
}

/** Sum of absolute coefficients per neuron, the input's symbols in the ball's norm where it is one. */
function reachOf(forms: Forms, n: number, ballInputs: number): Float64Array {
  const { coefficients, symbols, rounding } = forms;
  return Float64Array.from({ length: n }, (_, i) => {
    const row = coefficients.subarray(i * symbols, (i + 1) * symbols);
    let sum = ballInputs > 0 ? euclideanBound(row.subarray(0, ballInputs)) : 0;
    for (let s = ballInputs; s < symbols; s++) sum += Math.abs(row[s]);
    const total = sum * (1 + gamma(symbols)) + rounding[i];
    return total === 0 ? 0 : roundUp(total);
  });
}

/** Magnitude of everything in the forms of each neuron, for error terms. */
function sizeOf(forms: Forms | InputForms, n: number): Float64Array {
  const { centre, symbols } = forms;
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = Math.abs(centre[i]);
    if ('diagonal' in forms) sum += Math.abs(forms.diagonal[i]);
    else for (let s = 0; s < symbols; s++) sum += Math.abs(forms.coefficients[i * symbols + s]);
    return roundUp(sum * (1 + gamma(symbols)));
  });
}

function widened(forms: Forms, n: number, extra: number): Float64Array {
  const { coefficients, symbols } = forms;
  const result = new Float64Array(n * (symbols + extra));
  for (let i = 0; i < n; i++) {
    result.set(coefficients.subarray(i * symbols, (i + 1) * symbols), i * (symbols + extra));
  }
  return result;
}

/** `W v + bias` of forms, with the rounding carried and added. */
function* affine(
  parts: readonly { readonly weights: Float64Array; readonly forms: Forms | InputForms }[],
  bias: Float64Array,
  outputs: number,
  inputs: number,
): Steps<Forms> {
  const symbols = parts[0].forms.symbols;
  const coefficients = new Float64Array(outputs * symbols);
  const centre = bias.slice();
  const size = bias.map(Math.abs);
  const rounding = new Float64Array(outputs);
  for (const { weights, forms } of parts) {
    yield* addProduct(weights, outputs, inputs, forms, coefficients);
    const middle = multiplyVector(weights, outputs, inputs, forms.centre);
    const sizes = multiplyAbsolute(weights, outputs, inputs, sizeOf(forms, inputs));
    const carried = multiplyAbsolute(weights, outputs, inputs, forms.rounding);
    for (let i = 0; i < outputs; i++) {
      centre[i] += middle[i];
      size[i] += sizes[i];
      rounding[i] += carried[i] * (1 + gamma(inputs));
    }
  }
  const slop = gamma(2 * inputs * parts.length + 8);
  for (let i = 0; i < outputs; i++) {
    // A product that is too small for a float64 is not 0: it may be multiplied later.
    const reads = ({ weights }: { weights: Float64Array }): boolean =>
      !isZero(weights.subarray(i * inputs, (i + 1) * inputs));
    if (size[i] === 0 && rounding[i] === 0 && !parts.some(reads)) continue;
    rounding[i] = roundUp(roundUp(rounding[i]) + size[i] * slop);
  }
  return { centre, coefficients, rounding, symbols };
}

/** Scales each neuron's form by `slopes`, shifts it, and gives neuron i a symbol of `fresh[i]`. */
function mapForms(
  forms: Forms,
  slopes: Float64Array,
  shift: Float64Array,
  fresh: Float64Array,
  slots: Int32Array,
  offset: number,
  extra: number,
): Forms {
  const n = slopes.length;
  const symbols = forms.symbols + extra;
  const sizes = sizeOf(forms, n);
  const coefficients = widened(forms, n, extra);
  const centre = new Float64Array(n);
  const rounding = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const slope = slopes[i];
    if (slope !== 1) {
      for (let s = 0; s < forms.symbols; s++) coefficients[i * symbols + s] *= slope;
    }
    centre[i] = forms.centre[i] * slope + shift[i];
    if (slots[i] >= 0) coefficients[i * symbols + forms.symbols + offset + slots[i]] = fresh[i];
    const error = forms.rounding[i] * slope + (sizes[i] * slope + Math.abs(shift[i])) * gamma(2);
    if (shift[i] === 0 && (slope === 1 || slope === 0)) rounding[i] = slope * forms.rounding[i];
    else rounding[i] = roundUp(error);
  }
  return { centre, coefficients, rounding, symbols };
}

/** The relaxation over the region, in steps. */
export function* differenceRelaxation(
  layers: readonly DifferenceLayer[],
  region: CentredRegion,
): Steps<RelaxationResult> {
  const inputs = region.centre.length;
  const ballInputs = region.ball ? inputs : 0;
  let activation: Forms | InputForms = {
    centre: region.centre,
    diagonal: region.radius,
    rounding: new Float64Array(inputs),
    symbols: inputs,
  };
  let error: Forms | undefined;
  const ranges: { lower: Float64Array; upper: Float64Array }[] = [];
  for (const [index, layer] of layers.entries()) {
    const { outputs: n, inputs: m } = layer;
    const before = yield* affine([{ weights: layer.weights, forms: activation }], layer.bias, n, m);
    const parts: { weights: Float64Array; forms: Forms | InputForms }[] = [
      { weights: layer.deltaWeights, forms: activation },
    ];
    if (error !== undefined) parts.push({ weights: layer.rounded, forms: error });
    const delta = yield* affine(parts, layer.deltaBias, n, m);
    const reach = reachOf(before, n, ballInputs);
    const lower = before.centre.map((value, i) => value - reach[i] - Math.abs(value) * 2 ** -50);
    const upper = before.centre.map((value, i) => value + reach[i] + Math.abs(value) * 2 ** -50);
    ranges.push({ lower, upper });
    const spread = reachOf(delta, n, ballInputs);
    const most = delta.centre.map((value, i) =>
      value === 0 && spread[i] === 0 ? 0 : roundUp(Math.abs(value) + spread[i]),
    );
    if (index === layers.length - 1) return { bounds: most, ranges };

    const slopes = new Float64Array(n);
    const shift = new Float64Array(n);
    const fresh = new Float64Array(n);
    const errorSlopes = new Float64Array(n);
    const errorFresh = new Float64Array(n);
    const slots = new Int32Array(n).fill(-1);
    const errorSlots = new Int32Array(n).fill(-1);
    let used = 0;
    let errorUsed = 0;
    for (let i = 0; i < n; i++) {
      if (lower[i] >= 0) slopes[i] = 1;
      else if (upper[i] > 0) {
        // Any slope is sound: s(z) - slope z lies between 0 and the larger of its values at the ends.
        const slope = Math.min(1, upper[i] / (upper[i] - lower[i]));
        const height = roundUp(Math.max(-slope * lower[i], (1 - slope) * upper[i]));
        slopes[i] = slope;
        shift[i] = height / 2;
        fresh[i] = roundUp(height / 2);
        slots[i] = used++;
      }
      if (most[i] === 0 || upper[i] <= -most[i]) continue;
      if (lower[i] >= most[i]) errorSlopes[i] = 1;
      else {
        errorSlopes[i] = 0.5;
        errorFresh[i] = roundUp(most[i] / 2);
        errorSlots[i] = errorUsed++;
      }
    }
    const extra = used + errorUsed;
    activation = mapForms(before, slopes, shift, fresh, slots, 0, extra);
    error = mapForms(delta, errorSlopes, new Float64Array(n), errorFresh, errorSlots, used, extra);
  }
  throw new RangeError('a network has at least one layer');
}
