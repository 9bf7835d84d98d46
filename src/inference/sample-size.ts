/**
 * The size of a sample, and bounds that grow with it. Bounds on values and on rounding errors are
 * linear in the size, apart from what biases add; so their coefficients are computed once a ticket and
 * cost one multiplication an output afterwards.
 */
import type { Domain } from '../target/network.js';
import { product, up } from './float-format.js';

/** Non-negative: entry j is at most `perSize[j] * size + constant[j]` for a sample of that size. */
export interface SizeBound {
  readonly perSize: Float64Array;
  readonly constant: Float64Array;
}

export const BOUND_PARTS = ['perSize', 'constant'] as const;
export type BoundPart = (typeof BOUND_PARTS)[number];

/** Of so many entries, 0 for samples of any size. */
export function zeroBound(length: number): SizeBound {
  return { perSize: new Float64Array(length), constant: new Float64Array(length) };
}

/**
 * What each input is measured in: its largest magnitude on the domain; 1 where the domain says nothing,
 * or leaves it no value but 0.
 */
export function inputScales(domain: Domain, inputs: number): Float64Array {
  return Float64Array.from({ length: inputs }, (_, index) => {
    if (domain.kind === 'all') return 1;
    const largest =
      domain.kind === 'ball'
        ? domain.radius
        : Math.max(
            Math.abs(domain.lower[index] as number),
            Math.abs(domain.upper[index] as number),
          );
    return largest > 0 ? largest : 1;
  });
}

/** Covers the rounding of the quotients that a size is the largest of. */
const SLACK = 1 + 2 ** -50;

/**
 * The size of the sample that starts at `start`: the largest of `|x_i| / scales[i]`, at most a little
 * too large. On a sample of the domain that is at most 1.
 */
export function sampleSize(batch: Float64Array, start: number, scales: Float64Array): number {
  let size = 0;
  for (let input = 0; input < scales.length; input++) {
    const ratio = Math.abs(batch[start + input] as number) / (scales[input] as number);
    if (ratio > size) size = ratio;
  }
  return size * SLACK;
}

/** The bound of output `index` for samples up to `size`, rounded up. */
export function boundAt({ perSize, constant }: SizeBound, index: number, size: number): number {
  const growing = perSize[index] as number;
  // Without growth there is none at an infinite size either.
  const value = (growing === 0 ? 0 : growing * size) + (constant[index] as number);
  return value * (1 + 2 ** -50);
}

/** The larger of both, entry by entry. */
export function largerBound(first: Float64Array, second: Float64Array): Float64Array {
  return first.map((value, index) => Math.max(value, second[index] as number));
}

/** Sizes `from <= size <= to`; none where `from > to`. */
export interface SizeRange {
  readonly from: number;
  readonly to: number;
}

/** Bounds are computed in float64, upwards: this keeps one that is too large by that from deciding. */
const MARGIN = 1 - 1e-9;

/** The sizes at which every bound of `lower` is finite and at most that of `upper`. */
export function sizesWithin(lower: SizeBound, upper: SizeBound): SizeRange {
  let from = 0;
  let to = Number.POSITIVE_INFINITY;
  for (let index = 0; index < lower.perSize.length; index++) {
    const growing = (lower.perSize[index] as number) - (upper.perSize[index] as number) * MARGIN;
    const room = (upper.constant[index] as number) * MARGIN - (lower.constant[index] as number);
    if (growing <= 0 && room >= 0) continue;
    // Also where a coefficient is infinite or not a number.
    if (!(Number.isFinite(growing) && Number.isFinite(room)) || (growing >= 0 && room < 0)) {
      return { from: 1, to: 0 };
    }
    if (growing > 0) to = Math.min(to, (room / growing) * MARGIN);
    else from = Math.max(from, room / growing / MARGIN);
  }
  return { from, to };
}

export const isInRange = ({ from, to }: SizeRange, size: number): boolean =>
  size >= from && size <= to;

/** What rounding an exact output once costs, and rounding the inputs before it where they were. */
export function roundedOnce(sizes: SizeBound, inputRoundings: number): SizeBound {
  const unit = 2 ** -53;
  return {
    // Sizes grow as the product of the weights' magnitudes, and so does what an input is off by.
    perSize: sizes.perSize.map((size) => up(product(unit, size) * (1 + 1.01 * inputRoundings), 1)),
    constant: sizes.constant.map((size) => size * unit * (1 + unit * 8) + Number.MIN_VALUE),
  };
}
