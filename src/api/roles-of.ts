/** What every live neuron of a ticket is there for, in steps. */
import { hasPart, type Kind } from '../core/arguments.js';
import { checkOptions, MEMORY, type OptionKinds, WATCH } from '../core/options.js';
import type { Watch } from '../core/progress.js';
import { perform } from '../core/steps.js';
import { type RolesOptions, rolesOfSteps, type TicketRoles } from '../roles/roles-of.js';
import type { ConstructedTicket } from '../ticket/ticket.js';

/** Whether it is of the ticket's source is seen when the ticket is read. */
const PLAN: Kind = {
  is: (value) => hasPart(value, 'construction') && hasPart(value, 'shape'),
  not: 'no plan of a source',
  remedy: () =>
    'give what horner.plan(..) or skip.plan(..) of "unearth/constructions" returns, or those of hornerMaps and skipMaps',
};

const OPTIONS: OptionKinds<RolesOptions & Watch> = { plan: PLAN, memory: MEMORY, ...WATCH };

/**
 * The role of every live neuron of a constructed ticket, found by horner, skip or diamond; of
 * other constructions those of inputs and outputs. A neuron of which the masks leave two readings (of skip
 * all hidden ones) has the one of the layout of `plan`, or of the plan that is made today for this network;
 * else it is `unknown`, and of horner counted in `open`. Of feature maps neurons are channels, which play the
 * same part at every position; what reads a map through a kernel says at which tap. Tickets do not state the groups
 * of convolutions: where the source has groups, `plan` has to be given, as `hornerMaps.plan(..)` of
 * `unearth/constructions` returns it, else hidden neurons of such blocks are `unknown`. Nothing is proved. Works in
 * steps as `find` does; rejects with the signal's reason soon after it is aborted, with a `UsageError` for a
 * ticket of another kind or options that make no sense, a `MisfitError` for the plan of another source, and an
 * `InputError` where it would need more than `memory` bytes.
 */
export async function rolesOf(
  ticket: ConstructedTicket,
  options: RolesOptions & Watch = {},
): Promise<TicketRoles> {
  checkOptions('rolesOf', options, OPTIONS);
  // Anything but a ticket is refused in the steps.
  if (hasPart(ticket, 'target') && hasPart(ticket.target, 'maps')) {
    (await import('../roles/map-roles.js')).provideMapRoles();
  } else if (hasPart(ticket, 'construction') && ticket.construction === 'skip') {
    (await import('../roles/skip-roles.js')).provideSkipRoles();
  }
  return perform(rolesOfSteps(ticket, options), options);
}
