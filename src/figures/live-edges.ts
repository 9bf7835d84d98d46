/** The kept edges of a small pruned source one by one, as drawings take them. */
import type { PrunedLayer } from '../source/pruned-network.js';

export interface LiveEdge {
  /** The source layer that it leads into, from 1. */
  readonly layer: number;
  /** Numbers of its neurons in their layers. */
  readonly from: number;
  readonly to: number;
  readonly sign: 1 | -1;
}

/** Edges of layers `1 .. L` (those of `pruneSource`), by target. */
export function liveEdges(layers: readonly PrunedLayer[]): LiveEdge[] {
  return layers.flatMap(({ neurons, offsets, edges }, index) => {
    const below = layers[index - 1]?.neurons;
    return Array.from(neurons).flatMap((to, neuron) =>
      Array.from(edges.subarray(offsets[neuron], offsets[neuron + 1]), (edge): LiveEdge => {
        // The list before the first layer are all inputs.
        const from = below?.[edge >>> 1] ?? edge >>> 1;
        return { layer: index + 1, from, to, sign: edge & 1 ? -1 : 1 };
      }),
    );
  });
}
