/** Constructions: in a page, those that few requests ask for in a file of their own. */
import type { Construction } from '../constructions/construction.js';
import { diamond } from '../constructions/diamond/diamond.js';
import { horner } from '../constructions/horner/horner.js';
import type { CONSTRUCTION_NAMES } from '../constructions/names.js';

/** The construction of that name. */
export async function loadConstruction(
  name: (typeof CONSTRUCTION_NAMES)[number],
): Promise<Construction> {
  if (name === 'skip') return (await import('../constructions/skip/skip.js')).skip as Construction;
  return (name === 'diamond' ? diamond : horner) as Construction;
}
