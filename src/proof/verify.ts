/**
 * The end-to-end verdict on a ticket: the pruned source equals its integer network (propagation), and
 * every other claim the ticket makes holds: that its domain gives its inputs the signs the proof
 * relied on, and, where the model is given, that the integer network is that model's under the
 * recorded precision, so that the recorded error bound holds.
 */
import { UsageError } from '../core/errors.js';
import { recertify } from '../precision/certificate.js';
import { firstDifference, type IntegerNetwork } from '../precision/integer-network.js';
import { unpadNetwork } from '../precision/join-networks.js';
import { applyPrecision, type CertifiedPrecision, promisedError } from '../precision/precision.js';
import { createSource } from '../source/source.js';
import { inputSigns, type Network } from '../target/network.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { type BlockProof, type ProofFailure, propagate } from './propagate.js';

export interface Verdict {
  /** The pruned source equals the integer network for all inputs of the recorded signs. */
  readonly equal: boolean;
  /** `equal`, and every other claim that could be checked holds. */
  readonly proved: boolean;
  readonly blocks: readonly BlockProof[];
  /** Whether this is the model the ticket was made from; null if none was given. */
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

/** The model to prove the distance to. */
export interface ModelToCompare {
  readonly network: Network;
  /** Its digest, where it is known. */
  readonly sha256?: string;
  /**
   * An integer network whose certificate on the ticket's domain was computed in this process, with the
   * record that came of it: a ticket with the same of both need not have it computed again.
   */
  readonly certified?: { readonly target: IntegerNetwork; readonly record: CertifiedPrecision };
}

export interface VerifyOptions {
  readonly model?: ModelToCompare;
  /** What is being done, with steps done and steps in all. */
  readonly progress?: (stage: 'prove' | 'certify', done: number, total: number) => void;
}

/** Verifies a ticket from the seed up. Throws an `InputError` if its mask bytes are corrupt. */
export function verifyTicket(ticket: ConstructedTicket, options: VerifyOptions = {}): Verdict {
  const { target, assignments, shape, seed } = ticket;
  const propagation = propagate({
    source: createSource(seed, shape),
    mask: (t) => ticket.mask(t),
    target,
    inputSigns: ticket.inputSigns,
    assignments,
    progress: (done, total) => options.progress?.('prove', done, total),
  });
  const modelFailure =
    options.model === undefined ? null : compareModel(ticket, options.model, options.progress);
  const failure = propagation.equal ? (signFailure(ticket) ?? modelFailure) : propagation.failure;
  const promised =
    options.model !== undefined && failure === null ? promisedError(ticket.precision) : null;
  return {
    equal: propagation.equal,
    proved: failure === null,
    blocks: propagation.equal ? propagation.blocks : [],
    modelMatches: options.model === undefined ? null : modelFailure === null,
    epsilon: promised?.epsilon ?? null,
    outputs: promised?.outputs ?? null,
    ...(failure === null ? {} : { failure }),
  };
}

/** A recorded sign that the recorded domain does not imply. */
function signFailure(ticket: ConstructedTicket): ProofFailure | null {
  const implied = inputSigns(ticket.domain, ticket.inputSigns.length);
  const input = ticket.inputSigns.findIndex((sign, index) => {
    // The input that is 0 on the whole domain has both signs.
    const zero = ticket.domain.kind === 'box' && ticket.domain.upper[index] <= 0;
    return sign !== 'signed' && sign !== implied[index] && !(sign === 'nonpositive' && zero);
  });
  if (input < 0) return null;
  return {
    block: 1,
    layer: 0,
    neuron: input,
    reason: `the proof takes this input as ${ticket.inputSigns[input]}, and the domain does not say so`,
  };
}

function compareModel(
  ticket: ConstructedTicket,
  model: ModelToCompare,
  progress: VerifyOptions['progress'],
): ProofFailure | null {
  const { network, sha256 } = model;
  const { precision } = ticket;
  if (sha256 !== undefined && ticket.model !== undefined && sha256 !== ticket.model.sha256) {
    return {
      block: 0,
      layer: 0,
      neuron: 0,
      reason: `the model's SHA-256 is ${sha256}, the ticket was made from ${ticket.model.sha256}`,
    };
  }
  // In a source for several networks the ticket's integers are the model's, padded to their class.
  const signs = inputSigns(ticket.domain, ticket.inputSigns.length);
  const target = unpadNetwork(ticket.target, network, signs) ?? ticket.target;
  if (precision.mode === 'certified') {
    return certificateFailure({ ...ticket, target }, precision, model, progress);
  }
  const difference = firstDifference(target, applyPrecision(network, precision, ticket.domain));
  if (difference === null) return null;
  const { layer, row, what } = difference;
  return {
    block: layer,
    layer: ticket.shape.blockEnds[layer - 1] ?? 0,
    neuron: row,
    reason: `the ticket's integer network is not this model's: ${what}`,
  };
}

/** Computes the recorded bounds again, from the model and the ticket's integers alone. */
function certificateFailure(
  { target, domain, shape }: ConstructedTicket,
  claim: CertifiedPrecision,
  { network, certified }: ModelToCompare,
  progress: VerifyOptions['progress'],
): ProofFailure | null {
  if (
    certified !== undefined &&
    firstDifference(target, certified.target) === null &&
    JSON.stringify(claim) === JSON.stringify(certified.record)
  ) {
    return null;
  }
  const place = { block: target.matrices.length, layer: shape.blockEnds.at(-1) ?? 0, neuron: 0 };
  try {
    const { holds, certificate } = recertify(network, target, domain, claim, {
      progress: (done, total) => progress?.('certify', done, total),
    });
    if (holds) return null;
    const reason = `the recorded error bound ${claim.certified} does not hold for this model: only ${certificate.decimal} can be certified (asked for: ${claim.requested})`;
    return { ...place, reason };
  } catch (error) {
    // The model has another shape, or the claim cannot be made on the ticket's domain.
    if (error instanceof UsageError || error instanceof RangeError) {
      return { ...place, reason: `the recorded error bound cannot be computed: ${error.message}` };
    }
    throw error;
  }
}
