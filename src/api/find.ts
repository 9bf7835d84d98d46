/** The main job with defaults for everything but the model. */
import type { UnmetDemand } from '../constructions/construction.js';
import { OBJECT, SEED } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { FUNCTION, type OptionKinds, THREADS, WATCH } from '../core/options.js';
import type { Watch } from '../core/progress.js';
import { perform, type Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import { findTicketSteps, type WrittenTicket } from '../pipeline/find-steps.js';
import type { PrecisionRequest } from '../precision/precision.js';
import type { Verdict } from '../proof/verify-steps.js';
import type { Domain, Network } from '../target/network.js';
import type { Around } from './around.js';
import { loadCertifier } from './load-certifier.js';
import { loadConstruction } from './load-construction.js';
import { isOfMaps, loadMapFinding } from './load-maps.js';
import type { Model } from './model.js';
import { checkRequest, REQUEST, type Request } from './request.js';

export interface FindOptions extends Request, Watch {
  /** With a seed only that one is tried; else 1, 2, .. until one succeeds. */
  readonly seed?: bigint;
  /**
   * Inputs around which alone the error is certified, in place of `domain`; needs `epsilon`. The ticket's domain is
   * a box that holds all of these balls.
   */
  readonly around?: Around;
  /** Threads of `unearth/node` that share the work; default none but the caller's. */
  readonly threads?: Threads;
  /**
   * Called with the ticket as soon as it is written, before the proof of it begins, so that a page can show it
   * meanwhile: whether it holds is the verdict's to say, which comes with the result.
   */
  readonly onWritten?: (written: WrittenTicket) => void;
}

export type { WrittenTicket };

/** A ticket that was found, read back from its bytes, and verified. */
export interface FoundTicket extends WrittenTicket {
  readonly found: true;
  /** Of the bytes, from the seed up, with the model. */
  readonly verdict: Verdict;
  /** Seeds before the ticket's whose sources lack the network; mostly none. */
  readonly failedSeeds: readonly FailedSeed[];
}

/** No seed that was tried has the network. */
export interface NoTicket {
  readonly found: false;
  readonly failedSeeds: readonly FailedSeed[];
  /** Upper bound of the probability with which that happens to one seed. */
  readonly failureBound: number;
}

/** A seed whose source lacks the network, and what it lacks. */
export interface FailedSeed {
  readonly seed: bigint;
  readonly unmet: UnmetDemand;
}

const OPTIONS: OptionKinds<FindOptions> = {
  ...REQUEST,
  seed: SEED,
  around: OBJECT,
  threads: THREADS,
  onWritten: FUNCTION,
  ...WATCH,
};

/**
 * Finds the model in a random network of +1 and -1 by pruning alone, and proves it from the ticket's bytes.
 * Runs on the calling thread, in steps of some milliseconds: timers, input and drawing have their turns in
 * between, and an aborted signal ends it within 100 ms on the machines of the day, but where one layer of
 * a certificate (`epsilon` on layers of some hundred neurons) takes longer. Rejects with the signal's
 * reason then, with a `UsageError` for options that make no sense or an `epsilon` without a bounded domain,
 * and with an `InputError` where the network is beyond what a source can hold.
 */
export async function find(
  model: Model,
  options: FindOptions = {},
): Promise<FoundTicket | NoTicket> {
  const { network, record, ...request } = checkRequest('find', model, options, OPTIONS);
  const { seed, threads, onWritten } = options;
  const finding = {
    ...request,
    ...(await aroundOf(network, request.precision, options)),
    construction: await loadConstruction(request.construction),
    ...(record && { model: record }),
    ...(seed !== undefined && { seed }),
    ...(threads && { threads }),
    ...(onWritten && { onWritten }),
  };
  await loadMapFinding(isOfMaps(network));
  const certifier = await loadCertifier(request.precision.mode === 'certified');
  return perform(findSteps(network, finding, certifier), options);
}

/** Domain and precision where the error is certified around inputs alone. */
async function aroundOf(
  network: Network,
  precision: PrecisionRequest,
  { around: asked, domain: other }: FindOptions,
): Promise<{ domain?: Domain; precision?: PrecisionRequest }> {
  if (asked === undefined) return {};
  if (precision.mode !== 'certified') {
    throw new UsageError('option "around" is for an error that is certified: give "epsilon" too');
  }
  if (other !== undefined) {
    throw new UsageError('options "around" and "domain" exclude each other; give one of them');
  }
  // Of use to few requests: in a page a file of its own.
  const { ballsAround } = await import('./around.js');
  const { around, domain } = await ballsAround(network, asked);
  return { domain, precision: { ...precision, around } };
}

function* findSteps(...finding: Parameters<typeof findTicketSteps>): Steps<FoundTicket | NoTicket> {
  const outcome = yield* findTicketSteps(...finding);
  const { failedSeeds } = outcome;
  if (!outcome.found) {
    return { found: false, failedSeeds, failureBound: outcome.plan.failureBound };
  }
  const { ticket, bytes, verdict, layout } = outcome;
  // `findTicket` gives the file in one piece.
  return { found: true, ticket, bytes: bytes[0], verdict, layout, failedSeeds };
}
