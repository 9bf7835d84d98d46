/**
 * Tickets keep their bytes from one version to the next: the digests of what the command line writes.
 * `bench/ticket-digests.mjs` compares all that are recorded; here are the ones that take seconds.
 */
import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sharedFolder } from '../shared-files.js';

const bench = fileURLToPath(new URL('../../bench/ticket-digests.mjs', import.meta.url));

function compared(...words: string[]): string[] {
  const output = execFileSync(process.execPath, [bench, ...words], { encoding: 'utf8' });
  return output.trim().split('\n');
}

describe('ticket bytes', () => {
  it('are the recorded ones for the example, with both constructions, lossless and certified', () => {
    const lines = compared('digits');
    expect(lines.filter((line) => line.endsWith(': same')).length).toBe(4);
    expect(lines.at(-1)).toBe('0 differ');
  });

  it.skipIf(sharedFolder === undefined)('are the recorded ones for small real networks', () => {
    for (const name of ['acasxu_1_1', 'vertcas']) {
      const lines = compared(name, 'lossless');
      expect(lines.filter((line) => line.endsWith(': same')).length).toBe(2);
    }
  });
});
