/** Options of the library in the words of the command line. */
import { describe, expect, it } from 'vitest';
import { withFlags } from '../../../src/cli/text/with-flags.js';

describe('the words of the command line', () => {
  it.each([
    ['set option "memory" to 4294967296 (4G) or more', 'set --memory to 4G or more'],
    ['leave out option "form: full": the', 'leave out --full: the'],
    ['export with option "compute: double"', 'export with --compute double'],
    ['leave out option "full", or set option "mostEdges"', 'leave out --full, or set --most-edges'],
    ['metadata "kind": no option', 'metadata "kind": no option'],
  ])('%s', (library, words) => {
    expect(withFlags(library)).toBe(words);
  });
});
