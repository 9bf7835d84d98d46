/** What every live neuron of a ticket is there for, in steps. */
import type { Watch } from '../core/progress.js';
import { perform } from '../core/steps.js';
import { type RolesOptions, rolesOfSteps, type TicketRoles } from '../roles/roles-of.js';
import type { ConstructedTicket } from '../ticket/ticket.js';

/**
 * The role of every live neuron of a constructed ticket, found by horner or diamond; of other
 * constructions those of inputs and outputs. A neuron of which the masks leave two readings has the one of
 * the layout of `plan`, or of the plan that is made today for this network; else it is `unknown` and counted
 * in `open`. Nothing is proved. Works in steps as `find` does; rejects with the signal's reason soon after
 * it is aborted, with a `UsageError` for a ticket of another kind, a `MisfitError` for the plan of another
 * source, and an `InputError` where it would need more than `memory` bytes.
 */
export function rolesOf(
  ticket: ConstructedTicket,
  options: RolesOptions & Watch = {},
): Promise<TicketRoles> {
  return perform(rolesOfSteps(ticket, options), options);
}
