/** A visitor of the built explorer: one browser and one page, and what is read off it. */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { launch } from '../browser/chromium.js';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A script of `scripts/`. */
export async function script<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(path.join(root, 'scripts', name)).href)) as T;
}

type Point = readonly [x: number, y: number];

export interface Visitor {
  readonly page: Page;
  readonly address: string;
  /** Where the page was built. */
  readonly folder: string;
  /** What went wrong in the page, and which hosts it asked. */
  readonly errors: readonly string[];
  readonly hosts: ReadonlySet<string>;
  /** The text of an element by its id, and the same once it is as wanted. */
  text(id: string): Promise<string>;
  waitFor(id: string, pattern: RegExp): Promise<string>;
  twoFrames(): Promise<unknown>;
  /** All pixels of a canvas as a digest, and how many colours there are. */
  picture(id: string): Promise<{ readonly pixels: string; readonly colours: number }>;
  /** Fingers on the screen. */
  touch(type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: readonly Point[]): Promise<void>;
  /** Loads the page, and waits until a network is found, proved and run. */
  opened(hash?: string): Promise<void>;
  close(): Promise<void>;
}

/** Serves the page from a sub-path and opens it at 1440 by 900. */
export async function startVisitor(folder: string): Promise<Visitor> {
  const { serveFolder } = await script<{
    serveFolder(folder: string): Promise<{ address: string; close(): Promise<void> }>;
  }>('static-server.mjs');
  const { address, close } = await serveFolder(folder);
  const chromium = await launch({ width: 1440, height: 900 });
  const page = await chromium.browser.newPage();
  const session = await chromium.browser.newCDPSession(page);
  const errors: string[] = [];
  const hosts = new Set<string>();
  page.on('pageerror', (error) => errors.push(String(error.stack)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http')) hosts.add(host);
  });
  const text = async (id: string): Promise<string> => (await page.textContent(`#${id}`)) ?? '';
  const waitFor = async (id: string, pattern: RegExp): Promise<string> => {
    await page.waitForFunction(
      ([name, source]) => new RegExp(source).test(document.getElementById(name)?.textContent ?? ''),
      [id, pattern.source] as const,
      { timeout: 120_000 },
    );
    return text(id);
  };
  return {
    page,
    address,
    folder,
    errors,
    hosts,
    text,
    waitFor,
    twoFrames: () =>
      page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      ),
    picture: (id) =>
      page.evaluate(async (name) => {
        const canvas = document.getElementById(name) as HTMLCanvasElement;
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
        return { pixels: digest.join(), colours: new Set(new Uint32Array(data.buffer)).size };
      }, id),
    async touch(type, ...points) {
      const touchPoints = points.map(([x, y], id) => ({ x, y, id }));
      await session.send('Input.dispatchTouchEvent', { type, touchPoints });
    },
    async opened(hash = '') {
      await page.goto('about:blank');
      await page.goto(`${address}${hash}`);
      await waitFor('proof', /^Proved/);
      await waitFor('equal', /equal/);
    },
    async close() {
      await chromium.close();
      await close();
    },
  };
}
