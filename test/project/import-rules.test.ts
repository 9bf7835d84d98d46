/** The linter's rules of import directions are the ones that `folders.ts` states, and no others. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { folderOrder, type LintOverride, lintOverrides } from './folders.js';

it('biome.json holds the import rules of folders.ts (node scripts/lint-rules.mjs writes them)', () => {
  const file = new URL('../../biome.json', import.meta.url);
  const { overrides } = JSON.parse(readFileSync(file, 'utf8')) as { overrides: LintOverride[] };
  const ofOneFolder = overrides.filter(({ includes }) =>
    /^src\/[^/]+\/\*\*$/.test(includes.join()),
  );
  expect(ofOneFolder).toEqual(lintOverrides());
  expect(ofOneFolder.length).toBe(folderOrder.length - 1);
});
