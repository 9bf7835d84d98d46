/**
 * The end-to-end verdict on a ticket: the pruned source equals its integer network (propagation), and
 * every other claim the ticket makes holds: that its domain gives its inputs the signs the proof
 * relied on, and, where the model is given, that the integer network is that model's under the
 * recorded precision, so that the recorded error bound holds.
 */

import { UsageError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import { promisedError } from '../precision/promised-error.js';
import { createSource } from '../source/source.js';
import { checkNetwork } from '../target/check-network.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { type Allowance, admitTicket } from '../ticket/cost.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { type ModelToCompare, modelFailure, signFailure } from './claims.js';
import {
  type BlockProof,
  type ProofFailure,
  type ProofLimits,
  propagateSteps,
} from './propagate.js';

export type { ModelToCompare };

export interface Verdict {
  /** The pruned source equals the integer network for all inputs of the recorded signs. */
  readonly equal: boolean;
  /** `equal`, and every other claim that could be checked holds. */
  readonly proved: boolean;
  readonly blocks: readonly BlockProof[];
  /**
   * Whether all that the ticket claims of the model holds for the one that is given (its digest, where
   * both are known, and its integers or error bounds); null if none was given or it was not compared.
   */
  readonly modelMatches: boolean | null;
  /**
   * The error bound that is proved for the given model on the ticket's domain, a decimal rounded up;
   * null without a model, or if the precision promises nothing.
   */
  readonly epsilon: string | null;
  /** The same for each output, where they are bounded one by one. */
  readonly outputs: readonly string[] | null;
  /** The first thing that stands against it. */
  readonly failure?: ProofFailure;
}

export interface VerifyOptions {
  readonly model?: ModelToCompare;
  /** Most bytes of memory that the proof may take; default 2 GiB. */
  readonly memory?: number;
}

/** A coefficient of a row, in two layers at a time, with the room that growing takes. */
const COEFFICIENT_BYTES = 12 * 2 * 1.75;
const LEAST_COEFFICIENTS = 2 ** 20;
const MOST_COEFFICIENTS = 2 ** 26;

/** What rows may be held, and added up, with what a ticket's masks leave of memory and time. */
function limitsOf({ memory, steps }: Allowance): ProofLimits {
  const room = Math.floor(memory / COEFFICIENT_BYTES);
  return {
    coefficients: Math.min(MOST_COEFFICIENTS, Math.max(LEAST_COEFFICIENTS, room)),
    additions: steps,
  };
}

/** How a model is compared (`comparingWith`): what stands against the ticket's claims of it, or null. */
export type CompareModel = (
  ticket: ConstructedTicket,
  model: ModelToCompare,
  memory: number | undefined,
) => Steps<ProofFailure | null>;

/** The same in steps of the stages `prove` and `certify`; with a model it is to be said how to compare it. */
export function* verifyTicketSteps(
  ticket: ConstructedTicket,
  options: VerifyOptions = {},
  compare?: CompareModel,
): Steps<Verdict> {
  checkTicket(ticket, 'constructed', 'this check');
  if (options.model !== undefined) {
    checkNetwork(options.model.network, 'model');
    if (compare === undefined)
      throw new UsageError('option "model": there is nothing to compare with');
  }
  const { target, assignments, shape, seed } = ticket;
  const allowance = admitTicket(ticket, 'proof', options.memory);
  const propagation = yield* propagateSteps({
    source: createSource(seed, shape),
    mask: (t) => ticket.mask(t),
    target,
    inputSigns: ticket.inputSigns,
    assignments,
    limits: limitsOf(allowance),
  });
  // A bound can take many seconds, which a ticket that is refused already is not worth.
  const difference =
    options.model === undefined || compare === undefined
      ? null
      : propagation.equal
        ? yield* compare(ticket, options.model, options.memory)
        : modelFailure(ticket, options.model);
  const failure = propagation.equal
    ? (signFailure(ticket, ticket.inputSigns) ?? difference)
    : propagation.failure;
  const promised =
    options.model !== undefined && failure === null ? promisedError(ticket.precision) : null;
  return {
    equal: propagation.equal,
    proved: failure === null,
    blocks: propagation.equal ? propagation.blocks : [],
    modelMatches:
      difference !== null ? false : options.model === undefined || !propagation.equal ? null : true,
    epsilon: promised?.epsilon ?? null,
    outputs: promised?.outputs ?? null,
    ...(failure === null ? {} : { failure }),
  };
}
