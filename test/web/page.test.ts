/**
 * The explorer in Chromium, served from a sub-path, as a visitor uses it: what it says must be true of what
 * was done, with pointer and keyboard, in both themes, from a phone to a wide screen, without any other host.
 * One browser and one page for all of it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { absent, inChromium } from '../browser/chromium.js';
import { accessibilityTests, looksTests } from './looks.js';
import { ownNetworkTests } from './own-network.js';
import { script, startVisitor, type Visitor } from './visitor.js';

let folder = '';

beforeAll(async () => {
  const { buildWeb } = await script<{ buildWeb(folder: string): Promise<string> }>('web.mjs');
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'unearth-web-')), 'web');
  await buildWeb(folder);
});

afterAll(() => rmSync(path.dirname(folder), { recursive: true, force: true }));

describe('the built page', () => {
  const assets = (): string[] => readdirSync(path.join(folder, 'assets'));

  it('loads no more at first, in its worker and for training than the design allows', async () => {
    type Sizes = Readonly<Record<'firstPaint' | 'worker' | 'training', number>>;
    const { sizesOf, SIZE_BUDGETS } = await script<{
      sizesOf(folder: string): Sizes;
      readonly SIZE_BUDGETS: Sizes;
    }>('web-sizes.mjs');
    expect(SIZE_BUDGETS).toEqual({ firstPaint: 30_000, worker: 120_000, training: 140_000 });
    const sizes = sizesOf(folder);
    for (const name of ['firstPaint', 'worker', 'training'] as const) {
      expect({ name, isWithin: sizes[name] <= SIZE_BUDGETS[name] }).toEqual({
        name,
        isWithin: true,
      });
    }
    // Less would not be all of it.
    expect(sizes.worker).toBeGreaterThan(60_000);
    expect(sizes.training).toBeGreaterThan(50_000);
  });

  it('promises nothing before anything is found', () => {
    const html = readFileSync(path.join(folder, 'index.html'), 'utf8');
    expect(html).toContain('id="lead-how">its proof is to come</span>');
  });

  it('names no place of its own: every address is relative', () => {
    const html = readFileSync(path.join(folder, 'index.html'), 'utf8');
    expect(html.match(/(?:src|href)="\/[^"]*"/g)).toBeNull();
    expect(assets().some((name) => name.endsWith('.onnx'))).toBe(true);
  });
});

describe.skipIf(absent)(inChromium, () => {
  let visitor: Visitor | undefined;
  const visit = (): Visitor => {
    if (visitor === undefined) throw new Error('no page is open');
    return visitor;
  };

  beforeAll(async () => {
    visitor = await startVisitor(folder);
    await visitor.opened();
  });

  afterAll(() => visitor?.close());

  it('says what was found, and that it is proved', async () => {
    const { text } = visit();
    expect(await text('lead-weights')).toMatch(/^1,4\d\d,\d{3}$/);
    expect(await text('status')).toMatch(/Found and proved on your machine just now/);
  });

  it('makes any weight of the first section, in both ways', async () => {
    const { page, text } = visit();
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
    const { page, text, waitFor } = visit();
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
    const { page, text, waitFor } = visit();
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
    const { page, text, waitFor } = visit();
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
    const { page, waitFor } = visit();
    await page.click('#keep-dead');
    const words = await waitFor('proof', /No output depends on what you changed \(1 edge\)/);
    expect(words).toMatch(/^Proved/);
    await page.click('#undo');
    await waitFor('proof', /Every neuron was followed/);
  });

  it('cuts and keeps by keyboard alone', async () => {
    const { page, text, waitFor } = visit();
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
    const { page } = visit();
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
    const { page, text, waitFor, opened } = visit();
    await page.selectOption('#weight-block', '2');
    await page.fill('#weight-row', '5');
    await page.fill('#weight-column', '7');
    await page.locator('#weight-column').blur();
    await page.check('#sorted');
    await page.fill('#layer', '60');
    const words = await waitFor('weight-words', / \/ 2/);
    await page.waitForFunction(() => /layer=60/.test(location.hash));
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
  });

  it('finds the same network under another seed, and shows a seed that fails with its reason', async () => {
    const { page, waitFor } = visit();
    await page.click('#seed-next');
    await waitFor('seed-words', /Found and proved under seed 2/);
    await page.click('#seed-fail');
    const words = await waitFor('seed-words', /^After \d+ seeds?: seed \d+ lacks|^None of/);
    expect(words).toMatch(/lacks .*\(block \d, layer \d+; the plan allows/);
  });

  it('draws the regions of the two-input network, the same to the pixel', async () => {
    const { page, text, waitFor, twoFrames, picture } = visit();
    await page.selectOption('#example', 'toy');
    await waitFor('regions-words', /^The same to the pixel: at all 4,096 points/);
    await waitFor('equal', /in all 3 outputs/);
    expect(await text('weight-words')).toMatch(/ \/ 2/);
    // What is far from the view is drawn when it comes near.
    await page.locator('#regions-target').scrollIntoViewIfNeeded();
    await twoFrames();
    await twoFrames();
    const [target, ticket] = [await picture('regions-target'), await picture('regions-ticket')];
    expect(ticket.pixels).toBe(target.pixels);
    // Three classes and the point's disc and rim.
    expect(target.colours).toBeGreaterThanOrEqual(5);
    await page.selectOption('#example', 'digits');
    await waitFor('equal', /in all 10 outputs/);
  });

  it('shows what was found while the proof of it goes on, and says so until it has come', async () => {
    const { page, text, waitFor } = visit();
    // Nothing more is said of the example before.
    await waitFor('proof', /^Proved/);
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      new MutationObserver(() => {
        const [proof, status, how] = ['proof', 'status', 'lead-how'].map((id) =>
          document.getElementById(id),
        );
        seen.push(
          `${proof?.className}: ${proof?.textContent} ${status?.textContent} ${how?.textContent}`,
        );
      }).observe(document.getElementById('proof') as Node, { childList: true });
    });
    await page.selectOption('#example', 'conv');
    await waitFor('lead-what', /^a convolutional/);
    await waitFor('proof', /^Proved/);
    const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen);
    expect(seen[0]).toMatch(
      /^proof: Proving … Found on your machine; proving it … its proof is to come$/,
    );
    expect(seen.at(-1)).toMatch(/^proof proved: Proved\./);
    await waitFor('status', /^Found and proved on your machine just now/);
    expect(await text('lead-how')).toBe('not nearly, but exactly');
    expect(await text('lead-parameters')).toBe('1,210');
    await page.selectOption('#example', 'digits');
    await waitFor('lead-parameters', /^2,778$/);
    await waitFor('proof', /^Proved/);
  });

  it('runs, takes apart and cuts the convolutional network as it does any other', async () => {
    const { page, waitFor } = visit();
    await page.selectOption('#example', 'conv');
    await waitFor('lead-what', /^a convolutional digit classifier$/);
    await waitFor('equal', /^= equal, exactly, in all 10 outputs\. The answer is 3/);
    expect(await page.isVisible('#map-positions')).toBe(true);
    await waitFor('weight-words', /of the kernel, 3 by 3, at tap \d/);
    await waitFor('ladder-words', /^Layer \d+ of \d+: .* = /);
    await page.click('#cut-digit');
    const words = await waitFor('proof', /^The proof fails/);
    expect(words).toMatch(/in block 1, random layer \d+, neuron \d+: output \d+ has coefficient/);
    expect(/Tampered with: layer (\d+)/.exec(words)?.[1]).toBe(await page.inputValue('#layer'));
    await page.click('#undo');
    await waitFor('proof', /^Proved\. Every neuron was followed/);
    // The first layer reads through the kernel.
    await page.fill('#layer', '1');
    await waitFor('mask-words', /^Random layer 1: /);
    await page.focus('#mask');
    await page.keyboard.press('ArrowRight');
    expect(await waitFor('cell-words', /at tap \d of the kernel/)).toMatch(/\(carrier\)/);
    await page.selectOption('#example', 'digits');
    await waitFor('lead-what', /^a digit classifier$/);
    await waitFor('equal', /./);
  });

  it('slides the bits: fewer bits, larger certified error, smaller source', async () => {
    const { page, text, waitFor } = visit();
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

  looksTests(visit);
  ownNetworkTests(visit);

  it('trains a mask to 90 % of the digits', async () => {
    const { page, waitFor } = visit();
    await page.click('#train-go');
    const words = await waitFor('train-words', /no proof of equality|failed/);
    const share = Number(/right on ([\d.]+) %/.exec(words)?.[1]);
    expect(share).toBeGreaterThanOrEqual(90);
  });

  accessibilityTests(visit);

  it('asks no other host for anything, and meets no error', () => {
    const { hosts, errors, address } = visit();
    expect([...hosts]).toEqual([new URL(address).host]);
    expect(errors).toEqual([]);
  });
});
