/** Checking and lowering of feature maps, loaded on demand. */
import { onDemand } from '../core/on-demand.js';
import type { Steps } from '../core/steps.js';
import { checkedLayers, checkNetwork } from '../target/check-network.js';
import { hasMaps, type InputSign, type Network } from '../target/network.js';
import type { IntegerNetwork } from './integer-network.js';

export interface Lowering {
  /** `checkLayers`. */
  check(network: Network, argument: string): void;
  /** `lowerMapsSteps`. */
  steps(
    network: Network,
    places: readonly number[],
    signs: readonly InputSign[],
  ): Steps<IntegerNetwork>;
  losslessPlaces(network: Network): number[];
  placesWithin(network: Network, bits: number): number[];
}

export const lowering = onDemand<Lowering>('a network of feature maps');

/** Throws an `InputError` that names the place unless this is a network, fully connected or of feature maps. */
export function checkTarget(network: Network, argument = 'network'): void {
  checkedLayers(network, argument);
  if (hasMaps(network)) lowering.get().check(network, argument);
  else checkNetwork(network, argument);
}
