/**
 * The backward pass, written by hand, through what `inference/products/behind.ts` does: from the gradients of
 * what a layer hands on to those of its sums before scaling. Plain loops, the same bits everywhere.
 */
import type { BehindPlace, MapsPlace, StagePlace } from '../inference/products/map-memory.js';
import type { BehindGradients, GradientPlace } from './map-memory.js';
import { backThroughNormalize, eachRow } from './map-normalize.js';
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

export function backThroughBehind(values: Float32Array, step: BehindStep): void {
  const { place, behind, gradients, own, shortcut, moments, samples, scale } = step;
  const { stage, sums } = place;
  if (stage.pool !== 1 && !stage.poolsFirst) {
    if (stage.average) spreadMeans(values, step);
    else spreadLargest(values, place, samples, sums, gradients.output, own.activated, 1);
  }
  backThroughActivation(values, step);
  if (shortcut !== null) addMaps(values, step, shortcut.gradient);
  if (moments !== null) {
    backThroughNormalize(values, behind.before, own.before, behind.plane, samples, moments);
  }
  if (stage.poolsFirst) {
    spreadLargest(values, place, samples, behind.raw, own.before, gradients.sums, scale);
  } else scaleMaps(values, step);
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

/**
 * A window's gradient, times `factor`, goes to the first position, row by row, that has the largest of its
 * `numbers`; the others get 0.
 */
function spreadLargest(
  values: Float32Array,
  { stage, channels }: StagePlace,
  samples: number,
  numbers: MapsPlace,
  from: MapsPlace,
  to: MapsPlace,
  factor: number,
): void {
  const { pool, output } = stage;
  // Places of a window's positions, off its first one.
  const places = Array.from({ length: pool * pool }, (_, at) => at);
  const numberAt = places.map((at) => offset(numbers, at, pool));
  const toAt = places.map((at) => offset(to, at, pool));
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < output.height; y++) {
      for (let x = 0; x < output.width; x++) {
        const [row, column] = [y * pool, x * pool];
        const number = placeOf(numbers, sample, row, column);
        const target = placeOf(to, sample, row, column);
        const source = placeOf(from, sample, y, x);
        for (let channel = 0; channel < channels; channel++) {
          let best = 0;
          let most = values[number + channel] as number;
          for (let at = 1; at < numberAt.length; at++) {
            const value = values[number + (numberAt[at] as number) + channel] as number;
            if (!(value > most)) continue;
            most = value;
            best = at;
          }
          for (let at = 0; at < toAt.length; at++) {
            values[target + (toAt[at] as number) + channel] = 0;
          }
          const gradient = (values[source + channel] as number) * factor;
          values[target + (toAt[best] as number) + channel] = gradient;
        }
      }
    }
  }
}

function placeOf(maps: MapsPlace, sample: number, y: number, x: number): number {
  return (maps.at + sample * maps.sample + y * maps.row + x * maps.position) / 4;
}

/** Of a window's position number `at`. */
function offset({ row, position }: MapsPlace, at: number, pool: number): number {
  return (Math.floor(at / pool) * row + (at % pool) * position) / 4;
}

/**
 * From `activated` to `before`: ReLU hands on what is above 0; of a sign the gradient is biprop's,
 * `2 (1 - |x|)` inside of [-1, 1].
 */
function backThroughActivation(values: Float32Array, step: BehindStep): void {
  const { place, behind, own, shortcut, samples } = step;
  const { activation, sums, channels } = place;
  const { before, plane } = behind;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < plane.height; y++) {
      const from = placeOf(own.activated, sample, y, 0);
      const to = placeOf(own.before, sample, y, 0);
      const result = placeOf(sums, sample, y, 0);
      const number = placeOf(before, sample, y, 0);
      const added = shortcut && placeOf(shortcut.value, sample, y, 0);
      for (let at = 0; at < plane.width * channels; at++) {
        let gradient = values[from + at] as number;
        if (activation === 'relu') {
          if (!((values[result + at] as number) > 0)) gradient = 0;
        } else if (activation === 'sign') {
          let argument = values[number + at] as number;
          if (added !== null) argument += values[added + at] as number;
          gradient *= Math.max(0, 2 - 2 * Math.abs(argument));
        }
        values[to + at] = gradient;
      }
    }
  }
}

/** The gradients before the activation are those of what is added, too. */
function addMaps(
  values: Float32Array,
  { place, behind, own, samples }: BehindStep,
  to: MapsPlace,
): void {
  const count = behind.plane.width * place.channels;
  // Neither has a border: rows lie in the same order.
  const apart = (to.at - own.before.at) / 4;
  eachRow(own.before, behind.plane, samples, (at) => {
    for (let from = at; from < at + count; from++) {
      values[from + apart] += values[from] as number;
    }
  });
}

/** Copies the gradients, times the scale, to where the sums' are, which may be apart. */
function scaleMaps(
  values: Float32Array,
  { place, behind, gradients, own, samples, scale }: BehindStep,
): void {
  const { channels } = place;
  const { height, width } = behind.plane;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = placeOf(own.before, sample, y, x);
        const to = placeOf(gradients.sums, sample, y, x);
        for (let channel = 0; channel < channels; channel++) {
          values[to + channel] = (values[from + channel] as number) * scale;
        }
      }
    }
  }
}
