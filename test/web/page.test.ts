/**
 * The explorer in Chromium, served from a sub-path, as a visitor uses it: what it says must be true of what
 * was done, with pointer and keyboard, in both themes, from a phone to a wide screen, without any other host.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { absent, inChromium, launch } from '../browser/chromium.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

async function script<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(path.join(root, 'scripts', name)).href)) as T;
}

let folder = '';

beforeAll(async () => {
  const { buildWeb } = await script<{ buildWeb(folder: string): Promise<string> }>('web.mjs');
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'unearth-web-')), 'web');
  await buildWeb(folder);
});

afterAll(() => rmSync(path.dirname(folder), { recursive: true, force: true }));

const packed = (file: string): number =>
  gzipSync(readFileSync(path.join(folder, file)), { level: 9 }).length;

/** Files that a script of the build imports at once, itself among them. */
function atOnce(file: string): Set<string> {
  const files = new Set([file]);
  for (const each of files) {
    const code = readFileSync(path.join(folder, each), 'utf8');
    for (const [, name] of code.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g)) {
      files.add(`assets/${name}`);
    }
  }
  return files;
}

describe('the built page', () => {
  const assets = (): string[] => readdirSync(path.join(folder, 'assets'));

  it('paints first with at most 30 kB, packed with gzip', () => {
    const html = readFileSync(path.join(folder, 'index.html'), 'utf8');
    const named = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(1);
    const files = new Set(
      named.flatMap((name) => (name.endsWith('.js') ? [...atOnce(name)] : [name])),
    );
    const size = packed('index.html') + [...files].reduce((sum, file) => sum + packed(file), 0);
    expect(size).toBeLessThanOrEqual(30_000);
  });

  it('has a worker of at most 120 kB, packed with gzip', () => {
    const worker = assets().find((name) => /^worker-.*\.js$/.test(name)) ?? '';
    const size = [...atOnce(`assets/${worker}`)].reduce((sum, file) => sum + packed(file), 0);
    expect(size).toBeGreaterThan(60_000);
    expect(size).toBeLessThanOrEqual(120_000);
  });

  it('loads the training of masks on demand, at most 140 kB', () => {
    const worker =
      assets().find((name) => /^train-.*\.js$/.test(name) && packed(`assets/${name}`) > 20_000) ??
      '';
    const size = [...atOnce(`assets/${worker}`)].reduce((sum, file) => sum + packed(file), 0);
    expect(size).toBeGreaterThan(40_000);
    expect(size).toBeLessThanOrEqual(140_000);
  });

  it('names no place of its own: every address is relative', () => {
    const html = readFileSync(path.join(folder, 'index.html'), 'utf8');
    expect(html.match(/(?:src|href)="\/[^"]*"/g)).toBeNull();
    expect(assets().some((name) => name.endsWith('.onnx'))).toBe(true);
  });
});

describe.skipIf(absent)(inChromium, () => {
  let address = '';
  let close: (() => Promise<void>) | undefined;
  let chromium: Awaited<ReturnType<typeof launch>> | undefined;
  let page: Page;
  const errors: string[] = [];
  const hosts = new Set<string>();

  const text = async (id: string): Promise<string> => (await page.textContent(`#${id}`)) ?? '';
  const waitFor = async (id: string, pattern: RegExp): Promise<string> => {
    await page.waitForFunction(
      ([name, source]) => new RegExp(source).test(document.getElementById(name)?.textContent ?? ''),
      [id, pattern.source] as const,
      { timeout: 120_000 },
    );
    return text(id);
  };
  const opened = async (hash = ''): Promise<void> => {
    await page.goto('about:blank');
    await page.goto(`${address}${hash}`);
    await waitFor('proof', /^Proved/);
    await waitFor('equal', /equal/);
  };

  beforeAll(async () => {
    const { serveFolder } = await script<{
      serveFolder(folder: string): Promise<{ address: string; close(): Promise<void> }>;
    }>('static-server.mjs');
    ({ address, close } = await serveFolder(folder));
    chromium = await launch({ width: 1440, height: 900 });
    page = await chromium.browser.newPage();
    page.on('pageerror', (error) => errors.push(String(error.stack)));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith('http')) hosts.add(host);
    });
    await opened();
  });

  afterAll(async () => {
    await chromium?.close();
    await close?.();
  });

  it('says what was found, and that it is proved', async () => {
    expect(await text('lead-weights')).toMatch(/^1,4\d\d,\d{3}$/);
    expect(await text('status')).toMatch(/Found and proved on your machine just now/);
  });

  it('makes any weight of the first section, in both ways', async () => {
    for (const weight of [-15, -4, 0, 7, 15]) {
      await page.fill('#gadget-weight', String(weight));
      const minus = String(weight).replace('-', '−');
      expect(await text('gadget-words')).toContain(`${minus}x`);
      for (const id of ['gadget-diamond', 'gadget-horner']) {
        const last = await page.locator(`#${id} text`).last().textContent();
        expect(last).toBe(weight === 0 ? '0' : `${minus}x`);
      }
    }
  });

  it('lets a weight be made by hand: each edge changes the output by what it carries', async () => {
    await page.fill('#gadget-weight', '5');
    const edges = await page.locator('#gadget-edge option').allTextContents();
    const digit = edges.findIndex((each) => /^layer 5: carrier \d to chain \d, [+−]1/.test(each));
    await page.selectOption('#gadget-edge', String(digit));
    const before = Number(
      (await page.locator('#gadget-horner text').last().textContent())?.replace('x', ''),
    );
    const isCut = (await text('gadget-flip')) === 'keep it';
    await page.click('#gadget-flip');
    const sign = edges[digit].endsWith('+1') ? 1 : -1;
    expect(await text('gadget-words')).toContain(`computes ${before + (isCut ? sign : -sign)}x`);
    await page.click('#gadget-flip');
    expect(await text('gadget-words')).toContain('computes 5x');
    // By pointer: the middle of the edge into the output that is taken away.
    const box = await page.locator('#gadget-horner svg').boundingBox();
    if (box === null) throw new Error('no picture');
    await page.mouse.click(box.x + box.width * 0.85, box.y + box.height * 0.68);
    await waitFor('gadget-words', /^You (cut|kept) an edge/);
  });

  it('takes a drawing by pointer, and all ten outputs are equal', async () => {
    await page.getByRole('button', { name: 'clear' }).click();
    const before = await text('digits-exact');
    const box = await page.locator('#pad').boundingBox();
    if (box === null) throw new Error('no pad');
    const at = (x: number, y: number): [number, number] => [
      box.x + (x / 8) * box.width,
      box.y + (y / 8) * box.height,
    ];
    await page.mouse.move(...at(4, 0.7));
    await page.mouse.down();
    await page.mouse.move(...at(4, 7.3), { steps: 12 });
    await page.mouse.up();
    await page.waitForFunction(
      (old) => document.getElementById('digits-exact')?.textContent !== old,
      before,
    );
    const words = await waitFor('equal', /^= equal, exactly, in all 10 outputs/);
    expect(words).toMatch(/The answer is 1\./);
    const exact = await page.locator('#digits-exact .exact').allTextContents();
    expect(exact).toHaveLength(20);
    for (let output = 0; output < 10; output++) {
      const [pruned, trained] = exact
        .slice(2 * output)
        .map((line) => line.replace(/^\D+network /, ''));
      expect(pruned).toBe(trained);
      expect(pruned).toMatch(/^-?\d+(\.\d+)?$/);
    }
  });

  it('cuts a digit: the proof fails and names block, neuron and the tampered layer; undone, it holds', async () => {
    await page.click('#cut-digit');
    const words = await waitFor('proof', /^The proof fails/);
    expect(words).toMatch(/in block 1, random layer 47, neuron \d+: output 19 has coefficient/);
    const layer = Number(/Tampered with: layer (\d+)/.exec(words)?.[1]);
    expect(String(layer)).toBe(await page.inputValue('#layer'));
    const cell = await text('cell-words');
    expect(words).toContain(`neuron ${/to neuron (\d+)/.exec(cell)?.[1]}, the first`);
    await page.click('#undo');
    await waitFor('proof', /^Proved\. Every neuron was followed/);
  });

  it('keeps a dead edge, and the proof holds', async () => {
    await page.click('#keep-dead');
    const words = await waitFor('proof', /No output depends on what you changed \(1 edge\)/);
    expect(words).toMatch(/^Proved/);
    await page.click('#undo');
    await waitFor('proof', /Every neuron was followed/);
  });

  it('cuts and keeps by keyboard alone', async () => {
    await page.focus('#mask');
    await page.keyboard.press('ArrowRight');
    const before = await text('cell-words');
    await page.keyboard.press('Enter');
    await page.waitForFunction(
      () => !(document.getElementById('undo') as HTMLButtonElement).disabled,
    );
    expect(before).toMatch(/the edge is (kept|cut)/);
    expect(await text('cell-words')).not.toBe(before);
    await page.keyboard.press('Enter');
    await waitFor('proof', /Every neuron was followed/);
    await page.focus('#pad');
    for (const key of ['ArrowDown', 'ArrowRight', ' ']) await page.keyboard.press(key);
    expect(await page.getAttribute('#pad', 'aria-label')).toContain('Row 2, column 2: ink');
  });

  it('reaches every control by the tab key, each with a name', async () => {
    await page.evaluate(() => {
      (document.activeElement as HTMLElement).blur();
      const names: string[] = [];
      Object.assign(window, { focused: names });
      document.addEventListener('focusin', ({ target }) => names.push((target as HTMLElement).id));
    });
    for (let count = 0; count < 110; count++) await page.keyboard.press('Tab');
    const names = await page.evaluate(
      () => (window as unknown as { focused: readonly string[] }).focused,
    );
    const controls = ['gadget-weight', 'pad', 'sorted', 'layer', 'weight-row', 'rung', 'mask'];
    for (const id of [...controls, 'bits-slider', 'seed-go', 'train-go', 'file']) {
      expect(names).toContain(id);
    }
  });

  it('shares a view by its address', async () => {
    await page.selectOption('#weight-block', '2');
    await page.fill('#weight-row', '5');
    await page.fill('#weight-column', '7');
    await page.locator('#weight-column').blur();
    await page.check('#sorted');
    await page.fill('#layer', '60');
    const words = await waitFor('weight-words', / \/ 2/);
    const { hash } = new URL(page.url());
    const input = await text('digits-exact');
    await opened(hash);
    expect(await page.inputValue('#layer')).toBe('60');
    expect(await page.isChecked('#sorted')).toBe(true);
    await page.waitForFunction(
      (wanted) => document.getElementById('weight-words')?.textContent === wanted,
      words,
    );
    await page.waitForFunction(
      (wanted) => document.getElementById('digits-exact')?.textContent === wanted,
      input,
    );
    await opened('#example=nothing&seed=-4&block=99&row=100000&layer=&input=zz');
    expect(await page.inputValue('#seed-number')).toBe('1');
  });

  it('finds the same network under another seed, and shows a seed that fails with its reason', async () => {
    await page.click('#seed-next');
    await waitFor('seed-words', /Found and proved under seed 2/);
    await page.click('#seed-fail');
    const words = await waitFor('seed-words', /^After \d+ seeds?: seed \d+ lacks|^None of/);
    expect(words).toMatch(/lacks .*\(block \d, layer \d+; the plan allows/);
  });

  it('draws the regions of the two-input network, the same to the pixel', async () => {
    await page.selectOption('#example', 'toy');
    await waitFor('regions-words', /^The same to the pixel: at all 4,096 points/);
    await waitFor('equal', /in all 3 outputs/);
    expect(await text('weight-words')).toMatch(/ \/ 2/);
    await page.selectOption('#example', 'digits');
    await waitFor('equal', /in all 10 outputs/);
  });

  it('slides the bits: fewer bits, larger certified error, smaller source', async () => {
    await page.locator('#bits').scrollIntoViewIfNeeded();
    await waitFor('bits-words', /With 15 bits/);
    const read = async (): Promise<number[]> =>
      [...(await text('bits-words')).replaceAll(',', '').matchAll(/\d+(\.\d+)?/g)].map(([each]) =>
        Number(each),
      );
    const many = await read();
    await page.fill('#bits-slider', '6');
    const few = await read();
    expect(few[1]).toBeGreaterThan(many[1]);
    expect(few[2]).toBeLessThanOrEqual(few[1]);
    expect(few[3]).toBeLessThan(many[3]);
  });

  it('plans and finds a dropped file, and the command line verifies the ticket', async () => {
    const model = path.join(root, 'examples', 'toy', 'toy.onnx');
    await page.setInputFiles('#file', model);
    expect(await waitFor('own-plan', /will have/)).toMatch(
      /toy\.onnx: 167 weights and biases\..*Expected: about/,
    );
    await page.click('#own-find');
    await waitFor('own-words', /^Found and proved under seed 1/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('#own-download'),
    ]);
    expect(download.suggestedFilename()).toBe('toy.ticket');
    const ticket = path.join(path.dirname(folder), 'toy.ticket');
    await download.saveAs(ticket);
    const cli = path.join(root, 'dist', 'cli', 'main.js');
    const out = execFileSync(process.execPath, [cli, 'verify', ticket, '--model', model], {
      encoding: 'utf8',
    });
    expect(out).toMatch(/proved/);
  });

  it('refuses a file that is no network, and says what to do', async () => {
    await page.setInputFiles('#file', {
      name: 'letter.onnx',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from('Dear Sir or Madam'),
    });
    const words = await waitFor('own-words', /^Refused: /);
    expect(words).toMatch(/What to do: /);
    expect(await page.isHidden('#own-find')).toBe(true);
    await page.fill('#own-domain', 'box:1,0');
    await page.setInputFiles('#file', path.join(root, 'examples', 'toy', 'toy.onnx'));
    expect(await waitFor('own-words', /^Refused: .*box/)).not.toBe('');
    await page.fill('#own-domain', 'box:0,1');
  });

  it('cancels a find, and works on', async () => {
    await page.setInputFiles('#file', path.join(root, 'examples', 'digits', 'digits.onnx'));
    await page.selectOption('#own-epsilon', '0.01');
    await page.waitForTimeout(30);
    await page.click('#own-cancel');
    await waitFor('own-words', /^Cancelled/);
    await page.selectOption('#own-epsilon', '');
    await waitFor('own-plan', /will have/);
    await page.click('#own-find');
    await waitFor('own-words', /^Found and proved/);
  });

  it('trains a mask to 90 % of the digits', async () => {
    await page.click('#train-go');
    const words = await waitFor('train-words', /no proof of equality|failed/);
    const share = Number(/right on ([\d.]+) %/.exec(words)?.[1]);
    expect(share).toBeGreaterThanOrEqual(90);
  });

  it('has no violation of accessibility that axe finds, and no line wider than the screen', async () => {
    const axe = readFileSync(path.join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
    await page.evaluate(() => {
      for (const each of document.querySelectorAll('details')) each.open = true;
    });
    await page.evaluate(axe);
    for (const [width, scheme] of [
      [1440, 'light'],
      [360, 'light'],
      [360, 'dark'],
      [1440, 'dark'],
      [2560, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.waitForTimeout(150);
      const { scroll, wide } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth - innerWidth,
        wide: [...document.querySelectorAll('main *')]
          .filter((each) => each.closest('.scroll') === null)
          .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
          .map((each) => `${each.tagName}#${each.id}.${each.className}`)
          .slice(0, 5),
      }));
      expect({ width, scroll, wide }).toEqual({ width, scroll: 0, wide: [] });
      if (width === 2560) continue;
      const violations = await page.evaluate(async () => {
        const { violations: found } = await (
          window as unknown as {
            axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
          }
        ).axe.run();
        return found.map(
          ({ id, nodes }) =>
            `${id}: ${nodes
              .map(({ html }) => html)
              .slice(0, 3)
              .join(' | ')}`,
        );
      });
      expect({ width, scheme, violations }).toEqual({ width, scheme, violations: [] });
    }
  });

  it('asks no other host for anything, and meets no error', () => {
    expect([...hosts]).toEqual([new URL(address).host]);
    expect(errors).toEqual([]);
  });
});
