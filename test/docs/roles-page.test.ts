/** What the page on roles says its example prints is what it prints. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ROLE_KINDS } from '../../src/constructions/roles.js';

const page = readFileSync(new URL('../../docs/roles.md', import.meta.url), 'utf8');

it('shows what its example prints', () => {
  const example = fileURLToPath(new URL('../../examples/roles.mjs', import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [example], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  const [, shown] = /```text\n([^`]*)```/.exec(page) ?? [];
  expect(stdout).toBe(shown);
});

it('names every role', () => {
  const named = [...page.matchAll(/^\| `([a-z]+)` \|/gm)].map(([, kind]) => kind);
  expect(named).toEqual(ROLE_KINDS);
});
