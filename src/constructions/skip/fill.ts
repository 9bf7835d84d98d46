/**
 * The masks of one block, given where its neurons are. Pure functions of integer matrix, layout and
 * source: blocks, and ranges of inputs within a block, can be filled in any order and on any thread.
 *
 * After the top every place has one digit, of one sign, so what a chain wants leaves no choice: with
 * `q_t` the bits of the wanted integer down to place t, the chain holds `q_t + o_t`, `o_t` 0 or 1. From the
 * last place (o = 0) backwards: bit r and o after a digit tell whether it is kept (r differs from o), and
 * then its sign tells o before (1 for -1). The top supplies the rest.
 */
import { bitLength } from '../../core/dyadic.js';
import type { Steps } from '../../core/steps.js';
import {
  bigEntry,
  type IntegerMatrix,
  isBig,
  isZeroColumn,
  zeroRows,
} from '../../integer/integer-network.js';
import { type DenseMask, keepEdge, wordsPerColumn } from '../../source/mask.js';
import type { Source } from '../../source/source.js';
import { fillTaskOf } from '../find-blocks.js';
import { type BlockLayout, type DigitEdges, firstColumn, NOWHERE, OFFSET } from './layout.js';

/** The masks of a block with nothing kept; `allocate` makes zeroed words (shared memory, if wanted). */
export function emptyMasks(
  { layers, inputWidth }: BlockLayout,
  allocate: (words: number) => Uint32Array = (words) => new Uint32Array(words),
): DenseMask[] {
  return layers.map(({ width, reads }): DenseMask => {
    const inputs = reads.reduce(
      (sum, layer) => sum + (layer === 0 ? inputWidth : layers[layer - 1].width),
      0,
    );
    const words = allocate(inputs * wordsPerColumn(width));
    return { kind: 'dense', inputs, outputs: width, words };
  });
}

/** Up to this many bits, the base's and the weight's sum is exact in a float64. */
const SMALL_BITS = 52;

/** 32 bits of each chain's wanted integers, by word, least significant first. */
class Wanted {
  readonly words: readonly Uint32Array[];
  readonly #matrix: IntegerMatrix;
  readonly #layout: BlockLayout;
  readonly #smallBases: Float64Array | null;

  constructor(matrix: IntegerMatrix, layout: BlockLayout) {
    const { bases, places, chainOutputs } = layout;
    this.#matrix = matrix;
    this.#layout = layout;
    const bits = Math.max(places.length, ...bases.map(bitLength)) + 2;
    this.words = Array.from(
      { length: Math.ceil(bits / 32) },
      () => new Uint32Array(chainOutputs.length),
    );
    const isSmall = bits <= SMALL_BITS && !isBig(matrix.values);
    this.#smallBases = isSmall ? Float64Array.from(bases, Number) : null;
  }

  /** Computes what every chain is to hold at one input. */
  write(input: number): void {
    const { columns, negative, chainOutputs, bases } = this.#layout;
    const { values, columns: width } = this.#matrix;
    const flip = negative[input] === 1;
    const small = this.#smallBases;
    for (let chain = 0; chain < chainOutputs.length; chain++) {
      const output = chainOutputs[chain];
      const index = output * width + columns[input];
      if (small !== null && !isBig(values)) {
        const weight = output < 0 ? 0 : values[index];
        const wanted = small[chain] + (flip ? -weight : weight);
        this.words[0][chain] = wanted >>> 0;
        if (this.words.length > 1) this.words[1][chain] = Math.floor(wanted / 2 ** 32);
        continue;
      }
      const weight = output < 0 ? 0n : bigEntry(this.#matrix, index);
      let wanted = bases[chain] + (flip ? -weight : weight);
      for (const word of this.words) {
        word[chain] = Number(wanted & 0xffffffffn);
        wanted >>= 32n;
      }
    }
  }

  /** The bits of a chain's integer from `place` on. */
  above(chain: number, place: number): number {
    let sum = 0;
    for (let word = this.words.length - 1; word >= place >>> 5; word--) {
      const shift = word === place >>> 5 ? place & 31 : 0;
      sum = sum * 2 ** (32 - shift) + (this.words[word][chain] >>> shift);
    }
    return sum;
  }
}

/** Digit edges with what is read and written there. */
interface Digits {
  readonly edges: DigitEdges;
  readonly first: number;
  readonly width: number;
  readonly mask: DenseMask;
  /** The signs of the edges of one input. */
  readonly column: Uint32Array;
}

/** Chains that must be filled: those of groups with the offset or with an output that is not 0. */
function activeChains({ chainOutputs, group }: BlockLayout, matrix: IntegerMatrix): Uint32Array {
  const zero = zeroRows(matrix);
  const isWanted = (output: number): boolean =>
    output === OFFSET || (output >= 0 && zero[output] === 0);
  const active: number[] = [];
  for (let start = 0; start < chainOutputs.length; start += group) {
    if (!chainOutputs.subarray(start, start + group).some(isWanted)) continue;
    for (let chain = start; chain < start + group; chain++) active.push(chain);
  }
  return Uint32Array.from(active);
}

/**
 * Keeps the digits of the inputs `from .. to - 1` in `masks` (all of the block, from `emptyMasks`).
 * Different ranges write different columns. Yields after each input; returns the digits kept.
 */
export function* fillDigits(
  matrix: IntegerMatrix,
  layout: BlockLayout,
  source: Source,
  masks: readonly DenseMask[],
  from = 0,
  to = layout.columns.length,
): Steps<number> {
  const digitsOf = (edges: DigitEdges): Digits => {
    const width = layout.layers[edges.layer - 1].width;
    return {
      edges,
      first: firstColumn(layout, edges.layer, edges.from),
      width,
      mask: masks[edges.layer - 1],
      column: new Uint32Array(wordsPerColumn(width) + 1),
    };
  };
  const places = layout.places.map(digitsOf);
  const top = layout.top.map(digitsOf);
  const signs = layout.layers.map((_, index) => source.layer(layout.start + index + 1));
  const wanted = new Wanted(matrix, layout);
  const active = activeChains(layout, matrix);
  const zero = zeroRows(matrix);
  // Chains that their group needs, but whose output is 0 and stays without a digit.
  const idle = Uint8Array.from(layout.chainOutputs, (output) => zero[output] ?? 0);
  const offsets = new Uint8Array(layout.chainOutputs.length);
  let digits = 0;
  for (let input = from; input < to; input++) {
    yield;
    // Offset and chains agree on 0.
    if (isZeroColumn(matrix, layout.columns[input])) continue;
    for (const { edges, first, width, column } of [...places, ...top]) {
      signs[edges.layer - 1].column(first + edges.neurons[input], width, column);
    }
    wanted.write(input);
    offsets.fill(0);
    for (let place = 0; place < places.length; place++) {
      const digit = places[places.length - 1 - place];
      const flip = digit.edges.isRaw ? layout.negative[input] : 0;
      const isOutput = digit.edges.layer === layout.layers.length;
      digits += keepPlace(
        digit,
        { words: wanted.words[place >>> 5], bit: place & 31, active, idle: isOutput ? idle : null },
        offsets,
        input,
        flip,
      );
    }
    for (const chain of active) {
      const reached = wanted.above(chain, places.length) + offsets[chain];
      const count = layout.isSigned ? reached - 1 : reached;
      keepTop(top, layout, chain, input, count);
      digits += Math.abs(count);
    }
  }
  return digits;
}

/** `fillDigits` for threads. */
export const skipFillTask = fillTaskOf('skip-fill', fillDigits);

/** What chains want at one place: the bit `bit` of each one's word, of the chains listed. */
interface WantedPlace {
  readonly words: Uint32Array;
  readonly bit: number;
  readonly active: Uint32Array;
  /** By chain, 1 where nothing is kept whatever is wanted; null where that is so for none. */
  readonly idle: Uint8Array | null;
}

/** The digits of one place at one input: see the head of this file. */
function keepPlace(
  { edges, first, mask, column }: Digits,
  { words, bit, active, idle }: WantedPlace,
  offsets: Uint8Array,
  input: number,
  flip: number,
): number {
  const { rows, neurons } = edges;
  const start = (first + neurons[input]) * wordsPerColumn(mask.outputs);
  let kept = 0;
  for (let index = 0; index < active.length; index++) {
    const chain = active[index];
    const row = rows[chain];
    if ((((words[chain] >>> bit) & 1) ^ offsets[chain]) === 0) continue;
    // The offset's chains end a level before, with bits 0.
    if (row === NOWHERE) throw new Error(`chain ${chain} has no digit where it needs one`);
    offsets[chain] = ((column[row >>> 5] >>> (row & 31)) & 1) ^ 1 ^ flip;
    if (idle !== null && idle[chain] === 1) continue;
    mask.words[start + (row >>> 5)] |= 1 << (row & 31);
    kept++;
  }
  return kept;
}

/** Keeps `|count|` digits of the sign of `count` at the top. */
function keepTop(
  top: readonly Digits[],
  layout: BlockLayout,
  chain: number,
  input: number,
  count: number,
): void {
  let missing = Math.abs(count);
  if (missing === 0) return;
  for (const { edges, first, mask, column } of top) {
    const sign = (count > 0 ? 1 : 0) ^ (edges.isRaw ? layout.negative[input] : 0);
    for (let copy = 0; copy < edges.copies; copy++) {
      const row = edges.rows[chain * edges.copies + copy];
      if (row === NOWHERE || ((column[row >>> 5] >>> (row & 31)) & 1) !== sign) continue;
      keepEdge(mask, first + edges.neurons[input], row);
      if (--missing === 0) return;
    }
  }
  // The layout selected the chain because every coefficient of the class is in its window.
  throw new Error(`chain ${chain} misses a coefficient of the class`);
}
