/**
 * Reader of the Stanford `.nnet` text format (Kyle Julian): a ReLU network with the ranges of its
 * inputs and the normalisation around it. A decimal weight stands for the nearest float32.
 */
import { checkText } from '../core/arguments.js';
import { addDyadic, dyadicFromNumber, multiplyDyadic, negateDyadic } from '../core/dyadic.js';
import { InputError } from '../core/errors.js';
import { linesOf } from '../core/lines.js';
import { decimalToFloat32, isDecimal, nextDown, nextUp } from './decimal.js';
import type { BoxDomain } from './domain.js';
import { exactArray } from './exact-array.js';
import type { Layer, Normalization, ReadNetwork } from './network.js';
import { quoted } from './quote.js';

const MOST_LAYERS = 10_000;

/** The lines that carry numbers, one after the other; only one is held at a time. */
interface Lines {
  /**
   * The next line's cells; `what` names them in errors. At most one more than `most`, which is enough to
   * know that there are too many.
   */
  next(what: string, most: number): { cells: string[]; place: string };
  /** Where there is another line; undefined at the end. */
  placeOfNext(): string | undefined;
  /** Characters of the whole text. */
  readonly length: number;
}

/**
 * The network of a `.nnet` text: its ranges as the domain, in the network's normalised coordinates,
 * and the normalisation recorded. Throws an `InputError` that names the line.
 */
export function readNnet(text: string): ReadNetwork {
  checkText('text', text);
  const lines = numberLines(text);
  const sizes = readSizes(lines);
  const inputs = sizes[0] as number;
  // A flag that no reader of the format uses.
  lines.next('the unused flag', MOST_LAYERS);
  const notices: string[] = [];
  const normalization = readNormalization(lines, inputs, (remark) => notices.push(remark));
  const layers: Layer[] = [];
  for (let index = 1; index < sizes.length; index++) {
    layers.push(readLayer(lines, index, sizes));
  }
  const rest = lines.placeOfNext();
  if (rest !== undefined) throw malformed(rest, 'there is more after the last bias', 'remove it');
  const domain = normalizedBox(normalization.input);
  return { network: { layers, domain, normalization }, notices };
}

function numberLines(text: string): Lines {
  const lines = linesOf(text);
  let waiting: { text: string; place: string } | undefined;

  /** The next line with numbers stays in `waiting` until it is taken. */
  function seek(): typeof waiting {
    while (waiting === undefined) {
      const { value, done } = lines.next();
      if (done === true) break;
      const line = value.text.trim();
      if (line !== '' && !line.startsWith('//')) {
        waiting = { text: line, place: `line ${value.number}` };
      }
    }
    return waiting;
  }

  return {
    length: text.length,
    placeOfNext: () => seek()?.place,
    next(what, most) {
      const line = seek();
      if (line === undefined) {
        throw malformed('end of file', `${what} is missing`, 'the file is cut off; get it again');
      }
      waiting = undefined;
      const cells = line.text.split(',', most + 2).map((cell) => cell.trim());
      if (cells.at(-1) === '') cells.pop();
      return { cells, place: line.place };
    },
  };
}

function readSizes(lines: Lines): number[] {
  const counts = lines.next('the line with the counts', MOST_LAYERS);
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
  const line = lines.next('the line with the layer sizes', MOST_LAYERS + 1);
  const sizes = line.cells.map((cell) => count(cell, line.place));
  if (sizes.length !== layerCount + 1 || sizes[0] !== inputs || sizes[layerCount] !== outputs) {
    throw malformed(
      line.place,
      `the layer sizes do not fit ${layerCount} layers from ${inputs} inputs to ${outputs} outputs`,
      'correct the counts in the first two lines',
    );
  }
  checkRoom(sizes, lines.length, line.place);
  return sizes;
}

/** A number and its separator take two characters, so a text has room for half as many as it is long. */
function checkRoom(sizes: readonly number[], length: number, place: string): void {
  let numbers = 4 * (sizes[0] as number);
  for (let index = 1; index < sizes.length; index++) {
    numbers += ((sizes[index - 1] as number) + 1) * (sizes[index] as number);
  }
  if (2 * numbers > length + 1) {
    throw malformed(
      place,
      `these sizes need ${numbers} numbers, which do not fit into ${length} characters`,
      'check that the file is complete and its counts are right',
    );
  }
}

function count(cell: string, place: string): number {
  if (!/^\d{1,9}$/.test(cell) || Number(cell) === 0) {
    throw malformed(place, `${quoted(cell)} is not a positive count`, 'correct it');
  }
  return Number(cell);
}

function readNormalization(
  lines: Lines,
  inputs: number,
  notice: (remark: string) => void,
): Normalization {
  const minima = readRow(lines, inputs, 'the line of input minima', Number);
  const maxima = readRow(lines, inputs, 'the line of input maxima', Number);
  // Some writers leave out the last number, the output's: nothing is done to outputs then.
  const withOutput = (what: string, absent: number): { values: Float64Array; place: string } => {
    const row = readRow(lines, inputs + 1, what, Number, inputs);
    if (row.values.length > inputs) return row;
    notice(
      `${row.place}: ${what} has ${inputs} numbers, none for the outputs; ${absent} is taken for them`,
    );
    return { values: Float64Array.of(...row.values, absent), place: row.place };
  };
  const means = withOutput('the line of means', 0);
  const ranges = withOutput('the line of ranges', 1);
  // Other writers fill the line with zeros, where nothing is scaled.
  if (ranges.values.subarray(0, inputs).every((range) => range === 0)) {
    notice(
      `${ranges.place}: all ranges of the inputs are 0; 1 is taken for them, which scales nothing`,
    );
    ranges.values.fill(1, 0, inputs);
    if (ranges.values[inputs] === 0) ranges.values[inputs] = 1;
  }
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
  least = width,
): { values: Float64Array; place: string } {
  const { cells, place } = lines.next(what, width);
  if (cells.length < least || cells.length > width) {
    throw malformed(
      place,
      cells.length > width
        ? `${what} has more than ${width} numbers`
        : `${what} has ${cells.length} numbers instead of ${width}`,
      'check that the file is complete and its counts are right',
    );
  }
  const values = new Float64Array(cells.length);
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
  // The text has room for as many numbers: see `checkRoom`.
  const weights = new Float64Array(inputs * outputs);
  for (let row = 0; row < outputs; row++) {
    const what = `row ${row + 1} of the weights of layer ${index}`;
    weights.set(readRow(lines, inputs, what, decimalToFloat32).values, row * inputs);
  }
  const bias = new Float64Array(outputs);
  for (let row = 0; row < outputs; row++) {
    const what = `bias ${row + 1} of layer ${index}`;
    bias[row] = readRow(lines, 1, what, decimalToFloat32).values[0] as number;
  }
  const activation = index === sizes.length - 1 ? 'identity' : 'relu';
  const matrix = exactArray(weights);
  return { kind: 'dense', inputs, outputs, matrix, bias: exactArray(bias), activation };
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
