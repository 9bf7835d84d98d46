/**
 * The library in a real browser: one bundle of the public API, served to headless Chromium from this
 * machine, finds and proves a tiny network in the page; and a bundle of the search learns a mask.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as search from '../../src/search/index.js';
import { absent, inChromium, launch } from './chromium.js';

interface BundleModule {
  bundle(entry?: string): Promise<string>;
}

interface PageResult {
  readonly error?: string;
  readonly found: boolean;
  readonly ticketBytes: number;
  readonly equal: boolean;
  readonly proved: boolean;
  readonly modelMatches: boolean;
  readonly changedIsRefused: boolean;
  readonly isCancelled: boolean;
  readonly expected: readonly number[];
  readonly outputs: readonly number[];
}

const scripts = fileURLToPath(new URL('../../scripts/', import.meta.url));

async function loadBundler(): Promise<BundleModule> {
  const address = new URL('../../scripts/bundle.mjs', import.meta.url).href;
  return (await import(address)) as BundleModule;
}

/** What a search page leaves. */
interface Corners {
  readonly error?: string;
  readonly absent?: boolean;
  readonly correct: number;
  readonly samples: number;
  /** Mean loss of the first steps. */
  readonly beginning: number;
  readonly bytes: readonly number[];
}

/** A page that runs one script. */
function html(script: string): string {
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>unearth</title>
<script type="module" src="/${script}"></script>`;
}

function serve(bundle: string, search: string): Promise<Server> {
  const script = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
  const files: Record<string, [string, string]> = {
    '/': ['text/html', html('page.mjs')],
    '/page.mjs': ['text/javascript', script('page.mjs')],
    '/unearth.js': ['text/javascript', bundle],
    '/search': ['text/html', html('search-page.mjs')],
    '/search-page.mjs': ['text/javascript', script('search-page.mjs')],
    '/corner-search.mjs': ['text/javascript', script('corner-search.mjs')],
    '/search.js': ['text/javascript', search],
    '/maps': ['text/html', html('map-page.mjs')],
    '/map-page.mjs': ['text/javascript', script('map-page.mjs')],
    '/map-search.mjs': ['text/javascript', script('map-search.mjs')],
  };
  const server = createServer((request, response) => {
    const [type, body] = files[(request.url ?? '').replace(/\?.*$/, '')] ?? ['text/plain', ''];
    response.writeHead(body === '' ? 404 : 200, { 'content-type': `${type}; charset=utf-8` });
    response.end(body);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

describe('the bundle', () => {
  it('refuses what would need Node, naming who imports it', async () => {
    const { bundle } = await loadBundler();
    await expect(bundle(path.join(scripts, 'setup-lock.mjs'))).rejects.toThrow(
      /scripts[\\/]setup-lock\.mjs imports 'node:[a-z]+', which a browser does not have/,
    );
  });
});

describe.skipIf(absent)(inChromium, () => {
  let server: Server | undefined;
  let chromium: Awaited<ReturnType<typeof launch>> | undefined;

  beforeAll(async () => {
    const { bundle } = await loadBundler();
    const entry = fileURLToPath(new URL('../../src/search/index.js', import.meta.url));
    const library = fileURLToPath(new URL('library.ts', import.meta.url));
    server = await serve(await bundle(library), await bundle(entry));
    chromium = await launch();
  });

  afterAll(async () => {
    await chromium?.close();
    server?.close();
  });

  /** What a page's script leaves in `globalThis.result`. */
  async function resultOf<T>(address: string, other = chromium): Promise<T> {
    if (other === undefined || server === undefined) throw new Error('no browser or no server');
    const page = await other.browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => complaints.push(message.text()));
    const { port } = server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}${address}`);
    const result = await page
      .waitForFunction(() => (globalThis as { result?: unknown }).result, undefined, {
        timeout: 300_000,
      })
      .then((handle) => handle.jsonValue() as Promise<T>)
      .catch((error: unknown) => {
        throw new Error(`the page gave no result: ${complaints.join('; ')}`, { cause: error });
      });
    expect(complaints).toEqual([]);
    return result;
  }

  it('learns a mask in the page, and the one that Node learns, to the byte', async () => {
    const result = await resultOf<Corners>('/search');
    expect(result.error).toBeUndefined();
    expect(result.correct).toBeGreaterThan(0.9 * result.samples);
    const { cornerSearch } = await import('./corner-search.mjs');
    expect(result).toEqual(await cornerSearch(search));
  });

  it('learns a mask on WebGPU, by the same method', async ({ skip }) => {
    const withGpu = await launch(undefined, { gpu: true });
    try {
      const result = await resultOf<Corners>('/search?backend=webgpu', withGpu);
      skip(result.absent === true, 'this Chromium offers no WebGPU');
      expect(result.error).toBeUndefined();
      expect(result.correct).toBeGreaterThan(0.9 * result.samples);
      const { cornerSearch } = await import('./corner-search.mjs');
      expect(result.beginning).toBeCloseTo((await cornerSearch(search)).beginning, 5);
    } finally {
      await withGpu.close();
    }
  });

  it('learns on feature maps in the page what Node learns, to the byte', async () => {
    const result = await resultOf<{ error?: string; bytes: number[] }>('/maps');
    expect(result.error).toBeUndefined();
    const { mapSearch } = await import('./map-search.mjs');
    expect(result.bytes).toEqual(await mapSearch(search));
  });

  it('finds, proves and runs a tiny network in the page', async () => {
    const result = await resultOf<PageResult>('/');
    expect(result.error).toBeUndefined();
    expect(result).toMatchObject({
      found: true,
      equal: true,
      proved: true,
      modelMatches: true,
      changedIsRefused: true,
      isCancelled: true,
    });
    expect(result.ticketBytes).toBeGreaterThan(0);
    // The inputs and weights are small dyadic numbers, so float64 is exact throughout.
    expect(result.outputs).toEqual(result.expected);
  });
});
