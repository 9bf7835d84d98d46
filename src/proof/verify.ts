/**
 * The end-to-end verdict on a ticket: the pruned source equals its integer network (propagation), and
 * every other claim the ticket makes holds: that its domain gives its inputs the signs the proof
 * relied on, and, where the model is given, that the integer network is that model's under the
 * recorded precision, so that the recorded error bound holds.
 */
import { firstDifference } from '../precision/integer-network.js';
import { unpadNetwork } from '../precision/join-networks.js';
import { applyPrecision, promisedError } from '../precision/precision.js';
import { createSource } from '../source/source.js';
import { inputSigns } from '../target/network.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { certificateFailure, type ModelToCompare, modelFailure, signFailure } from './claims.js';
import { type BlockProof, type ProofFailure, propagate } from './propagate.js';

export type { ModelToCompare };

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
  const difference =
    options.model === undefined ? null : compareModel(ticket, options.model, options.progress);
  const failure = propagation.equal
    ? (signFailure(ticket, ticket.inputSigns) ?? difference)
    : propagation.failure;
  const promised =
    options.model !== undefined && failure === null ? promisedError(ticket.precision) : null;
  return {
    equal: propagation.equal,
    proved: failure === null,
    blocks: propagation.equal ? propagation.blocks : [],
    modelMatches: options.model === undefined ? null : difference === null,
    epsilon: promised?.epsilon ?? null,
    outputs: promised?.outputs ?? null,
    ...(failure === null ? {} : { failure }),
  };
}

function compareModel(
  ticket: ConstructedTicket,
  model: ModelToCompare,
  progress: VerifyOptions['progress'],
): ProofFailure | null {
  const { precision, domain, shape } = ticket;
  const other = modelFailure(ticket, model);
  if (other !== null) return other;
  // In a source for several networks the ticket's integers are the model's, padded to their class.
  const signs = inputSigns(domain, ticket.inputSigns.length);
  const target = unpadNetwork(ticket.target, model.network, signs) ?? ticket.target;
  if (precision.mode === 'certified') {
    const place = { block: target.matrices.length, layer: shape.blockEnds.at(-1) ?? 0, neuron: 0 };
    return certificateFailure(
      { place, network: model.network, target, domain },
      precision,
      model.certified,
      progress,
    );
  }
  const difference = firstDifference(target, applyPrecision(model.network, precision, domain));
  if (difference === null) return null;
  const { layer, row, what } = difference;
  return {
    block: layer,
    layer: shape.blockEnds[layer - 1] ?? 0,
    neuron: row,
    reason: `the ticket's integer network is not this model's: ${what}`,
  };
}
