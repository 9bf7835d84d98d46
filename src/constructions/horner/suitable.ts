/**
 * Which neurons of a layer suit what a block looks for there, read off the signs of the edges into them,
 * where Horner's own ways differ from those of `targets.ts`. What is found is given out by `matchGroups`.
 */
import type { LayerSigns } from '../../source/source.js';
import type { Suitability } from '../matching.js';
import { patternTargets, requireTargets, sourcesOf } from '../targets.js';

/** For each group of `perGroup` members the neurons of a layer of `width` with +1 from all of them. */
export function commonTargets(
  signs: LayerSigns,
  members: Uint32Array,
  perGroup: number,
  width: number,
): Suitability {
  return patternTargets(signs, members, [new Array<number>(perGroup).fill(1)], width);
}

/** The carriers that a layer's carriers come from: the first copy of each counts. */
export interface Carried {
  /** Copy a of carrier i at `i * copies + a`. */
  readonly neurons: Uint32Array;
  readonly copies: number;
  /** 1 where the edge is to be -1, as for the negative part of an input; null where none is. */
  readonly negative: Uint8Array | null;
}

/** For each carrier the neurons of the layer, `width` many, with the edge that hands it on. */
export function carrierTargets(
  signs: LayerSigns,
  { neurons, copies, negative }: Carried,
  width: number,
): Suitability {
  const firsts = neurons.filter((_, index) => index % copies === 0);
  return patternTargets(signs, firsts, [[1]], width, negative);
}

/** Last block: chain j ends in neurons with +1 into output neuron j. */
export function requireOutputs(outgoing: LayerSigns, rows: Suitability, width: number): void {
  const outputs = Int32Array.from({ length: rows.groups }, (_, output) => output);
  requireTargets(rows, sourcesOf(outgoing, 0, width, Uint32Array.from(outputs)), outputs, [[1]]);
}
