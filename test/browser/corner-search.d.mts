import type { Backend, searchOptions, searchTicket } from '../../src/search/index.js';

export declare function cornerSearch(
  search: {
    readonly searchOptions: typeof searchOptions;
    readonly searchTicket: typeof searchTicket;
  },
  given?: { readonly backend?: Backend },
): Promise<{ correct: number; samples: number; beginning: number; bytes: number[] }>;
