/**
 * Horner's blocks of chains in fours (docs/horner.md): told from others by their masks, and read from where
 * the plan places neurons. Relays read a group of chains, and what they hold belongs to none of them, so the
 * masks alone would leave much open.
 */
import type { LayerRoles, NeuronLayout, Role } from '../constructions/roles.js';
import { roleAt, UNKNOWN } from '../constructions/roles.js';
import type { Steps } from '../core/steps.js';
import { type BlockGraph, unchangedPartSteps } from './block-graph.js';
import { type BlockRoles, roleOfOutputs } from './horner-roles.js';

/** The offset's group alone has as many relays in every layer but the last of them. */
const FEWEST_RELAYS = 4;

/**
 * Whether some hidden layer of a horner block has four neurons that read, by -1, another which holds more
 * than one input's part. In blocks of plain chains only outputs do: all other kept edges of sign -1 are
 * digits. In those of fours every relay does, from its own chain. A few such edges in a damaged ticket
 * make only the neurons unknown that have them.
 */
export function* isOfFoursSteps(graph: BlockGraph): Steps<boolean> {
  const held = yield* unchangedPartSteps(graph);
  for (const [index, { pruned }] of graph.layers.slice(0, -1).entries()) {
    const before = held[index - 1];
    if (before === undefined) continue;
    const { neurons, offsets, edges } = pruned;
    let relays = 0;
    for (let neuron = 0; neuron < neurons.length && relays < FEWEST_RELAYS; neuron++) {
      const own = edges.subarray(offsets[neuron], offsets[neuron + 1]);
      if (own.some((edge) => edge & 1 && before[edge >>> 1] < 0)) relays++;
    }
    if (relays === FEWEST_RELAYS) return true;
    yield;
  }
  return false;
}

/** The roles of such a block before the layout is asked: those of its outputs. */
export function unreadRoles(graph: BlockGraph): BlockRoles {
  const hidden = graph.layers
    .slice(0, -1)
    .map(({ pruned }) => new Array<Role>(pruned.neurons.length).fill(UNKNOWN));
  return { roles: [...hidden, roleOfOutputs(graph)], open: [] };
}

/**
 * The layers with those of these blocks as the layout has them; a block of which a live neuron is not where
 * the layout has one, or with another output, stays as it is.
 */
export function* readFoursSteps(
  layers: readonly LayerRoles[],
  blocks: readonly number[],
  layout: NeuronLayout,
): Steps<readonly LayerRoles[]> {
  const known = [...layers];
  for (const block of blocks) {
    const own = layers.filter((layer) => layer.block === block && layer.layer > 0);
    const placed: LayerRoles[] = [];
    for (const layer of own) {
      const there = layout.layer(layer.layer);
      const roles = Array.from(layer.neurons, (neuron) => roleAt(there, neuron));
      const agrees = roles.every(
        (role, index) =>
          role !== undefined &&
          (layer.roles[index] === UNKNOWN ||
            JSON.stringify(layer.roles[index]) === JSON.stringify(role)),
      );
      if (!agrees) break;
      placed.push({ ...layer, roles: roles as Role[] });
      yield;
    }
    if (placed.length < own.length) continue;
    for (const layer of placed) known[layer.layer] = layer;
  }
  return known;
}
