/**
 * Maps that a block of Horner's hands on (docs/convolution.md): behind the carriers, in a neuron of the last
 * hidden layer and an output each. They are no chains, so chains are read of the block without them.
 */
import { carrierOf, type Role } from '../constructions/roles.js';
import type { BlockGraph } from './block-graph.js';

/** The graph with the outputs that hand maps on held by nobody. */
export function withoutHanded(graph: BlockGraph): BlockGraph {
  const { outputs, outputRoles, handed } = graph;
  const numbers = new Int32Array(outputRoles.length).fill(-1);
  const others = outputRoles.filter((_, output) => !handed.has(output));
  let count = 0;
  for (let output = 0; output < numbers.length; output++) {
    if (!handed.has(output)) numbers[output] = count++;
  }
  return {
    ...graph,
    outputs: outputs.map((output) => (output < 0 ? -1 : numbers[output])),
    outputRoles: others,
    handed: new Map(),
  };
}

/**
 * The roles of such a block, given those of the others: the outputs that hand maps on, and the neurons before
 * them, each with one edge from a carrier of that map, and one to its output.
 */
export function withHandedOn(graph: BlockGraph, roles: readonly Role[][]): Role[][] {
  const { layers, outputs, outputRoles, handed, columns, parts } = graph;
  const last = layers.length - 1;
  const found = roles.map((own) => [...own]);
  const ends = found[last];
  const hidden: Role[] | undefined = found[last - 1];
  outputs.forEach((output, at) => {
    if (handed.has(output)) ends[at] = outputRoles[output];
  });
  const layer = layers[last - 1];
  if (hidden === undefined) return found;
  const { offsets, edges } = layer.pruned;
  const { readers } = layer;
  const before: Role[] | undefined = found[last - 2];
  const carries = new Map(parts.map((part) => [part.column, carrierOf(part)]));
  for (let neuron = 0; neuron < hidden.length; neuron++) {
    const from = offsets[neuron];
    const to = readers.offsets[neuron];
    const single = offsets[neuron + 1] === from + 1 && readers.offsets[neuron + 1] === to + 1;
    const edge = edges[from];
    const reader = readers.targets[to];
    if (!single || edge & 1 || reader & 1) continue;
    const column = handed.get(outputs[reader >>> 1]);
    if (column === undefined) continue;
    const carrier = carries.get(column) as Role;
    const source = edge >>> 1;
    const reads =
      before === undefined
        ? columns[source] === column
        : JSON.stringify(before[source]) === JSON.stringify(carrier);
    if (reads) hidden[neuron] = carrier;
  }
  return found;
}
