/**
 * Whether a ticket's integer network is the model's under the recorded precision, so that the recorded
 * error bound holds for it. Apart from the rest of a verdict, since pages load it where a model is given.
 */
import { InputError, MisfitError } from '../core/errors.js';
import { retold, type Steps } from '../core/steps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { withoutPadding } from '../integer/join-networks.js';
import { checkTarget } from '../integer/lowering.js';
import { firstDifference, withFewerPlaces } from '../integer/network-difference.js';
import { type Recertifier, requireCertifier } from '../precision/certifier.js';
import { applyRecordSteps, type PrecisionRecord } from '../precision/precision.js';
import { blockEndsOf } from '../source/shape.js';
import type { Domain } from '../target/network.js';
import { certificateSteps } from '../ticket/cost.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { certificateFailure, type Recertification } from './certificate-claim.js';
import { knownFor, type ModelToCompare, modelFailure } from './claims.js';
import type { ProofFailure } from './propagate.js';
import { reordering } from './reordering.js';
import type { CompareModel } from './verify-steps.js';

/** Comparing in steps of stage `certify`; error bounds need a certifier. */
export function comparingWith(certifier: Recertifier | undefined): CompareModel {
  return {
    check: (network) => checkTarget(network, 'model'),
    steps: (ticket, model, memory, threads) =>
      compareModel(ticket, model, memory, { certifier, threads }),
  };
}

/** What stands against a recorded promise about data, where the samples are given. */
function* sampledFailure(
  { network, samples }: ModelToCompare,
  domain: Domain,
  precision: PrecisionRecord,
  certifier: Recertifier | undefined,
): Steps<string | null> {
  if (precision.mode !== 'bits' || precision.sampled === undefined || samples === undefined) {
    return null;
  }
  const { sampledFailureSteps } = requireCertifier(certifier);
  const { bits, sampled } = precision;
  try {
    const steps = sampledFailureSteps(network, domain, bits, sampled, samples);
    return yield* retold(steps, (progress) => ({ ...progress, stage: 'certify' }));
  } catch (error) {
    if (error instanceof MisfitError) return `the samples do not fit: ${error.message}`;
    throw error;
  }
}

/** What stands against the ticket's claims of the model; null if nothing does. */
function* compareModel(
  ticket: ConstructedTicket,
  model: ModelToCompare,
  memory: number | undefined,
  { certifier, threads }: Pick<Recertification, 'certifier' | 'threads'>,
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
      { certifier, threads, spend: certificateSteps(ticket, memory), samples: model.samples },
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
  if (difference === null) {
    const failure = yield* sampledFailure(model, domain, precision, certifier);
    return failure === null ? null : { block: 0, layer: 0, neuron: 0, reason: failure };
  }
  const order = reordering.ifGiven();
  const reordered = order?.reorder(ticketValues, own) ?? null;
  if (
    order !== undefined &&
    reordered !== null &&
    firstDifference(reordered.network, own) === null
  ) {
    return refuse(reordered.layer, reordered.neuron, order.words(reordered));
  }
  return refuse(difference.layer, difference.row, difference.what);
}
