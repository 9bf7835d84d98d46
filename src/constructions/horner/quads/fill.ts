/**
 * The masks of one block of chains in fours, given where its neurons are; as `../fill.ts` for plain ones.
 *
 * Offsets go through the units by themselves, without a digit. So what the units must make of each chain
 * is its share of the weights, from the last unit backwards: the digits that make it a multiple of `U`
 * (`unit.ts`), then `U^-1`. What is left, with the offset at the start, is the top's, whose chains are
 * plain.
 */
import type { Steps } from '../../../core/steps.js';
import {
  bigEntry,
  type IntegerMatrix,
  isBig,
  isZeroColumn,
  zeroRows,
} from '../../../integer/integer-network.js';
import { type DenseMask, keepEdge } from '../../../source/mask.js';
import type { Source } from '../../../source/source.js';
import { DigitAutomaton, writeMixedRadix } from '../digits.js';
import { type FilledRange, fillStart, keepSums, noFirsts, readSigns } from '../fill.js';
import { topLayers } from './block.js';
import type { QuadsLayout } from './layout.js';
import { shareBounds } from './offsets.js';
import { FOUR, fourPreimages, unitTable } from './unit.js';

/** Which chains are filled, and which of their last neurons. */
export interface ActiveChains {
  /** Groups with an output whose row is not 0. */
  readonly groups: readonly number[];
  /** Per chain, 1 where it has an output whose row is not 0. */
  readonly ends: Uint8Array;
}

export function activeChains({ outputs }: QuadsLayout, idle: Uint8Array): ActiveChains {
  const groups = Array.from({ length: Math.ceil(outputs.length / FOUR) }, (_, group) => group);
  const ends = new Uint8Array(FOUR * groups.length);
  idle.forEach((isIdle, output) => {
    ends[output] = 1 - isIdle;
  });
  return {
    groups: groups.filter((group) => ends.subarray(FOUR * group, FOUR * group + FOUR).includes(1)),
    ends,
  };
}

/** Shares below this are exact as numbers, and so are sums of two of them. */
const SMALL = 2n ** 51n;

/** How many of the last units have shares that a Number may not hold. */
function bigUnits({ largest, quads }: QuadsLayout): number {
  const bounds = shareBounds(largest, quads);
  const first = bounds.findIndex((bound) => bound < SMALL);
  return first < 0 ? quads : first;
}

/** What a range of inputs is filled with. */
interface Filling {
  readonly layout: QuadsLayout;
  readonly active: ActiveChains;
  readonly masks: readonly DenseMask[];
  /** Per layer and copy of the carrier, the signs of one input's digit edges. */
  readonly columns: readonly (readonly Uint32Array[])[];
}

/** The digit edges of one unit for one input: the neurons of its relays and accumulators. */
interface UnitEdges {
  readonly t: number;
  readonly isLast: boolean;
}

/** The signs of a group's digits at the unit whose relays are in layer t, as bits. */
function signsOf({ layout, columns }: Filling, { t }: UnitEdges, group: number): number {
  let signs = 0;
  for (let at = 0; at < 2 * FOUR; at++) {
    const layer = t - 1 + (at < FOUR ? 0 : 1);
    // Chains without an output have no accumulator in the last layer: any sign will do.
    const neuron = layout.accumulators[layer][FOUR * group + (at % FOUR)];
    if (neuron === undefined) continue;
    signs |= ((columns[layer][0][neuron >>> 5] >>> (neuron & 31)) & 1) << at;
  }
  return signs;
}

/** Keeps the digits of a group at one unit that are read by somebody. Returns how many. */
function keepUnit(
  { layout, active, masks }: Filling,
  { t, isLast }: UnitEdges,
  input: number,
  group: number,
  kept: number,
): number {
  let digits = 0;
  for (let at = 0; at < 2 * FOUR; at++) {
    if (((kept >> at) & 1) === 0) continue;
    const chain = FOUR * group + (at % FOUR);
    if (isLast && !isRead(active, chain, at < FOUR)) continue;
    const layer = t - 1 + (at < FOUR ? 0 : 1);
    keepEdge(
      masks[layer],
      layout.carriers[layer][input * layout.carrierCopies[layer]],
      layout.accumulators[layer][chain],
    );
    digits++;
  }
  return digits;
}

/** Whether a chain's relay, or its accumulator, of the last unit leads to an output that is not 0. */
export function isRead({ ends }: ActiveChains, chain: number, isRelay: boolean): boolean {
  return ends[chain] === 1 || (isRelay && ends[chain ^ 1] === 1);
}

/** Remainder by 4, from 0, of an integer below 2^53 in magnitude. */
function remainder(value: number): number {
  return value - 4 * Math.floor(value / 4);
}

/** What a chain's share of a row is at this input: an integer of the class, or 0 beyond the outputs. */
function shareAt(
  matrix: IntegerMatrix,
  output: number,
  column: number,
  isFlipped: boolean,
): bigint {
  if (output >= matrix.rows) return 0n;
  const entry = bigEntry(matrix, output * matrix.columns + column);
  return isFlipped ? -entry : entry;
}

/** Takes the shares of all active chains back through the units: in place, from those of the outputs. */
class UnitsBackwards {
  readonly #filling: Filling;
  readonly #shares: Float64Array;
  readonly #bigShares: bigint[];
  readonly #bigUnits: number;
  readonly #wanted = [0, 0, 0, 0];
  readonly #before = [0, 0, 0, 0];

  constructor(filling: Filling, chains: number) {
    this.#filling = filling;
    this.#shares = new Float64Array(chains);
    this.#bigShares = [];
    this.#bigUnits = bigUnits(filling.layout);
  }

  /** Keeps the digits of one input; returns the shares at the start of the units, and how many digits. */
  keep(matrix: IntegerMatrix, input: number): { shares: Float64Array; digits: number } {
    const { layout, active } = this.#filling;
    const shares = this.#shares;
    const column = layout.columns[input];
    const isFlipped = layout.negative[input] === 1;
    const isSmall = this.#bigUnits === 0 && !isBig(matrix.values);
    for (const group of active.groups) {
      for (let chain = FOUR * group; chain < FOUR * group + FOUR; chain++) {
        if (isSmall && !isBig(matrix.values)) {
          const at = chain * matrix.columns + column;
          const value = chain < matrix.rows ? matrix.values[at] : 0;
          shares[chain] = isFlipped ? 0 - value : value;
        } else this.#bigShares[chain] = shareAt(matrix, chain, column, isFlipped);
      }
    }
    const top = topLayers(layout);
    let digits = 0;
    for (let unit = layout.quads; unit >= 1; unit--) {
      const after = layout.quads - unit;
      const edges = { t: top + 2 * unit - 1, isLast: after === 0 };
      if (!isSmall && after === this.#bigUnits) this.#toNumbers();
      const isBigUnit = !isSmall && after < this.#bigUnits;
      for (const group of active.groups) {
        digits += isBigUnit ? this.#bigStep(edges, input, group) : this.#step(edges, input, group);
      }
    }
    if (!isSmall && this.#bigUnits === layout.quads) this.#toNumbers();
    return { shares, digits };
  }

  #toNumbers(): void {
    for (const group of this.#filling.active.groups) {
      for (let chain = FOUR * group; chain < FOUR * group + FOUR; chain++) {
        this.#shares[chain] = Number(this.#bigShares[chain]);
      }
    }
  }

  #step(edges: UnitEdges, input: number, group: number): number {
    const shares = this.#shares;
    const wanted = this.#wanted;
    const first = FOUR * group;
    let residue = 0;
    for (let at = 0; at < FOUR; at++) {
      wanted[at] = shares[first + at];
      residue |= remainder(wanted[at]) << (2 * at);
    }
    const { kept, sums } = unitTable();
    const entry = 256 * signsOf(this.#filling, edges, group) + residue;
    for (let at = 0; at < FOUR; at++) wanted[at] -= sums[FOUR * entry + at];
    fourPreimages(wanted, this.#before);
    for (let at = 0; at < FOUR; at++) shares[first + at] = this.#before[at] / 4;
    return kept[entry] === 0 ? 0 : keepUnit(this.#filling, edges, input, group, kept[entry]);
  }

  /** The same for integers of any length. */
  #bigStep(edges: UnitEdges, input: number, group: number): number {
    const shares = this.#bigShares;
    const first = FOUR * group;
    const own = shares.slice(first, first + FOUR);
    const residue = own.reduce((sum, share, at) => sum | (Number(share & 3n) << (2 * at)), 0);
    const { kept, sums } = unitTable();
    const entry = 256 * signsOf(this.#filling, edges, group) + residue;
    const [b1, b2, b3, b4] = own.map((share, at) => share - BigInt(sums[FOUR * entry + at]));
    [b4 - b1, b4 + b1, b2 - b3, b2 + b3].forEach((share, at) => {
      shares[first + at] = share / 4n;
    });
    return keepUnit(this.#filling, edges, input, group, kept[entry]);
  }
}

/** Reads the signs of one input's digit edges in all layers. */
function readColumns({ layout, columns }: Filling, source: Source, input: number): void {
  const { base, carriers, carrierCopies, widths } = layout;
  columns.forEach((copies, index) => {
    const signs = source.layer(base + index + 1);
    copies.forEach((column, copy) => {
      const carrier = carriers[index][input * carrierCopies[index] + copy];
      signs.column(carrier, widths[index + 1], column);
    });
  });
}

/**
 * Keeps the digits of the inputs `from .. to - 1` in `masks` (all of the block, from `emptyMasks`).
 * Different ranges write different columns. Yields after each input.
 */
export function* fillQuadDigits(
  matrix: IntegerMatrix,
  layout: QuadsLayout,
  source: Source,
  masks: readonly DenseMask[],
  from = 0,
  to = layout.columns.length,
): Steps<FilledRange> {
  const { radices, accumulators, starts } = layout;
  const { layers, columns } = fillStart(layout, source);
  const top = topLayers(layout);
  const chains = accumulators[top - 1].length;
  const topRadices = radices.slice(0, top);
  const automaton = new DigitAutomaton(layers.slice(0, top));
  const idle = zeroRows(matrix);
  const active = activeChains(layout, idle);
  const filling = { layout, active, masks: masks.slice(layout.split ? 1 : 0), columns };
  const units = new UnitsBackwards(filling, chains);
  const start = starts.map(Number);
  const firsts = noFirsts(layout, chains);
  const codes = new Uint16Array(top * chains);
  const wanted = new Uint8Array(top * chains);
  const sums = new Int16Array(top);
  const filled = [...active.groups, chains / FOUR - 1].flatMap((group) =>
    [0, 1, 2, 3].map((at) => FOUR * group + at),
  );
  let digits = 0;
  for (let input = from; input < to; input++) {
    yield;
    // Offset and chains agree on 0.
    if (isZeroColumn(matrix, layout.columns[input])) continue;
    const raw = !layout.split && layout.negative[input] === 1;
    readColumns(filling, source, input);
    const { shares, digits: ofUnits } = units.keep(matrix, input);
    digits += ofUnits;
    for (let t = 1; t <= top; t++) {
      const read = codes.subarray((t - 1) * chains, t * chains);
      readSigns(columns[t - 1], accumulators[t - 1], radices[t - 1], raw && t === 1 ? -1 : 0, read);
    }
    for (const chain of filled) {
      const share = start[chain % 2] + shares[chain];
      const prefix = writeMixedRadix(share, topRadices, wanted, chains, chain);
      // The layout selected the chain because every coefficient of the class is in its window.
      if (!automaton.fewest(prefix, wanted, codes, chains, chain, sums)) {
        throw new Error(`chain ${chain} misses a coefficient of the class`);
      }
      digits += keepSums(layout, columns, filling.masks, input, chain, sums, top, raw, firsts);
    }
  }
  return { digits, ...firsts, idle };
}
