/**
 * Certificates, and the paper's precision with its hypotheses, as one value. Bounds are a good part of the library's code, and most requests need none:
 * who works for a page loads them for those that do, and hands them to the work (`own-certifier.ts`).
 */
import { UsageError } from '../core/errors.js';
import type { Spend } from '../core/limits.js';
import type { Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import type { Domain, Network } from '../target/network.js';
import type { ChooseBitsOptions, ChosenBits } from './allot-bits.js';
import type { Balls } from './balls.js';
import type { CertifiedClaim, Recertified } from './certificate.js';
import type { paperPlaces, quantizePaperSteps } from './paper.js';
import type { fewestSampledBitsSteps, sampledFailureSteps } from './sampled.js';

/** What holds a claim of error, or the paper's precision, against a model. */
export interface Recertifier {
  /** `around` are the balls of a claim that is of some. */
  readonly recertifySteps: (
    network: Network,
    integerNetwork: IntegerNetwork,
    domain: Domain,
    claim: CertifiedClaim,
    options?: { readonly spend?: Spend; readonly threads?: Threads; readonly around?: Balls },
  ) => Steps<Recertified>;
  readonly paperPlaces: typeof paperPlaces;
  readonly quantizePaperSteps: typeof quantizePaperSteps;
  readonly sampledFailureSteps: typeof sampledFailureSteps;
}

/** What chooses bits besides. */
export interface Certifier extends Recertifier {
  /** On all of the domain, or around inputs that are in it. */
  readonly chooseBitsSteps: (
    network: Network,
    domain: Domain,
    epsilon: number,
    options?: ChooseBitsOptions & { readonly around?: Balls },
  ) => Steps<ChosenBits>;
  readonly fewestSampledBitsSteps: typeof fewestSampledBitsSteps;
}

/** Throws a `UsageError` where work that has to do with error bounds was started without them. */
export function requireCertifier<Own extends Recertifier>(certifier: Own | undefined): Own {
  if (certifier === undefined) throw new UsageError('error bounds need a "certifier"');
  return certifier;
}
