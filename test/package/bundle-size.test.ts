/**
 * What a page has to load, in bytes of minified code as gzip packs each file: at once, which does for
 * constructed tickets of vectors, some samples at a time, without certified error bounds, and in all, with what
 * feature maps, other tickets, large batches and `epsilon` need.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type * as api from '../../src/index.js';
import { randomNetwork } from '../networks.js';

interface BundledFile {
  readonly name: string;
  readonly code: string;
  readonly isEntry: boolean;
  /** Loaded with the entry, not on demand. */
  readonly atOnce: boolean;
  readonly modules: readonly string[];
}

async function filesOf(entry: string): Promise<readonly BundledFile[]> {
  const address = new URL('../../scripts/bundle.mjs', import.meta.url).href;
  const { bundleFiles } = (await import(address)) as {
    bundleFiles(entry: string): Promise<readonly BundledFile[]>;
  };
  return bundleFiles(fileURLToPath(new URL(entry, import.meta.url)));
}

function sizeOf(files: readonly BundledFile[]): number {
  return files.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
}

describe('a bundle', () => {
  it.each([
    ['find-verify-run.ts', 100_000, 235_000],
    ['verify-alone.ts', 46_000, 123_000],
  ])('of %s has at most %i bytes at once, %i in all', async (entry, atOnce, inAll) => {
    const files = await filesOf(entry);
    const first = files.filter((file) => file.atOnce);
    const size = sizeOf(first);
    expect(size).toBeGreaterThan(20_000);
    expect(size).toBeLessThanOrEqual(atOnce);
    expect(sizeOf(files)).toBeLessThanOrEqual(inAll);
    const has =
      (folder: string) =>
      ({ modules }: BundledFile): boolean =>
        modules.some((id) => id.startsWith(folder));
    expect(first.some(has('src/precision/bounds/'))).toBe(false);
    expect(files.some(has('src/precision/bounds/'))).toBe(true);
    expect(first.some(has('src/constructions/diamond/'))).toBe(false);
  });

  it('loads error bounds on demand, and says in words what is wrong', async () => {
    const files = await filesOf('find-verify-run.ts');
    const folder = mkdtempSync(path.join(tmpdir(), 'unearth-bundle-'));
    try {
      writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
      for (const { name, code } of files) writeFileSync(path.join(folder, name), code);
      const entry = files.find(({ isEntry }) => isEntry) as BundledFile;
      const { find, readTicket, verify } = (await import(
        /* @vite-ignore */ pathToFileURL(path.join(folder, entry.name)).href
      )) as Pick<typeof api, 'find' | 'readTicket' | 'verify'>;
      const network = randomNetwork({ dimensions: [2, 3, 1], seed: 5 });
      const found = await find({ network }, { epsilon: 0.1, domain: 'box:0,1' });
      if (!found.found) throw new Error('not found');
      const verdict = await verify(found.ticket, { model: { network } });
      expect(verdict.proved).toBe(true);
      expect(Number(verdict.epsilon)).toBeLessThanOrEqual(0.1);
      const diamond = await find({ network }, { bits: 2, construction: 'diamond' });
      expect(diamond.found && diamond.verdict.proved).toBe(true);
      const other = randomNetwork({ dimensions: [2, 3, 1], seed: 6 });
      expect((await verify(found.ticket, { model: { network: other } })).proved).toBe(false);

      const header = new TextEncoder().encode(
        '{"a":{"dtype":"F32","shape":3,"data_offsets":[0,0]}}',
      );
      const bytes = Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0, ...header);
      expect(() => readTicket(bytes)).toThrow(/expected array, received number/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
