/** The linter's rules of import directions are the ones that `folders.ts` states, and no others. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { folderOrder, lintOverrides } from './folders.js';

const root = path.resolve(import.meta.dirname, '../..');

it('biome.json holds the import rules of folders.ts (node scripts/lint-rules.mjs writes them)', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [path.join(root, 'scripts', 'lint-rules.mjs'), '--check'],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const text = readFileSync(path.join(root, 'biome.json'), 'utf8');
  const { overrides } = JSON.parse(text) as { overrides: unknown[] };
  const rules = lintOverrides();
  expect(rules).toHaveLength(folderOrder.length - 1);
  expect(overrides).toEqual(expect.arrayContaining(rules));
});
