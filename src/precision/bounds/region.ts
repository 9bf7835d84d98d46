/** The part of the input space a bound is computed on: a box around its centre, or the ball around 0. */
import { MisfitError, UsageError } from '../../core/errors.js';
import type { Domain, Network } from '../../target/network.js';

export type Region =
  | { readonly kind: 'box'; readonly lower: Float64Array; readonly upper: Float64Array }
  | { readonly kind: 'ball'; readonly radius: number };

/** Centre and outward rounded radius per coordinate; for a ball the box around it. */
export interface CentredRegion {
  readonly ball: boolean;
  readonly centre: Float64Array;
  readonly radius: Float64Array;
}

/** A radius around `centre` that covers `[lower, upper]`, past all rounding. */
export function radiusAround(centre: number, lower: number, upper: number): number {
  if (lower === upper && centre === lower) return 0;
  return Math.max(upper - centre, centre - lower, 0) * (1 + 2 ** -50) + 2 ** -1070;
}

/**
 * The domain as a region. Throws a `UsageError` for `all`, where only lossless has a finite error,
 * and a `MisfitError` where the domain does not fit the network.
 */
export function regionOf(domain: Domain, inputs: number): Region {
  if (domain.kind === 'all') {
    throw new UsageError(
      'an error bound needs a bounded domain: on all of R^d only lossless precision has a finite error (it is 0); give option "domain", such as box:lo,hi or ball:r',
    );
  }
  if (domain.kind === 'ball') {
    if (!(domain.radius >= 0) || !Number.isFinite(domain.radius)) {
      throw new MisfitError('the radius of the domain is not a finite non-negative number');
    }
    return domain;
  }
  const { lower, upper } = domain;
  if (lower.length !== inputs || upper.length !== inputs) {
    throw new MisfitError(
      `the domain has ${lower.length} coordinates, the network ${inputs} inputs`,
    );
  }
  for (let k = 0; k < inputs; k++) {
    if (!(lower[k] <= upper[k]) || !Number.isFinite(lower[k]) || !Number.isFinite(upper[k])) {
      throw new MisfitError(`coordinate ${k + 1} of the domain is empty or not finite`);
    }
  }
  return domain;
}

export function networkRegion(network: Network, domain: Domain): Region {
  const first = network.layers[0];
  if (first === undefined) throw new RangeError('a network has at least one layer');
  return regionOf(domain, first.inputs);
}

export function centred(region: Region, inputs: number): CentredRegion {
  if (region.kind === 'ball') {
    return {
      ball: true,
      centre: new Float64Array(inputs),
      radius: new Float64Array(inputs).fill(region.radius),
    };
  }
  const { lower, upper } = region;
  const centre = lower.map((low, k) => low / 2 + upper[k] / 2);
  const radius = centre.map((middle, k) => radiusAround(middle, lower[k], upper[k]));
  return { ball: false, centre, radius };
}
