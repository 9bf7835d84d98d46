/** The kept edges of a small pruned source one by one, as drawings take them. */
import { upTo } from '../core/growable.js';
import { type PrunedLayer, readsOf } from '../source/pruned-network.js';

export interface LiveEdge {
  /** The source layer that it leads into, from 1. */
  readonly layer: number;
  /** The layer that it comes from. */
  readonly fromLayer: number;
  /** Numbers of its neurons in their layers. */
  readonly from: number;
  readonly to: number;
  readonly sign: 1 | -1;
}

/** Edges of layers `1 .. L` (those of `pruneSource` of a source with so many inputs), by target. */
export function liveEdges(layers: readonly PrunedLayer[], inputs: number): LiveEdge[] {
  const lists = [upTo(inputs), ...layers.map(({ neurons }) => neurons)];
  return layers.flatMap((layer, index) => {
    const { neurons, offsets, edges } = layer;
    const t = index + 1;
    const sources = readsOf(layer, t).flatMap((fromLayer) =>
      Array.from(lists[fromLayer], (from) => ({ fromLayer, from })),
    );
    return Array.from(neurons).flatMap((to, neuron) =>
      Array.from(edges.subarray(offsets[neuron], offsets[neuron + 1]), (edge): LiveEdge => {
        return { layer: t, ...sources[edge >>> 1], to, sign: edge & 1 ? -1 : 1 };
      }),
    );
  });
}
