/**
 * Errors that cross over, as in chains that grow in pairs: `u = a + b` and `v = a - b` are read by
 * `a' = u + v`, so an error of b comes to a' by two paths of opposite signs. Adding up magnitudes would
 * double what is taken over, at every level anew.
 *
 * With h what a neuron holds and e its error, `e_h = theta_h (sum of +- e_c + rounding)` for some theta_h
 * from 0 to 1, since ReLU is monotone and takes no two numbers further apart; theta_h is 1 where all that h
 * adds up is not negative. So the error that a neuron takes over from two layers before is
 * `sum over c of (sum over h of +- theta_h +- 1) e_c`. Its magnitude is convex in theta, hence largest where
 * every theta_h is 0 or 1: those are tried.
 */
import type { PrunedLayer } from '../source/pruned-network.js';
import { up } from './float-format.js';

/** The layer before, for one part of the bounds. */
export interface LayerBehind {
  readonly layer: PrunedLayer;
  /** The errors of what it reads. */
  readonly errors: Float64Array;
  /** By neuron, what its own additions round at most. */
  readonly rounded: Float64Array;
  /** By neuron, 1 where ReLU may clip what is computed: it subtracts, or adds what may be negative. */
  readonly mayClip: Uint8Array;
  /** By neuron, 1 where it subtracts something that has an error. */
  readonly crosses: Uint8Array;
  /** Where its neurons begin in the list that the next layer reads. */
  readonly first: number;
}

/** Beyond so many neurons that may clip, and so many edges behind them, nothing is tried. */
const MOST_FREE = 6;
const MOST_EDGES = 256;

/**
 * What a neuron with the edges `start .. end - 1` of a layer takes over at most, by way of the layer before;
 * `Infinity` where that is no better than adding up what it reads. `errors` are those of what it reads.
 */
export function crossingErrors(
  edges: Uint32Array,
  [start, end]: readonly [number, number],
  errors: Float64Array,
  behind: LayerBehind,
): number {
  const { first, mayClip, crosses, rounded, layer } = behind;
  const fixed: number[] = [];
  const free: number[] = [];
  let crossing = false;
  let direct = 0;
  let behindEdges = 0;
  for (let at = start; at < end; at++) {
    const edge = edges[at];
    const neuron = (edge >>> 1) - first;
    if (neuron < 0) {
      direct += errors[edge >>> 1];
      continue;
    }
    direct += rounded[neuron];
    behindEdges += layer.offsets[neuron + 1] - layer.offsets[neuron];
    if (crosses[neuron] === 1) crossing = true;
    (mayClip[neuron] === 1 ? free : fixed).push(edge - 2 * first);
  }
  if (!crossing || free.length > MOST_FREE || behindEdges > MOST_EDGES)
    return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let choice = 0; choice < 2 ** free.length; choice++) {
    const chosen = free.filter((_, index) => (choice >>> index) % 2 === 1);
    most = Math.max(most, takenOver([...fixed, ...chosen], behind));
  }
  return up(direct + most, end - start + behindEdges);
}

/** What comes by these edges from two layers before, opposite paths cancelled. */
function takenOver(by: readonly number[], { layer, errors }: LayerBehind): number {
  const { offsets, edges } = layer;
  const paths = new Map<number, number>();
  for (const one of by) {
    const neuron = one >>> 1;
    for (let at = offsets[neuron]; at < offsets[neuron + 1]; at++) {
      const sign = ((one ^ edges[at]) & 1) === 1 ? -1 : 1;
      const from = edges[at] >>> 1;
      paths.set(from, (paths.get(from) ?? 0) + sign);
    }
  }
  let sum = 0;
  for (const [from, count] of paths) sum += Math.abs(count) * errors[from];
  return sum;
}
