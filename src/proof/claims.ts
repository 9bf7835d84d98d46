/**
 * The claims of a ticket beyond what its masks compute, for every kind that makes them: the signs that
 * its domain gives the inputs, the model it was made from, the error bound on the domain.
 */

import { MisfitError, UsageError } from '../core/errors.js';
import type { Spend } from '../core/limits.js';
import type { Progress } from '../core/progress.js';
import { retold, type Steps } from '../core/steps.js';
import { firstDifference, type IntegerNetwork } from '../integer/integer-network.js';
import { quantize } from '../integer/quantize.js';
import type { Overclaim } from '../precision/certificate.js';
import { type Certifier, requireCertifier } from '../precision/certifier.js';
import type { CertifiedPrecision } from '../precision/precision.js';
import {
  type Domain,
  type InputSign,
  inputSigns,
  type Network,
  type Normalization,
  type Reading,
} from '../target/network.js';
import type { ModelRecord } from '../ticket/metadata.js';
import { inAnotherOrder, reorderedAs } from './hidden-order.js';
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
}

/** A certificate with what it was computed from. */
export interface KnownCertificate {
  readonly network: Network;
  readonly target: IntegerNetwork;
  readonly domain: Domain;
  readonly record: CertifiedPrecision;
}

function sameDomain(a: Domain, b: Domain): boolean {
  if (a.kind === 'ball') return b.kind === 'ball' && a.radius === b.radius;
  if (a.kind !== 'box' || b.kind !== 'box') return a.kind === b.kind;
  const same = (one: Float64Array, other: Float64Array): boolean =>
    one.length === other.length && one.every((bound, input) => bound === other[input]);
  return same(a.lower, b.lower) && same(a.upper, b.upper);
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

/** What a recorded error bound is about. */
export interface ClaimSubject {
  /** Where to look if it does not hold. */
  readonly place: Pick<ProofFailure, 'block' | 'layer' | 'neuron'>;
  readonly network: Network;
  readonly target: IntegerNetwork;
  readonly domain: Domain;
}

/** Which recorded bound does not hold, and the output's neuron. */
function overclaimed(
  overclaim: Overclaim | undefined,
  { outputs }: CertifiedPrecision,
): Pick<ProofFailure, 'reason'> & Partial<Pick<ProofFailure, 'neuron'>> {
  if (overclaim === undefined) {
    return { reason: `${outputs.length} error bounds are recorded, the model has other outputs` };
  }
  const { output, claimed, certified } = overclaim;
  const bound = `the recorded error bound ${claimed}${output === undefined ? '' : ` of output ${output}`}`;
  const instead = certified === 'Infinity' ? 'none' : `only ${certified}`;
  return {
    reason: `${bound} does not hold for this model: ${instead} can be certified`,
    ...(output !== undefined && { neuron: output }),
  };
}

/** What recorded bounds are computed again with. */
export interface Recertification {
  readonly certifier: Certifier | undefined;
  /** Is told the steps beforehand, and throws where they are too many. */
  readonly spend?: Spend | undefined;
}

/**
 * Computes the recorded bounds again, from the model and the ticket's integers alone, unless they are known.
 * Throws a `UsageError` without a certifier.
 */
export function* certificateFailure(
  { place, network, target, domain }: ClaimSubject,
  claim: CertifiedPrecision,
  certified: KnownCertificate | undefined,
  { certifier, spend }: Recertification,
): Steps<ProofFailure | null> {
  if (
    certified !== undefined &&
    sameDomain(certified.domain, domain) &&
    firstDifference(target, certified.target) === null &&
    JSON.stringify(claim) === JSON.stringify(certified.record)
  ) {
    return null;
  }
  const { recertifySteps } = requireCertifier(certifier);
  try {
    const options = spend === undefined ? {} : { spend };
    const certifying = (progress: Progress): Progress => ({ ...progress, stage: 'certify' });
    const { holds, overclaim } = yield* retold(
      recertifySteps(network, target, domain, claim, options),
      certifying,
    );
    if (holds) return null;
    const reordered = reorderedAs(target, quantize(network, target.fractionalPlaces));
    if (reordered === null) return { ...place, ...overclaimed(overclaim, claim) };
    const other = yield* retold(
      recertifySteps(network, reordered.network, domain, claim, options),
      certifying,
    );
    if (other.holds) {
      const reason = `the ticket's integer network is not this model's: ${inAnotherOrder(reordered)}`;
      return { ...place, reason };
    }
    return { ...place, ...overclaimed(overclaim, claim) };
  } catch (error) {
    // The model has another shape, or the claim cannot be made on the ticket's domain.
    if (error instanceof UsageError || error instanceof MisfitError) {
      return { ...place, reason: `the recorded error bound cannot be computed: ${error.message}` };
    }
    throw error;
  }
}
