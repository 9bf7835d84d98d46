/**
 * The search among the K random candidate pairs of one diamond gadget: which have the right incoming
 * edges, and which of those serve which outputs. All on packed signs, 32 candidates' neurons a word.
 */
import type { LayerSigns } from '../../source/source.js';

/**
 * Candidate pairs of one gadget in one layer whose incoming edges are all right, in order. `next`
 * returns the first neuron of the next one (its partner follows it), or -1.
 */
export function pairScanner(
  signs: LayerSigns,
  first: number,
  candidates: number,
  incoming: { readonly from: readonly [number, number]; readonly kind: Incoming },
): { next(): number } {
  const end = first + 2 * candidates;
  const { from, kind } = incoming;
  // Word index of the next 32 neurons to look at; two words come from one generator block, so both
  // are fetched per column before the other column is asked.
  let word = (first >>> 6) * 2;
  let pending = 0;
  let pendingBase = 0;
  let later = 0;
  let hasLater = false;

  function pairsOf(a: number, b: number): number {
    if (kind === 'pass') return a & (b >>> 1) & 0x55555555;
    const both = kind === 'double' ? a & b : kind === 'negative' ? ~a : a;
    return both & (both >>> 1) & 0x55555555;
  }
  function clip(pairs: number, base: number): number {
    let clipped = pairs;
    // Pairs start at even neurons, words at multiples of 32, so a pair never straddles two words.
    if (base < first) clipped &= -1 << (first - base);
    if (base + 32 > end) clipped &= 2 ** Math.max(0, end - base) - 1;
    return clipped;
  }
  return {
    next() {
      while (pending === 0) {
        if (hasLater) {
          hasLater = false;
          pending = later;
          pendingBase += 32;
          continue;
        }
        const base = word * 32;
        if (base >= end) return -1;
        const lowA = signs.word(from[0], word);
        const highA = signs.word(from[0], word + 1);
        const single = kind === 'positive' || kind === 'negative';
        const lowB = single ? lowA : signs.word(from[1], word);
        const highB = single ? highA : signs.word(from[1], word + 1);
        word += 2;
        pending = base + 32 > first ? clip(pairsOf(lowA, lowB), base) : 0;
        pendingBase = base;
        later = base + 32 < end ? clip(pairsOf(highA, highB), base + 32) : 0;
        hasLater = true;
      }
      const bit = 31 - Math.clz32(pending & -pending);
      pending &= pending - 1;
      return pendingBase + bit;
    },
  };
}

/** From one input, both edges of one sign; from a pair, all four edges, or two parallel ones. */
export type Incoming = 'positive' | 'negative' | 'double' | 'pass';

/** What is kept of one gadget in the last two layers of a block. */
export interface Choice {
  /** First neuron of the candidate pair in the last hidden layer. */
  readonly neuron: number;
  /** Outputs, as bit words, that the first and the second neuron's edge is kept to. */
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

/**
 * Covers the demands of one gadget with candidates: each output takes the first candidate whose
 * outgoing edges suit it. Returns the candidates used, or the demand that none of them met.
 */
export function chooseOutputs(
  scanner: { next(): number },
  outgoing: LayerSigns,
  outputs: number,
  power: number,
  plus: Uint32Array,
  minus: Uint32Array,
): Choice[] | null {
  const words = Math.ceil(outputs / 32);
  const needPlus = plus.slice();
  const needMinus = minus.slice();
  const signsFirst = new Uint32Array(words);
  const signsSecond = new Uint32Array(words);
  const choices: Choice[] = [];
  const open = (): boolean =>
    needPlus.some((word) => word !== 0) || needMinus.some((word) => word !== 0);
  while (open()) {
    const neuron = scanner.next();
    if (neuron < 0) return null;
    outgoing.column(neuron, outputs, signsFirst);
    outgoing.column(neuron + 1, outputs, signsSecond);
    const first = new Uint32Array(words);
    const second = new Uint32Array(words);
    let used = 0;
    for (let word = 0; word < words; word++) {
      const a = signsFirst[word];
      const b = signsSecond[word];
      const wantPlus = needPlus[word];
      const wantMinus = needMinus[word];
      if (power === 0) {
        // One edge suffices: the first neuron's where it has the sign, else the second's.
        first[word] = (wantPlus & a) | (wantMinus & ~a);
        second[word] = (wantPlus & ~a & b) | (wantMinus & a & ~b);
      } else {
        first[word] = (wantPlus & a & b) | (wantMinus & ~a & ~b);
        second[word] = first[word];
      }
      const served = first[word] | second[word];
      used |= served;
      needPlus[word] = wantPlus & ~served;
      needMinus[word] = wantMinus & ~served;
    }
    if (used !== 0) choices.push({ neuron, first, second });
  }
  return choices;
}
