/** Reading the roles of tickets of feature maps, loaded on demand: it takes their planners and layouts. */
import type { MapsPlan } from '../constructions/maps/plan.js';
import type { NeuronLayout, Role } from '../constructions/roles.js';
import { onDemand } from '../core/on-demand.js';
import type { Steps } from '../core/steps.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import type { ConstructedTicket } from '../ticket/ticket.js';

export interface PlacedMaps {
  readonly layout: NeuronLayout;
  /**
   * The roles of the live neurons of all layers `1 .. L` in blocks of skip, as far as their edges are those of
   * the layout; all others are unknown.
   */
  skipRoleSteps(live: readonly PrunedLayer[]): Steps<readonly (readonly Role[])[]>;
}

/**
 * Where the plan places neurons in the ticket's source: the plan that is given, or the one that is made today;
 * null without such a plan, or where finding by it takes more than `steps`.
 */
export type MapPlacer = (
  ticket: ConstructedTicket,
  plan: MapsPlan | undefined,
  steps: number,
) => Steps<PlacedMaps | null>;

export const mapPlacer = onDemand<MapPlacer>('the roles of a ticket of feature maps');
