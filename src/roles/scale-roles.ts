/**
 * Roles in a block that brings feature maps to a common scale: every neuron holds a power of two times one
 * part of its input, read off the kept edges alone.
 */
import { carrierOf, gadgetOf, type Role, UNKNOWN } from '../constructions/roles.js';
import { bitLength } from '../core/dyadic.js';
import type { Steps } from '../core/steps.js';
import type { BlockGraph } from './block-graph.js';
import { type BlockRoles, roleOfOutputs } from './horner-roles.js';

/** What a neuron holds: so many times a column. */
interface Multiple {
  readonly column: number;
  readonly times: bigint;
}

/** The sum of what edges of sign +1 lead from; null where it is not a multiple of one column. */
function sumOf(edges: Uint32Array, before: (source: number) => Multiple | null): Multiple | null {
  let column = -1;
  let times = 0n;
  for (const edge of edges) {
    const read = edge & 1 ? null : before(edge >>> 1);
    if (read === null || (column >= 0 && column !== read.column)) return null;
    column = read.column;
    times += read.times;
  }
  return column < 0 ? null : { column, times };
}

/** Steps of one layer. */
export function* scaleRoleSteps(graph: BlockGraph): Steps<BlockRoles> {
  const { layers, columns, parts } = graph;
  const wholes = new Map(
    parts.filter(({ part }) => part === 'whole').map((part) => [part.column, part]),
  );
  const inputs = (source: number): Multiple | null => {
    const column = columns[source];
    return wholes.has(column) ? { column, times: 1n } : null;
  };
  const roles: Role[][] = [];
  let before = inputs;
  for (const { pruned } of layers.slice(0, -1)) {
    const { neurons, offsets, edges, reads } = pruned;
    const held = Array.from(neurons, (_, at): Multiple | null =>
      reads === undefined ? sumOf(edges.subarray(offsets[at], offsets[at + 1]), before) : null,
    );
    roles.push(held.map((multiple) => roleOf(multiple, wholes)));
    before = (source) => held[source] ?? null;
    yield;
  }
  return { roles: [...roles, roleOfOutputs(graph)], open: [] };
}

/** The role of what holds a multiple; unknown unless it is a power of two. */
function roleOf(
  multiple: Multiple | null,
  wholes: ReadonlyMap<number, Parameters<typeof carrierOf>[0]>,
): Role {
  const part = multiple === null ? undefined : wholes.get(multiple.column);
  if (multiple === null || part === undefined) return UNKNOWN;
  const power = bitLength(multiple.times) - 1;
  if (multiple.times !== 1n << BigInt(power)) return UNKNOWN;
  return power === 0 ? carrierOf(part) : gadgetOf(part, power);
}
