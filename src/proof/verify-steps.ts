/**
 * The end-to-end verdict on a ticket: the pruned source equals its integer network (propagation), and
 * every other claim the ticket makes holds: that its domain gives its inputs the signs the proof
 * relied on, and, where the model is given, that the integer network is that model's under the
 * recorded precision, so that the recorded error bound holds.
 */

import { InputError } from '../core/errors.js';
import { retold, type Steps } from '../core/steps.js';
import {
  firstDifference,
  type IntegerNetwork,
  withFewerPlaces,
} from '../integer/integer-network.js';
import { withoutPadding } from '../integer/join-networks.js';
import { type Certifier, requireCertifier } from '../precision/certifier.js';
import { applyRecordSteps, promisedError } from '../precision/precision.js';
import { blockEndsOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { checkNetwork } from '../target/check-network.js';
import { checkTicket } from '../ticket/check-ticket.js';
import type { Allowance } from '../ticket/cost.js';
import { admitTicket, certificateSteps } from '../ticket/cost.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import {
  certificateFailure,
  knownFor,
  type ModelToCompare,
  modelFailure,
  signFailure,
} from './claims.js';
import { inAnotherOrder, reorderedAs } from './hidden-order.js';
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

/** The same in steps of the stages `prove` and `certify`; a model's error bounds need a certifier. */
export function* verifyTicketSteps(
  ticket: ConstructedTicket,
  options: VerifyOptions = {},
  certifier?: Certifier,
): Steps<Verdict> {
  checkTicket(ticket, 'constructed', 'this check');
  if (options.model !== undefined) checkNetwork(options.model.network, 'model');
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
    options.model === undefined
      ? null
      : propagation.equal
        ? yield* compareModel(ticket, options.model, options.memory, certifier)
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

function* compareModel(
  ticket: ConstructedTicket,
  model: ModelToCompare,
  memory: number | undefined,
  certifier: Certifier | undefined,
): Steps<ProofFailure | null> {
  const { precision, domain, shape } = ticket;
  const other = modelFailure(ticket, model);
  if (other !== null) return other;
  // In a source for several networks the ticket's integers are the model's, padded to their class.
  const target = withoutPadding(ticket.target, model.network, domain);
  if (precision.mode === 'certified') {
    const place = {
      block: target.matrices.length,
      layer: blockEndsOf(shape).at(-1) ?? 0,
      neuron: 0,
    };
    return yield* certificateFailure(
      { place, network: model.network, target, domain },
      precision,
      knownFor(model),
      { certifier, spend: certificateSteps(ticket, memory) },
    );
  }
  const refuse = (layer: number, neuron: number, what: string): ProofFailure => ({
    block: layer,
    layer: blockEndsOf(shape)[layer - 1] ?? 0,
    neuron,
    reason: `the ticket's integer network is not this model's: ${what}`,
  });
  let own: IntegerNetwork;
  try {
    const steps = applyRecordSteps(model.network, precision, domain, certifier);
    own = yield* retold(steps, () => undefined);
  } catch (error) {
    // The recorded precision cannot be the model's: a hypothesis of Lemma 2 fails for it.
    if (error instanceof InputError) return refuse(0, 0, error.message);
    throw error;
  }
  if (precision.mode === 'paper') {
    const digits = requireCertifier(certifier).paperPlaces(model.network, precision.epsilon);
    if (precision.digits !== digits) return refuse(0, 0, `${digits} decimal digits are its own`);
  }
  // Release 0.1 gave all layers all the bits, also those that are exact with fewer.
  yield;
  const ticketValues =
    precision.mode === 'bits' ? withFewerPlaces(target, own.fractionalPlaces) : target;
  const difference = firstDifference(ticketValues, own);
  if (difference === null) return null;
  const reordered = reorderedAs(ticketValues, own);
  if (reordered !== null && firstDifference(reordered.network, own) === null) {
    return refuse(reordered.layer, reordered.neuron, inAnotherOrder(reordered));
  }
  return refuse(difference.layer, difference.row, difference.what);
}
