/** What every run of the Fourier ellipsoids needs of a network at its places, and none of their free numbers. */
import type { Steps } from '../../core/steps.js';
import { applyMap } from '../../target/apply-map.js';
import { exactArray } from '../../target/exact-array.js';
import { type FrequencyMap, frequencyMap } from './frequency-maps.js';
import { centredRanges, type Ranges } from './interval-step.js';
import type { LinearDifference } from './map-difference.js';
import type { MapValues } from './map-values.js';
import { gamma, roundUp, SUM_UNDERFLOW } from './rounding.js';
import { type Frequencies, frequenciesOf } from './torus.js';
import { channelsOf, type PlanStep, type Reading } from './torus-plan.js';
import { type VectorComponents, vectorComponents } from './torus-shapes.js';

export interface PreparedStep {
  readonly plan: PlanStep;
  /** Whether the output is a vector: each channel is known by itself. */
  readonly isVector: boolean;
  readonly maps: {
    readonly rounded: FrequencyMap;
    readonly values: FrequencyMap;
    readonly delta: FrequencyMap;
  };
  /** Of the output before its activation; undefined of the network's input. */
  readonly before: (Ranges & { readonly isRectified: boolean }) | undefined;
  /** The reference trajectory's pre-activation; of the input the centre. */
  readonly reference: Float64Array;
  /** Largest radius of a channel, around the middle of the range at each position. */
  readonly radius: Float64Array;
  /** Of the network's input, where that is a ball. */
  readonly ball: number | undefined;
  readonly meanAtReference: VectorComponents;
  readonly meanAtMiddle: VectorComponents;
  /** For each open channel behind the readings: the square of how far the reference may be off in all. */
  readonly referenceSlack: Float64Array;
}

export interface PreparedNetwork {
  readonly steps: readonly PreparedStep[];
  /** Of each output, the network's included. */
  readonly frequencies: readonly Frequencies[];
  readonly outputs: number;
  /** What the last readings' own rounding adds to each output. */
  readonly lastOwn: {
    /** `|mean|` and its slack at the middle of the ranges, and at the reference. */
    readonly atMiddle: Float64Array;
    readonly atReference: Float64Array;
    /** How far from the middle. */
    readonly reach: Float64Array;
  };
}

interface Loose {
  readonly vector: Float64Array;
  readonly slack: Float64Array;
}

/** A part of a reading's map at a vector of the output, in float64, with its slack. */
function readingAt(
  { part, start }: Reading,
  which: 'values' | 'delta',
  point: Float64Array,
  products: number,
): Loose {
  const { map, [which]: numbers } = part;
  const apply = (own: Float64Array, values: Float64Array): Float64Array => {
    const inputs = new Float64Array(map.inputs);
    inputs.set(values, start);
    const exact = exactArray(own);
    return applyMap(
      map.kind === 'dense' ? { ...map, matrix: exact } : { ...map, weights: exact },
      inputs,
    );
  };
  const slack = apply(numbers.map(Math.abs), point.map(Math.abs));
  const slop = gamma(2 * products + 16);
  return {
    vector: apply(numbers, point),
    slack: slack.map((size) => roundUp(size * slop) + SUM_UNDERFLOW),
  };
}

function add(into: Loose, { vector, slack }: Loose): void {
  for (let i = 0; i < vector.length; i++) {
    into.vector[i] += vector[i];
    into.slack[i] = roundUp(into.slack[i] + slack[i] + Math.abs(into.vector[i]) * 2 ** -50);
  }
}

/** What readings of one output add to all open sums, with the biases of those that are complete. */
function meansAt(
  plan: PlanStep,
  layers: readonly LinearDifference[],
  which: 'values' | 'delta',
  point: Float64Array,
): Loose[] {
  return plan.next.map(({ layer }) => {
    const own = layers[layer - 1];
    const sum: Loose = {
      vector: new Float64Array(own.outputs),
      slack: new Float64Array(own.outputs),
    };
    for (const reading of plan.readings) {
      if (reading.layer === layer) add(sum, readingAt(reading, which, point, own.products));
    }
    if (plan.completed.includes(layer)) {
      const bias = own.bias[which];
      const vector = sum.vector.map((_, i) => bias[Math.floor(i / own.perChannel)]);
      add(sum, { vector, slack: vector.map((value) => roundUp(Math.abs(value) * gamma(8))) });
    }
    return sum;
  });
}

/** Prepares the network, or gives up where `plan` is of something else. */
export function* prepareSteps(
  plan: readonly PlanStep[],
  layers: readonly LinearDifference[],
  values: MapValues,
): Steps<PreparedNetwork> {
  const frequencies = plan.map(({ torus }) => frequenciesOf(torus));
  const inputs = values.input.centre.length;
  const centre = values.input.centre;
  const pre: Loose[] = layers.map(({ outputs }) => ({
    vector: new Float64Array(outputs),
    slack: new Float64Array(outputs),
  }));
  const steps: PreparedStep[] = [];
  const count = plan.length - 1;
  let lastOwn: PreparedNetwork['lastOwn'] | undefined;
  for (const [index, own] of plan.slice(0, count).entries()) {
    const { output, shape, torus } = own;
    const layer = output === 0 ? undefined : layers[output - 1];
    const reference = output === 0 ? centre : pre[output - 1].vector;
    const behind =
      layer?.isRectified === true ? reference.map((value) => Math.max(0, value)) : reference;
    const range = values.behind[output];
    const { centre: middle, radius: reach } =
      output === 0 ? { centre, radius: values.input.radius } : centredRanges(range, false);
    const area = shape.height * shape.width;
    const radius = new Float64Array(shape.channels);
    for (let i = 0; i < reach.length; i++) {
      const channel = Math.floor(i / area);
      radius[channel] = Math.max(radius[channel], reach[i]);
    }
    for (const [at, sum] of meansAt(own, layers, 'values', behind).entries()) {
      add(pre[own.next[at].layer - 1], sum);
    }
    const referenceSlack = new Float64Array(channelsOf(own.next));
    for (const { layer: number, from, shape: next } of own.next) {
      // All at once, where the sum is complete.
      if (!own.completed.includes(number)) continue;
      const { slack } = pre[number - 1];
      // One ellipsoid for all sums that are completed together is as many times as large.
      const square = own.completed.length * slack.reduce((sum, off) => sum + off * off, 0);
      referenceSlack.fill(roundUp(square * (1 + gamma(slack.length))), from, from + next.channels);
    }
    const atReference = meansAt(own, layers, 'delta', behind);
    const atMiddle = meansAt(own, layers, 'delta', middle);
    const ways = { from: frequencies[index], onto: frequencies[index + 1] };
    const before = layer && {
      // The reference is of the domain, but for its rounding.
      lower: values.before[output - 1].lower.map((low, i) => Math.min(low, reference[i])),
      upper: values.before[output - 1].upper.map((high, i) => Math.max(high, reference[i])),
      isRectified: layer.isRectified,
    };
    if (index === count - 1) {
      const bound = ({ vector, slack }: Loose): Float64Array =>
        vector.map((value, i) => roundUp(Math.abs(value) + slack[i]));
      const last = layers[count - 1];
      const reaches = new Float64Array(last.outputs);
      for (const reading of own.readings) {
        const { part } = reading;
        const magnitudes = { ...reading, part: { ...part, delta: part.delta.map(Math.abs) } };
        const { vector, slack } = readingAt(magnitudes, 'delta', reach, last.products);
        for (let i = 0; i < vector.length; i++) reaches[i] += roundUp(vector[i] + slack[i]);
      }
      lastOwn = {
        atMiddle: bound(atMiddle[0]),
        atReference: bound(atReference[0]),
        reach: reaches.map((value) => roundUp(value)),
      };
    }
    steps.push({
      plan: own,
      isVector: torus.height * torus.width === 1 && area === 1,
      maps: {
        rounded: yield* frequencyMap(own, 'rounded', ways, true),
        values: yield* frequencyMap(own, 'values', ways, true),
        delta: yield* frequencyMap(own, 'delta', ways, false),
      },
      before,
      reference,
      radius,
      ball: output === 0 ? values.input.ball : undefined,
      meanAtReference: yield* vectorComponents(own.next, atReference, frequencies[index + 1]),
      meanAtMiddle: yield* vectorComponents(own.next, atMiddle, frequencies[index + 1]),
      referenceSlack,
    });
  }
  if (lastOwn === undefined) throw new RangeError(`a network of ${inputs} inputs has no layers`);
  return { steps, frequencies, outputs: lastOwn.reach.length, lastOwn };
}
