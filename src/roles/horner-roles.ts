/** Roles in a Horner block: chains from the outputs back, then carriers from the inputs on. */
import { carrierOf, type Role, UNKNOWN } from '../constructions/roles.js';
import type { Steps } from '../core/steps.js';
import { type BlockGraph, unchangedPartSteps } from './block-graph.js';
import { withHandedOn, withoutHanded } from './handed-on.js';
import { type ChainLabels, chainLabelSteps } from './horner-chains.js';

/** Roles of the live neurons of a block's layers, and which neurons have two that fit. */
export interface BlockRoles {
  /** Per layer, in the order of its live neurons. */
  readonly roles: readonly Role[][];
  readonly open: readonly OpenRole[];
}

/** A neuron that has one of two roles; it is told as unknown. */
export interface OpenRole {
  /** Source layer, from 1. */
  readonly layer: number;
  /** Position among the layer's live neurons. */
  readonly position: number;
  readonly either: readonly [Role, Role];
}

/** The roles of a block's last layer. */
export function roleOfOutputs({ outputs, outputRoles }: BlockGraph): Role[] {
  return Array.from(outputs, (output) => outputRoles[output] ?? UNKNOWN);
}

/**
 * Per hidden layer, which of the neurons are carriers: they hold a part of an input unchanged, so does
 * what they read, and none of it is in a chain.
 */
function* carrierSteps(
  { layers }: BlockGraph,
  held: readonly Int32Array[],
  labels: readonly ChainLabels[],
): Steps<Uint8Array[]> {
  const carriers: Uint8Array[] = [];
  const last = held.length - 1;
  for (const [index, parts] of held.entries()) {
    const { offsets, edges } = layers[index].pruned;
    const { chain, open } = labels[index];
    const before = carriers[index - 1];
    carriers.push(
      Uint8Array.from(parts, (part, neuron) => {
        // The last hidden layer has none.
        if (index === last || part < 0 || chain[neuron] >= 0 || open[neuron] >= 0) return 0;
        return before === undefined ? 1 : before[edges[offsets[neuron]] >>> 1];
      }),
    );
    yield;
  }
  return carriers;
}

/** Reads the roles of a block of which the first layer splits signed inputs, or not. Steps of one layer. */
export function* hornerRoleSteps(graph: BlockGraph, split: boolean): Steps<BlockRoles> {
  if (graph.handed.size > 0) {
    const found = yield* hornerRoleSteps(withoutHanded(graph), split);
    return { ...found, roles: withHandedOn(graph, found.roles) };
  }
  const { layers, parts, columns, outputRoles } = graph;
  const first = split ? 1 : 0;
  const held = yield* unchangedPartSteps(graph);
  const labels = yield* chainLabelSteps(graph, held, first);
  const carriers = yield* carrierSteps(graph, held, labels);
  const offset = outputRoles.length;
  const carrierRoles = parts.map(carrierOf);
  const chainRoles = outputRoles.map((role): Role => {
    return role.kind === 'output' ? { kind: 'accumulator', output: role.output } : UNKNOWN;
  });
  chainRoles.push({ kind: 'offset' });
  const open: OpenRole[] = [];

  /** Whether a neuron of a chain reads only what its chain may: carriers, and the chain before it by +1. */
  const readsItsOwn = (index: number, neuron: number): boolean => {
    const { offsets, edges } = layers[index].pruned;
    const chain = labels[index].chain[neuron];
    const copies = chain === offset && index === held.length - 1;
    for (let at = offsets[neuron]; at < offsets[neuron + 1]; at++) {
      const source = edges[at] >>> 1;
      if (index === 0) {
        if (columns[source] < 0) return false;
        continue;
      }
      const before = labels[index - 1];
      if (before.chain[source] === chain || before.open[source] === chain) {
        if (edges[at] & 1) return false;
      } else if (copies || carriers[index - 1][source] === 0) return false;
    }
    return true;
  };

  const roleIn = (index: number): Role[] =>
    Array.from(held[index], (part, neuron): Role => {
      if (carriers[index][neuron] === 1) return carrierRoles[part];
      const chain = labels[index].chain[neuron];
      if (chain >= 0) return readsItsOwn(index, neuron) ? chainRoles[chain] : UNKNOWN;
      const either = labels[index].open[neuron];
      if (either >= 0) {
        const { layer } = layers[index];
        open.push({ layer, position: neuron, either: [carrierRoles[part], chainRoles[either]] });
      }
      return UNKNOWN;
    });
  const roles: Role[][] = [];
  for (const index of held.keys()) {
    roles.push(roleIn(index));
    yield;
  }
  return { roles: [...roles, roleOfOutputs(graph)], open };
}
