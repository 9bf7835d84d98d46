/** The ways from target to integer network, done at once, error bounds with them. */
import type { Watch } from '../core/progress.js';
import { complete } from '../core/steps.js';
import type { Domain, Network } from '../target/network.js';
import type { ChooseBitsOptions } from './allot-bits.js';
import { ownCertifier } from './own-certifier.js';
import { type ChosenPrecision, choosePrecisionSteps, type PrecisionRequest } from './precision.js';

/**
 * Makes the integer network that is asked for. Bits that round nothing are recorded as lossless. `options` steer the choice of bits in mode `certified`.
 * Throws an `InputError` where the paper's precision is asked for and a hypothesis of Lemma 2 does not
 * hold, a `UsageError` where an error is to be certified on a domain that is not bounded.
 */
export function choosePrecision(
  network: Network,
  request: PrecisionRequest,
  domain: Domain,
  options: Pick<ChooseBitsOptions, 'cost' | 'threads' | 'spend'> & Watch = {},
): ChosenPrecision {
  return complete(choosePrecisionSteps(network, request, domain, options, ownCertifier), options);
}
