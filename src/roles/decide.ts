/**
 * What masks leave open, decided by the layout of the plan: the one that is given, or the one that a
 * planner of today makes for the ticket's network. It counts only if it agrees with all that the masks do
 * tell.
 */
import type { Construction, Plan } from '../constructions/construction.js';
import { horner, hornerLayout, layoutHornerSteps } from '../constructions/horner/horner.js';
import type { HornerPlan } from '../constructions/horner/plan.js';
import {
  type LayerRoles,
  type NeuronLayout,
  type Role,
  roleAt,
  UNKNOWN,
} from '../constructions/roles.js';
import { checkObject } from '../core/arguments.js';
import { MisfitError, UsageError } from '../core/errors.js';
import { retold, type Steps } from '../core/steps.js';
import { networkClassOf } from '../integer/network-class.js';
import { depthOf, sameShape } from '../source/shape.js';
import { createSource } from '../source/source.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import type { OpenRole } from './horner-roles.js';

/** Throws a `MisfitError` for the plan of another source. */
export function checkPlan(plan: Plan, ticket: ConstructedTicket): void {
  checkObject('plan.shape', plan.shape);
  const ofMaps = 'mapsBlocks' in plan;
  if (ofMaps !== (ticket.target.maps !== undefined) || !sameShape(plan.shape, ticket.shape)) {
    throw new MisfitError('the plan has other widths than the ticket');
  }
}

/** No plan has chains that grow faster, in bits a layer. */
const MOST_GROWTH_BITS = 3;

/**
 * The plan that is made today for a ticket's network, or undefined where that is not the ticket's: it is in
 * a shared source, of another version, or none that was found.
 */
function* replanned<P extends Plan>(
  ticket: ConstructedTicket,
  construction: Construction<P>,
): Steps<P | undefined> {
  const { target, inputSigns, delta, shape } = ticket;
  try {
    const networkClass = networkClassOf(target, inputSigns);
    const bits = networkClass.bits.reduce((sum, length) => sum + length, 0);
    // Planning takes time in proportion to the layers, and a hostile ticket may have few for its bits.
    if (bits > MOST_GROWTH_BITS * depthOf(shape) || !(delta > 0 && delta < 1)) return undefined;
    const plan = yield* retold(construction.planSteps(networkClass, delta), () => undefined);
    return sameShape(plan.shape, shape) ? plan : undefined;
  } catch (error) {
    if (error instanceof MisfitError || error instanceof UsageError) return undefined;
    throw error;
  }
}

/**
 * The plan of the ticket's source: the one that is given, or the one that is made today; undefined without
 * one, or where finding by it takes more than `steps`.
 */
export function* planOfSteps<P extends Plan>(
  ticket: ConstructedTicket,
  construction: Construction<P>,
  given: P | undefined,
  steps: number,
): Steps<P | undefined> {
  const plan = given ?? (yield* replanned(ticket, construction));
  if (plan === undefined || construction.work(ticket.target, plan) > steps) return undefined;
  return plan;
}

/** Where the plan places neurons in the ticket's source; null without one, or where it costs too much. */
export function* layoutFor(
  ticket: ConstructedTicket,
  given: HornerPlan | undefined,
  steps: number,
): Steps<NeuronLayout | null> {
  const plan = yield* planOfSteps(ticket, horner, given, steps);
  if (plan === undefined) return null;
  const source = createSource(ticket.seed, plan.shape);
  const placed = yield* retold(layoutHornerSteps(source, plan), () => undefined);
  return placed.found ? hornerLayout(plan, placed.layouts) : null;
}

/** Roles are plain records whose fields stand in one order. */
function same(a: Role, b: Role | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The open roles of a block as the layout has them, or null if it is not the layout of all the others. */
function* decideBlock(
  layers: readonly LayerRoles[],
  open: readonly OpenRole[],
  layout: NeuronLayout,
): Steps<LayerRoles[] | null> {
  const decided: LayerRoles[] = [];
  for (const own of layers) {
    const placed = layout.layer(own.layer);
    const roles = [...own.roles];
    for (const { layer, position, either } of open) {
      if (layer !== own.layer) continue;
      const role = roleAt(placed, own.neurons[position]);
      const found = either.find((one) => same(one, role));
      if (found === undefined) return null;
      roles[position] = found;
    }
    const agrees = roles.every(
      (role, index) => role === UNKNOWN || same(role, roleAt(placed, own.neurons[index])),
    );
    if (!agrees) return null;
    decided.push({ ...own, roles });
    yield;
  }
  return decided;
}

/** Layers with what was open decided block by block, and how many neurons are open still. In steps. */
export function* decideOpenSteps(
  layers: readonly LayerRoles[],
  open: readonly OpenRole[],
  layout: NeuronLayout,
): Steps<{ readonly layers: readonly LayerRoles[]; readonly open: number }> {
  const blockOf = (at: OpenRole): number => layers[at.layer].block;
  let left = 0;
  const known = [...layers];
  for (const block of new Set(open.map(blockOf))) {
    const own = open.filter((at) => blockOf(at) === block);
    const decided = yield* decideBlock(
      layers.filter((place) => place.block === block),
      own,
      layout,
    );
    if (decided === null) left += own.length;
    else for (const layer of decided) known[layer.layer] = layer;
  }
  return { layers: known, open: left };
}
