/**
 * Learns the free numbers of the Fourier ellipsoids as `ellipsoid-learning.ts` does those of the chain: the
 * derivative of the outputs' bounds runs back through the layers, as a matrix for each frequency, and each number
 * has a condition at the optimum that is solved for it. Nothing here needs to be exact.
 */
import type { Steps } from '../../core/steps.js';
import { multiplySymmetric, multiplyTransposed } from './dense.js';
import { OutOfRange, type Shape, type SlopedImage } from './ellipsoid.js';
import { pulledBack } from './frequency-maps.js';
import { componentsOf, type Frequencies } from './torus.js';
import {
  type BehindRelu,
  runTorusSteps,
  type StepParameters,
  type TorusResult,
} from './torus-chain.js';
import { channelsOf } from './torus-plan.js';
import type { PreparedNetwork, PreparedStep } from './torus-prepare.js';
import type { VectorComponents } from './torus-shapes.js';

/** How strongly the largest bounds count, a power mean of all. */
const POWER = 8;
/** Shortest and longest step of one multiplier in one update. */
const SHORTEST = 0.8;
const LONGEST = 1 / SHORTEST;
const LEAST_SHARE = 1e-4;
/** Inputs are taken as a box only where that is better by this factor, and not in the first rounds. */
const BOX_MARGIN = 0.3;
const SETTLED = 8;
/** A step may make the bound this much worse, else it is taken back and the next is shorter. */
const TOLERATED = 1.2;

export function firstParameters({ steps }: PreparedNetwork): StepParameters[] {
  return steps.map(({ plan: { shape } }) => ({
    errorMultipliers: new Float64Array(shape.channels),
    activationMultipliers: new Float64Array(shape.channels),
    errorImportance: new Float64Array(shape.channels),
    activationImportance: new Float64Array(shape.channels),
    shares: [1, 1, 1],
    source: 'ellipsoid',
    meanShares: new Float64Array(0),
    boxMeanShares: new Float64Array(0),
  }));
}

function zeros(channels: number, { list }: Frequencies): Shape[] {
  return list.map((frequency) => new Float64Array(componentsOf(frequency, channels) ** 2));
}

/** The sum of `S_ij H_ij` over all frequencies. */
function product(derivatives: readonly Shape[], shapes: readonly Shape[] | undefined): number {
  let sum = 0;
  shapes?.forEach((shape, w) => {
    const derivative = derivatives[w];
    for (let index = 0; index < shape.length; index++) sum += derivative[index] * shape[index];
  });
  return Math.max(0, sum);
}

function scaled(shapes: readonly Shape[], factor: number): Shape[] {
  return shapes.map((shape) => shape.map((value) => value * factor));
}

/** Adds what is known of one output's channels to all that is open. */
function addPart(
  into: readonly Shape[],
  part: readonly Shape[],
  channels: number,
  from: number,
): void {
  part.forEach((own, w) => {
    const m = Math.sqrt(own.length);
    const n = Math.sqrt(into[w].length);
    const size = m / (n / channels);
    const place = (k: number): number => Math.floor(k / size) * channels + from + (k % size);
    for (let i = 0; i < m; i++) {
      for (let k = 0; k < m; k++) into[w][place(i) * n + place(k)] += own[i * m + k];
    }
  });
}

/** Derivatives by shapes before a ReLU from those behind it; solves for the multipliers on the way. */
function* throughRelu(
  derivatives: readonly Shape[],
  { low, span, images, squares, multipliers }: BehindRelu,
  from: number,
  ratios: Float64Array,
): Steps<Shape[]> {
  const channels = low.length;
  const quadratic = new Float64Array(channels);
  const linear = new Float64Array(channels);
  const results: Shape[] = [];
  for (const [w, derivative] of derivatives.entries()) {
    const n = Math.sqrt(derivative.length);
    const { inverse, cross } = images[w] as SlopedImage;
    const size = Math.sqrt(inverse.length);
    const inner = yield* multiplyTransposed(inverse, size, cross, n, size);
    const whole = new Float64Array(n * n);
    for (let k = 0; k < n; k++) whole[k * n + k] = low[k % channels];
    const free: number[] = [];
    for (let k = 0; k < n; k++) if (span[k % channels] > 0) free.push(k);
    for (let a = 0; a < size; a++) {
      for (let k = 0; k < n; k++) whole[free[a] * n + k] += inner[a * n + k];
    }
    const half = yield* multiplyTransposed(whole, n, derivative, n, n);
    for (let a = 0; a < size; a++) {
      const k = free[a];
      const c = k % channels;
      // Of what the multipliers do alone: without the slopes that are certain.
      let square = 0;
      let own = half[k * n + k];
      for (let i = 0; i < n; i++) square += half[k * n + i] * inner[a * n + i];
      if (low[c] !== 0) {
        own -= low[c] * derivative[k * n + k];
        for (let i = 0; i < n; i++) square -= low[c] * derivative[k * n + i] * inner[a * n + i];
      }
      quadratic[c] += square;
      linear[c] += own * span[c];
    }
    results.push(yield* multiplySymmetric(half, whole, n, n));
  }
  for (let c = 0; c < ratios.length; c++) {
    const at = from + c;
    if (!(span[at] > 0) || !(squares[at] > 0)) continue;
    const wanted = linear[at] > 0 ? quadratic[at] / linear[at] : LONGEST;
    const step = Math.min(Math.max(wanted, SHORTEST), LONGEST);
    if (!Number.isNaN(step)) ratios[c] = (multipliers[at] / squares[at]) * step;
  }
  yield;
  return results;
}

/** Importances of channels at the optimum, damped; returns what a box is worth at the best ones. */
function solveImportance(
  importance: Float64Array,
  derivatives: readonly Shape[],
  radius: Float64Array,
  positions: number,
): number {
  const channels = radius.length;
  const sums = new Float64Array(channels);
  for (const derivative of derivatives) {
    const n = Math.sqrt(derivative.length);
    for (let k = 0; k < n; k++) sums[k % channels] += derivative[k * n + k];
  }
  const effects = sums.map((sum, c) => Math.sqrt(Math.max(0, sum) * positions) * radius[c]);
  const total = effects.reduce((sum, value) => sum + value, 0);
  if (!(total > 0)) return 0;
  const before = importance.reduce((sum, value) => sum + value, 0);
  for (let c = 0; c < channels; c++) {
    const wanted = Math.max(effects[c] / total, 1e-9);
    importance[c] =
      before > 0 ? Math.sqrt(Math.max(importance[c] / before, 1e-9) * wanted) : wanted;
  }
  return total;
}

/** What a frequency's share of a vector is at the optimum. */
function solveMeanShares(
  derivatives: readonly Shape[],
  { values }: VectorComponents,
): Float64Array {
  return Float64Array.from(values, (vector, w) => {
    const n = vector.length;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let row = 0;
      for (let k = 0; k < n; k++) row += derivatives[w][i * n + k] * vector[k];
      sum += row * vector[i];
    }
    return Math.sqrt(Math.max(0, sum));
  });
}

/** Through the readings of an output: back onto the errors and activations behind its ReLU. */
function* throughReadings(
  step: PreparedStep,
  frequencies: Frequencies,
  parameters: StepParameters,
  parts: readonly (readonly Shape[] | undefined)[],
  onError: readonly Shape[],
  onActivation: readonly Shape[],
  settled: boolean,
): Steps<{ onError: Shape[] | undefined; onActivation: Shape[] }> {
  const { plan, maps, radius } = step;
  const channels = channelsOf(plan.open);
  const count = frequencies.list.length;
  const positions = plan.shape.height * plan.shape.width;
  const shares = parameters.shares;
  const whole = parts.reduce((sum, shapes, part) => sum + (shapes ? shares[part] : 0), 0);
  const effects = parts.map((shapes) => Math.sqrt(product(onError, shapes)));
  const sum = effects.reduce((total, effect) => total + effect, 0);
  const [, own] = parts;
  const onValues = yield* pulledBack(maps.values, onActivation, count);
  const mean = parameters.source === 'ellipsoid' ? step.meanAtReference : step.meanAtMiddle;
  const other = parameters.source === 'ellipsoid' ? step.meanAtMiddle : step.meanAtReference;
  const solved = [solveMeanShares(onError, mean), solveMeanShares(onError, other)];
  const [meanShares, boxMeanShares] = parameters.source === 'ellipsoid' ? solved : solved.reverse();
  Object.assign(parameters, { meanShares, boxMeanShares });
  if (own !== undefined) {
    const onOwn = yield* pulledBack(maps.delta, onError, count);
    const asBox = solveImportance(parameters.errorImportance, onOwn, radius, positions);
    if (parameters.source === 'ellipsoid') {
      const from = plan.open.find(({ layer }) => layer === plan.output)?.from ?? 0;
      addPart(onValues, scaled(onOwn, whole / shares[1]), channels, from);
      if (settled && asBox < BOX_MARGIN * effects[1]) parameters.source = 'box';
    }
  }
  const [carried] = parts;
  const backwards =
    carried && (yield* pulledBack(maps.rounded, scaled(onError, whole / shares[0]), count));
  if (sum > 0) {
    parameters.shares = [0, 1, 2].map((part) =>
      Math.max(effects[part] / sum, LEAST_SHARE),
    ) as StepParameters['shares'];
  }
  return { onError: backwards, onActivation: onValues };
}

function cloned(parameters: readonly StepParameters[]): StepParameters[] {
  return parameters.map((own) => ({
    ...own,
    errorMultipliers: own.errorMultipliers.slice(),
    activationMultipliers: own.activationMultipliers.slice(),
    errorImportance: own.errorImportance.slice(),
    activationImportance: own.activationImportance.slice(),
    shares: [...own.shares],
  }));
}

/** One update of all numbers, which are changed, from the derivative at `result`. */
function* update(
  network: PreparedNetwork,
  result: TorusResult,
  parameters: StepParameters[],
  settled: boolean,
): Steps<void> {
  const { steps, frequencies } = network;
  const { bounds, carried, own, ownEllipsoid } = result;
  const channels = carried.length;
  const area = bounds.length / channels;
  const tops = Float64Array.from({ length: channels }, (_, c) =>
    bounds.subarray(c * area, (c + 1) * area).reduce((most, value) => Math.max(most, value), 0),
  );
  const largest = tops.reduce((most, value) => Math.max(most, value), 0);
  if (!(largest > 0)) return;
  const onto = frequencies[steps.length];
  const onCarried = zeros(channels, onto);
  const onOwn = zeros(channels, onto);
  for (let c = 0; c < channels; c++) {
    let weight = 1;
    for (let power = 1; power < POWER; power++) weight *= tops[c] / largest;
    for (const [w, frequency] of onto.list.entries()) {
      const n = componentsOf(frequency, channels);
      for (let k = c; k < n; k += channels) {
        if (carried[c] > 0) onCarried[w][k * n + k] = weight / carried[c];
        if (own[c] > 0 && (ownEllipsoid[c] === 1 || !settled))
          onOwn[w][k * n + k] = weight / own[c];
      }
    }
  }
  const last = steps.length - 1;
  let onError: Shape[] | undefined;
  let onActivation: Shape[] = [];
  for (let index = last; index >= 0; index--) {
    const step = steps[index];
    const record = result.steps[index];
    const open = channelsOf(step.plan.open);
    const from = step.plan.open.find(({ layer }) => layer === step.plan.output)?.from ?? 0;
    const count = frequencies[index].list.length;
    if (index === last) {
      onError = record.error && (yield* pulledBack(step.maps.rounded, onCarried, count));
      onActivation = zeros(Math.max(open, 1), frequencies[index]);
      if (record.activation !== undefined) {
        addPart(onActivation, yield* pulledBack(step.maps.delta, onOwn, count), open, from);
      }
    } else if (onError !== undefined) {
      const back = yield* throughReadings(
        step,
        frequencies[index],
        parameters[index],
        record.parts,
        onError,
        onActivation,
        settled,
      );
      onError = back.onError;
      onActivation = back.onActivation;
    } else return;
    if (index === 0) {
      const positions = step.plan.shape.height * step.plan.shape.width;
      if (last > 0) {
        solveImportance(parameters[0].activationImportance, onActivation, step.radius, positions);
      }
      return;
    }
    const { error, activation } = record;
    if (error === undefined || activation === undefined || onError === undefined) return;
    onError = yield* throughRelu(onError, error, from, parameters[index].errorMultipliers);
    onActivation = yield* throughRelu(
      onActivation,
      activation,
      from,
      parameters[index].activationMultipliers,
    );
  }
}

/** Between two sets of numbers, by factors; those not yet learned are taken over. */
function between(
  from: readonly StepParameters[],
  to: readonly StepParameters[],
  step: number,
): StepParameters[] {
  const number = (a: number, b: number): number => {
    if (!(a > 0 && b > 0)) return b;
    return b >= a ? a * (1 - step + (step * b) / a) : a / (1 - step + (step * a) / b);
  };
  const array = (a: Float64Array, b: Float64Array): Float64Array =>
    a.length === b.length ? b.map((value, k) => number(a[k], value)) : b;
  return to.map((own, index) => {
    const start = from[index];
    return {
      errorMultipliers: array(start.errorMultipliers, own.errorMultipliers),
      activationMultipliers: array(start.activationMultipliers, own.activationMultipliers),
      errorImportance: array(start.errorImportance, own.errorImportance),
      activationImportance: array(start.activationImportance, own.activationImportance),
      shares: own.shares.map((share, part) =>
        number(start.shares[part], share),
      ) as StepParameters['shares'],
      source: own.source,
      meanShares: array(start.meanShares, own.meanShares),
      boxMeanShares: array(start.boxMeanShares, own.boxMeanShares),
    };
  });
}

/** The best numbers that `rounds` runs of the chain come to; undefined where none of them ends. */
export function* learnTorusSteps(
  network: PreparedNetwork,
  rounds: number,
): Steps<readonly StepParameters[] | undefined> {
  let best: { used: StepParameters[]; proposal: StepParameters[]; estimate: number } | undefined;
  let current = firstParameters(network);
  let proposal = current;
  let step = 1;
  for (let round = 0; round < rounds; round++) {
    const tried = round === 0 ? current : between(current, proposal, step);
    let result: TorusResult | undefined;
    try {
      result = yield* runTorusSteps(network, tried, false);
    } catch (error) {
      if (!(error instanceof OutOfRange)) throw error;
      if (best === undefined) return undefined;
    }
    const estimate =
      result?.bounds.reduce((most, bound) => Math.max(most, bound), 0) ?? Number.POSITIVE_INFINITY;
    if (
      result === undefined ||
      !(estimate < (best?.estimate ?? Number.POSITIVE_INFINITY) * TOLERATED)
    ) {
      if (best === undefined) return undefined;
      step /= 2;
      current = best.used;
      proposal = best.proposal;
      continue;
    }
    current = cloned(result.parameters);
    proposal = cloned(current);
    yield* update(network, result, proposal, round >= SETTLED);
    if (best === undefined || estimate < best.estimate) {
      best = { used: current, proposal, estimate };
      step = Math.min(1, step * 1.5);
    }
  }
  return best?.used;
}
