/** Constructions by name: in a page, files of their own that are loaded with the first request for them. */
import type { Construction } from '../constructions/construction.js';
import type { CONSTRUCTION_NAMES } from '../constructions/names.js';

/** The construction of that name. A plan goes back only to the one that made it. */
export async function loadConstruction(
  name: (typeof CONSTRUCTION_NAMES)[number],
): Promise<Construction> {
  switch (name) {
    case 'horner':
      return (await import('../constructions/horner/horner.js')).horner as Construction;
    case 'skip':
      return (await import('../constructions/skip/skip.js')).skip as Construction;
    case 'diamond':
      return (await import('../constructions/diamond/diamond.js')).diamond as Construction;
  }
}
