/** The integers of feature maps at the places of their layers. */
import { retold, type Steps } from '../core/steps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { lowerMapsSteps } from '../integer/lower-maps.js';
import { signsOf } from '../integer/source-signs.js';
import { type Domain, hasMaps, type Network } from '../target/network.js';
import { type PrecisionRecord, recordPlaces } from './precision.js';

/** The integers at these places, for the domain's signs. */
export function* integersAt(
  network: Network,
  places: readonly number[],
  domain: Domain,
): Steps<IntegerNetwork> {
  const steps = lowerMapsSteps(network, places, signsOf(network, domain));
  return yield* retold(steps, () => undefined);
}

/** The places at which a ticket's record has the layers of feature maps; none of other networks. */
export function ownMapPlaces(network: Network, precision: PrecisionRecord): readonly number[] {
  if (!hasMaps(network)) return [];
  if (precision.mode === 'certified') return precision.places ?? [];
  return precision.mode === 'paper' ? [] : recordPlaces(network, precision);
}
