/** The search for the largest error in the worker. */
import { type AttackResult, attack } from '../../precision/attack/attack.js';
import { unpadNetwork } from '../../precision/join-networks.js';
import { promisedError } from '../../precision/precision.js';
import { decimalDown } from '../../target/decimal.js';
import { inputSigns } from '../../target/network.js';
import type { JobContext } from '../job.js';
import { describeDomain, readDomain } from '../read-domain.js';
import { readModel, refusingMisfits } from '../read-model.js';
import { readTicketOfKind } from '../read-ticket.js';

export interface AttackJobOptions {
  readonly ticket: string;
  readonly model: string;
  readonly domain?: string;
  readonly seed?: number;
  readonly evaluations?: number;
}

export interface AttackJobResult extends Omit<AttackResult, 'exact'> {
  /** The bound that the ticket records for its own domain; null if it promises nothing. */
  readonly certified: string | null;
  readonly domain: string;
  readonly seconds: number;
}

export function attackJob(options: AttackJobOptions, context: JobContext): AttackJobResult {
  const start = performance.now();
  const ticket = readTicketOfKind(options.ticket, 'constructed', 'attack');
  const { network, sha256 } = readModel(options.model);
  if (ticket.model !== undefined && ticket.model.sha256 !== sha256) {
    context.notice(
      `${options.ticket} was made from another model (${ticket.model.name}, by digest)`,
    );
  }
  const domain =
    options.domain === undefined
      ? ticket.domain
      : readDomain(options.domain, network.layers[0].inputs, context.notice);
  // A promise for the ticket's domain says nothing of a larger one.
  const certified =
    options.domain === undefined ? (promisedError(ticket.precision)?.epsilon ?? null) : null;
  const { seed, evaluations } = options;
  return refusingMisfits(options.model, () => {
    const signs = inputSigns(ticket.domain, ticket.inputSigns.length);
    const target = unpadNetwork(ticket.target, network, signs) ?? ticket.target;
    const { exact: _, ...result } = attack(network, target, domain, {
      ...(seed === undefined ? {} : { seed }),
      ...(evaluations === undefined ? {} : { evaluations }),
      ...(certified === null ? {} : { bound: decimalDown(certified) }),
      progress: (done, total) => context.progress('attack', done, total),
    });
    const seconds = (performance.now() - start) / 1000;
    return { ...result, certified, domain: describeDomain(domain), seconds };
  });
}
