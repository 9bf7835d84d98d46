/** Names alone, for those who need not load the constructions. */

/** The constructions by the names that the command line and tickets know them by, the default first. */
export const CONSTRUCTION_NAMES = ['horner', 'skip', 'diamond'] as const;

/** Those whose plans can be written to source files, the default first. */
export const RECORDED_NAMES = ['horner', 'skip'] as const;
