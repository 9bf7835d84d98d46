/** Which layers use each neuron of a pruned source: whether its value is wanted once, or again later. */
import { type PrunedLayer, readsOf } from '../../source/pruned-network.js';

/** Of each item of a layer's list, the first and the last layer that has an edge from it; 0 for none. */
export interface Uses {
  readonly first: Uint32Array;
  readonly last: Uint32Array;
}

export interface NeuronUses extends Uses {
  /** Of what ends a block whose successor reads it with a kernel: of `neuron * taps + tap`. */
  readonly columns?: Uses;
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
  const tapsOf = new Map<number, number>();
  for (const [index, layer] of layers.entries()) {
    const reads = readsOf(layer, index + 1);
    for (const read of reads) readers.set(read, (readers.get(read) ?? 0) + 1);
    // All who read a layer with a kernel have the same.
    if (layer.taps !== undefined) tapsOf.set(reads[0], layer.taps);
  }
  const length = (t: number): number => (t === 0 ? inputs : layers[t - 1].neurons.length);
  const none = (count: number): Uses => ({
    first: new Uint32Array(count),
    last: new Uint32Array(count),
  });
  const uses = new Map<number, NeuronUses>();
  for (const [read, count] of readers) {
    if (count < 2) continue;
    const taps = tapsOf.get(read);
    const columns = taps === undefined ? {} : { columns: none(length(read) * taps) };
    uses.set(read, { ...none(length(read)), ...columns });
  }
  if (uses.size === 0) return uses;
  for (const [index, layer] of layers.entries()) {
    const reads = readsOf(layer, index + 1);
    const counts = reads.map((read) => length(read) * (tapsOf.get(read) ?? 1));
    const used = new Uint8Array(counts.reduce((sum, count) => sum + count, 0));
    for (const edge of layer.edges) used[edge >>> 1] = 1;
    let start = 0;
    for (const [at, read] of reads.entries()) {
      const end = start + counts[at];
      const own = uses.get(read);
      if (own !== undefined) markAll(own, used.subarray(start, end), index + 1);
      start = end;
    }
  }
  return uses;
}

function markAll({ columns, ...neurons }: NeuronUses, used: Uint8Array, t: number): void {
  mark(columns ?? neurons, used, t);
  if (columns === undefined) return;
  const taps = used.length / neurons.first.length;
  const any = new Uint8Array(neurons.first.length);
  used.forEach((flag, column) => {
    if (flag === 1) any[Math.floor(column / taps)] = 1;
  });
  mark(neurons, any, t);
}

/** Layers come in order, so the first that marks an item is its first. */
function mark({ first, last }: Uses, used: Uint8Array, t: number): void {
  for (const [item, flag] of used.entries()) {
    if (flag === 0) continue;
    last[item] = t;
    if (first[item] === 0) first[item] = t;
  }
}
