/** Wrong calls of functions that take a constructed ticket, for the tests of what users can import. */
import * as unearth from '../src/index.js';
import { NETWORKS, type Wrong, wrong } from './wrong-arguments.js';

const NOTHINGS: readonly Wrong[] = [undefined, null, 7];

export function callsWithTickets(
  ticket: unearth.ConstructedTicket,
): Readonly<Record<string, readonly (() => unknown)[]>> {
  return {
    compileTicket: [
      ...NOTHINGS.map((value) => () => unearth.compileTicket(value)),
      () => unearth.compileTicket(wrong({ kind: 'trained' })),
    ],
    verifyTicket: [
      ...NOTHINGS.map((value) => () => unearth.verifyTicket(value)),
      ...NETWORKS.map(
        ([, network]) =>
          () =>
            unearth.verifyTicket(ticket, { model: { network } }),
      ),
    ],
    rolesOf: [
      ...NOTHINGS.map((value) => () => unearth.rolesOf(value)),
      ...[null, 7].map((options) => () => unearth.rolesOf(ticket, wrong(options))),
      ...[null, 7, {}, { construction: 'horner' }].map(
        (plan) => () => unearth.rolesOf(ticket, { plan: wrong(plan) }),
      ),
      () => unearth.rolesOf(wrong({ kind: 'trained' })),
    ],
    roleAt: NOTHINGS.map((layer) => () => unearth.roleAt(layer, 1)),
  };
}
