/**
 * The verdict on a baseline ticket: the weights that its masked source has, recomputed from the seed,
 * are the recorded ones; its domain gives the inputs the recorded signs; and, where the model is given,
 * the recorded error bound holds for the recomputed weights and this model.
 */

import { MisfitError } from '../core/errors.js';
import { listed } from '../core/listed.js';
import type { Steps } from '../core/steps.js';
import { type EffectiveWeights, effectiveNetwork } from '../integer/effective-network.js';
import { splitInputs } from '../integer/input-halves.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { firstDifference } from '../integer/network-difference.js';
import { quantizeLossless } from '../integer/quantize.js';
import type { Recertifier } from '../precision/certifier.js';
import { blockEndsOf } from '../source/shape.js';
import { checkNetwork } from '../target/check-network.js';
import { dimensions, type Network } from '../target/network.js';
import type { BaselineTicket } from '../ticket/baseline.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { admitTicket, certificateSteps } from '../ticket/cost.js';
import { certificateFailure } from './certificate-claim.js';
import { knownFor, type ModelToCompare, modelFailure, signFailure } from './claims.js';
import { effectiveMatrices } from './effective-matrices.js';
import type { ProofFailure } from './propagate.js';
import { promiseOrFailure, type Verdict } from './verdict.js';
import type { VerifyOptions } from './verify-steps.js';

/** A model and effective weights as two networks on the same inputs: what bounds and attacks take. */
export interface ComparableNetworks {
  /** The model, behind the split of its inputs into halves where one can be negative. */
  readonly network: Network;
  /** The effective network, losslessly. */
  readonly target: IntegerNetwork;
}

/** Throws a `MisfitError` where the two do not have the same dimensions. */
export function comparableNetworks(
  model: Network,
  effective: EffectiveWeights,
): ComparableNetworks {
  const { inputSigns, matrices, constant } = effective;
  const last = matrices.length - 1;
  const own = [
    inputSigns.length,
    ...matrices.map(({ rows }, index) => (constant && index < last ? rows - 1 : rows)),
  ];
  // Before anything is computed: exact biases of a deep ticket have very many digits.
  const given = dimensions(model);
  if (own.join() !== given.join()) {
    const shown = (widths: readonly number[]): string => listed(widths, 'widths', '-');
    throw new MisfitError(`the model is ${shown(given)}, the ticket ${shown(own)}`);
  }
  return {
    network: splitInputs(model, inputSigns),
    target: quantizeLossless(effectiveNetwork(effective)),
  };
}

function asIntegers(
  effective: EffectiveWeights,
  matrices: EffectiveWeights['matrices'],
): IntegerNetwork {
  // Only to be compared: places and scale are the same on both sides.
  const { constant, activation } = effective;
  return {
    matrices,
    constant,
    activation,
    fractionalPlaces: matrices.map(() => 0),
    scale: { base: 2, exponent: 0 },
  };
}

/** The same in steps of the stages `prove` and `certify`; a model's bounds need a certifier. */
export function* verifyBaselineSteps(
  ticket: BaselineTicket,
  options: VerifyOptions = {},
  certifier?: Recertifier,
): Steps<Verdict> {
  checkTicket(ticket, 'baseline', 'this check');
  if (options.model !== undefined) checkNetwork(options.model.network, 'model');
  const { effective, seed, shape, distributions, precision } = ticket;
  const { inputSigns, constant } = effective;
  admitTicket(ticket, 'proof', options.memory);
  const computed = yield* effectiveMatrices({
    seed,
    shape,
    distributions,
    inputSigns,
    constant,
    mask: (t) => ticket.mask(t),
  });
  const wrong = computed.computed ? weightFailure(effective, computed.matrices) : computed.failure;
  const difference =
    options.model === undefined || wrong !== null
      ? null
      : yield* boundFailure(ticket, options.model, options.memory, certifier);
  const failure = wrong ?? signFailure(ticket, inputSigns) ?? difference;
  return {
    equal: wrong === null,
    proved: failure === null,
    blocks: computed.computed && wrong === null ? computed.blocks : [],
    modelMatches: options.model === undefined || wrong !== null ? null : difference === null,
    ...promiseOrFailure(precision, options.model, failure),
  };
}

/** A recorded weight that is not what the masked source has. */
function weightFailure(
  effective: EffectiveWeights,
  matrices: EffectiveWeights['matrices'],
): ProofFailure | null {
  const difference = firstDifference(
    asIntegers(effective, effective.matrices),
    asIntegers(effective, matrices),
  );
  if (difference === null) return null;
  const { layer, row, what } = difference;
  return {
    block: layer,
    layer: 2 * layer,
    neuron: row,
    reason: `the recorded weights are not those of the masked source: ${what}`,
  };
}

function* boundFailure(
  ticket: BaselineTicket,
  model: ModelToCompare,
  memory: number | undefined,
  certifier: Recertifier | undefined,
): Steps<ProofFailure | null> {
  const { effective, precision, domain, shape } = ticket;
  const other = modelFailure(ticket, model);
  if (other !== null) return other;
  const place = {
    block: effective.matrices.length,
    layer: blockEndsOf(shape).at(-1) ?? 0,
    neuron: 0,
  };
  try {
    const { network, target } = comparableNetworks(model.network, effective);
    const subject = { place, network, target, domain };
    return yield* certificateFailure(subject, precision, knownFor(model), {
      certifier,
      spend: certificateSteps(ticket, memory),
    });
  } catch (error) {
    if (error instanceof MisfitError) return { ...place, reason: error.message };
    throw error;
  }
}
