/**
 * The end-to-end verdict on a ticket: the pruned source equals its integer network (propagation), and
 * every other claim the ticket makes holds: that its domain gives its inputs the signs the proof
 * relied on, and, where the model is given, that the integer network is that model's under the
 * recorded precision, so that the recorded error bound holds.
 */

import { UsageError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import { coordinateSigns } from '../integer/channel-signs.js';
import { createSource } from '../source/source.js';
import type { InputSign, Network } from '../target/network.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { type Allowance, admitTicket } from '../ticket/cost.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { type ModelToCompare, modelFailure, signFailure } from './claims.js';
import {
  type ProofFailure,
  type ProofLimits,
  type PropagationInput,
  propagateSteps,
} from './propagate.js';
import { type RangeProof, rangeProof } from './range-proof.js';
import { promiseOrFailure, type Verdict } from './verdict.js';

export type { ModelToCompare, Verdict };

export interface VerifyOptions {
  readonly model?: ModelToCompare;
  /** Most bytes of memory that the proof may take; default 2 GiB. */
  readonly memory?: number;
  /** What large blocks are proved on; the answer is the same on any. */
  readonly threads?: Threads;
  /** What proves large blocks, in place of threads. */
  readonly ranges?: RangeProof;
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

/**
 * What is to be proved of a ticket by itself. Throws an `InputError` if that would take more memory (default:
 * 2 GiB) or work than it may.
 */
export function propagationOf(
  ticket: ConstructedTicket,
  memory?: number,
): PropagationInput & { readonly limits: ProofLimits } {
  const { target, assignments, shape, seed, inputSigns } = ticket;
  return {
    source: createSource(seed, shape),
    mask: (t, form) => ticket.mask(t, form),
    ...{ target, inputSigns, assignments },
    limits: limitsOf(admitTicket(ticket, 'proof', memory)),
  };
}

/** How a model is compared (`comparingWith`). */
export interface CompareModel {
  /** Throws an `InputError` for what is no network. */
  check(network: Network): void;
  /** What stands against the ticket's claims of the model, or null. */
  steps(
    ticket: ConstructedTicket,
    model: ModelToCompare,
    memory: number | undefined,
    threads: Threads | undefined,
  ): Steps<ProofFailure | null>;
}

/** The same in steps of the stages `prove` and `certify`; with a model it is to be said how to compare it. */
export function* verifyTicketSteps(
  ticket: ConstructedTicket,
  options: VerifyOptions = {},
  compare?: CompareModel,
): Steps<Verdict> {
  checkTicket(ticket, 'constructed', 'this check');
  if (options.model !== undefined) {
    if (compare === undefined) {
      throw new UsageError('option "model": there is nothing to compare with');
    }
    compare.check(options.model.network);
  }
  const { kept } = ticket;
  const { threads } = options;
  const ranges = options.ranges ?? rangeProof.ifGiven()?.({ kept, ...(threads && { threads }) });
  const propagation = yield* propagateSteps({
    ...propagationOf(ticket, options.memory),
    ...(ranges && { ranges }),
  });
  // A bound can take many seconds, which a ticket that is refused already is not worth.
  const difference =
    options.model === undefined || compare === undefined
      ? null
      : propagation.equal
        ? yield* compare.steps(ticket, options.model, options.memory, threads)
        : modelFailure(ticket, options.model);
  const failure = propagation.equal
    ? (signFailure(ticket, signsOfCoordinates(ticket)) ?? difference)
    : propagation.failure;
  return {
    equal: propagation.equal,
    proved: failure === null,
    blocks: propagation.equal ? propagation.blocks : [],
    modelMatches:
      difference !== null ? false : options.model === undefined || !propagation.equal ? null : true,
    ...promiseOrFailure(ticket.precision, options.model, failure),
  };
}

/** What the proof takes each coordinate of the domain to be. */
function signsOfCoordinates({
  inputSigns,
  target: { maps },
  channelsLast,
}: ConstructedTicket): readonly InputSign[] {
  return maps === undefined
    ? inputSigns
    : coordinateSigns(inputSigns, maps.input, channelsLast !== undefined);
}
