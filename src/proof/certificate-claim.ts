/** The claim of a ticket that its error is certified, held against the model. */
import { MisfitError, UsageError } from '../core/errors.js';
import type { Spend } from '../core/limits.js';
import type { Progress } from '../core/progress.js';
import { retold, type Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { firstDifference } from '../integer/network-difference.js';
import { quantize } from '../integer/quantize.js';
import type { Balls } from '../precision/balls.js';
import type { Overclaim } from '../precision/certificate.js';
import { type Recertifier, requireCertifier } from '../precision/certifier.js';
import type { CertifiedPrecision } from '../precision/precision.js';
import { type Domain, hasMaps, type Network } from '../target/network.js';
import type { GivenSamples, KnownCertificate } from './claims.js';
import type { ProofFailure } from './propagate.js';
import { reordering } from './reordering.js';

function sameDomain(a: Domain, b: Domain): boolean {
  if (a.kind === 'ball') return b.kind === 'ball' && a.radius === b.radius;
  if (a.kind !== 'box' || b.kind !== 'box') return a.kind === b.kind;
  const same = (one: Float64Array, other: Float64Array): boolean =>
    one.length === other.length && one.every((bound, input) => bound === other[input]);
  return same(a.lower, b.lower) && same(a.upper, b.upper);
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
  readonly certifier: Recertifier | undefined;
  /** Is told the steps beforehand, and throws where they are too many. */
  readonly spend?: Spend | undefined;
  /** That share the boxes of a domain that is split; default none but the caller's. */
  readonly threads?: Threads | undefined;
  /** The inputs of a claim that is around some. */
  readonly samples?: GivenSamples | undefined;
}

/** The balls of a claim with the inputs that are given. Throws a `UsageError` where there are none. */
function ballsOf(
  { around }: CertifiedPrecision,
  given: GivenSamples | undefined,
): Balls | undefined {
  if (around === undefined) return undefined;
  if (given === undefined) {
    throw new UsageError(
      `the error bound holds around ${around.samples} inputs: give them as option "data"`,
    );
  }
  return { ...around, ...given };
}

/**
 * Computes the recorded bounds again, from the model and the ticket's integers alone, unless they are known.
 * Throws a `UsageError` without a certifier.
 */
export function* certificateFailure(
  { place, network, target, domain }: ClaimSubject,
  claim: CertifiedPrecision,
  certified: KnownCertificate | undefined,
  { certifier, spend, threads, samples }: Recertification,
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
  const around = ballsOf(claim, samples);
  try {
    const options = {
      ...(spend && { spend }),
      ...(threads && { threads }),
      ...(around && { around }),
    };
    const certifying = (progress: Progress): Progress => ({ ...progress, stage: 'certify' });
    const { holds, overclaim } = yield* retold(
      recertifySteps(network, target, domain, claim, options),
      certifying,
    );
    if (holds) return null;
    // The integers of feature maps are the model's, or nothing was certified.
    const order = hasMaps(network) ? undefined : reordering.ifGiven();
    const own = (): IntegerNetwork => quantize(network, target.fractionalPlaces);
    const reordered = order?.reorder(target, own(), claim.scales) ?? null;
    if (order === undefined || reordered === null)
      return { ...place, ...overclaimed(overclaim, claim) };
    const other = yield* retold(
      recertifySteps(
        network,
        reordered.network,
        domain,
        { ...claim, ...(reordered.scales && { scales: reordered.scales }) },
        options,
      ),
      certifying,
    );
    if (other.holds) {
      const reason = `the ticket's integer network is not this model's: ${order.words(reordered)}`;
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
