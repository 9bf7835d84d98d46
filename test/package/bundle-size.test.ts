/** What a page has to load, in bytes of minified code as gzip packs it. */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

interface BundleModule {
  bundle(entry: string, minify: boolean): Promise<string>;
}

async function sizeOf(entry: string): Promise<number> {
  const address = new URL('../../scripts/bundle.mjs', import.meta.url).href;
  const { bundle } = (await import(address)) as BundleModule;
  const code = await bundle(fileURLToPath(new URL(entry, import.meta.url)), true);
  return gzipSync(code, { level: 9 }).length;
}

describe('a bundle', () => {
  it.each([
    ['find-verify-run.ts', 106_000],
    ['verify-alone.ts', 53_000],
  ])('of %s has at most %i bytes', async (entry, most) => {
    const size = await sizeOf(entry);
    expect(size).toBeGreaterThan(20_000);
    expect(size).toBeLessThanOrEqual(most);
  });
});
