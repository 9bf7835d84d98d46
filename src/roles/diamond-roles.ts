/**
 * Roles in a diamond block: a gadget owns its candidates by number, so a neuron's number names input and
 * power; its kept edges must be those of that gadget in that layer (docs/theory.md, "Diamond").
 */
import { gadgetRoles } from '../constructions/diamond/placed.js';
import { doubles } from '../constructions/diamond/plan.js';
import { type Role, UNKNOWN } from '../constructions/roles.js';
import { type BlockGraph, unchangedParts } from './block-graph.js';
import { type BlockRoles, roleOfOutputs } from './horner-roles.js';

/** Reads the roles of a block of diamond. */
export function diamondRoles(graph: BlockGraph): BlockRoles {
  const { layers, parts } = graph;
  const powers = layers.length;
  const gadgets = gadgetRoles(parts, powers);
  const [first] = unchangedParts(graph);
  const roles: Role[][] = [];
  for (const [index, { width, pruned }] of layers.slice(0, -1).entries()) {
    const { neurons, offsets, edges } = pruned;
    const own = width / gadgets.length;
    const before = roles[index - 1];
    /** Whether the edges into a neuron are those of its gadget. */
    const fits = (position: number, gadget: number): boolean => {
      if (index === 0) return first[position] === Math.floor(gadget / powers);
      const read = edges.subarray(offsets[position], offsets[position + 1]);
      const previous = layers[index - 1].pruned.neurons;
      const pair = Array.from(read, (edge) => previous[edge >>> 1]);
      if (read.some((edge) => edge & 1 || before[edge >>> 1] !== gadgets[gadget])) return false;
      if (doubles(gadget % powers, index + 1)) {
        return pair.length === 2 && pair[0] % 2 === 0 && pair[1] === pair[0] + 1;
      }
      return pair.length === 1 && pair[0] % 2 === neurons[position] % 2;
    };
    roles.push(
      Array.from(neurons, (neuron, position): Role => {
        const gadget = Math.floor(neuron / own);
        return own % 2 === 0 && fits(position, gadget) ? gadgets[gadget] : UNKNOWN;
      }),
    );
  }
  return { roles: [...roles, roleOfOutputs(graph)], open: [] };
}
