/** About how large horner's source for a class is: enough to weigh precisions, without what plans it. */
import type { NetworkClass } from '../../integer/network-class.js';
import { blockDemands } from './plan.js';
import { approximateSize } from './structures.js';

export function hornerSize(networkClass: NetworkClass): number {
  return blockDemands(networkClass).reduce((sum, demand) => sum + approximateSize(demand), 0);
}
