/**
 * The windows of Horner: with `X_t` of the `a_t` digit edges of a (chain, input) pair at layer t
 * positive and `P_t = k_t P_(t-1) + X_t`, `P_0 = 0`, every integer of `[0, P_t]` is reachable (theory,
 * section 5, the lemma of no gaps). Here is the exact distribution of `P_t` near 0.
 */
import { bitLength } from '../../core/dyadic.js';
import type { LayerRange } from '../../integer/network-class.js';
import { logChoose } from '../failure-bounds.js';

/** One layer of a chain: growth `k_t` and the number `a_t >= k_t` of digit edges for each input. */
export interface ChainLayer {
  readonly radix: number;
  readonly digits: number;
}

/**
 * Probability that `P_s < threshold` after the given layers, each digit edge +1 or -1 with
 * probability 1/2. Exact but for float64's rounding.
 */
export function windowShortfall(layers: readonly ChainLayer[], threshold: number): number {
  const masses = new Float64Array(threshold);
  masses[0] = 1;
  const following = windowMasses(layers, masses);
  return massBelow(following[layers.length - 1] ?? masses, threshold);
}

/**
 * The distribution after each layer, as far as `start` goes, from the one before the first layer. A
 * value beyond is not followed: growth never shrinks, so it stays beyond.
 */
export function windowMasses(layers: readonly ChainLayer[], start: Float64Array): Float64Array[] {
  const limit = start.length;
  let masses = start;
  return layers.map(({ radix, digits }) => {
    const next = new Float64Array(limit);
    const binomial = binomialMasses(digits);
    for (let value = 0; value * radix < limit; value++) {
      const mass = masses[value];
      if (mass === 0) continue;
      const top = Math.min(digits, limit - 1 - value * radix);
      for (let plus = 0; plus <= top; plus++) next[value * radix + plus] += mass * binomial[plus];
    }
    masses = next;
    return next;
  });
}

/** Probability of a value below `threshold`, at most the number of masses. */
export function massBelow(masses: Float64Array, threshold: number): number {
  let sum = 0;
  for (let value = 0; value < threshold; value++) sum += masses[value];
  // Rounding must not make it more than a probability.
  return Math.min(1, sum);
}

/** Distributions of the number of +1 among a few edges; more are computed each time. */
const binomials: Float64Array[] = [];
const MOST_KEPT_BINOMIALS = 64;

function binomialMasses(digits: number): Float64Array {
  const known = binomials[digits];
  if (known !== undefined) return known;
  const masses = Float64Array.from({ length: digits + 1 }, (_, plus) =>
    Math.exp(logChoose(digits, plus) - digits * Math.LN2),
  );
  if (digits < MOST_KEPT_BINOMIALS) binomials[digits] = masses;
  return masses;
}

/** Largest window threshold that is followed; beyond it a layer is no place to select chains. */
export const MAXIMUM_THRESHOLD = 256;

/** What every chain of a block has to reach at every input. */
export interface ChainReach {
  /** The base that is subtracted again, in the layer before the last: a power of two. */
  readonly offset: bigint;
  /** The largest coefficient, in the last layer. */
  readonly window: bigint;
  /** The largest magnitude of an entry, the constant's own among them. */
  readonly largest: bigint;
}

/**
 * The reach for entries of a range: the offset is the least power of two that is not below them, so that
 * an offset entry lies in `[0, offset + entries]`; the constant's own entry is reached without it.
 */
export function chainReach({ entries, unit }: LayerRange): ChainReach {
  const offset = 1n << BigInt(bitLength(entries - 1n));
  const widest = offset + entries;
  return {
    offset,
    window: widest > unit ? widest : unit,
    largest: entries > unit ? entries : unit,
  };
}

/** Growth, in bits, that reaches the window from 1. */
export function reachBits({ window }: ChainReach): number {
  return bitLength(window - 1n);
}

/**
 * Least `P_s` with which a chain is certain to reach what is wanted of it, whatever the signs of the
 * layers after s: the window after the last layer, the offset after the one before.
 * Entry `s - 1` for `s = 1 .. E - 1`; Infinity beyond `MAXIMUM_THRESHOLD`.
 */
export function selectionThresholds(
  radices: readonly number[],
  { offset, window }: Pick<ChainReach, 'offset' | 'window'>,
): number[] {
  const depth = radices.length;
  const limit = BigInt(MAXIMUM_THRESHOLD);
  const thresholds = new Array<number>(depth - 1).fill(Number.POSITIVE_INFINITY);
  /** Growth of the layers after s, and of those but the last. */
  let toOutput = BigInt(radices[depth - 1]);
  let toOffset = 1n;
  for (let s = depth - 1; s >= 1; s--) {
    const byOffset = ceilingOf(offset, toOffset);
    const byOutput = ceilingOf(window, toOutput);
    if (byOffset <= limit && byOutput <= limit) {
      thresholds[s - 1] = Math.max(Number(byOffset), Number(byOutput));
    }
    toOutput *= BigInt(radices[s - 1]);
    toOffset *= BigInt(radices[s - 1]);
  }
  return thresholds;
}

/** The threshold of one selection layer. */
export function selectionThreshold(
  radices: readonly number[],
  selection: number,
  reach: ChainReach,
): number {
  return selectionThresholds(radices, reach)[selection - 1] ?? Number.POSITIVE_INFINITY;
}

export function ceilingOf(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}
