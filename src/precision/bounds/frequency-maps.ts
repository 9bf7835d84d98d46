/**
 * Linear maps between the Fourier components of feature maps (`torus.ts`): one matrix, or several, for each
 * frequency that is reached. A convolution with strides brings together the frequencies that look alike on the
 * coarser grid; a matrix behind feature maps reads all of them. Shapes go through them frequency by frequency.
 */
import { everyFew, type Steps } from '../../core/steps.js';
import type { ConvolutionMap, DenseMap } from '../../target/linear-map.js';
import { multiplySymmetric, multiplyTransposed, PRODUCTS_AT_ONCE } from './dense.js';
import { addErrors, type Shape } from './ellipsoid.js';
import { gamma } from './rounding.js';
import { componentsOf, type Frequencies, type Frequency, WAVE_ERROR, waveAt } from './torus.js';
import { channelsOf, type OpenSum, type PlanStep, type Reading } from './torus-plan.js';

/** What one frequency adds to another: `weight M H M^T`. */
export interface FrequencyTerm {
  /** Of the frequency that is read. */
  readonly at: number;
  readonly weight: number;
  /** `rows` by `columns`. */
  readonly matrix: Float64Array;
  readonly columns: number;
  /** Channel by channel of both, the largest magnitude that any of the matrix's entries for them has. */
  readonly channels: Float64Array;
}

export interface FrequencyTarget {
  /** Components. */
  readonly rows: number;
  readonly terms: readonly FrequencyTerm[];
}

export interface FrequencyMap {
  readonly targets: readonly FrequencyTarget[];
  /** Channels read. */
  readonly inputs: number;
  /** Relative to `channels`: how far entries of the matrices are from exact ones, at the most. */
  readonly roundoff: number;
}

/** A part of the map: from some channels onto others. */
interface Block {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
  /** Entries at a frequency, rows by columns, real and imaginary. */
  at(frequency: Frequency): { readonly real: Float64Array; readonly imaginary: Float64Array };
  /** Largest magnitude of each. */
  readonly most: Float64Array;
}

function identityBlock(row: number, column: number, size: number): Block {
  const real = new Float64Array(size * size);
  for (let i = 0; i < size; i++) real[i * size + i] = 1;
  const imaginary = new Float64Array(size * size);
  return { row, column, rows: size, columns: size, at: () => ({ real, imaginary }), most: real };
}

function sumsOfMagnitudes(weights: Float64Array, count: number, area: number): Float64Array {
  return Float64Array.from({ length: count }, (_, entry) => {
    let sum = 0;
    for (let tap = 0; tap < area; tap++) sum += Math.abs(weights[entry * area + tap]);
    return sum * (1 + gamma(area));
  });
}

/** A convolution's channels `first .. first + columns`, at stride 1. */
function convolutionBlock(
  map: ConvolutionMap,
  numbers: Float64Array,
  torus: Frequencies['torus'],
  place: { readonly row: number; readonly column: number },
  first: number,
  columns: number,
): Block {
  const rows = map.output.channels;
  const { kernel, pads, dilation, groups } = map;
  const area = kernel.height * kernel.width;
  const each = map.input.channels / groups;
  const perGroup = rows / groups;
  // Of all channels that the output does read, tap by tap.
  const weights = new Float64Array(rows * columns * area);
  for (let o = 0; o < rows; o++) {
    const from = Math.floor(o / perGroup) * each;
    for (let c = 0; c < each; c++) {
      const column = from + c - first;
      if (column < 0 || column >= columns) continue;
      for (let tap = 0; tap < area; tap++) {
        weights[(o * columns + column) * area + tap] = numbers[(o * each + c) * area + tap];
      }
    }
  }
  return {
    ...place,
    ...{ rows, columns, most: sumsOfMagnitudes(weights, rows * columns, area) },
    at(frequency) {
      const waves = Array.from({ length: area }, (_, tap) =>
        waveAt(
          torus,
          frequency,
          Math.floor(tap / kernel.width) * dilation.height - pads.top,
          (tap % kernel.width) * dilation.width - pads.left,
        ),
      );
      return transformed(weights, rows * columns, waves);
    },
  };
}

/** A matrix's columns for the positions of feature maps, frequency by frequency: the conjugates of their components. */
function matrixBlock(
  map: DenseMap,
  numbers: Float64Array,
  torus: Frequencies['torus'],
  place: { readonly row: number; readonly column: number },
  start: number,
  { channels, height, width }: PlanStep['shape'],
): Block {
  const rows = map.outputs;
  const area = height * width;
  const weights = new Float64Array(rows * channels * area);
  for (let row = 0; row < rows; row++) {
    const from = row * map.inputs + start;
    weights.set(numbers.subarray(from, from + channels * area), row * channels * area);
  }
  return {
    ...place,
    ...{ rows, columns: channels },
    most: sumsOfMagnitudes(weights, rows * channels, area),
    at(frequency) {
      const waves = Array.from({ length: area }, (_, at) =>
        waveAt(torus, frequency, Math.floor(at / width), at % width),
      );
      return transformed(weights, rows * channels, waves);
    },
  };
}

/** For each entry the sum of its numbers times the waves. */
function transformed(
  weights: Float64Array,
  count: number,
  waves: readonly (readonly [number, number])[],
) {
  const real = new Float64Array(count);
  const imaginary = new Float64Array(count);
  const area = waves.length;
  const cosines = Float64Array.from(waves, ([cosine]) => cosine);
  const sines = Float64Array.from(waves, ([, sine]) => sine);
  for (let entry = 0; entry < count; entry++) {
    let x = 0;
    let y = 0;
    for (let tap = 0; tap < area; tap++) {
      const weight = weights[entry * area + tap];
      x += weight * cosines[tap];
      y += weight * sines[tap];
    }
    real[entry] = x;
    imaginary[entry] = y;
  }
  return { real, imaginary };
}

/** Of numbers of a part: the model's, rounded ones, or how far these are from them. */
export type Numbers = 'values' | 'rounded' | 'delta';

function blockOf(
  { part, start, layer }: Reading,
  which: Numbers,
  { shape, torus }: PlanStep,
  next: readonly OpenSum[],
  column: number,
): Block {
  const { map, [which]: numbers } = part;
  // Layers that read the same output stand below each other, matrices as well.
  const place = { row: (next.find((sum) => sum.layer === layer) as OpenSum).from, column };
  if (map.kind === 'dense') return matrixBlock(map, numbers, torus, place, start, shape);
  const first = start / (shape.height * shape.width);
  return convolutionBlock(map, numbers, torus, place, first, shape.channels);
}

/**
 * What a step adds up: of all open sums (`whole`), those that are kept going on as they are; or of its own output's
 * channels alone.
 */
export function* frequencyMap(
  step: PlanStep,
  which: Numbers,
  { from, onto }: { readonly from: Frequencies; readonly onto: Frequencies },
  whole: boolean,
): Steps<FrequencyMap> {
  const { open, next, output, shape, readings } = step;
  const inputs = whole && output > 0 ? channelsOf(open) : shape.channels;
  const outputs = channelsOf(next);
  const own = open.find(({ layer }) => layer === output);
  const column = whole ? (own?.from ?? 0) : 0;
  const blocks = readings.map((reading) => blockOf(reading, which, step, next, column));
  if (whole) {
    for (const sum of open) {
      const kept = sum.layer === output ? undefined : next.find(({ layer }) => layer === sum.layer);
      if (kept) blocks.push(identityBlock(kept.from, sum.from, sum.shape.channels));
    }
  }
  const channels = new Float64Array(outputs * inputs);
  for (const { row, column: first, rows, columns, most } of blocks) {
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < columns; k++) {
        channels[(row + i) * inputs + first + k] += most[i * columns + k];
      }
    }
  }
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  const atFrequency = function* (frequency: Frequency) {
    const real = new Float64Array(outputs * inputs);
    const imaginary = new Float64Array(outputs * inputs);
    for (const block of blocks) {
      const entries = block.at(frequency);
      for (let i = 0; i < block.rows; i++) {
        for (let k = 0; k < block.columns; k++) {
          const to = (block.row + i) * inputs + block.column + k;
          real[to] += entries.real[i * block.columns + k];
          imaginary[to] += entries.imaginary[i * block.columns + k];
        }
      }
    }
    if (isTurn(16 * outputs * inputs)) yield;
    return { real, imaginary };
  };
  const taps = readings.reduce(
    (most, { part: { map } }) =>
      Math.max(
        most,
        map.kind === 'dense' ? shape.height * shape.width : map.kernel.height * map.kernel.width,
      ),
    1,
  );
  // Entries that several readings add up are within the sum of what each is off.
  const roundoff = 4 * WAVE_ERROR + gamma(2 * taps + 2 * readings.length + 16);
  const isMatrix = readings.some(({ part }) => part.map.kind === 'dense');
  const targets: FrequencyTarget[] = [];
  if (isMatrix) {
    const { height, width } = from.torus;
    const terms: FrequencyTerm[] = [];
    for (const [at, frequency] of from.list.entries()) {
      const { real, imaginary } = yield* atFrequency(frequency);
      const columns = componentsOf(frequency, inputs);
      const matrix = new Float64Array(outputs * columns);
      for (let i = 0; i < outputs; i++) {
        for (let k = 0; k < inputs; k++) {
          matrix[i * columns + k] = real[i * inputs + k];
          // The conjugates of the waves that components are of.
          if (columns > inputs) matrix[i * columns + inputs + k] = -imaginary[i * inputs + k];
        }
      }
      const weight = (frequency.isReal ? 1 : 2) / (height * width);
      terms.push({ at, weight, matrix, columns, channels });
    }
    return { targets: [{ rows: outputs, terms }], inputs, roundoff };
  }
  const strides = {
    height: from.torus.height / onto.torus.height,
    width: from.torus.width / onto.torus.width,
  };
  const weight = 1 / (strides.height * strides.width);
  for (const target of onto.list) {
    const rows = componentsOf(target, outputs);
    const terms: FrequencyTerm[] = [];
    for (let a = 0; a < strides.height; a++) {
      for (let b = 0; b < strides.width; b++) {
        const { at, isOpposite } = from.find(
          target.row + a * onto.torus.height,
          target.column + b * onto.torus.width,
        );
        // Of a pair that a real frequency brings together both are read: the first stands for the two.
        if (isOpposite && target.isReal) continue;
        const source = from.list[at];
        const { real, imaginary } = yield* atFrequency(source);
        const columns = componentsOf(source, inputs);
        const matrix = new Float64Array(rows * columns);
        for (let i = 0; i < outputs; i++) {
          for (let k = 0; k < inputs; k++) {
            const [x, y] = [real[i * inputs + k], imaginary[i * inputs + k]];
            matrix[i * columns + k] = x;
            if (columns > inputs) matrix[i * columns + inputs + k] = -y;
            if (rows === outputs) continue;
            const sign = isOpposite ? -1 : 1;
            matrix[(outputs + i) * columns + k] = sign * y;
            matrix[(outputs + i) * columns + inputs + k] = sign * x;
          }
        }
        const twice = target.isReal && !source.isReal;
        terms.push({ at, weight: twice ? 2 * weight : weight, matrix, columns, channels });
      }
    }
    targets.push({ rows, terms });
  }
  return { targets, inputs, roundoff };
}

/** Components of a channel side by side, or those of all of them added up. */
function perChannel(values: Float64Array, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  for (let k = 0; k < values.length; k++) sums[k % channels] += values[k];
  return sums;
}

/** Row sums of `|M| |H| |M|^T`, from above: what rounding is measured by. */
function rowSums({ channels }: FrequencyTerm, rows: number, shape: Shape, inputs: number) {
  const outputs = channels.length / inputs;
  const columns = Math.sqrt(shape.length);
  const inner = new Float64Array(columns);
  for (let i = 0; i < outputs; i++) {
    for (let k = 0; k < columns; k++) inner[k] += channels[i * inputs + (k % inputs)];
  }
  const copies = rows / outputs;
  const outer = new Float64Array(columns);
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += Math.abs(shape[j * columns + k]) * inner[k];
    outer[j] = copies * sum;
  }
  const sums = perChannel(outer, inputs);
  const result = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const i = row % outputs;
    for (let k = 0; k < inputs; k++) result[row] += channels[i * inputs + k] * sums[k];
  }
  return result;
}

/** The shapes of `M v`, frequency by frequency, for v in the shapes given; rounded outwards. */
export function* imageOf(map: FrequencyMap, shapes: readonly Shape[]): Steps<Shape[]> {
  const images: Shape[] = [];
  for (const { rows, terms } of map.targets) {
    const image = new Float64Array(rows * rows);
    const errors = new Float64Array(rows);
    let longest = 0;
    for (const term of terms) {
      const { at, weight, matrix, columns } = term;
      longest = Math.max(longest, columns);
      const half = yield* multiplyTransposed(matrix, rows, shapes[at], columns, columns);
      const own = yield* multiplySymmetric(half, matrix, rows, columns);
      for (let index = 0; index < own.length; index++) image[index] += weight * own[index];
      const sums = rowSums(term, rows, shapes[at], map.inputs);
      for (let row = 0; row < rows; row++) errors[row] += weight * sums[row];
    }
    const operations = gamma(2 * longest + rows + terms.length + 32);
    images.push(addErrors(image, errors, (operations + 3 * map.roundoff) * (1 + 2 ** -20)));
    yield;
  }
  return images;
}

/** What the derivative by the images is by the shapes: `M^T S M` of each; undefined where nothing is read. */
export function* pulledBack(
  map: FrequencyMap,
  derivatives: readonly Shape[],
  sources: number,
): Steps<Shape[]> {
  const results: Shape[] = new Array(sources);
  for (const [target, { rows, terms }] of map.targets.entries()) {
    const derivative = derivatives[target];
    for (const { at, weight, matrix, columns } of terms) {
      const transposed = new Float64Array(matrix.length);
      for (let i = 0; i < rows; i++) {
        for (let k = 0; k < columns; k++) transposed[k * rows + i] = matrix[i * columns + k];
      }
      const half = yield* multiplyTransposed(transposed, columns, derivative, rows, rows);
      const own = yield* multiplySymmetric(half, transposed, columns, rows);
      const into = results[at];
      if (into === undefined) results[at] = own.map((value) => weight * value);
      else for (let index = 0; index < own.length; index++) into[index] += weight * own[index];
    }
    yield;
  }
  return results;
}
