/**
 * Scale blocks (theory, section 11): maps that lag behind are doubled, or multiplied by four, from layer to
 * layer, by copies that all read all copies before; the others wait in one neuron each.
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
export function scaleFailure(grow: number, wait: number, { copies, layers }: ScaleSizes): number {
  let sum = 0;
  for (const [index, { growing, waiting }] of layers.entries()) {
    const own = copies[index] ?? 1;
    const edge = index === 0 ? 1 / 2 : edgeAfter(copies[index - 1] as number);
    sum += matchingFailure(grow, own, growing, edge);
    if (wait > 0) sum += matchingFailure(wait, 1, waiting, 1 / 2);
  }
  return sum * (1 + 1e-9);
}

/** The least layers at a price, of those with growth 2 or 4. */
export function sizeScale(grow: number, wait: number, bits: number, price: number): ScaleSizes {
  const candidates = ([2, 4] as const).map((growth): ScaleSizes => {
    const copies = copiesFor(bits, growth);
    const perNeuron = 2 * ((copies.at(-1) as number) * grow + wait);
    const layers = [...copies, 1].map((own, index): ScaleLayer => {
      const edge = index === 0 ? 1 / 2 : edgeAfter(copies[index - 1] as number);
      const growing = (slack: number): number =>
        matchingFailure(grow, own, grow * own + slack, edge);
      const waiting = (slack: number): number => matchingFailure(wait, 1, wait + slack, 1 / 2);
      return {
        growing: grow * own + leastSlack(perNeuron, price, growing),
        waiting: wait === 0 ? 0 : wait + leastSlack(perNeuron, price, waiting),
      };
    });
    return { copies, layers };
  });
  const [first, second] = candidates as [ScaleSizes, ScaleSizes];
  return weightsOf(first, grow + wait) <= weightsOf(second, grow + wait) ? first : second;
}

function weightsOf({ layers }: ScaleSizes, inputs: number): number {
  let before = inputs;
  let sum = 0;
  for (const { growing, waiting } of layers) {
    sum += before * (growing + waiting);
    before = growing + waiting;
  }
  return sum;
}
