/**
 * The masks of one block, given where its neurons are. Pure functions of integer matrix, layout and
 * source: blocks, and ranges of inputs within a block, can be filled in any order and on any thread.
 */
import type { Steps } from '../../core/steps.js';
import {
  bigEntry,
  type IntegerMatrix,
  isBig,
  isZeroColumn,
  zeroRows,
} from '../../integer/integer-network.js';
import { type DenseMask, keepEdge, wordsPerColumn } from '../../source/mask.js';
import { columnsOf } from '../../source/shape.js';
import type { Source } from '../../source/source.js';
import { fillTaskOf } from '../find-blocks.js';
import { DigitAutomaton, signCode, writeMixedRadix } from './digits.js';
import type { BlockLayout, BlockNeurons } from './layout.js';
import { addPositiveDigits } from './select-chains.js';
import type { ChainLayer } from './windows.js';

/** The masks of a block with nothing kept; `allocate` makes zeroed words (shared memory, if wanted). */
export function emptyMasks(
  { inputWidth, widths, split }: BlockNeurons,
  allocate: (words: number) => Uint32Array = (words) => new Uint32Array(words),
): DenseMask[] {
  const chain = split ? [inputWidth, ...widths] : widths;
  return chain.slice(1).map((outputs, index): DenseMask => {
    const inputs = chain[index];
    return { kind: 'dense', inputs, outputs, words: allocate(inputs * wordsPerColumn(outputs)) };
  });
}

/** Where chains begin. */
export interface FirstDigits {
  /** Per chain, the first hidden layer with a digit of this range; E + 1 if none has. */
  readonly firstLayer: Uint16Array;
  /** Per chain, as bits, the copies of its accumulator that have a digit of this range there. */
  readonly firstCopies: Uint32Array;
}

/** What filling a range of inputs found out, besides the digits it kept. */
export interface FilledRange extends FirstDigits {
  /** Kept edges from carriers into accumulators. */
  readonly digits: number;
  /** Per output, 1 where its row is 0 and nothing is kept for it. */
  readonly idle: Uint8Array;
}

/** No digits in any of so many chains, so far. */
export function noFirsts({ radices }: BlockNeurons, chains: number): FirstDigits {
  return {
    firstLayer: new Uint16Array(chains).fill(radices.length + 1),
    firstCopies: new Uint32Array(chains),
  };
}

/** Digits of a chain that begin in this layer, in these copies. */
export function noteFirst(
  { firstLayer, firstCopies }: FirstDigits,
  chain: number,
  layer: number,
  copies: number,
): void {
  if (layer < firstLayer[chain]) {
    firstLayer[chain] = layer;
    firstCopies[chain] = 0;
  }
  if (layer === firstLayer[chain]) firstCopies[chain] |= copies;
}

/** Where chains and carriers are, as far as the digits between them go. */
type ChainLayout = Pick<BlockLayout, 'base' | 'radices' | 'carrierCopies' | 'widths'>;

/**
 * What filling begins with: growth and digits of each layer, and room for the signs of one input's columns in
 * each. Throws a `RangeError` for another source: its layout would keep edges that mean nothing.
 */
export function fillStart(
  { base, radices, carrierCopies, widths }: ChainLayout,
  source: Source,
): { layers: ChainLayer[]; columns: Uint32Array[][] } {
  if (columnsOf(source.shape, base + 1) !== widths[0])
    throw new RangeError('layout of another source');
  const layers = radices.map(
    (radix, index): ChainLayer => ({ radix, digits: radix * carrierCopies[index] }),
  );
  const columns = layers.map((_, index) =>
    Array.from(
      { length: carrierCopies[index] },
      () => new Uint32Array(wordsPerColumn(widths[index + 1]) + 1),
    ),
  );
  return { layers, columns };
}

/**
 * Keeps the digits of the inputs `from .. to - 1` in `masks` (all of the block, from `emptyMasks`),
 * the fewest that make their coefficients. Different ranges write different columns. Yields after each
 * input.
 */
export function* fillDigits(
  matrix: IntegerMatrix,
  layout: BlockLayout,
  source: Source,
  masks: readonly DenseMask[],
  from = 0,
  to = layout.columns.length,
): Steps<FilledRange> {
  const { base, radices, carrierCopies, widths, carriers, accumulators } = layout;
  const { layers, columns } = fillStart(layout, source);
  const depth = radices.length;
  const outputs = layout.outputs.length;
  const chains = outputs + 1;
  // The offset is complete one layer earlier.
  const toOutputs = new DigitAutomaton(layers);
  const toOffset = new DigitAutomaton(layers.slice(0, -1));
  const signs = layers.map((_, index) => source.layer(base + index + 1));
  const firsts = noFirsts(layout, chains);
  /** Per layer and chain; see `signCode`. */
  const codes = new Uint16Array(depth * chains);
  const wanted = new Uint8Array(depth * chains);
  /** q_0 of each chain's coefficient. */
  const prefixes = new Float64Array(chains);
  const sums = new Int16Array(depth);
  const digitMasks = masks.slice(layout.split ? 1 : 0);
  let digits = 0;

  const idle = zeroRows(matrix);
  const lastInput = layout.columns.length - 1;
  const constantChain = layout.constantOutput ? outputs - 1 : -1;
  for (let input = from; input < to; input++) {
    yield;
    // Offset and chains agree on 0.
    if (isZeroColumn(matrix, layout.columns[input])) continue;
    const raw = !layout.split && layout.negative[input] === 1;
    writeCoefficients(matrix, layout, input, wanted, prefixes);
    for (let t = 1; t <= depth; t++) {
      const copies = carrierCopies[t - 1];
      for (let copy = 0; copy < copies; copy++) {
        const carrier = carriers[t - 1][input * copies + copy];
        signs[t - 1].column(carrier, widths[t], columns[t - 1][copy]);
      }
      const start = (t - 1) * chains;
      const read = codes.subarray(start, start + (t < depth ? chains : outputs));
      const flip = raw && t === 1 ? -1 : 0;
      readSigns(columns[t - 1], accumulators[t - 1], radices[t - 1], flip, read);
    }
    for (let chain = 0; chain < chains; chain++) {
      if (idle[chain] === 1 || (chain === constantChain && input !== lastInput)) continue;
      const automaton = chain < outputs ? toOutputs : toOffset;
      // The layout selected the chain because every coefficient of the class is in its window.
      if (!automaton.fewest(prefixes[chain], wanted, codes, chains, chain, sums)) {
        throw new Error(`chain ${chain} misses a coefficient of the class`);
      }
      const last = chain < outputs ? depth : depth - 1;
      digits += keepSums(layout, columns, digitMasks, input, chain, sums, last, raw, firsts);
    }
  }
  return { digits, ...firsts, idle };
}

/** `fillDigits` for threads. */
export const fillTask = fillTaskOf('horner-fill', fillDigits);

/** Keeps the digits of one input and chain, notes where the first of them are, and returns how many. */
export function keepSums(
  layout: BlockNeurons,
  columns: readonly (readonly Uint32Array[])[],
  masks: readonly DenseMask[],
  input: number,
  chain: number,
  sums: Int16Array,
  last: number,
  raw: boolean,
  firsts: FirstDigits,
): number {
  let digits = 0;
  for (let t = last; t >= 1; t--) {
    const sum = sums[t - 1];
    if (sum === 0) continue;
    digits += Math.abs(sum);
    const flipped = raw && t === 1;
    const mask = masks[t - 1];
    const copies = keepDigits(layout, columns[t - 1], mask, t, input, chain, sum, flipped);
    noteFirst(firsts, chain, t, copies);
  }
  return digits;
}

/** The sign codes of one input's digit edges, per chain; `flip` is -1 for a negative raw input. */
export function readSigns(
  columns: readonly Uint32Array[],
  accumulators: Uint32Array,
  radix: number,
  flip: number,
  codes: Uint16Array,
): void {
  if (columns.length === 1) {
    codes.fill(0);
    addPositiveDigits(columns[0], accumulators, radix, flip, codes);
    for (let chain = 0; chain < codes.length; chain++) {
      codes[chain] = signCode(codes[chain], radix - codes[chain], radix);
    }
    return;
  }
  for (let chain = 0; chain < codes.length; chain++) {
    let positive = 0;
    let negative = 0;
    for (let member = 0; member < radix; member++) {
      const neuron = accumulators[chain * radix + member];
      let here = 0;
      for (const column of columns) here += ((column[neuron >>> 5] ^ flip) >>> (neuron & 31)) & 1;
      positive += here;
      if (here < columns.length) negative++;
    }
    codes[chain] = signCode(positive, negative, radix);
  }
}

/**
 * Mixed-radix digits of what each chain has to reach: w and the offset, and the offset alone. The
 * constant's row is 0 but for its own input, which it reaches without the offset.
 */
function writeCoefficients(
  matrix: IntegerMatrix,
  { columns, negative, offset, constantOutput, radices, outputs }: BlockLayout,
  input: number,
  out: Uint8Array,
  prefixes: Float64Array,
): void {
  const { values } = matrix;
  const flip = negative[input] === 1;
  const small = !isBig(values) && offset <= 2n ** 52n;
  const base = small ? Number(offset) : 0;
  const chains = prefixes.length;
  for (let output = 0; output < outputs.length; output++) {
    const index = output * matrix.columns + columns[input];
    let value: number | bigint;
    if (constantOutput && output === outputs.length - 1) {
      value = small ? values[index] : bigEntry(matrix, index);
    } else if (small) {
      value = base + (flip ? -values[index] : values[index]);
    } else {
      const entry = bigEntry(matrix, index);
      value = offset + (flip ? -entry : entry);
    }
    prefixes[output] = writeMixedRadix(value, radices, out, chains, output);
  }
  prefixes[chains - 1] = writeMixedRadix(
    small ? base : offset,
    radices.slice(0, -1),
    out,
    chains,
    chains - 1,
  );
}

/**
 * Keeps `|sum|` of the digit edges of that sign from one input into one chain at layer t. Returns the
 * copies of the accumulator that they lead to, as bits.
 */
function keepDigits(
  { radices, carriers, accumulators }: BlockNeurons,
  columns: readonly Uint32Array[],
  mask: DenseMask,
  t: number,
  input: number,
  chain: number,
  sum: number,
  raw: boolean,
): number {
  const radix = radices[t - 1];
  const sign = sum > 0 !== raw ? 1 : 0;
  let missing = Math.abs(sum);
  let used = 0;
  // Spread over the chain's copies first: no matter which, every such edge adds the same.
  for (let copy = 0; copy < columns.length; copy++) {
    for (let member = 0; member < radix; member++) {
      // See `signCode`: at most one -1 for each accumulator.
      if (sum < 0 && (used >>> member) & 1) continue;
      const neuron = accumulators[t - 1][chain * radix + member];
      if (((columns[copy][neuron >>> 5] >>> (neuron & 31)) & 1) !== sign) continue;
      keepEdge(mask, carriers[t - 1][input * columns.length + copy], neuron);
      used |= 1 << member;
      if (--missing === 0) return used;
    }
  }
  return used;
}
