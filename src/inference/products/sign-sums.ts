/**
 * Layers that read signs and whose weights are signs, in float64 maps: the signs are packed to bits, position by
 * position, and the sums counted (`sign-call.ts`). They are those of `runSums`, to the bit: integers, however they are
 * added, times the scale.
 */
import type { Machine } from '../fast/kernels.js';
import { jsSignSums } from './js-sign.js';
import { type Allocator, type MapsPlace, placeMaps, type StagePlace } from './map-memory.js';
import { MOST_SIGN_WORDS, SIGN_BYTES, SIGN_CHANNELS, type SignSums } from './sign-call.js';
import { signSumsFunction } from './wasm-sign.js';

/** From `first` to before `end`. */
interface Range {
  readonly first: number;
  readonly end: number;
}

/** Places next to each other, from `first`, whose kernels have the same part inside of the maps. */
interface Run extends Range {
  readonly inside: Range;
}

export interface SignPlace {
  /** The bits of what is read, whole words a position, with the border. */
  readonly bits: MapsPlace;
  readonly weights: number;
  /** Words that a row of the kernel takes, as `inner` times `chunks`: the last ones may be of no weight. */
  readonly inner: number;
  readonly chunks: number;
  /** Rows of the kernel that lie apart. */
  readonly outer: number;
  readonly rows: readonly Run[];
  readonly columns: readonly Run[];
  /** Of each of `rows`, for each of `columns`: where the constants of all channels are. */
  readonly constants: readonly (readonly number[])[];
}

/** Runs of places along one direction. */
function runsOf(places: number, stride: number, kernel: number, pad: number, side: number): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < places; at++) {
    const corner = at * stride - pad;
    const inside = { first: Math.max(0, -corner), end: Math.min(kernel, side - corner) };
    const last = runs.at(-1);
    if (last && last.inside.first === inside.first && last.inside.end === inside.end) {
      runs[runs.length - 1] = { ...last, end: at + 1 };
    } else runs.push({ first: at, end: at + 1, inside });
  }
  return runs;
}

/** Places a layer that reads maps of signs. */
function placeSigns(
  allocator: Allocator,
  { stage, channels, connected }: StagePlace,
  samples: number,
): SignPlace {
  const { kernel, pad, stride, input, sums, inputChannels } = stage;
  const position = 4 * Math.ceil(inputChannels / 32);
  const plane = { height: input.height + 2 * pad, width: input.width + 2 * pad };
  const bits = placeMaps(allocator, samples, plane, position);
  const row = (kernel.width * position) / 4;
  const [outer, words] = connected ? [1, kernel.height * row] : [kernel.height, row];
  const chunks = Math.ceil(words / MOST_SIGN_WORDS);
  const inner = Math.ceil(words / chunks);
  // Words of no weight behind the last row are read, too.
  allocator.take(4 * (inner * chunks - words));
  const rows = runsOf(sums.height, stride, kernel.height, pad, input.height);
  const columns = runsOf(sums.width, stride, kernel.width, pad, input.width);
  return {
    ...{ bits, inner, chunks, outer, rows, columns },
    weights: allocator.take((channels / SIGN_CHANNELS) * outer * inner * chunks * SIGN_BYTES),
    constants: rows.map(() => columns.map(() => allocator.take(4 * channels))),
  };
}

interface SignKernels {
  readonly signSums: SignSums;
}

function signKernels(machine: Machine): SignKernels {
  return machine.further<SignKernels>(
    'signs',
    () => [signSumsFunction()],
    (buffer) => ({ signSums: jsSignSums(buffer) }),
  );
}

/** Writes a layer's weights, +1, -1 or 0 in the order of `packWeights`, and its constants. */
function packSigns(
  buffer: ArrayBuffer,
  { stage, channels: filled, connected }: StagePlace,
  place: SignPlace,
  weights: Float32Array,
): void {
  const words = new Int32Array(buffer);
  const { kernel, inputChannels, channels } = stage;
  const perPosition = Math.ceil(inputChannels / 32);
  const perRow = place.inner * place.chunks;
  for (let tap = 0; tap < kernel.height * kernel.width; tap++) {
    const [y, x] = [Math.floor(tap / kernel.width), tap % kernel.width];
    const first = connected ? tap * perPosition : y * perRow + x * perPosition;
    for (let channel = 0; channel < channels; channel++) {
      const vector = Math.floor(channel / SIGN_CHANNELS) * place.outer * perRow;
      const lane = place.weights / 4 + (channel % SIGN_CHANNELS);
      for (let read = 0; read < inputChannels; read++) {
        const weight = weights[(tap * inputChannels + read) * channels + channel] as number;
        if (weight === 0) continue;
        const word = lane + ((vector + first + (read >>> 5)) * SIGN_BYTES) / 4;
        const bit = 1 << (read & 31);
        if (weight < 0) words[word] |= bit;
        words[word + SIGN_CHANNELS] |= bit;
      }
    }
  }
  place.rows.forEach((row, r) => {
    place.columns.forEach((column, c) => {
      const at = (place.constants[r]?.[c] as number) / 4;
      words.fill(0, at, at + filled);
      constantsOf(words.subarray(at, at + channels), stage, row.inside, column.inside, weights);
    });
  });
}

/** Kept edges of each channel, less the weights that read zeros around the maps, whose bits are those of +1. */
function constantsOf(
  to: Int32Array,
  { kernel, inputChannels, channels }: StagePlace['stage'],
  rows: Range,
  columns: Range,
  weights: Float32Array,
): void {
  for (let tap = 0; tap < kernel.height * kernel.width; tap++) {
    const [y, x] = [Math.floor(tap / kernel.width), tap % kernel.width];
    const isInside = y >= rows.first && y < rows.end && x >= columns.first && x < columns.end;
    for (let read = 0; read < inputChannels; read++) {
      const from = (tap * inputChannels + read) * channels;
      for (let channel = 0; channel < channels; channel++) {
        const weight = weights[from + channel] as number;
        to[channel] += Math.abs(weight) - (isInside ? 0 : weight);
      }
    }
  }
}

/** Packs what a layer reads: a bit for each number, 1 where it is below 0. */
function packBits(
  values: Float64Array,
  words: Int32Array,
  { stage, input, inputChannels: filled }: StagePlace,
  { bits }: SignPlace,
  samples: number,
): void {
  const { pad, inputChannels } = stage;
  const { height, width } = stage.input;
  for (let sample = 0; sample < samples; sample++) {
    for (let y = 0; y < height; y++) {
      // Without the border, whose bits stay 0.
      let from =
        (input.at + sample * input.sample + (y + pad) * input.row + pad * input.position) / 8;
      let to = (bits.at + sample * bits.sample + (y + pad) * bits.row + pad * bits.position) / 4;
      for (let x = 0; x < width; x++) {
        for (let first = 0; first < inputChannels; first += 32) {
          const end = Math.min(inputChannels, first + 32);
          let word = 0;
          for (let channel = first; channel < end; channel++) {
            if ((values[from + channel] as number) < 0) word |= 1 << (channel - first);
          }
          words[to++] = word;
        }
        from += filled;
      }
    }
  }
}

/** Writes the scaled sums of one layer to `to`. */
function runSignSums(
  { signSums }: SignKernels,
  buffer: ArrayBuffer,
  place: StagePlace,
  own: SignPlace,
  to: MapsPlace,
  samples: number,
  scale: number,
): void {
  packBits(new Float64Array(buffer), new Int32Array(buffer), place, own, samples);
  const { stage, channels, connected } = place;
  const { bits, weights, inner, chunks, outer } = own;
  const vectors = channels / SIGN_CHANNELS;
  const { stride } = stage;
  if (connected) {
    const constants = own.constants[0]?.[0] as number;
    signSums(
      bits.at,
      weights,
      to.at,
      constants,
      samples,
      vectors,
      inner,
      chunks,
      outer,
      bits.sample,
      0,
      to.sample,
      scale,
    );
    return;
  }
  for (let sample = 0; sample < samples; sample++) {
    own.rows.forEach((row, r) => {
      for (let y = row.first; y < row.end; y++) {
        own.columns.forEach(({ first, end }, c) => {
          signSums(
            bits.at + sample * bits.sample + y * stride * bits.row + first * stride * bits.position,
            weights,
            to.at + sample * to.sample + y * to.row + first * to.position,
            own.constants[r]?.[c] as number,
            end - first,
            vectors,
            inner,
            chunks,
            outer,
            stride * bits.position,
            bits.row,
            to.position,
            scale,
          );
        });
      }
    });
  }
}

/** For an engine, which need not have it: places, kernels, weights and sums of such layers. */
export const SIGN_SUMS = {
  place: placeSigns,
  kernels: signKernels,
  pack: packSigns,
  run: runSignSums,
} as const;
export type SignSumsOfLayers = typeof SIGN_SUMS;
