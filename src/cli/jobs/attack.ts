/** The search for the largest error in the worker. */

import { type AttackResult, attack } from '../../attack/attack.js';
import { MisfitError } from '../../core/errors.js';
import { withoutPadding } from '../../integer/join-networks.js';
import { provideLowering } from '../../integer/own-lowering.js';
import { inRecordedUnits, recordPlaces } from '../../precision/precision.js';
import { promisedError } from '../../precision/promised-error.js';
import { comparableNetworks } from '../../proof/verify-baseline-steps.js';
import { decimalDown } from '../../target/decimal.js';
import { hasMaps, inputsOf, type Network, type Reading } from '../../target/network.js';
import type { ConstructedTicket } from '../../ticket/ticket.js';
import { describeDomain, readDomain } from '../files/read-domain.js';
import { refusingMisfits } from '../files/read-model.js';
import { readTicketOfKind } from '../files/read-ticket.js';
import type { JobContext } from '../workers/job.js';
import { type Unproved, unproved } from './proved.js';
import { readTicketModel } from './ticket-model.js';

export interface AttackJobOptions {
  readonly ticket: string;
  readonly model: string;
  /** Most bytes of memory. */
  readonly memory: number;
  readonly domain?: string;
  readonly seed?: number;
  readonly evaluations?: number;
}

export interface AttackReport extends Omit<AttackResult, 'exact'> {
  readonly proved: true;
  /** The bound that the ticket records for its own domain; null if it promises nothing. */
  readonly certified: string | null;
  readonly domain: string;
  /** What reading the model left out or rounded. */
  readonly reading: Reading | null;
  readonly seconds: number;
}

/** The places of a model's layers under a ticket's record. */
function placesOf(network: Network, { precision }: ConstructedTicket): readonly number[] {
  provideLowering();
  switch (precision.mode) {
    case 'lossless':
    case 'bits':
      return recordPlaces(network, precision);
    case 'certified':
      if (precision.places !== undefined) return precision.places;
      break;
  }
  throw new MisfitError('its precision is none that feature maps have');
}

export type AttackJobResult = AttackReport | Unproved;

export function attackJob(options: AttackJobOptions, context: JobContext): AttackJobResult {
  const start = performance.now();
  const { memory } = options;
  const ticket = readTicketOfKind(options.ticket, ['constructed', 'baseline'], 'attack', {
    use: 'proof',
    memory,
  });
  const model = readTicketModel(ticket, options.model, memory);
  const { network } = model;
  const refused = unproved(ticket, context, memory);
  if (refused !== null) return refused;
  const domain =
    options.domain === undefined
      ? ticket.domain
      : readDomain(options.domain, inputsOf(network.layers), context.notice);
  // A promise for the ticket's domain says nothing of a larger one.
  const promised = options.domain === undefined ? promisedError(ticket.precision) : null;
  const certified = promised?.around === undefined ? (promised?.epsilon ?? null) : null;
  const { seed, evaluations } = options;
  return refusingMisfits(options.model, () => {
    const compared =
      ticket.kind === 'baseline'
        ? comparableNetworks(network, ticket.effective)
        : {
            network: inRecordedUnits(network, ticket.precision),
            target: withoutPadding(ticket.target, network, ticket.domain),
          };
    const { exact: _, ...result } = attack(compared.network, compared.target, domain, {
      ...(seed === undefined ? {} : { seed }),
      ...(evaluations === undefined ? {} : { evaluations }),
      ...(certified === null ? {} : { bound: decimalDown(certified) }),
      ...(ticket.kind === 'constructed' &&
        hasMaps(network) && { places: placesOf(network, ticket) }),
      onProgress: context.onProgress,
    });
    const seconds = (performance.now() - start) / 1000;
    const reading = network.reading ?? null;
    return {
      proved: true,
      ...result,
      certified,
      domain: describeDomain(domain),
      reading,
      seconds,
    };
  });
}
