/**
 * What every live neuron of a ticket is there for, read off its masks, signs and shape: no plan is needed,
 * so tickets of shared sources and of other versions' plans are read like any other. docs/roles.md says
 * on what evidence.
 */
import type { HornerPlan } from '../constructions/horner/plan.js';
import {
  countRoles,
  inputLayer,
  type LayerRoles,
  layerPlaces,
  type Role,
  type RoleKind,
  UNKNOWN,
} from '../constructions/roles.js';
import type { SkipPlan } from '../constructions/skip/plan.js';
import { checkObject, checkOneOf } from '../core/arguments.js';
import { MisfitError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import { blockEndsOf, readsBeyondLayered, widthsOf } from '../source/shape.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { admitTicket } from '../ticket/cost.js';
import { liveLayersSteps } from '../ticket/live-layers.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { type BlockFacts, type BlockGraph, blockGraphSteps } from './block-graph.js';
import { checkPlan, decideOpenSteps, layoutFor } from './decide.js';
import { diamondRoleSteps } from './diamond-roles.js';
import { type BlockRoles, hornerRoleSteps, type OpenRole, roleOfOutputs } from './horner-roles.js';
import { skipRoleReader } from './skip-on-demand.js';

export interface RolesOptions {
  /** Of horner or skip: the plan of the ticket's source, where it was made for other networks too. */
  readonly plan?: HornerPlan | SkipPlan;
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

type AnyPlan = HornerPlan | SkipPlan;

/** The plan, if it is one of that construction. */
function ofConstruction<Name extends AnyPlan['construction']>(
  plan: AnyPlan | undefined,
  name: Name,
): Extract<AnyPlan, { construction: Name }> | undefined {
  return plan?.construction === name
    ? (plan as Extract<AnyPlan, { construction: Name }>)
    : undefined;
}

/** Inputs and outputs; hidden neurons by source layer from 1, where they are known. */
function otherRoles(graph: BlockGraph, known: readonly (readonly Role[])[] | null): BlockRoles {
  const hidden = graph.layers
    .slice(0, -1)
    .map(({ layer, pruned }) =>
      known === null ? new Array<Role>(pruned.neurons.length).fill(UNKNOWN) : [...known[layer - 1]],
    );
  return { roles: [...hidden, roleOfOutputs(graph)], open: [] };
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
 * made today for this network. Without such a plan the neuron is `unknown` and counted in `open`.
 *
 * Of skip the plan's layout tells all roles of hidden neurons, if the masks keep there what it keeps; without
 * such a plan they are `unknown`. The reader must have been loaded (`provideSkipRoles`), else this throws a
 * `UsageError`.
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
  const facts: BlockFacts = {
    widths,
    blockEnds,
    constant: target.constant,
    inputSigns,
    rows: target.matrices.map(({ rows }) => rows),
    assignments,
  };
  // Only layouts of layered sources are read off masks here, whatever a ticket calls its construction.
  const layered = readsBeyondLayered(shape) === null;
  const splits = layered && construction === 'horner' && inputSigns.includes('signed');
  const places = layerPlaces(blockEnds, splits);
  const layers: LayerRoles[] = [inputLayer(places[0], widths[0], target.constant)];
  const open: OpenRole[] = [];
  const { plan } = options;
  const known =
    construction === 'skip'
      ? yield* skipRoleReader.get()(ticket, live, ofConstruction(plan, 'skip'), steps)
      : null;
  for (let block = 1; block <= blocks; block++) {
    const graph = yield* blockGraphSteps(facts, live, block);
    const found =
      layered && construction === 'horner'
        ? yield* hornerRoleSteps(graph, splits && block === 1)
        : layered && construction === 'diamond'
          ? yield* diamondRoleSteps(graph)
          : otherRoles(graph, known);
    for (const one of found.open) open.push(one);
    found.roles.forEach((roles, index) => {
      const { layer, pruned } = graph.layers[index];
      layers.push({ ...places[layer], neurons: pruned.neurons, roles });
    });
  }
  const layout =
    open.length > 0 ? yield* layoutFor(ticket, ofConstruction(plan, 'horner'), steps) : null;
  const decided =
    layout === null ? { layers, open: open.length } : yield* decideOpenSteps(layers, open, layout);
  return { ...decided, counts: countRoles(decided.layers) };
}
