/** What a ReLU can do to an error or to an activation between two ends: its slopes, rounded outwards. */
import type { Slopes } from './ellipsoid.js';
import { TINY } from './rounding.js';

function slopesOf(low: Float64Array, span: Float64Array): Slopes {
  const free: number[] = [];
  for (let k = 0; k < span.length; k++) if (span[k] > 0) free.push(k);
  return { low, span, free: Int32Array.from(free) };
}

/** Slopes of `s(z) - s(z_ref)` over `z - z_ref`, for `z` in `[lower, upper]`, rounded outwards. */
export function activationSlopes(
  reference: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): Slopes {
  const n = reference.length;
  const low = new Float64Array(n);
  const span = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    if (upper[k] <= 0) continue;
    if (lower[k] >= 0) {
      low[k] = 1;
      continue;
    }
    const middle = reference[k];
    let least = 0;
    let most = 1;
    // A chord from the reference point: flattest or steepest to the end of the range beyond the kink.
    if (middle > 0) least = Math.max(0, (middle / (middle - lower[k])) * (1 - 2 ** -48) - TINY);
    else most = Math.min(1, (upper[k] / (upper[k] - middle)) * (1 + 2 ** -48) + TINY);
    low[k] = least;
    span[k] = Math.min(1, (most - least) * (1 + 2 ** -50) + 2 ** -60);
  }
  return slopesOf(low, span);
}

/** Slopes of `s(z) - s(z^)` over `z - z^`, for `z` in the range and `|z - z^| <= error`. */
export function errorSlopes(lower: Float64Array, upper: Float64Array, error: Float64Array): Slopes {
  const n = lower.length;
  const low = new Float64Array(n);
  const span = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    if (error[k] === 0 || upper[k] <= -error[k]) continue;
    if (lower[k] >= error[k]) low[k] = 1;
    else span[k] = 1;
  }
  return slopesOf(low, span);
}
