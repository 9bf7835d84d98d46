/** Which layers use each neuron of a pruned source: whether its value is wanted once, or again later. */
import { type PrunedLayer, readsOf } from '../../source/pruned-network.js';

/** Of each neuron of a layer's list, the first and the last layer that has an edge from it; 0 for none. */
export interface NeuronUses {
  readonly first: Uint32Array;
  readonly last: Uint32Array;
}

/**
 * Of the layers that several others read, by number; neurons of another layer are used by the one that reads
 * it. The list before the first layer has `inputs` neurons.
 */
export function neuronUses(
  layers: readonly PrunedLayer[],
  inputs: number,
): Map<number, NeuronUses> {
  const readers = new Map<number, number>();
  for (const [index, layer] of layers.entries()) {
    for (const read of readsOf(layer, index + 1)) readers.set(read, (readers.get(read) ?? 0) + 1);
  }
  const length = (t: number): number => (t === 0 ? inputs : layers[t - 1].neurons.length);
  const uses = new Map<number, NeuronUses>();
  for (const [read, count] of readers) {
    if (count < 2) continue;
    uses.set(read, { first: new Uint32Array(length(read)), last: new Uint32Array(length(read)) });
  }
  if (uses.size === 0) return uses;
  for (const [index, layer] of layers.entries()) {
    const reads = readsOf(layer, index + 1);
    const used = new Uint8Array(reads.reduce((sum, read) => sum + length(read), 0));
    for (const edge of layer.edges) used[edge >>> 1] = 1;
    let start = 0;
    for (const read of reads) {
      const end = start + length(read);
      const own = uses.get(read);
      if (own !== undefined) mark(own, used.subarray(start, end), index + 1);
      start = end;
    }
  }
  return uses;
}

/** Layers come in order, so the first that marks a neuron is its first. */
function mark({ first, last }: NeuronUses, used: Uint8Array, t: number): void {
  for (const [neuron, flag] of used.entries()) {
    if (flag === 0) continue;
    last[neuron] = t;
    if (first[neuron] === 0) first[neuron] = t;
  }
}
