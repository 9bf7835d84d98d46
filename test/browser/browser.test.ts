/**
 * The library in a real browser: one bundle of the public API, served to headless Chromium from this
 * machine, finds and proves a tiny network in the page.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

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
  readonly expected: readonly number[];
  readonly outputs: readonly number[];
}

const executable = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const absent = !existsSync(executable);
const scripts = fileURLToPath(new URL('../../scripts/', import.meta.url));

async function loadBundler(): Promise<BundleModule> {
  const address = new URL('../../scripts/bundle.mjs', import.meta.url).href;
  return (await import(address)) as BundleModule;
}

const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>unearth</title>
<script type="module" src="/page.mjs"></script>`;

function serve(bundle: string): Promise<Server> {
  const page = readFileSync(new URL('page.mjs', import.meta.url), 'utf8');
  const files: Record<string, [string, string]> = {
    '/': ['text/html', html],
    '/page.mjs': ['text/javascript', page],
    '/unearth.js': ['text/javascript', bundle],
  };
  const server = createServer((request, response) => {
    const [type, body] = files[request.url ?? ''] ?? ['text/plain', ''];
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

const name = absent ? `in Chromium (skipped: there is none at ${executable})` : 'in Chromium';

describe.skipIf(absent)(name, () => {
  let profile = '';
  let server: Server | undefined;
  let browser: BrowserContext | undefined;

  beforeAll(async () => {
    const { bundle } = await loadBundler();
    server = await serve(await bundle());
    profile = mkdtempSync(path.join(tmpdir(), 'unearth-chromium-'));
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: executable,
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  it('finds, proves and runs a tiny network in the page', async () => {
    if (browser === undefined || server === undefined) throw new Error('no browser or no server');
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => complaints.push(message.text()));
    const { port } = server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    const result = await page
      .waitForFunction(() => (globalThis as { result?: unknown }).result, undefined, {
        timeout: 30_000,
      })
      .then((handle) => handle.jsonValue() as Promise<PageResult>)
      .catch((error: unknown) => {
        throw new Error(`the page gave no result: ${complaints.join('; ')}`, { cause: error });
      });
    expect(result.error).toBeUndefined();
    expect(complaints).toEqual([]);
    expect(result).toMatchObject({
      found: true,
      equal: true,
      proved: true,
      modelMatches: true,
      changedIsRefused: true,
    });
    expect(result.ticketBytes).toBeGreaterThan(0);
    // The inputs and weights are small dyadic numbers, so float64 is exact throughout.
    expect(result.outputs).toEqual(result.expected);
  });
});
