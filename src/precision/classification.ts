/**
 * Classification certificates (Corollary 1): where the arg max of `f` cannot change. With certified errors
 * `E_j` per output, class c stays the arg max at x if `f_c(x) - f_j(x) > E_c + E_j` for every other j; for
 * one output the sign stays if `|f(x)| > E`. Inner values are intervals rounded outwards.
 */
import { checkObject, checkParts } from '../core/arguments.js';
import { MisfitError, UsageError } from '../core/errors.js';
import type { Spend } from '../core/limits.js';
import type { Watch } from '../core/progress.js';
import { complete, everyFew, type Steps } from '../core/steps.js';
import { checkIntegerNetwork } from '../integer/check-integer-network.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { checkDomain, checkNetwork } from '../target/check-network.js';
import { type Domain, matrixOf, type Network } from '../target/network.js';
import { PRODUCTS_AT_ONCE } from './bounds/dense.js';
import { type DifferenceLayer, differenceLayers, underflows } from './bounds/difference-layers.js';
import { differenceRelaxation } from './bounds/difference-relaxation.js';
import { centred, networkRegion, type Region } from './bounds/region.js';
import { gamma, roundUp } from './bounds/rounding.js';
import { relaxationSteps } from './bounds/steps.js';
import type { Certificate } from './certificate.js';

/** Labelled or unlabelled inputs, row-major. */
export interface SampleSet {
  readonly kind: 'samples';
  readonly inputs: Float64Array;
  readonly labels?: ArrayLike<number>;
}

export interface SampleVerdict {
  readonly samples: number;
  /** Samples whose class provably is the same in both networks. */
  readonly unchanged: number;
  /** Samples outside the certificate's domain: nothing is claimed for them. */
  readonly outside: number;
  /** With labels: samples that `f` classifies rightly, and those the integer network provably does. */
  readonly correct?: number;
  readonly provablyCorrect?: number;
  /** Per sample, 1 where unchanged is proved. */
  readonly verdicts: Uint8Array;
}

export interface BoxVerdict {
  /** Whether both networks provably give one and the same class on the whole box. */
  readonly unchanged: boolean;
  /** That class (from 0; for one output 0 or 1 by its sign), undefined where several occur or none is proved. */
  readonly class: number | undefined;
  /** Boxes analysed, and the share of the box's volume on which the class provably is the same. */
  readonly boxes: number;
  readonly provedShare: number;
}

/** Outputs of `f` at one point: values and radius of rounding. */
interface OutputsAt {
  readonly values: Float64Array;
  readonly radius: Float64Array;
}

/**
 * Evaluates `f` at one point after another, rounding bounded. Each answer lies in the same two arrays, which
 * the next one overwrites: millions of samples of a small network cost more in arrays than in products.
 */
function pointEvaluator(
  layers: readonly DifferenceLayer[],
  network: Network,
): (input: Float64Array) => OutputsAt {
  const stages = layers.map((layer, index) => ({
    ...layer,
    rectify: network.layers[index].activation === 'relu',
    values: new Float64Array(layer.outputs),
    radius: new Float64Array(layer.outputs),
  }));
  const exact = new Float64Array(layers[0].inputs);
  return (input) => {
    let at: OutputsAt = { values: input, radius: exact };
    for (const stage of stages) {
      evaluateStage(stage, at, stage);
      at = stage;
    }
    return at;
  };
}

/** One layer of `f` on values with their radii, into `into`. */
function evaluateStage(
  { inputs, outputs, weights, bias, rectify }: DifferenceLayer & { readonly rectify: boolean },
  { values, radius }: OutputsAt,
  into: OutputsAt,
): void {
  const slop = gamma(inputs + 8);
  for (let i = 0; i < outputs; i++) {
    let sum = 0;
    let size = 0;
    let carried = 0;
    for (let k = 0, at = i * inputs; k < inputs; k++, at++) {
      const weight = weights[at];
      const absolute = Math.abs(weight);
      sum += weight * values[k];
      size += absolute * Math.abs(values[k]);
      carried += absolute * radius[k];
    }
    into.radius[i] = roundUp(carried * (1 + slop) + (size + Math.abs(bias[i])) * slop);
    into.values[i] = rectify ? Math.max(0, sum + bias[i]) : sum + bias[i];
  }
}

function classOf(values: Float64Array): number {
  if (values.length === 1) return values[0] > 0 ? 1 : 0;
  let best = 0;
  for (let j = 1; j < values.length; j++) if (values[j] > values[best]) best = j;
  return best;
}

/** Whether class c has a margin over all others beyond both errors; for one output, its sign. */
function marginHolds(
  winner: number,
  lower: Float64Array,
  upper: Float64Array,
  errors: Float64Array,
): boolean {
  if (lower.length === 1) return winner === 1 ? lower[0] > errors[0] : upper[0] < -errors[0];
  for (let j = 0; j < lower.length; j++) {
    if (j === winner) continue;
    const needed = roundUp(roundUp(errors[winner] + errors[j]) + Math.abs(upper[j]) * 2 ** -50);
    if (!(lower[winner] - upper[j] > needed + Math.abs(lower[winner]) * 2 ** -50)) return false;
  }
  return true;
}

function inside(region: Region | undefined, input: Float64Array): boolean {
  if (region === undefined) return true;
  if (region.kind === 'box') {
    const { lower, upper } = region;
    for (let k = 0; k < input.length; k++) {
      if (!(input[k] >= lower[k] && input[k] <= upper[k])) return false;
    }
    return true;
  }
  const { radius } = region;
  if (input.every((value) => value === 0)) return true;
  // Relative to the radius, or squares of very large or small numbers would lose their meaning.
  const square = input.reduce((sum, value) => sum + (value / radius) ** 2, 0);
  // Points within rounding of the sphere do not count as inside; nor does what is no number.
  return square * (1 + (input.length + 8) * 2 ** -52) + 2 ** -500 <= 1;
}

function* certifySamples(
  network: Network,
  layers: readonly DifferenceLayer[],
  region: Region | undefined,
  errors: Float64Array,
  { inputs, labels }: SampleSet,
): Steps<SampleVerdict> {
  const width = layers[0].inputs;
  if (inputs.length % width !== 0) {
    throw new RangeError(`${inputs.length} values are not a whole number of samples of ${width}`);
  }
  const samples = inputs.length / width;
  if (labels !== undefined && labels.length !== samples) {
    throw new RangeError(`there are ${labels.length} labels for ${samples} samples`);
  }
  const verdicts = new Uint8Array(samples);
  let unchanged = 0;
  let outside = 0;
  let correct = 0;
  let provablyCorrect = 0;
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  // Beside the products a sample takes about as long as some hundred of them.
  const work = layers.reduce((sum, layer) => sum + 3 * layer.inputs * layer.outputs, 200);
  const evaluate = pointEvaluator(layers, network);
  const lower = new Float64Array(layers[layers.length - 1].outputs);
  const upper = new Float64Array(lower.length);
  yield { stage: 'certify', done: 0, total: samples };
  for (let sample = 0; sample < samples; sample++) {
    if (isTurn(work)) yield { stage: 'certify', done: sample, total: samples };
    const input = inputs.subarray(sample * width, (sample + 1) * width);
    const { values, radius } = evaluate(input);
    const winner = classOf(values);
    const right = labels !== undefined && labels[sample] === winner;
    if (right) correct++;
    if (!inside(region, input)) {
      outside++;
      continue;
    }
    for (let j = 0; j < lower.length; j++) {
      lower[j] = values[j] - radius[j];
      upper[j] = values[j] + radius[j];
    }
    if (!marginHolds(winner, lower, upper, errors)) continue;
    verdicts[sample] = 1;
    unchanged++;
    if (right) provablyCorrect++;
  }
  yield { stage: 'certify', done: samples, total: samples };
  return {
    samples,
    unchanged,
    outside,
    verdicts,
    ...(labels !== undefined && { correct, provablyCorrect }),
  };
}

/** The network whose outputs are `f_winner - f_j`: differences of rows, each within its roundoff. */
function marginLayers(
  layers: readonly DifferenceLayer[],
  winner: number,
): readonly DifferenceLayer[] {
  const last = layers[layers.length - 1];
  const { inputs, outputs, weights, bias } = last;
  const rows = weights.map((value, index) => {
    return weights[winner * inputs + (index % inputs)] - value;
  });
  const margins = bias.map((value) => bias[winner] - value);
  const zeros = new Float64Array(rows.length);
  const none = new Float64Array(outputs);
  const zeroed = layers.slice(0, -1).map((layer) => ({
    ...layer,
    deltaWeights: new Float64Array(layer.weights.length),
    deltaBias: new Float64Array(layer.outputs),
  }));
  return [
    ...zeroed,
    {
      ...last,
      weights: rows,
      bias: margins,
      rounded: rows,
      roundedBias: margins,
      deltaWeights: zeros,
      deltaBias: none,
    },
  ];
}

/** The class of a box if its margin is proved, by the relaxation of margins or of outputs. */
function* boxClass(
  network: Network,
  layers: readonly DifferenceLayer[],
  region: Region,
  errors: Float64Array,
  spend: Spend | undefined,
): Steps<number | undefined> {
  spend?.(relaxationSteps(layers));
  const area = centred(region, layers[0].inputs);
  const last = network.layers[network.layers.length - 1];
  const winner = classOf(pointEvaluator(layers, network)(area.centre).values);
  const { ranges } = yield* differenceRelaxation(layers, area);
  let { lower, upper } = ranges[ranges.length - 1];
  if (last.activation === 'relu') {
    lower = lower.map((value) => Math.max(0, value));
    upper = upper.map((value) => Math.max(0, value));
  }
  if (marginHolds(winner, lower, upper, errors)) return winner;
  // Differences of rows are within a roundoff only where the entries are plain float64s.
  const plain = matrixOf(last).exact.size + last.bias.exact.size === 0;
  if (lower.length === 1 || last.activation === 'relu' || !plain) return undefined;
  spend?.(relaxationSteps(layers));
  const margins = yield* differenceRelaxation(marginLayers(layers, winner), area);
  const least = margins.ranges[margins.ranges.length - 1].lower;
  for (let j = 0; j < least.length; j++) {
    if (j !== winner && !(least[j] > roundUp(errors[winner] + errors[j]))) return undefined;
  }
  return winner;
}

/** Boxes that a classification certificate of a box may look at. */
const MOST_BOXES = 2000;

function* certifyBox(
  network: Network,
  layers: readonly DifferenceLayer[],
  box: Region,
  errors: Float64Array,
  spend: Spend | undefined,
): Steps<BoxVerdict> {
  let waiting: { region: Region; share: number }[] = [{ region: box, share: 1 }];
  const splittable = box.kind === 'box' && layers[0].inputs <= 16;
  const classes = new Set<number>();
  let boxes = 0;
  let proved = 0;
  let undecided = false;
  // Level by level: the largest boxes first.
  while (waiting.length > 0 && boxes < MOST_BOXES) {
    const next: typeof waiting = [];
    for (const { region, share } of waiting) {
      if (boxes >= MOST_BOXES) {
        undecided = true;
        break;
      }
      yield { stage: 'certify', done: boxes, total: MOST_BOXES };
      boxes++;
      const winner = yield* boxClass(network, layers, region, errors, spend);
      if (winner !== undefined) {
        classes.add(winner);
        proved += share;
        continue;
      }
      if (!splittable || region.kind !== 'box') {
        undecided = true;
        continue;
      }
      let widest = 0;
      region.lower.forEach((low, k) => {
        if (region.upper[k] - low > region.upper[widest] - region.lower[widest]) widest = k;
      });
      const middle = region.lower[widest] / 2 + region.upper[widest] / 2;
      if (!(region.lower[widest] < middle && middle < region.upper[widest])) {
        undecided = true;
        continue;
      }
      const below = region.upper.slice();
      const above = region.lower.slice();
      below[widest] = middle;
      above[widest] = middle;
      next.push({ region: { ...region, upper: below }, share: share / 2 });
      next.push({ region: { ...region, lower: above }, share: share / 2 });
    }
    waiting = next;
  }
  yield { stage: 'certify', done: MOST_BOXES, total: MOST_BOXES };
  const [only] = classes;
  const unchanged = !undecided && waiting.length === 0 && classes.size === 1;
  return { unchanged, class: classes.size === 1 ? only : undefined, boxes, provedShare: proved };
}

export interface ClassificationOptions {
  /** Told the steps beforehand; throws where they are too many. */
  readonly spend?: Spend;
}

/**
 * Certifies that classes are unchanged, from the certificate's errors per output over `domain` (the
 * certificate's own domain): sample by sample, or over a box inside it, whose steps `spend` is told
 * beforehand. Throws a RangeError where sizes
 * do not fit (a `MisfitError` for networks and domains), and a `UsageError` where the box leaves the
 * domain.
 */
export function certifyClassification(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  certificate: Certificate,
  subject: SampleSet,
  options?: ClassificationOptions & Watch,
): SampleVerdict;
export function certifyClassification(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  certificate: Certificate,
  subject: Extract<Domain, { kind: 'box' }>,
  options?: ClassificationOptions & Watch,
): BoxVerdict;
export function certifyClassification(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  certificate: Certificate,
  subject: SampleSet | Extract<Domain, { kind: 'box' }>,
  options: ClassificationOptions & Watch = {},
): SampleVerdict | BoxVerdict {
  const steps = classificationSteps(network, integerNetwork, domain, certificate, subject, options);
  return complete(steps, options);
}

/** The same in steps of stage `certify`, counted in samples or boxes. */
export function* classificationSteps(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  certificate: Certificate,
  subject: SampleSet | Extract<Domain, { kind: 'box' }>,
  { spend }: ClassificationOptions = {},
): Steps<SampleVerdict | BoxVerdict> {
  checkNetwork(network);
  checkIntegerNetwork(integerNetwork);
  checkDomain(domain, network.layers[0].inputs);
  checkParts('certificate', certificate, { outputs: 'numbers', method: 'text' });
  checkObject('subject', subject);
  if (subject.kind === 'samples') {
    checkParts('subject', subject, { inputs: 'numbers' });
  } else checkDomain(subject, network.layers[0].inputs, 'subject');
  const layers = differenceLayers(network, integerNetwork);
  const errors = underflows(layers)
    ? certificate.outputs.map(() => Number.POSITIVE_INFINITY)
    : certificate.outputs;
  if (errors.length !== layers[layers.length - 1].outputs) {
    throw new MisfitError('the certificate does not have one bound per output of the network');
  }
  // On all of R^d only a lossless certificate exists, and its errors of 0 hold everywhere.
  const region =
    domain.kind === 'all' && certificate.method === 'lossless'
      ? undefined
      : networkRegion(network, domain);
  if (subject.kind === 'samples') {
    return yield* certifySamples(network, layers, region, errors, subject);
  }
  const box = networkRegion(network, subject);
  if (region?.kind === 'ball') {
    const farthest = subject.lower.map((low, k) =>
      Math.max(Math.abs(low), Math.abs(subject.upper[k])),
    );
    if (!inside(region, farthest))
      throw new UsageError('the box leaves the domain of the certificate');
  } else if (region !== undefined) {
    if (!inside(region, subject.lower) || !inside(region, subject.upper)) {
      throw new UsageError('the box leaves the domain of the certificate');
    }
  }
  return yield* certifyBox(network, layers, box, errors, spend);
}
