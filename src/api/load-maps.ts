/** What networks of feature maps take: in a page, files of their own that the bundler splits off. */

import { hasMaps, type Network } from '../target/network.js';

/** Whether a network is one of feature maps; what is no network is refused where the work begins. */
export function isOfMaps(network: Network): boolean {
  const { layers } = network;
  return Array.isArray(layers) && layers.every(Boolean) && hasMaps(network);
}

/** What finding them takes. */
export async function loadMapFinding(isNeeded: boolean): Promise<void> {
  if (isNeeded) (await import('../constructions/maps/maps.js')).provideMapFinding();
}
