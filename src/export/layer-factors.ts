/** Remark 5's scaling as one factor per layer: 1 everywhere but at the ends of blocks. */
import { blockFactors } from '../inference/block-factors.js';
import type { OutputScale } from '../integer/integer-network.js';

/** What is needed of a program or, with `blockEnds` 1 .. l, of an integer network. */
export interface ScaledBlocks {
  readonly blockEnds: readonly number[];
  readonly fractionalPlaces: readonly number[];
  readonly scale: OutputScale;
}

/**
 * The factor of every layer's output. Powers of two; the last one also has what a decimal scale leaves
 * over.
 */
export function layerFactors(blocks: ScaledBlocks): Float64Array {
  const { factors, last } = blockFactors(blocks);
  const { blockEnds } = blocks;
  const result = new Float64Array(blockEnds[blockEnds.length - 1]).fill(1);
  blockEnds.forEach((end, block) => {
    result[end - 1] = factors[block];
  });
  result[result.length - 1] *= last;
  return result;
}
