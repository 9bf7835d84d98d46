/**
 * What tickets claim of the error of feature maps, or of any network around given inputs, computed again from the
 * model and the ticket alone.
 */
import { shown } from '../core/arguments.js';
import { InputError, MisfitError } from '../core/errors.js';
import type { Spend } from '../core/limits.js';
import { retold, type Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { losslessMapPlaces } from '../integer/map-places.js';
import { firstDifference } from '../integer/network-difference.js';
import { withSumPooling } from '../integer/sum-pooling.js';
import { decimalDown } from '../target/decimal.js';
import { type Domain, inputsOf, type Network } from '../target/network.js';
import { BALLS_AT_ONCE, type BallWork, ballResults, sharedLayers } from './ball-tasks.js';
import { type Balls, ballAround, checkBalls } from './balls.js';
import { denseDifferences, type MapDifference, mapDifferences } from './bounds/map-difference.js';
import {
  type Certificate,
  type CertifiedClaim,
  overclaimOf,
  type Recertified,
} from './certificate.js';
import { certifyDifferencesSteps, inputRegion, worstOf } from './map-certificate.js';
import { integersAt } from './map-integers.js';

interface ClaimOptions {
  readonly spend?: Spend | undefined;
  readonly threads?: Threads | undefined;
}

/**
 * `recertifySteps` for feature maps: makes the integers of the recorded places again, which must be the
 * ticket's, and bounds their error. Throws a `MisfitError` where they are not.
 */
export function* recertifyMapsSteps(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  claim: CertifiedClaim,
  { spend, threads, around }: ClaimOptions & { readonly around?: Balls } = {},
): Steps<Recertified> {
  const { places } = claim;
  const lossless = losslessMapPlaces(withSumPooling(network));
  if (!Array.isArray(places) || places.length !== lossless.length) {
    throw new MisfitError(
      `precision.places has ${places?.length ?? 'no'} numbers, the model ${lossless.length} layers`,
    );
  }
  for (const [index, most] of lossless.entries()) {
    const own: unknown = places[index];
    if (Number.isInteger(own) && (own as number) >= 0 && (own as number) <= most) continue;
    throw new MisfitError(
      `precision.places.${index} is ${shown(own)}, and the model's layer has 0 to ${most}`,
    );
  }
  let own: IntegerNetwork;
  try {
    own = yield* integersAt(network, places, domain);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new MisfitError(`the model has no integers at precision.places: ${error.message}`);
  }
  const difference = firstDifference(integerNetwork, own);
  if (difference !== null) {
    throw new MisfitError(
      `the integers are not the model's at precision.places: block ${difference.layer}, row ${difference.row}: ${difference.what}`,
    );
  }
  if (around !== undefined) checkBalls(around, inputsOf(network.layers));
  const layers = mapDifferences(withSumPooling(network), places);
  return yield* heldAgainst(layers, network, domain, claim, { spend, threads, around });
}

/** What a claim of some domains is held against. */
interface Recertifying {
  readonly spend: Spend | undefined;
  readonly threads: Threads | undefined;
  readonly around: Balls | undefined;
}

/** Throws a `MisfitError` where a ball leaves the domain, whose signs the ticket's proof takes for granted. */
function requireInside(domain: Domain, ball: Domain, sample: number): void {
  if (domain.kind !== 'box' || ball.kind !== 'box') return;
  const { lower, upper } = domain;
  const inside = ball.lower.every((low, k) => lower[k] <= low && ball.upper[k] <= upper[k]);
  if (!inside) throw new MisfitError(`the ball of input ${sample + 1} is not in the domain`);
}

function* heldAgainst(
  layers: readonly MapDifference[],
  network: Network,
  domain: Domain,
  claim: CertifiedClaim,
  { spend, threads, around }: Recertifying,
): Steps<Recertified> {
  const total = around?.samples ?? 1;
  const goal = Float64Array.from(claim.outputs, decimalDown);
  const certificates: Certificate[] = [];
  if (around === undefined) {
    yield { stage: 'bound', done: 0, total };
    const steps = certifyDifferencesSteps(layers, network, domain, { goal, spend });
    certificates.push(yield* retold(steps, () => undefined));
  } else {
    const shared = sharedLayers(layers, threads);
    for (let from = 0; from < total; from += BALLS_AT_ONCE) {
      yield { stage: 'bound', done: from, total };
      const works: BallWork[] = [];
      for (let number = from; number < Math.min(from + BALLS_AT_ONCE, total); number++) {
        const own = ballAround(around, number);
        requireInside(domain, own, number);
        const input = inputRegion(network, own);
        works.push({ layers: shared, input, goal, wanted: 'certificate' });
      }
      const results = yield* retold(ballResults(works, threads, spend), () => undefined);
      for (const { certificate } of results) {
        // Each ball has one; a claim of a ball that was not bounded is none.
        if (certificate === undefined) throw new RangeError('a ball was not bounded');
        certificates.push(certificate);
      }
    }
  }
  yield { stage: 'bound', done: total, total };
  const certificate = worstOf(certificates);
  if (claim.outputs.length !== certificate.outputs.length) return { holds: false, certificate };
  const overclaim = overclaimOf(claim, certificate);
  return { holds: overclaim === undefined, certificate, ...(overclaim && { overclaim }) };
}

/** The same for matrices around given inputs: of any integers, whatever they are rounded like. */
export function* recertifyAroundSteps(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  claim: CertifiedClaim,
  { spend, threads, around }: ClaimOptions & { readonly around: Balls },
): Steps<Recertified> {
  checkBalls(around, inputsOf(network.layers));
  const layers = denseDifferences(network, integerNetwork);
  return yield* heldAgainst(layers, network, domain, claim, { spend, threads, around });
}
