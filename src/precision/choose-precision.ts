/** The ways from target to integer network, done at once, error bounds with them. */
import type { Watch } from '../core/progress.js';
import { complete } from '../core/steps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { provideLowering } from '../integer/own-lowering.js';
import type { Domain, Network } from '../target/network.js';
import type { ChooseBitsOptions } from './allot-bits.js';
import { ownCertifier } from './own-certifier.js';
import {
  applyRecordSteps,
  type ChosenPrecision,
  choosePrecisionSteps,
  type DerivedPrecision,
  type PrecisionRequest,
} from './precision.js';

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
  provideLowering();
  return complete(choosePrecisionSteps(network, request, domain, options, ownCertifier), options);
}

/** The integer network of a model under a record. Throws as `choosePrecision` does. */
export function applyPrecision(
  network: Network,
  record: DerivedPrecision,
  domain: Domain,
): IntegerNetwork {
  provideLowering();
  return complete(applyRecordSteps(network, record, domain, ownCertifier));
}
