/**
 * What every live neuron of a ticket is there for, read off its masks, signs and shape: no plan is needed,
 * so tickets of shared sources and of other versions' plans are read like any other. docs/roles.md says
 * on what evidence.
 */
import type { HornerPlan } from '../constructions/horner/plan.js';
import type { MapsPlan } from '../constructions/maps/plan.js';
import {
  countRoles,
  inputLayer,
  type LayerRoles,
  layerPlaces,
  type NeuronLayout,
  type Role,
  type RoleKind,
} from '../constructions/roles.js';
import type { SkipPlan } from '../constructions/skip/plan.js';
import { checkObject, checkOneOf } from '../core/arguments.js';
import { MisfitError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import type { BlockForm } from '../integer/block-maps.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import { blockEndsOf, readsBeyondLayered, type SourceShape, widthsOf } from '../source/shape.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { admitTicket } from '../ticket/cost.js';
import { liveLayersSteps } from '../ticket/live-layers.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { type BlockFacts, type BlockGraph, blockGraphSteps } from './block-graph.js';
import { checkPlan, decideOpenSteps, layoutFor } from './decide.js';
import { diamondRoleSteps } from './diamond-roles.js';
import { isOfFoursSteps, readFoursSteps, unreadRoles } from './fours.js';
import { type BlockRoles, hornerRoleSteps, type OpenRole, roleOfOutputs } from './horner-roles.js';
import { mapPlacer } from './maps-on-demand.js';
import { scaleRoleSteps } from './scale-roles.js';
import { skipRoleReader } from './skip-on-demand.js';

export interface RolesOptions {
  /** Of horner or skip: the plan of the ticket's source, where it was made for other networks too. */
  readonly plan?: HornerPlan | SkipPlan | MapsPlan;
  /** Bytes; default 2 GiB. */
  readonly memory?: number;
}

export interface TicketRoles {
  /** Layers 0 .. L with their live neurons: those on a kept path from an input to an output of a block. */
  readonly layers: readonly LayerRoles[];
  /** How many of them have each role. */
  readonly counts: Readonly<Record<RoleKind, number>>;
  /** Those of the unknown that are a carrier or an accumulator, and the masks do not tell which. */
  readonly open: number;
}

type ConnectedPlan = HornerPlan | SkipPlan;

/** The plan, if it is one of that construction. */
function ofConstruction<Name extends ConnectedPlan['construction']>(
  plan: ConnectedPlan | MapsPlan | undefined,
  name: Name,
): Extract<ConnectedPlan, { construction: Name }> | undefined {
  return plan?.construction === name && !('mapsBlocks' in plan)
    ? (plan as Extract<ConnectedPlan, { construction: Name }>)
    : undefined;
}

/** Hidden neurons by source layer from 1, as the layout of a plan tells them. */
type KnownRoles = readonly (readonly Role[])[] | null;

/**
 * The roles of one block, and whether its chains are in fours, which the layout of the plan tells. Of a
 * construction that is not known here they are those of its outputs, and what is `known` of the others.
 */
function* blockRoleSteps(
  graph: BlockGraph,
  construction: string,
  split: boolean,
  known: KnownRoles,
  form: BlockForm['kind'] | 'grouped' | undefined,
): Steps<BlockRoles & { readonly isOfFours?: boolean }> {
  if (form === 'scale') return yield* scaleRoleSteps(graph);
  // Chains of several groups, each with an offset of its own, are told by the layout alone.
  if (form === 'grouped') return { ...unreadRoles(graph), isOfFours: true };
  if (construction === 'diamond') return yield* diamondRoleSteps(graph);
  if (construction !== 'horner') {
    if (known === null) return unreadRoles(graph);
    const hidden = graph.layers.slice(0, -1).map(({ layer }) => [...known[layer - 1]]);
    return { roles: [...hidden, roleOfOutputs(graph)], open: [] };
  }
  if (yield* isOfFoursSteps(graph)) return { ...unreadRoles(graph), isOfFours: true };
  return yield* hornerRoleSteps(graph, split);
}

/** Roles of skip's hidden neurons, by layer. */
function* skipRolesOf(
  ticket: ConstructedTicket,
  live: readonly PrunedLayer[],
  plan: RolesOptions['plan'],
  steps: number,
): Steps<KnownRoles> {
  if (ticket.target.maps === undefined) {
    return yield* skipRoleReader.get()(ticket, live, ofConstruction(plan, 'skip'), steps);
  }
  const placed = yield* mapPlacer.get()(ticket, ofMapsPlan(plan), steps);
  return placed === null ? null : yield* placed.skipRoleSteps(live);
}

/** Where horner's plan places neurons; null without one. */
function* hornerLayoutOf(
  ticket: ConstructedTicket,
  plan: RolesOptions['plan'],
  steps: number,
): Steps<NeuronLayout | null> {
  if (ticket.target.maps === undefined) {
    return yield* layoutFor(ticket, ofConstruction(plan, 'horner'), steps);
  }
  const placed = yield* mapPlacer.get()(ticket, ofMapsPlan(plan), steps);
  return placed?.layout ?? null;
}

/** Whether a layer of these has groups, which only grouped blocks have. */
function hasGroups({ layers }: SourceShape, first: number, last: number): boolean {
  return layers.slice(first - 1, last).some(({ groups }) => groups !== undefined);
}

function ofMapsPlan(plan: RolesOptions['plan']): MapsPlan | undefined {
  return plan !== undefined && 'mapsBlocks' in plan ? plan : undefined;
}

/**
 * The role of every live neuron of a constructed ticket, found by horner, skip or diamond; of other
 * constructions those of inputs and outputs. The time is in proportion to the kept edges; nothing is
 * proved, and what a damaged ticket keeps beside its layout makes the neurons there unknown.
 *
 * A role is told only where the masks leave no other. One thing can be left open: a neuron that holds one
 * input unchanged and is read by all accumulators of one chain and by nobody else may be that chain's
 * first accumulator as well as the input's last carrier. (Rows do not matter: outputs with equal rows have
 * chains of their own, which lead to different neurons.) There the layout of the plan decides, if it agrees
 * with all other roles: the `plan` that is given, as for the ticket of a shared source, or the one that is
 * made today for this network. Without such a plan the neuron is `unknown` and counted in `open`. Blocks of
 * horner whose chains grow in fours are read from that layout alone: without it all of their hidden neurons
 * are `unknown`.
 *
 * Of skip the plan's layout tells all roles of hidden neurons, if the masks keep there what it keeps; without
 * such a plan they are `unknown`. The reader must have been loaded (`provideSkipRoles`; for a ticket of feature
 * maps of either construction `provideMapRoles`), else this throws a `UsageError`.
 *
 * Of feature maps neurons are channels, and roles those of each position. Their blocks of horner are read from
 * masks like others, over the taps of their kernels; maps that are handed on are carried, and blocks that bring
 * maps to a common scale consist of carriers and gadgets.
 *
 * Throws a `UsageError` for a ticket of another kind, a `MisfitError` for the plan of another source, and
 * an `InputError` where it would need more than `memory` bytes. In steps of stage `compile`, counted in
 * layers.
 */
export function* rolesOfSteps(
  ticket: ConstructedTicket,
  options: RolesOptions = {},
): Steps<TicketRoles> {
  checkTicket(ticket, 'constructed', 'the reading of roles');
  checkObject('options', options);
  const { shape, target, inputSigns, assignments, construction } = ticket;
  const widths = widthsOf(shape);
  const blockEnds = blockEndsOf(shape);
  const blocks = blockEnds.length;
  if (target.matrices.length !== blocks || assignments.length !== blocks - 1) {
    throw new MisfitError(
      'the ticket has other matrices or assignments than its source has blocks',
    );
  }
  if (options.plan !== undefined) {
    checkObject('plan', options.plan);
    checkOneOf('plan.construction', options.plan.construction, ['horner', 'skip']);
    checkPlan(options.plan, ticket);
  }
  const { steps } = admitTicket(ticket, 'program', options.memory);
  const live = yield* liveLayersSteps(ticket);
  const facts: BlockFacts = { widths, blockEnds, inputSigns, target, assignments };
  const layered = readsBeyondLayered(shape) === null;
  const ofMaps = target.maps !== undefined;
  const splits = layered && construction === 'horner' && !ofMaps && inputSigns.includes('signed');
  const places = layerPlaces(blockEnds, splits);
  const layers: LayerRoles[] = [inputLayer(places[0], widths[0], target.constant)];
  const open: OpenRole[] = [];
  const { plan } = options;
  const known = construction === 'skip' ? yield* skipRolesOf(ticket, live, plan, steps) : null;
  const fours: number[] = [];
  for (let block = 1; block <= blocks; block++) {
    const graph = yield* blockGraphSteps(facts, live, block);
    // Only layouts of layered sources are read from masks, whatever a ticket calls its construction.
    const own = layered ? construction : '';
    const isGrouped = hasGroups(shape, (blockEnds[block - 2] ?? 0) + 1, blockEnds[block - 1]);
    const form = isGrouped ? 'grouped' : target.maps?.blocks[block - 1].form.kind;
    const found = yield* blockRoleSteps(graph, own, splits && block === 1, known, form);
    if (found.isOfFours) fours.push(block);
    for (const one of found.open) open.push(one);
    found.roles.forEach((roles, index) => {
      const { layer, pruned } = graph.layers[index];
      layers.push({ ...places[layer], neurons: pruned.neurons, roles });
    });
  }
  const asked = open.length + fours.length > 0;
  const layout = asked ? yield* hornerLayoutOf(ticket, plan, steps) : null;
  if (layout === null) return { layers, open: open.length, counts: countRoles(layers) };
  const read = yield* readFoursSteps(layers, fours, layout);
  const decided = yield* decideOpenSteps(read, open, layout);
  return { ...decided, counts: countRoles(decided.layers) };
}
