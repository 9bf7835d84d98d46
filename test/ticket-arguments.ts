/** Wrong calls of functions that take a constructed ticket, for the tests of what users can import. */
import * as unearth from './every-entry.js';
import { NETWORKS, NOTHINGS, withoutParts, wrong } from './wrong-arguments.js';

export function callsWithTickets(
  ticket: unearth.ConstructedTicket,
): Readonly<Record<string, readonly (() => unknown)[]>> {
  return {
    compileTicket: [
      ...NOTHINGS.map((value) => () => unearth.compileTicket(value)),
      ...withoutParts(ticket, (value) => unearth.compileTicket(value)),
      () => unearth.compileTicket(wrong({ kind: 'trained' })),
    ],
    verifyTicket: [
      ...NOTHINGS.map((value) => () => unearth.verifyTicket(value)),
      ...withoutParts(ticket, (value) => unearth.verifyTicket(value)),
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
    trace: [
      ...NOTHINGS.map((value) => () => unearth.trace(value, new Float64Array(2))),
      ...[...NOTHINGS, [1, 2], new Float64Array(3)].map(
        (input) => () => unearth.trace(ticket, wrong(input)),
      ),
      ...[null, 7].map(
        (options) => () => unearth.trace(ticket, new Float64Array(2), wrong(options)),
      ),
    ],
    tracer: [
      ...NOTHINGS.map((value) => () => unearth.tracer(value)),
      ...NOTHINGS.map((input) => () => unearth.tracer(ticket)(wrong(input))),
    ],
    rowOf: [
      ...NOTHINGS.map((value) => () => unearth.rowOf(value, 0, 0)),
      ...[undefined, -1, 0.5, 1e9].map((layer) => () => unearth.rowOf(ticket, wrong(layer), 0)),
      ...[undefined, -1, 0.5, 1e9].map((neuron) => () => unearth.rowOf(ticket, 1, wrong(neuron))),
      ...[null, 7].map((options) => () => unearth.rowOf(ticket, 1, 0, wrong(options))),
    ],
    changeEdges: [
      ...NOTHINGS.map((value) => () => unearth.changeEdges(value, [])),
      ...NOTHINGS.map((value) => () => unearth.changeEdges(ticket, value)),
      ...[undefined, -1, 0.5, 1e9].map(
        (layer) => () => unearth.changeEdges(ticket, [{ layer: wrong(layer), column: 0, row: 0 }]),
      ),
    ],
    firstDifference: [
      ...NOTHINGS.map((value) => () => unearth.firstDifference(value, ticket)),
      ...NOTHINGS.map((value) => () => unearth.firstDifference(ticket, value)),
    ],
    ticketFigures: [
      ...NOTHINGS.map((value) => () => unearth.ticketFigures(value, { of: '' })),
      ...[null, 7].map((options) => () => unearth.ticketFigures(ticket, wrong(options))),
    ],
    roleAt: NOTHINGS.map((layer) => () => unearth.roleAt(layer, 1)),
  };
}
