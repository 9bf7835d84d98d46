/**
 * Classification certificates (Corollary 1) on feature maps: the outputs of `f` at a sample by intervals, on a
 * box by backward rows of its outputs and of the margins between them.
 */
import type { Spend } from '../core/limits.js';
import type { Steps } from '../core/steps.js';
import { applyPooling } from '../target/max-pooling.js';
import { type Domain, inputsOf, type Network } from '../target/network.js';
import { channelsFirst } from '../target/planes.js';
import type { Ranges } from './bounds/interval-step.js';
import { type Row, upperBoundsSteps } from './bounds/map-bounding.js';
import { mapChainWork } from './bounds/map-chain.js';
import { hasTinyNumbers, type MapDifference } from './bounds/map-difference.js';
import { joinRanges, linearRanges, valueRowLayers } from './bounds/map-values.js';
import type { Region } from './bounds/region.js';
import { roundUp } from './bounds/rounding.js';
import type { Certificate } from './certificate.js';
import {
  type BoxVerdict,
  type Classifier,
  classOf,
  marginHolds,
  type OutputsAt,
  type SampleSet,
  type SampleVerdict,
  verdictSteps,
} from './class-verdicts.js';
import { analyseMapsSteps, rowBudget } from './map-certificate.js';

/** Products and sums of a layer by intervals, of what all seven of the chain are. */
const SHARE_OF_VALUES = 3 / 7;

/** Ranges of the outputs of `f`, behind their activation, by intervals. */
function outputRanges(layers: readonly MapDifference[], input: Ranges): Ranges {
  const all = [input];
  for (const layer of layers) {
    const read = joinRanges(layer.reads.map((number) => all[number]));
    const own =
      layer.kind === 'pooling'
        ? {
            lower: applyPooling(layer.pooling, read.lower, 1),
            upper: applyPooling(layer.pooling, read.upper, 1),
          }
        : linearRanges(layer, read);
    all.push(layer.isRectified ? rectified(own) : own);
  }
  return all[layers.length];
}

function rectified({ lower, upper }: Ranges): Ranges {
  const positive = (value: number): number => Math.max(0, value);
  return { lower: lower.map(positive), upper: upper.map(positive) };
}

/** A middle and a radius that hold a range, whatever rounding does. */
function aroundRange({ lower, upper }: Ranges): OutputsAt {
  const values = lower.map((low, j) => low / 2 + upper[j] / 2);
  const radius = values.map((middle, j) => {
    const far = Math.max(upper[j] - middle, middle - lower[j]);
    return roundUp(far + (Math.abs(lower[j]) + Math.abs(upper[j])) * 2 ** -50);
  });
  return { values, radius };
}

/** Rows `f_j - f_own` of the last layer, for every other output. */
function marginRows(outputs: number, own: number): Row[] {
  return Array.from({ length: outputs }, (_, j) => j)
    .filter((j) => j !== own)
    .map(
      (j): Row => [
        [j, 1],
        [own, -1],
      ],
    );
}

/** The class of a region if its margin is proved, by the ranges of the outputs or by rows of the margins. */
function* boxClass(
  network: Network,
  layers: readonly MapDifference[],
  region: Region,
  errors: Float64Array,
  spend: Spend | undefined,
): Steps<number | undefined> {
  const analysis = yield* analyseMapsSteps(layers, network, region, spend);
  const { input, values } = analysis;
  const ranges = values?.behind[layers.length] ?? outputRanges(layers, input.ranges);
  const { lower, upper } = ranges;
  const centre = { lower: input.centre, upper: input.centre };
  const winner = classOf(aroundRange(outputRanges(layers, centre)).values);
  if (marginHolds(winner, lower, upper, errors)) return winner;
  const last = layers[layers.length - 1];
  if (values === undefined || last.isRectified) return undefined;
  // Of one output the row is the output itself, towards 0.
  const rows: Row[] =
    last.outputs === 1 ? [[[0, winner === 1 ? -1 : 1]]] : marginRows(last.outputs, winner);
  const bounds = yield* upperBoundsSteps(
    valueRowLayers(layers, values),
    layers.length - 1,
    'values',
    rows,
    rowBudget(spend),
  );
  if (bounds === undefined) return undefined;
  const others = last.outputs === 1 ? [0] : marginRows(last.outputs, winner).map(([[j]]) => j);
  const holds = others.every((j, at) => {
    const needed = last.outputs === 1 ? errors[0] : roundUp(errors[winner] + errors[j]);
    return bounds[at] < -needed;
  });
  return holds ? winner : undefined;
}

/**
 * Certifies that classes are unchanged, from a certificate's errors per output over `domain`: sample by sample,
 * or over a box inside of it. `layers` are the differences that the certificate is of (`differencesOf`). In steps
 * of stage `certify`. Throws a RangeError where sizes do not fit, and a `UsageError` where the box leaves the
 * domain.
 */
export function* mapClassificationSteps(
  network: Network,
  layers: readonly MapDifference[],
  domain: Domain,
  certificate: Certificate,
  subject: SampleSet | Extract<Domain, { kind: 'box' }>,
  { spend }: { readonly spend?: Spend | undefined } = {},
): Steps<SampleVerdict | BoxVerdict> {
  const order =
    network.channelsLast === undefined ? undefined : channelsFirst(network.channelsLast);
  const inOrder = (sample: Float64Array): Float64Array =>
    order === undefined ? sample : Float64Array.from(order, (from) => sample[from]);
  const classifier: Classifier = {
    inputs: inputsOf(network.layers),
    outputs: layers[layers.length - 1].outputs,
    work: SHARE_OF_VALUES * mapChainWork(layers),
    evaluate(sample) {
      const point = inOrder(sample);
      return aroundRange(outputRanges(layers, { lower: point, upper: point }));
    },
    boxClass: (region, errors) => boxClass(network, layers, region, errors, spend),
  };
  const errors = hasTinyNumbers(layers)
    ? certificate.outputs.map(() => Number.POSITIVE_INFINITY)
    : certificate.outputs;
  return yield* verdictSteps(classifier, { domain, certificate, errors, subject });
}
