/**
 * Roles in skip tickets: a neuron has the role that the plan's layout gives it, if its kept edges are such
 * as that layout keeps (docs/roles.md).
 */
import { type NeuronLayout, type Role, roleAt, UNKNOWN } from '../constructions/roles.js';
import { type LayerEdges, layerEdges } from '../constructions/skip/kept-edges.js';
import type { BlockLayout } from '../constructions/skip/layout.js';
import { placedRoles } from '../constructions/skip/placed.js';
import { layoutSkipSteps, skip } from '../constructions/skip/skip.js';
import { upTo } from '../core/growable.js';
import { retold, type Steps } from '../core/steps.js';
import { liveColumns, type PrunedLayer } from '../source/pruned-network.js';
import { blockEndsOf, readingOf, type SourceShape, tapsOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { planOfSteps } from './decide.js';
import { type SkipRoleReader, skipRoleReader } from './skip-on-demand.js';

/** The columns of layer t that live neurons stand in, in the order in which its edges count them. */
function columnsBefore(live: readonly PrunedLayer[], shape: SourceShape, t: number): Uint32Array {
  const listOf = (read: number): Uint32Array =>
    read === 0 ? upTo(shape.inputs) : live[read - 1].neurons;
  return liveColumns(shape, readingOf(shape, t).reads, tapsOf(shape, t), listOf);
}

/** Whether what a neuron keeps is what the layout keeps there: all live fixed edges, digits, and no more. */
function fits(
  { neurons, offsets, edges }: PrunedLayer,
  position: number,
  allowed: LayerEdges,
  columns: Uint32Array,
  isLive: ReadonlySet<number>,
): boolean {
  const row = neurons[position];
  const kept = new Set<number>();
  for (let at = offsets[position]; at < offsets[position + 1]; at++) {
    kept.add(columns[edges[at] >>> 1]);
  }
  const fixed = allowed.fixed(row).filter((column) => isLive.has(column));
  if (!fixed.every((column) => kept.has(column))) return false;
  const others = new Set(fixed);
  for (const column of kept) {
    if (!others.has(column) && !allowed.isDigit(row, column)) return false;
  }
  return true;
}

/** The block, from 0, of a layer, and its number in the block, from 1. */
function blockPlace(ends: readonly number[], t: number): { block: number; level: number } {
  const block = ends.findIndex((end) => t <= end);
  return { block, level: t - (ends[block - 1] ?? 0) };
}

/** Statement and errors: `SkipRoleReader`. */
export const skipRoleSteps: SkipRoleReader = function* (ticket, live, given, steps) {
  const plan = yield* planOfSteps(ticket, skip, given, steps);
  if (plan === undefined) return null;
  const placed = yield* retold(
    layoutSkipSteps(createSource(ticket.seed, plan.shape), plan),
    () => undefined,
  );
  if (!placed.found) return null;
  const { layouts } = placed;
  return yield* fittingRoles(ticket.shape, live, placedRoles(plan, layouts), layouts);
};

/**
 * The role that a layout gives each live neuron of layers `1 .. L`, where what it keeps is of that layout:
 * those of skip's by block, null for a block of another kind, of which all are unknown. Steps of one layer.
 */
export function* fittingRoles(
  shape: SourceShape,
  live: readonly PrunedLayer[],
  layout: NeuronLayout,
  layouts: readonly (BlockLayout | null)[],
): Steps<Role[][]> {
  const ends = blockEndsOf(shape);
  const roles: Role[][] = [];
  const known = new Map<string, Role>();
  for (const [index, pruned] of live.entries()) {
    const t = index + 1;
    const { block, level } = blockPlace(ends, t);
    if (level === 1) known.clear();
    const of = layouts[block];
    if (of === null) {
      roles.push(new Array<Role>(pruned.neurons.length).fill(UNKNOWN));
      continue;
    }
    const own = layout.layer(t);
    const allowed = layerEdges(of, level);
    const columns = columnsBefore(live, shape, t);
    const isLive = new Set(columns);
    roles.push(
      Array.from(pruned.neurons, (neuron, position) => {
        const role = roleAt(own, neuron);
        if (role === undefined || !fits(pruned, position, allowed, columns, isLive)) return UNKNOWN;
        // Equal roles of a block are one object.
        const text = JSON.stringify(role);
        known.set(text, known.get(text) ?? role);
        return known.get(text) as Role;
      }),
    );
    yield;
  }
  return roles;
}

/** Gives it to those who ask for it (`rolesOfSteps`). */
export function provideSkipRoles(): void {
  skipRoleReader.provide(skipRoleSteps);
}
