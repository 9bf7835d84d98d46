/**
 * Labelled data as training sees it: which samples train and which are held out, how inputs are
 * standardised, and one batch at a time. Values stay as they were read; a batch is standardised when
 * it is gathered.
 */
import { InputError } from '../core/errors.js';
import type { LabelledData } from '../data/labelled.js';
import type { Samples } from '../data/samples.js';
import type { Standardization } from '../ticket/trained.js';
import type { Varier } from './augment.js';
import type { StandardizationMode } from './options.js';
import { STREAMS, shuffle, streamKey } from './random.js';

/** Sample numbers, ascending. */
export interface Split {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
}

/** Holds out the given fraction, drawn from the seed. Throws an `InputError` if too little is left. */
export function splitSamples(count: number, fraction: number, seed: bigint): Split {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  const held = Math.round(count * fraction);
  if (held >= count || (fraction > 0 && held === 0)) {
    throw new InputError({
      place: 'training data',
      problem: `${count} samples cannot be split at ${fraction}`,
      remedy: 'give more samples, or another fraction for validation',
    });
  }
  if (held === 0) return { train: order, validation: new Uint32Array(0) };
  shuffle(order, streamKey(seed, STREAMS.split));
  return { train: order.slice(held).sort(), validation: order.slice(0, held).sort() };
}

/**
 * Mean and deviation to be taken off and divided by, for each of `channels`: an input is of channel `input
 * mod channels`, so with as many channels as inputs each has its own. `global`: one of each over all inputs of
 * the training samples; `feature` and `channel`: each channel's own; `range`: 0 and the largest absolute value; `none`: 0
 * and 1. A deviation of 0 (an input that never changes) becomes 1. Throws an `InputError` for values so
 * large that either overflows.
 */
export function standardizationOf(
  data: Samples,
  samples: Uint32Array,
  mode: StandardizationMode,
  channels: number = data.inputs,
): Standardization {
  const { mean, deviation } = estimate(data, samples, mode, channels);
  const place = [...mean, ...deviation].findIndex((value) => !Number.isFinite(value));
  if (place < 0) return { mean, deviation };
  throw new InputError({
    place: `input ${place % channels} of the training samples`,
    problem: 'its values are too large to be standardised',
    remedy: 'scale the data down',
  });
}

function estimate(
  { inputs, values }: Samples,
  samples: Uint32Array,
  mode: StandardizationMode,
  channels: number,
): { mean: Float64Array; deviation: Float64Array } {
  const mean = new Float64Array(channels);
  const deviation = new Float64Array(channels).fill(1);
  if (mode === 'none') return { mean, deviation };
  if (mode === 'range') {
    let largest = 0;
    for (const sample of samples) {
      for (let at = sample * inputs; at < (sample + 1) * inputs; at++) {
        largest = Math.max(largest, Math.abs(values[at] as number));
      }
    }
    return { mean, deviation: deviation.fill(largest === 0 ? 1 : largest) };
  }
  const variance = new Float64Array(channels);
  const perChannel = inputs / channels;
  // Twice through the data: the sum of squares minus the square of the sum would cancel.
  addUp(values, samples, inputs, (value, input) => {
    mean[input % channels] += value;
  });
  if (mode === 'global') mean.fill(sum(mean) / channels);
  for (let channel = 0; channel < channels; channel++) {
    mean[channel] /= samples.length * perChannel;
  }
  addUp(values, samples, inputs, (value, input) => {
    variance[input % channels] += (value - (mean[input % channels] as number)) ** 2;
  });
  if (mode === 'global') variance.fill(sum(variance) / channels);
  for (let channel = 0; channel < channels; channel++) {
    const count = samples.length * perChannel;
    deviation[channel] = Math.sqrt((variance[channel] as number) / count) || 1;
  }
  return { mean, deviation };
}

function addUp(
  values: Samples['values'],
  samples: Uint32Array,
  inputs: number,
  add: (value: number, input: number) => void,
): void {
  for (const sample of samples) {
    for (let input = 0; input < inputs; input++) {
      add(values[sample * inputs + input] as number, input);
    }
  }
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A batch for the trainer: standardised inputs, and rows with a one at the label. */
export interface Batch {
  readonly size: number;
  /** `size` by `inputs`. */
  readonly inputs: Float32Array;
  /** `size` by `classes`. */
  readonly targets: Float32Array;
}

/** Gathers samples `order[from] .. order[from + size - 1]`, varied or as they are. */
export function gatherBatch(
  data: LabelledData,
  { mean, deviation }: Standardization,
  order: Uint32Array,
  from: number,
  size: number,
  vary?: Varier,
): Batch {
  const { inputs, values, labels, classes } = data;
  const channels = mean.length;
  const batch = new Float32Array(size * inputs);
  const targets = new Float32Array(size * classes);
  for (let row = 0; row < size; row++) {
    const sample = order[from + row] as number;
    const at = sample * inputs;
    const places = vary?.(sample);
    for (let input = 0; input < inputs; input++) {
      const place = places === undefined ? input : (places[input] as number);
      const raw = place < 0 ? 0 : (values[at + place] as number);
      batch[row * inputs + input] =
        (raw - (mean[input % channels] as number)) / (deviation[input % channels] as number);
    }
    targets[row * classes + (labels[sample] as number)] = 1;
  }
  return { size, inputs: batch, targets };
}
