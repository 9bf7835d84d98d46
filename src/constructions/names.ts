/** Names alone, for those who need not load the constructions. */

/** The constructions by the names that the command line and tickets know them by, the default first. */
export const CONSTRUCTION_NAMES = ['horner', 'diamond'] as const;
