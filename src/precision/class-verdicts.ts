/**
 * Classification certificates sample by sample, and over a box, whichever way the outputs of `f` are bounded:
 * dense layers and feature maps each have theirs (`classification.ts`, `map-classification.ts`).
 */

import { UsageError } from '../core/errors.js';
import { everyFew, type Steps } from '../core/steps.js';
import type { Domain } from '../target/network.js';
import { PRODUCTS_AT_ONCE } from './bounds/dense.js';
import { type Region, regionOf } from './bounds/region.js';
import { roundUp } from './bounds/rounding.js';
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
export interface OutputsAt {
  readonly values: Float64Array;
  readonly radius: Float64Array;
}

/** How the outputs of a network are bounded. */
export interface Classifier {
  readonly inputs: number;
  readonly outputs: number;
  /** Products that one sample takes, about. */
  readonly work: number;
  /** Of one sample; the answer lies in arrays that the next call may overwrite. */
  evaluate(input: Float64Array): OutputsAt;
  /** The class that both networks have on all of a region, if that is proved. */
  boxClass(region: Region, errors: Float64Array): Steps<number | undefined>;
}

export function classOf(values: Float64Array): number {
  if (values.length === 1) return values[0] > 0 ? 1 : 0;
  let best = 0;
  for (let j = 1; j < values.length; j++) if (values[j] > values[best]) best = j;
  return best;
}

/** Whether class c has a margin over all others beyond both errors; for one output, its sign. */
export function marginHolds(
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

export function inside(region: Region | undefined, input: Float64Array): boolean {
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

/** Sample by sample, of a region in which the errors hold. */
export function* certifySamples(
  { inputs: width, outputs, work, evaluate }: Classifier,
  region: Region | undefined,
  errors: Float64Array,
  { inputs, labels }: SampleSet,
): Steps<SampleVerdict> {
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
  const lower = new Float64Array(outputs);
  const upper = new Float64Array(lower.length);
  yield { stage: 'classify', done: 0, total: samples };
  for (let sample = 0; sample < samples; sample++) {
    if (isTurn(work)) yield { stage: 'classify', done: sample, total: samples };
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
  yield { stage: 'classify', done: samples, total: samples };
  return {
    samples,
    unchanged,
    outside,
    verdicts,
    ...(labels !== undefined && { correct, provablyCorrect }),
  };
}

/** Boxes that a classification certificate of a box may look at. */
const MOST_BOXES = 2000;

/** Over a box, halved as often as that helps. */
export function* certifyBox(
  { inputs, boxClass }: Classifier,
  box: Region,
  errors: Float64Array,
): Steps<BoxVerdict> {
  let waiting: { region: Region; share: number }[] = [{ region: box, share: 1 }];
  const splittable = box.kind === 'box' && inputs <= 16;
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
      const winner = yield* boxClass(region, errors);
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

/** What is certified of a network whose outputs a classifier bounds. */
export interface ClassesRequest {
  readonly domain: Domain;
  readonly certificate: Pick<Certificate, 'method'>;
  /** Per output, on the domain; Infinity where nothing is proved. */
  readonly errors: Float64Array;
  readonly subject: SampleSet | Extract<Domain, { kind: 'box' }>;
}

/** The verdict on samples, or on a box; throws a `UsageError` where the box leaves the domain. */
export function* verdictSteps(
  classifier: Classifier,
  { domain, certificate, errors, subject }: ClassesRequest,
): Steps<SampleVerdict | BoxVerdict> {
  // On all of R^d only a lossless certificate exists, and its errors of 0 hold everywhere.
  const region =
    domain.kind === 'all' && certificate.method === 'lossless'
      ? undefined
      : regionOf(domain, classifier.inputs);
  if (subject.kind === 'samples') {
    return yield* certifySamples(classifier, region, errors, subject);
  }
  const box = regionOf(subject, classifier.inputs);
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
  return yield* certifyBox(classifier, box, errors);
}
