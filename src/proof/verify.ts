/**
 * The end-to-end verdict on a ticket: the pruned source equals its integer network (propagation), and
 * every other claim the ticket makes holds: that its domain gives its inputs the signs the proof
 * relied on, and, where the model is given, that the integer network is that model's under the
 * recorded precision, so that the recorded error bound holds.
 */
import { applyPrecision, firstDifference, promisedError } from '../precision/precision.js';
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
   * The error bound that is proved for the given model on the ticket's domain; null without a model,
   * or if the precision promises nothing.
   */
  readonly epsilon: number | null;
  /** The first thing that stands against it. */
  readonly failure?: ProofFailure;
}

export interface VerifyOptions {
  /** The model to prove the distance to, with its digest where it is known. */
  readonly model?: { readonly network: Network; readonly sha256?: string };
  readonly progress?: (layersDone: number, layers: number) => void;
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
    ...(options.progress === undefined ? {} : { progress: options.progress }),
  });
  const modelFailure = options.model === undefined ? null : compareModel(ticket, options.model);
  const failure = propagation.equal ? (signFailure(ticket) ?? modelFailure) : propagation.failure;
  return {
    equal: propagation.equal,
    proved: failure === null,
    blocks: propagation.equal ? propagation.blocks : [],
    modelMatches: options.model === undefined ? null : modelFailure === null,
    epsilon:
      options.model !== undefined && failure === null ? promisedError(ticket.precision) : null,
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
  { network, sha256 }: { readonly network: Network; readonly sha256?: string },
): ProofFailure | null {
  if (sha256 !== undefined && ticket.model !== undefined && sha256 !== ticket.model.sha256) {
    return {
      block: 0,
      layer: 0,
      neuron: 0,
      reason: `the model's SHA-256 is ${sha256}, the ticket was made from ${ticket.model.sha256}`,
    };
  }
  const model = applyPrecision(network, ticket.precision, ticket.domain);
  const difference = firstDifference(ticket.target, model);
  if (difference === null) return null;
  const { layer, row, what } = difference;
  return {
    block: layer,
    layer: ticket.shape.blockEnds[layer - 1] ?? 0,
    neuron: row,
    reason: `the ticket's integer network is not this model's: ${what}`,
  };
}
