/**
 * The backward pass, written by hand, through what `inference/products/behind.ts` does: from the gradients of
 * what a layer hands on to those of its sums before scaling.
 */
import type { BehindPlace, MapsPlace, StagePlace } from '../inference/products/map-memory.js';
import { ACTIVATION_MODE } from './behind-functions.js';
import type { GradientKernels } from './map-gradient-kernels.js';
import type { BehindGradients, GradientPlace } from './map-memory.js';
import { backThroughNormalize, eachRow, type NormalizingMachine } from './map-normalize.js';
import type { Moments } from './running-moments.js';

/** Where a layer and its gradients are, and what of its normalisation the forward pass has found. */
export interface BehindStep {
  readonly place: StagePlace;
  readonly behind: BehindPlace;
  readonly gradients: GradientPlace;
  readonly own: BehindGradients;
  /** What it adds, and where the gradients of that are; null where it adds nothing. */
  readonly shortcut: { readonly value: MapsPlace; readonly gradient: MapsPlace } | null;
  /** Null where it is not normalised. */
  readonly moments: Moments | null;
  readonly samples: number;
  readonly scale: number;
}

/** A machine's memory, and what runs on it. */
export interface BehindMachine extends NormalizingMachine {
  readonly values: Float32Array;
  readonly add: GradientKernels['add'];
}

export function backThroughBehind(machine: BehindMachine, step: BehindStep): void {
  const { place, behind, gradients, own, shortcut, moments, samples, scale } = step;
  const { stage, sums } = place;
  const { output } = gradients;
  if (stage.pool !== 1 && !stage.poolsFirst) {
    if (stage.average) spreadMeans(machine.values, step);
    else spreadLargest(machine, place, samples, sums, output, own.activated, 1);
  }
  backThroughActivation(machine, step);
  if (shortcut !== null) addMaps(machine, step, shortcut.gradient);
  if (moments !== null) {
    backThroughNormalize(machine, behind.before, own.before, behind.plane, samples, moments);
  }
  if (stage.poolsFirst) {
    spreadLargest(machine, place, samples, behind.raw, own.before, gradients.sums, scale);
  } else scaleMaps(machine, step);
}

/** Each position of a window gets its part of the gradient of the mean. */
function spreadMeans(values: Float32Array, { place, gradients, own, samples }: BehindStep): void {
  const { stage, channels } = place;
  const { pool, output: plane } = stage;
  const { activated } = own;
  const { output } = gradients;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < plane.height * pool; y++) {
      const row = output.at + sample * output.sample + Math.floor(y / pool) * output.row;
      const to = (activated.at + sample * activated.sample + y * activated.row) / 4;
      for (let x = 0; x < plane.width * pool; x++) {
        const from = row / 4 + Math.floor(x / pool) * channels;
        for (let channel = 0; channel < channels; channel++) {
          values[to + x * channels + channel] = (values[from + channel] as number) / (pool * pool);
        }
      }
    }
  }
}

/** To the first of the largest of each window's `numbers` goes its gradient, times `factor`; to the others 0. */
function spreadLargest(
  { kernels }: BehindMachine,
  { stage, channels }: StagePlace,
  samples: number,
  numbers: MapsPlace,
  from: MapsPlace,
  to: MapsPlace,
  factor: number,
): void {
  const { pool, output } = stage;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < output.height; y++) {
      kernels.spreadLargest(
        rowAt(numbers, sample, y * pool),
        rowAt(from, sample, y),
        rowAt(to, sample, y * pool),
        output.width,
        channels / 4,
        pool,
        numbers.row,
        to.row,
        to.position,
        factor,
      );
    }
  }
}

/** The address of a row of maps. */
export function rowAt({ at, sample: apart, row }: MapsPlace, sample: number, y: number): number {
  return at + sample * apart + y * row;
}

/** From `activated` to `before`. */
function backThroughActivation({ kernels }: BehindMachine, step: BehindStep): void {
  const { place, behind, own, shortcut, samples } = step;
  const { activation, sums, channels } = place;
  const { before, plane } = behind;
  const ofActivation = activation === null ? 0 : MODES[activation];
  const mode = ofActivation + (shortcut === null ? 0 : ACTIVATION_MODE.add);
  const vectors = (plane.width * channels) / 4;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < plane.height; y++) {
      kernels.activateBack(
        rowAt(own.activated, sample, y),
        rowAt(sums, sample, y),
        rowAt(before, sample, y),
        shortcut === null ? 0 : rowAt(shortcut.value, sample, y),
        rowAt(own.before, sample, y),
        vectors,
        mode,
      );
    }
  }
}

/** The flags of an activation. */
export const MODES = { relu: ACTIVATION_MODE.rectify, sign: ACTIVATION_MODE.sign } as const;

/** The gradients before the activation are those of what is added, too. */
function addMaps(
  { add }: BehindMachine,
  { place, behind, own, samples }: BehindStep,
  to: MapsPlace,
): void {
  const vectors = (behind.plane.width * place.channels) / 4;
  // Neither has a border: rows lie in the same order.
  const apart = to.at - own.before.at;
  eachRow(own.before, behind.plane, samples, (at) => add(at + apart, at, vectors));
}

/** Copies the gradients, times the scale, to where the sums' are, which may be apart. */
function scaleMaps(
  { kernels }: BehindMachine,
  { place, behind, gradients, own, samples, scale }: BehindStep,
): void {
  const { height, width } = behind.plane;
  const { sums } = gradients;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < height; y++) {
      const [from, to] = [rowAt(own.before, sample, y), rowAt(sums, sample, y)];
      kernels.scale(from, to, width, place.channels / 4, sums.position, scale);
    }
  }
}
