/** Reading the roles of skip tickets, loaded on demand: it takes that construction's planner and layouts. */
import type { Role } from '../constructions/roles.js';
import type { SkipPlan } from '../constructions/skip/plan.js';
import { onDemand } from '../core/on-demand.js';
import type { Steps } from '../core/steps.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import type { ConstructedTicket } from '../ticket/ticket.js';

/**
 * The roles of the live neurons of all layers `1 .. L` of a skip ticket by the layout of this plan, or of the
 * one that is made today; null without such a plan, or where that takes more than `steps`.
 */
export type SkipRoleReader = (
  ticket: ConstructedTicket,
  live: readonly PrunedLayer[],
  plan: SkipPlan | undefined,
  steps: number,
) => Steps<readonly (readonly Role[])[] | null>;

export const skipRoleReader = onDemand<SkipRoleReader>('the roles of a ticket of skip');
