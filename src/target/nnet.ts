/**
 * Reader of the Stanford `.nnet` text format (Kyle Julian): a ReLU network with the ranges of its
 * inputs and the normalisation around it. A decimal weight stands for the nearest float32.
 */
import { addDyadic, dyadicFromNumber, multiplyDyadic, negateDyadic } from '../core/dyadic.js';
import { InputError } from '../core/errors.js';
import { decimalToFloat32, isDecimal, nextDown, nextUp } from './decimal.js';
import type { BoxDomain } from './domain.js';
import type { Layer, Normalization, ReadNetwork } from './network.js';
import { quoted } from './quote.js';

const MOST_LAYERS = 10_000;

/** The lines that carry numbers, one after the other. */
interface Lines {
  /** The next line's cells; `what` names them in errors. */
  next(what: string): { cells: string[]; place: string };
  left(): number;
}

/**
 * The network of a `.nnet` text: its ranges as the domain, in the network's normalised coordinates,
 * and the normalisation recorded. Throws an `InputError` that names the line.
 */
export function readNnet(text: string): ReadNetwork {
  const lines = numberLines(text);
  const sizes = readSizes(lines);
  const inputs = sizes[0] as number;
  // A flag that no reader of the format uses.
  lines.next('the unused flag');
  const normalization = readNormalization(lines, inputs);
  const layers: Layer[] = [];
  for (let index = 1; index < sizes.length; index++) {
    layers.push(readLayer(lines, index, sizes));
  }
  if (lines.left() > 0) {
    throw malformed(lines.next('').place, 'there is more after the last bias', 'remove it');
  }
  const domain = normalizedBox(normalization.input);
  return { network: { layers, domain, normalization }, notices: [] };
}

function numberLines(text: string): Lines {
  const lines: { text: string; place: string }[] = [];
  text.split(/\r\n|\n|\r/).forEach((line, index) => {
    const trimmed = line.trim();
    if (trimmed !== '' && !trimmed.startsWith('//')) {
      lines.push({ text: trimmed, place: `line ${index + 1}` });
    }
  });
  let position = 0;
  return {
    left: () => lines.length - position,
    next(what) {
      const line = lines[position++];
      if (line === undefined) {
        throw malformed('end of file', `${what} is missing`, 'the file is cut off; get it again');
      }
      const cells = line.text.split(',').map((cell) => cell.trim());
      if (cells.at(-1) === '') cells.pop();
      return { cells, place: line.place };
    },
  };
}

function readSizes(lines: Lines): number[] {
  const counts = lines.next('the line with the counts');
  const [layerCount, inputs, outputs] = counts.cells.map((cell) => count(cell, counts.place));
  if (layerCount === undefined || inputs === undefined || outputs === undefined) {
    throw malformed(
      counts.place,
      'the number of layers, inputs and outputs is missing',
      'check that this is a .nnet file',
    );
  }
  if (layerCount > MOST_LAYERS) {
    throw malformed(
      counts.place,
      `${layerCount} layers are too many`,
      `use at most ${MOST_LAYERS}`,
    );
  }
  const line = lines.next('the line with the layer sizes');
  const sizes = line.cells.map((cell) => count(cell, line.place));
  if (sizes.length !== layerCount + 1 || sizes[0] !== inputs || sizes[layerCount] !== outputs) {
    throw malformed(
      line.place,
      `the layer sizes do not fit ${layerCount} layers from ${inputs} inputs to ${outputs} outputs`,
      'correct the counts in the first two lines',
    );
  }
  return sizes;
}

function count(cell: string, place: string): number {
  if (!/^\d{1,9}$/.test(cell) || Number(cell) === 0) {
    throw malformed(place, `${quoted(cell)} is not a positive count`, 'correct it');
  }
  return Number(cell);
}

function readNormalization(lines: Lines, inputs: number): Normalization {
  const minima = readRow(lines, inputs, 'the line of input minima', Number);
  const maxima = readRow(lines, inputs, 'the line of input maxima', Number);
  const means = readRow(lines, inputs + 1, 'the line of means', Number);
  const ranges = readRow(lines, inputs + 1, 'the line of ranges', Number);
  for (let index = 0; index <= inputs; index++) {
    if (!((ranges.values[index] as number) > 0)) {
      throw malformed(ranges.place, `range ${index} is not positive`, 'correct it');
    }
    if (index < inputs && !((minima.values[index] as number) <= (maxima.values[index] as number))) {
      throw malformed(maxima.place, `maximum ${index} is below its minimum`, 'correct it');
    }
  }
  return {
    input: {
      minimum: minima.values,
      maximum: maxima.values,
      mean: means.values.slice(0, inputs),
      range: ranges.values.slice(0, inputs),
    },
    output: { mean: means.values[inputs] as number, range: ranges.values[inputs] as number },
  };
}

function readRow(
  lines: Lines,
  width: number,
  what: string,
  convert: (decimal: string) => number,
): { values: Float64Array; place: string } {
  const { cells, place } = lines.next(what);
  if (cells.length !== width) {
    throw malformed(
      place,
      `${what} has ${cells.length} numbers instead of ${width}`,
      'check that the file is complete and its counts are right',
    );
  }
  const values = new Float64Array(width);
  cells.forEach((cell, index) => {
    const value = isDecimal(cell) ? convert(cell) : Number.NaN;
    if (!Number.isFinite(value)) {
      throw malformed(place, `${quoted(cell)} is not a number, or is too large`, 'correct it');
    }
    values[index] = value;
  });
  return { values, place };
}

function readLayer(lines: Lines, index: number, sizes: readonly number[]): Layer {
  const inputs = sizes[index - 1] as number;
  const outputs = sizes[index] as number;
  // Rows are collected as they come: sizes that the file does not fill allocate nothing.
  const rows: Float64Array[] = [];
  for (let row = 0; row < outputs; row++) {
    const what = `row ${row + 1} of the weights of layer ${index}`;
    rows.push(readRow(lines, inputs, what, decimalToFloat32).values);
  }
  const bias: number[] = [];
  for (let row = 0; row < outputs; row++) {
    const what = `bias ${row + 1} of layer ${index}`;
    bias.push(readRow(lines, 1, what, decimalToFloat32).values[0] as number);
  }
  const weights = new Float64Array(inputs * outputs);
  rows.forEach((row, position) => {
    weights.set(row, position * inputs);
  });
  const activation = index === sizes.length - 1 ? 'identity' : 'relu';
  return { inputs, outputs, weights, bias: Float64Array.from(bias), activation };
}

/**
 * `[(minimum - mean) / range, (maximum - mean) / range]`, rounded outwards: it holds both the exact
 * images of all raw inputs in range and the ones that float64 arithmetic computes (both monotonic).
 */
function normalizedBox({ minimum, maximum, mean, range }: Normalization['input']): BoxDomain {
  const bound = (raw: Float64Array, side: -1 | 1): Float64Array =>
    raw.map((value, index) => {
      const shift = mean[index] as number;
      const scale = range[index] as number;
      const computed = (value - shift) / scale;
      if (!(Math.abs(computed) < 1e300)) {
        throw malformed(`input ${index}`, 'its normalised range is too large', 'correct its range');
      }
      let outside = computed;
      while (compareQuotient(value, shift, scale, outside) === side) {
        outside = side > 0 ? nextUp(outside) : nextDown(outside);
      }
      return outside;
    });
  return { kind: 'box', lower: bound(minimum, -1), upper: bound(maximum, 1) };
}

/** Sign of `(value - shift) / scale - candidate` for `scale > 0`, exactly. */
function compareQuotient(value: number, shift: number, scale: number, candidate: number): number {
  const difference = addDyadic(dyadicFromNumber(value), negateDyadic(dyadicFromNumber(shift)));
  const product = multiplyDyadic(dyadicFromNumber(scale), dyadicFromNumber(candidate));
  const { mantissa } = addDyadic(difference, negateDyadic(product));
  return mantissa > 0n ? 1 : mantissa < 0n ? -1 : 0;
}

function malformed(place: string, problem: string, remedy: string): InputError {
  return new InputError({ place, problem, remedy });
}
