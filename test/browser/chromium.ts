/** Headless Chromium for tests, which are skipped where there is none. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const executable = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
export const absent = !existsSync(executable);
/** For the name of a suite. */
export const inChromium = absent
  ? `in Chromium (skipped: there is none at ${executable})`
  : 'in Chromium';

/** With what Chromium offers WebGPU without a graphics card: an adapter in software. */
const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--disable-gpu-sandbox'];

/** Starts a browser with a profile of its own, which `close` removes; `gpu` offers WebGPU. */
export async function launch(
  viewport?: { readonly width: number; readonly height: number },
  { gpu = false }: { readonly gpu?: boolean } = {},
): Promise<{ readonly browser: BrowserContext; close(): Promise<void> }> {
  const profile = mkdtempSync(path.join(tmpdir(), 'unearth-chromium-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    headless: true,
    ...(viewport === undefined ? {} : { viewport }),
    args: [
      '--no-sandbox',
      ...(gpu ? SOFTWARE_GPU : ['--disable-gpu']),
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    browser,
    async close() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
