/** The constructions by name. */
import type { Construction } from './construction.js';
import { diamond } from './diamond/diamond.js';
import { horner } from './horner/horner.js';
import type { CONSTRUCTION_NAMES } from './names.js';
import { skip } from './skip/skip.js';

// A plan goes back only to the construction that made it.
const constructions: Readonly<Record<(typeof CONSTRUCTION_NAMES)[number], Construction>> = {
  horner: horner as Construction,
  skip: skip as Construction,
  diamond: diamond as Construction,
};

/** The construction of that name; undefined if there is none. */
export function constructionNamed(name: string): Construction | undefined {
  return Object.hasOwn(constructions, name)
    ? constructions[name as keyof typeof constructions]
    : undefined;
}
