/** The constructions for feature maps, loaded on demand. */
import { UsageError } from '../core/errors.js';
import { onDemand } from '../core/on-demand.js';
import type { Construction } from './construction.js';

/** By the name of the construction that they are for feature maps. */
export const mapConstructions = onDemand<ReadonlyMap<string, Construction>>(
  'a source for feature maps',
);

/** The construction that goes with a network: for feature maps another, which not all have. */
export function constructionOf(construction: Construction, hasMaps: boolean): Construction {
  if (!hasMaps) return construction;
  const own = mapConstructions.get().get(construction.name);
  if (own !== undefined) return own;
  throw new UsageError(
    `construction: ${construction.name} is for fully connected networks; horner and skip find feature maps`,
  );
}
