/**
 * Scale blocks (theory, section 11): maps that lag behind are doubled, or multiplied by four, from layer to
 * layer, by copies that all read all copies before; the others wait in one neuron each, or, in a skip
 * source, are read by the last layer alone.
 */

import { bitLength } from '../../core/dyadic.js';
import type { KnownEntry } from '../../integer/network-class.js';
import { matchingFailure } from '../failure-bounds.js';
import { leastSlack } from '../slack.js';

/** One layer: the copies of what grows, and what waits, among neurons of their own. */
export interface ScaleLayer {
  readonly growing: number;
  readonly waiting: number;
}

export interface ScaleSizes {
  /** Copies in each hidden layer; their product is the factor. */
  readonly copies: readonly number[];
  /** Of the hidden layers and of the output layer. */
  readonly layers: readonly ScaleLayer[];
  /** Whether the output layer also reads the block's input, so that nothing has to wait before it. */
  readonly skips: boolean;
}

/** What a scale block has to do: rows that are multiplied by `2^bits`, and rows that wait. */
export interface ScaleDemand {
  readonly growing: readonly number[];
  readonly waiting: readonly number[];
  readonly bits: number;
}

/** Throws a RangeError for rows that are not 1 or one and the same power of two, in a single column. */
export function scaleDemand(rows: readonly (readonly KnownEntry[])[]): ScaleDemand {
  const growing: number[] = [];
  const waiting: number[] = [];
  let bits = 0;
  rows.forEach(([entry, ...others], row) => {
    if (entry === undefined || others.length > 0) throw new RangeError('no row of a scale block');
    const own = bitLength(entry.value) - 1;
    const alike = own === 0 || bits === 0 || own === bits;
    if (entry.value !== 1n << BigInt(Math.max(0, own)) || !alike) {
      throw new RangeError('no row of a scale block');
    }
    if (own === 0) waiting.push(row);
    else {
      growing.push(row);
      bits = own;
    }
  });
  return { growing, waiting, bits };
}

/** Growth by two or four, as far as it goes. */
export function copiesFor(bits: number, growth: 2 | 4): number[] {
  if (growth === 2) return new Array<number>(bits).fill(2);
  const fours = new Array<number>(bits >> 1).fill(4);
  return bits % 2 === 0 ? fours : [2, ...fours];
}

/** Probability that a neuron has +1 from all copies before it. */
function edgeAfter(copies: number): number {
  return 2 ** -copies;
}

/** Upper bound of the probability that some layer lacks neurons. */
export function scaleFailure(
  grow: number,
  wait: number,
  { copies, layers, skips }: ScaleSizes,
): number {
  let sum = 0;
  for (const [index, { growing, waiting }] of layers.entries()) {
    const own = copies[index] ?? 1;
    const edge = index === 0 ? 1 / 2 : edgeAfter(copies[index - 1] as number);
    sum += matchingFailure(grow, own, growing, edge);
    const waits = !skips || index === layers.length - 1;
    if (wait > 0 && waits) sum += matchingFailure(wait, 1, waiting, 1 / 2);
  }
  return sum * (1 + 1e-9);
}

/** The layers around a scale block: columns of its input, and weights that read one of its outputs. */
export interface ScaleSurroundings {
  readonly columns: number;
  readonly nextWidth: number;
}

/** The least layers at a price, of those with growth 2 or 4. */
export function sizeScale(
  { growing: { length: grow }, waiting: { length: wait }, bits }: ScaleDemand,
  { columns, nextWidth }: ScaleSurroundings,
  price: number,
  skips: boolean,
): ScaleSizes {
  const candidates = ([2, 4] as const).map((growth): ScaleSizes => {
    const copies = copiesFor(bits, growth);
    const waitsBetween = skips ? 0 : wait;
    const perNeuron = 2 * ((copies.at(-1) as number) * grow + waitsBetween);
    const layers = [...copies, 1].map((own, index): ScaleLayer => {
      const edge = index === 0 ? 1 / 2 : edgeAfter(copies[index - 1] as number);
      const isLast = index === copies.length;
      const growing = (slack: number): number =>
        matchingFailure(grow, own, grow * own + slack, edge);
      const waiting = (slack: number): number => matchingFailure(wait, 1, wait + slack, 1 / 2);
      const waits = isLast ? wait : waitsBetween;
      const perWaiting = isLast && skips ? columns + perNeuron / 2 + nextWidth : perNeuron;
      return {
        growing: grow * own + leastSlack(perNeuron, price, growing),
        waiting: waits === 0 ? 0 : waits + leastSlack(perWaiting, price, waiting),
      };
    });
    return { copies, layers, skips };
  });
  const [first, second] = candidates as [ScaleSizes, ScaleSizes];
  const inputs = skips ? columns : grow + wait;
  return weightsOf(first, inputs) <= weightsOf(second, inputs) ? first : second;
}

function weightsOf({ layers, skips }: ScaleSizes, inputs: number): number {
  let before = inputs;
  let sum = 0;
  for (const [index, { growing, waiting }] of layers.entries()) {
    const isSkip = skips && index === layers.length - 1 && index > 0;
    sum += (before + (isSkip ? inputs : 0)) * (growing + waiting);
    before = growing + waiting;
  }
  return sum;
}
