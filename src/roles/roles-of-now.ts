/** What every live neuron of a ticket is there for, at once. */
import type { Watch } from '../core/progress.js';
import { complete } from '../core/steps.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { provideMapRoles } from './map-roles.js';
import { type RolesOptions, rolesOfSteps, type TicketRoles } from './roles-of.js';
import { provideSkipRoles } from './skip-roles.js';

/**
 * `rolesOfSteps` at once, with its errors: the `rolesOf` of `unearth` lets the event loop turn meanwhile.
 */
export function rolesOf(
  ticket: ConstructedTicket,
  options: RolesOptions & Watch = {},
): TicketRoles {
  provideSkipRoles();
  provideMapRoles();
  return complete(rolesOfSteps(ticket, options), options);
}
