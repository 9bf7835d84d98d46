/**
 * A promise about data, which is statistics and no proof: of so many inputs that a user gives, how many are off by
 * more than epsilon, and what that says of all inputs that are drawn like them (`clopper-pearson.ts`). An input
 * counts as off unless float64 arithmetic, with a bound of what it rounds, shows that it is not.
 *
 * Bits are chosen by a fixed sequence of tests: from many places down, one at a time, each at the full confidence,
 * and the first that fails ends it. The order is settled before any input is looked at, so the probability that any
 * of the promises that were passed on the way is wrong is at most `1 - confidence`, the last one's included (Maurer,
 * Hothorn and Lehmacher 1995); no part of the data has to be held back for that.
 */
import { joinedNumbers } from '../core/concatenate.js';
import { MisfitError, UsageError } from '../core/errors.js';
import { retold, type Steps } from '../core/steps.js';
import { mapPlacesWithin } from '../integer/map-places.js';
import { placesWithin } from '../integer/quantize.js';
import { withSumPooling } from '../integer/sum-pooling.js';
import { checkLayers } from '../target/check-layers.js';
import { applyPooling } from '../target/max-pooling.js';
import { type Domain, hasMaps, inputsOf, type Network } from '../target/network.js';
import { channelsFirst } from '../target/planes.js';
import {
  applyMagnitudes,
  applyNumbers,
  type MapDifference,
  mapDifferences,
} from './bounds/map-difference.js';
import { gamma, SUM_UNDERFLOW } from './bounds/rounding.js';
import { largestShare } from './clopper-pearson.js';
import { checkSampled, type SampledRecord, type SampledRequest } from './sampled-record.js';

/** The most samples that may be off for the promise to hold; undefined where even none is too many. */
export function mostExceeding(
  samples: number,
  share: number,
  confidence: number,
): number | undefined {
  const holds = (count: number): boolean => largestShare(count, samples, confidence) <= share;
  if (!holds(0)) return undefined;
  let low = 0;
  let high = samples;
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The inputs of the network, one after another, as its layers take them. */
function inputsAt(
  network: Network,
  { values, divide }: SampledRequest,
): (sample: number) => Float64Array {
  const inputs = inputsOf(network.layers);
  const order = network.channelsLast && channelsFirst(network.channelsLast);
  return (sample) => {
    const own = values
      .subarray(sample * inputs, (sample + 1) * inputs)
      .map((value) => value / divide);
    return order === undefined ? own : Float64Array.from(order, (from) => own[from]);
  };
}

type Numbers = 'values' | 'rounded';

/** Outputs of `f` or of `f^` in float64, at one input. */
function outputsOf(
  layers: readonly MapDifference[],
  of: Numbers,
  input: Float64Array,
): Float64Array {
  const made: Float64Array[] = [input];
  for (const layer of layers) {
    const read = joinedNumbers(layer.reads.map((number) => made[number]));
    let own: Float64Array;
    if (layer.kind === 'pooling') own = applyPooling(layer.pooling, read, 1);
    else {
      own = applyNumbers(layer, of, read);
      for (let i = 0; i < own.length; i++)
        own[i] += layer.bias[of][Math.floor(i / layer.perChannel)];
    }
    if (layer.isRectified) for (let i = 0; i < own.length; i++) own[i] = Math.max(0, own[i]);
    made.push(own);
  }
  return made[layers.length];
}

/**
 * How far `outputsOf` can be from the exact outputs, for inputs of at most these magnitudes: every sum of n
 * products is off by at most gamma_n times the sum of their magnitudes, and carries on what its terms are off by.
 */
function roundingOf(
  layers: readonly MapDifference[],
  of: Numbers,
  most: Float64Array,
): Float64Array {
  const sizes: Float64Array[] = [most];
  const errors: Float64Array[] = [new Float64Array(most.length)];
  for (const layer of layers) {
    const size = joinedNumbers(layer.reads.map((number) => sizes[number]));
    const error = joinedNumbers(layer.reads.map((number) => errors[number]));
    if (layer.kind === 'pooling') {
      sizes.push(applyPooling(layer.pooling, size, 1));
      errors.push(applyPooling(layer.pooling, error, 1));
      continue;
    }
    const slop = gamma(layer.products + 8);
    const reach = applyMagnitudes(layer, of, size);
    const carried = applyMagnitudes(layer, of, error);
    const bias = layer.bias[of];
    sizes.push(
      reach.map(
        (sum, i) => (sum + Math.abs(bias[Math.floor(i / layer.perChannel)])) * (1 + 2 * slop),
      ),
    );
    const sums = sizes[sizes.length - 1];
    errors.push(
      carried.map((own, i) => (own + slop * (sums[i] + own)) * (1 + 2 * slop) + SUM_UNDERFLOW),
    );
  }
  return errors[layers.length];
}

/** The largest magnitude of each input over all samples. */
function largestInputs(inputs: (sample: number) => Float64Array, samples: number): Float64Array {
  const most = inputs(0).map(Math.abs);
  for (let sample = 1; sample < samples; sample++) {
    inputs(sample).forEach((value, k) => {
      if (!(Math.abs(value) <= most[k])) most[k] = Math.abs(value);
    });
  }
  return most;
}

/** Throws a `MisfitError` where a sample is not in the domain: there the ticket need not be its integers. */
function checkInside(network: Network, domain: Domain, request: SampledRequest): void {
  const { values, divide, samples } = request;
  const inputs = inputsOf(network.layers);
  for (let sample = 0; sample < samples; sample++) {
    let square = 0;
    for (let k = 0; k < inputs; k++) {
      const own = values[sample * inputs + k] / divide;
      square += own * own;
      const inside =
        Number.isFinite(own) &&
        (domain.kind !== 'box' || (own >= domain.lower[k] && own <= domain.upper[k]));
      if (inside) continue;
      throw new MisfitError(
        `sample ${sample + 1}, coordinate ${k + 1}, is ${own}, which is not in the domain`,
      );
    }
    if (domain.kind === 'ball' && !(square * (1 + 2 ** -20) <= domain.radius ** 2)) {
      throw new MisfitError(`sample ${sample + 1} is not in the domain`);
    }
  }
}

/** Counts, for any places, the samples that are not shown to be within epsilon. */
export interface SampleCounter {
  /** Stops above `most`. In steps of stage `measure`, counted in samples. */
  countSteps(places: readonly number[], most?: number): Steps<number>;
}

/**
 * Evaluates the model on all samples, once. `places` of later counts are those of `withSumPooling(network)`.
 * Throws a `MisfitError` for samples outside of the domain.
 */
export function* sampleCounterSteps(
  network: Network,
  domain: Domain,
  request: SampledRequest,
): Steps<SampleCounter> {
  checkLayers(network);
  checkSampled(request, inputsOf(network.layers));
  checkInside(network, domain, request);
  const { samples, epsilon } = request;
  const pooled = withSumPooling(network);
  const inputs = inputsAt(network, request);
  const most = largestInputs(inputs, samples);
  const exact = mapDifferences(
    pooled,
    pooled.layers.map(() => 0),
  );
  const outputs: Float64Array[] = [];
  const told = (done: number) => ({ stage: 'measure' as const, done, total: samples });
  for (let sample = 0; sample < samples; sample++) {
    yield told(sample);
    outputs.push(outputsOf(exact, 'values', inputs(sample)));
  }
  yield told(samples);
  const own = roundingOf(exact, 'values', most);
  return {
    *countSteps(places, limit = samples) {
      const layers = mapDifferences(pooled, places);
      const rounding = roundingOf(layers, 'rounded', most);
      let count = 0;
      for (let sample = 0; sample < samples && count <= limit; sample++) {
        yield told(sample);
        const rounded = outputsOf(layers, 'rounded', inputs(sample));
        const within = outputs[sample].every((value, j) => {
          const error = Math.abs(value - rounded[j]) * (1 + 2 ** -50);
          return error + (own[j] + rounding[j]) * (1 + 2 ** -50) <= epsilon;
        });
        if (!within) count++;
      }
      yield told(samples);
      return count;
    },
  };
}

/** What so many fractional bits in every layer come to, as a ticket of mode `bits` has them. */
function placesAt(network: Network, bits: number): number[] {
  return hasMaps(network) ? mapPlacesWithin(network, bits) : placesWithin(network, bits);
}

/** The most places that are tried: beyond, errors are far below what float64 arithmetic shows. */
const MOST_PLACES = 30;

/** Fewest bits of a promise about data. */
export interface SampledBits {
  readonly bits: number;
  readonly exceeding: number;
}

/**
 * The fewest bits, one number of them for all layers, for which the promise holds. Throws a `UsageError` where no
 * number of bits can show it of so many samples, or none of those tried does.
 */
export function* fewestSampledBitsSteps(
  network: Network,
  domain: Domain,
  request: SampledRequest,
): Steps<SampledBits> {
  const { samples, share, confidence, epsilon } = request;
  const counter = yield* sampleCounterSteps(network, domain, request);
  const most = mostExceeding(samples, share, confidence);
  if (most === undefined) {
    const least = largestShare(0, samples, confidence);
    throw new UsageError(
      `${samples} samples, all of them within epsilon, show with confidence ${confidence} no smaller share than ${least.toPrecision(3)}; ` +
        'give more samples, or a larger option "share"',
    );
  }
  const first = Math.min(MOST_PLACES, Math.max(...placesAt(network, MOST_PLACES)));
  let found: SampledBits | undefined;
  for (let bits = first; bits >= 0; bits--) {
    yield { stage: 'allot', done: first - bits, total: first + 1 };
    const places = placesAt(network, bits);
    const steps = counter.countSteps(places, most);
    const exceeding = yield* retold(steps, () => undefined);
    if (exceeding > most) break;
    found = { bits, exceeding };
  }
  yield { stage: 'allot', done: first + 1, total: first + 1 };
  if (found !== undefined) return found;
  throw new UsageError(
    `with ${first} fractional bits more than ${most} of ${samples} samples are not shown to be within ${epsilon}; ask for a larger epsilon, or for lossless`,
  );
}

/** Whether a recorded promise holds for these samples; the reason why not, or null. */
export function* sampledFailureSteps(
  network: Network,
  domain: Domain,
  bits: number,
  record: SampledRecord,
  given: { readonly samples: number; readonly values: Float64Array; readonly data: string },
): Steps<string | null> {
  const { samples, data, share, confidence, exceeding } = record;
  if (given.data !== data || given.samples !== samples) {
    return 'the samples are not those that the ticket records';
  }
  const most = mostExceeding(samples, share, confidence);
  if (most === undefined || exceeding > most) {
    return `${exceeding} of ${samples} samples beyond epsilon do not show a share of ${share} with confidence ${confidence}`;
  }
  const counter = yield* sampleCounterSteps(network, domain, { ...record, values: given.values });
  const count = yield* counter.countSteps(placesAt(network, bits), exceeding);
  return count <= exceeding
    ? null
    : `more than the recorded ${exceeding} of ${samples} samples are not shown to be within ${record.epsilon}`;
}
