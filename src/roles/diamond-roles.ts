/**
 * Roles in a diamond block: a gadget owns its candidates by number, so a neuron's number names input and
 * power; its kept edges must be those of that gadget in that layer (docs/theory.md, "Diamond").
 */
import { gadgetRoles } from '../constructions/diamond/placed.js';
import { doubles } from '../constructions/diamond/plan.js';
import { type Role, UNKNOWN } from '../constructions/roles.js';
import type { Steps } from '../core/steps.js';
import { type BlockGraph, unchangedPartSteps } from './block-graph.js';
import { type BlockRoles, roleOfOutputs } from './horner-roles.js';

/** Reads the roles of a block of diamond. A step for each layer. */
export function* diamondRoleSteps(graph: BlockGraph): Steps<BlockRoles> {
  const { layers, parts } = graph;
  const powers = layers.length;
  const gadgets = gadgetRoles(parts, powers);
  const [first] = yield* unchangedPartSteps(graph, 1);
  const roles: Role[][] = [];
  for (const [index, { width, pruned }] of layers.slice(0, -1).entries()) {
    const { neurons, offsets, edges } = pruned;
    const own = width / gadgets.length;
    const before = roles[index - 1];
    /** Whether the edges into a neuron are those of its gadget. */
    const fits = (position: number, gadget: number): boolean => {
      if (index === 0) return first[position] === Math.floor(gadget / powers);
      const from = offsets[position];
      const to = offsets[position + 1];
      for (let at = from; at < to; at++) {
        if (edges[at] & 1 || before[edges[at] >>> 1] !== gadgets[gadget]) return false;
      }
      const previous = layers[index - 1].pruned.neurons;
      const one = previous[edges[from] >>> 1];
      if (!doubles(gadget % powers, index + 1)) {
        return to === from + 1 && one % 2 === neurons[position] % 2;
      }
      // The two of a pair follow each other, and the first has an even number.
      return to === from + 2 && one % 2 === 0 && previous[edges[from + 1] >>> 1] === one + 1;
    };
    roles.push(
      Array.from(neurons, (neuron, position): Role => {
        const gadget = Math.floor(neuron / own);
        return own % 2 === 0 && fits(position, gadget) ? gadgets[gadget] : UNKNOWN;
      }),
    );
    yield;
  }
  return { roles: [...roles, roleOfOutputs(graph)], open: [] };
}
