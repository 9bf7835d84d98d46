/** The construction for feature maps, loaded on demand. */
import { UsageError } from '../core/errors.js';
import { onDemand } from '../core/on-demand.js';
import type { Construction } from './construction.js';

export const mapConstruction = onDemand<Construction>('a source for feature maps');

/** The construction that goes with a network: for feature maps another, which only `horner` has. */
export function constructionOf(construction: Construction, hasMaps: boolean): Construction {
  if (!hasMaps) return construction;
  if (construction.name === 'horner') return mapConstruction.get();
  throw new UsageError(
    `construction: ${construction.name} is for fully connected networks; horner finds feature maps`,
  );
}
