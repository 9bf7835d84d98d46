/**
 * The claims of a ticket beyond what its masks compute, for every kind that makes them: the signs that
 * its domain gives the inputs, and the model it was made from (of the error bound on the domain:
 * `certificate-claim.ts`).
 */

import type { IntegerNetwork } from '../integer/integer-network.js';
import type { CertifiedPrecision } from '../precision/precision.js';
import { type Domain, type InputSign, inputSigns } from '../target/input-signs.js';
import type { Network, Normalization, Reading } from '../target/network.js';
import type { ModelRecord } from '../ticket/model-record.js';
import type { ProofFailure } from './propagate.js';
import { readingDifference } from './reading-claim.js';

/** The model to prove the distance to. */
export interface ModelToCompare {
  readonly network: Network;
  /** Its digest, where it is known. */
  readonly sha256?: string;
  /**
   * A certificate that the caller has just computed: a ticket that claims the same of the same need not
   * have it computed again. All that it was computed from is compared.
   */
  readonly certified?: KnownCertificate;
  /** The inputs around which the ticket's error is certified; needed where it is around some. */
  readonly samples?: GivenSamples;
}

/** Inputs as a file has them, and their digest. */
export interface GivenSamples {
  readonly samples: number;
  readonly values: Float64Array;
  readonly data: string;
}

/** A certificate with what it was computed from. */
export interface KnownCertificate {
  readonly network: Network;
  readonly target: IntegerNetwork;
  readonly domain: Domain;
  readonly record: CertifiedPrecision;
}

/** The certificate that came with the model, if it is about this very network. */
export function knownFor({ network, certified }: ModelToCompare): KnownCertificate | undefined {
  return certified?.network === network ? certified : undefined;
}

/** A recorded sign that the recorded domain does not imply. */
export function signFailure(
  ticket: { readonly domain: Domain },
  signs: readonly InputSign[],
): ProofFailure | null {
  const implied = inputSigns(ticket.domain, signs.length);
  const input = signs.findIndex((sign, index) => {
    // The input that is 0 on the whole domain has both signs.
    const zero = ticket.domain.kind === 'box' && ticket.domain.upper[index] <= 0;
    return sign !== 'signed' && sign !== implied[index] && !(sign === 'nonpositive' && zero);
  });
  if (input < 0) return null;
  return {
    block: 1,
    layer: 0,
    neuron: input,
    reason: `the proof takes this input as ${signs[input]}, and the domain does not say so`,
  };
}

/**
 * A model that is not the one the ticket names, where both digests are known, or of which the ticket records
 * another normalisation, or another account of what reading left out or rounded, than its file gives.
 */
export function modelFailure(
  ticket: {
    readonly model?: ModelRecord;
    readonly normalization?: Normalization;
    readonly reading?: Reading;
  },
  { sha256, network }: ModelToCompare,
): ProofFailure | null {
  const refuse = (reason: string): ProofFailure => ({ block: 0, layer: 0, neuron: 0, reason });
  if (sha256 !== undefined && ticket.model !== undefined && sha256 !== ticket.model.sha256) {
    const { name, sha256: recorded } = ticket.model;
    return refuse(
      `the model's digest differs: its SHA-256 is ${sha256}, and the ticket was made from ${name} with ${recorded}`,
    );
  }
  const other =
    normalizationDifference(ticket.normalization, network.normalization) ??
    readingDifference(ticket.reading, network.reading);
  return other === null ? null : refuse(other);
}

/** How a recorded normalisation is not the model's; null if it is. */
function normalizationDifference(
  recorded: Normalization | undefined,
  own: Normalization | undefined,
): string | null {
  if (recorded === undefined || own === undefined) {
    if (recorded === own) return null;
    return recorded === undefined
      ? "the model's normalisation is not recorded in the ticket"
      : 'the ticket records a normalisation, and the model has none';
  }
  for (const field of ['minimum', 'maximum', 'mean', 'range'] as const) {
    const [left, right] = [recorded.input[field], own.input[field]];
    if (left.length !== right.length) {
      return `the ticket records a normalisation of ${left.length} inputs, the model has ${right.length}`;
    }
    const input = left.findIndex((value, index) => value !== right[index]);
    if (input >= 0) {
      return `the ticket records the normalisation ${field} ${left[input]} of input ${input}, the model's is ${right[input]}`;
    }
  }
  for (const field of ['mean', 'range'] as const) {
    const [left, right] = [recorded.output[field], own.output[field]];
    if (left !== right) {
      return `the ticket records the normalisation ${field} ${left} of the outputs, the model's is ${right}`;
    }
  }
  return null;
}
