/** The constructions by the name the command line and tickets know them by. */
import type { Construction } from './construction.js';
import { diamond } from './diamond.js';
import { horner } from './horner.js';

const constructions: ReadonlyMap<string, Construction> = new Map<string, Construction>(
  // A plan goes back only to the construction that made it.
  [horner, diamond].map((construction) => [construction.name, construction as Construction]),
);

/** The default first. */
export const CONSTRUCTION_NAMES: readonly string[] = [...constructions.keys()];

/** The construction of that name; undefined if there is none. */
export function constructionNamed(name: string): Construction | undefined {
  return constructions.get(name);
}
