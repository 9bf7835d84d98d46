/** The visitor's own network: planned, found, given back, shown in the sections above, refused, cancelled. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { onnxModel } from '../../examples/digits/onnx.mjs';
import { root, type Visitor } from './visitor.js';

export function ownNetworkTests(visit: () => Visitor): void {
  it('takes a file that is dropped beside the frame, before the section that takes it has come', async () => {
    const page = await visit().page.context().newPage();
    await page.goto(visit().page.url().replace(/#.*/, ''));
    await page.waitForFunction(() =>
      document.querySelector('#status')?.textContent?.startsWith('Found'),
    );
    const bytes = [...readFileSync(path.join(root, 'examples', 'toy', 'toy.onnx'))];
    const dataTransfer = await page.evaluateHandle((given) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(given)], 'toy.onnx'));
      return transfer;
    }, bytes);
    await page.dispatchEvent('h1', 'drop', { dataTransfer });
    await page.waitForSelector('#own-find:not([hidden])');
    expect(await page.textContent('#own-plan')).toMatch(/^toy\.onnx: 167 weights/);
    // What cannot be taken leaves nothing of the network before.
    const transferOf = (...names: string[]) =>
      page.evaluateHandle((given) => {
        const transfer = new DataTransfer();
        for (const name of given) transfer.items.add(new File(['x'], name));
        return transfer;
      }, names);
    const two = await transferOf('one.onnx', 'two.onnx');
    await page.dispatchEvent('h1', 'drop', { dataTransfer: two });
    expect(await page.textContent('#own-words')).toMatch(/^Refused: 2 files\. What to do: /);
    expect(await page.isHidden('#own-find')).toBe(true);
    // As a browser does for a folder.
    await page.evaluate(() => {
      File.prototype.arrayBuffer = () => Promise.reject(new Error('a folder'));
    });
    await page.dispatchEvent('h1', 'drop', { dataTransfer: await transferOf('folder') });
    await page.waitForFunction(() =>
      document.querySelector('#own-words')?.textContent?.includes('folder cannot be read'),
    );
    await page.close();
  });

  it('plans and finds a file, and the command line verifies the ticket', async () => {
    const { page, waitFor, folder } = visit();
    const model = path.join(root, 'examples', 'toy', 'toy.onnx');
    await page.setInputFiles('#file', model);
    expect(await waitFor('own-plan', /will have/)).toMatch(
      /toy\.onnx: 167 weights and biases\..*Expected: about/,
    );
    await page.click('#own-find');
    await waitFor('own-words', /^Found and proved under seed 1/);
    await waitFor('own-shown', /^Sections 2 to 4 now show it/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('#own-download'),
    ]);
    expect(download.suggestedFilename()).toBe('toy.ticket');
    const ticket = path.join(folder, '..', 'toy.ticket');
    await download.saveAs(ticket);
    const cli = path.join(root, 'dist', 'cli', 'main.js');
    const out = execFileSync(process.execPath, [cli, 'verify', ticket, '--model', model], {
      encoding: 'utf8',
    });
    expect(out).toMatch(/proved/);
  });

  it('shows that network in sections 2 to 4: run, taken apart and cut', async () => {
    const { page, text, waitFor } = visit();
    expect(await text('lead-what')).toBe('your network toy.onnx');
    expect(await page.inputValue('#example')).toBe('own');
    await page.waitForFunction(() => location.hash === '');
    await waitFor('equal', /^= equal, exactly, in all 3 outputs/);
    await waitFor('ladder-words', /^Layer \d+ of \d+/);
    expect(await page.locator('#weight-block option').allTextContents()).toEqual([
      '1: 2 to 12',
      '2: 12 to 8',
      '3: 8 to 3',
    ]);
    await page.click('#cut-digit');
    expect(await waitFor('proof', /^The proof fails/)).toMatch(/in block 1/);
    await page.click('#undo');
    await waitFor('proof', /^Proved\./);
    await page.click('#seed-next');
    await waitFor('seed-words', /^Found and proved under seed 2/);
    expect(await text('lead-seed')).toBe('2');
  });

  it('refuses a file that is no network, and says what to do', async () => {
    const { page, waitFor } = visit();
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
    const { page, waitFor } = visit();
    await page.setInputFiles('#file', path.join(root, 'examples', 'digits', 'digits.onnx'));
    await page.waitForSelector('#own-find:not([hidden])');
    // Within the page: a busy machine may take longer for a click from outside than for the find.
    await page.evaluate(() => {
      const cancel = document.querySelector<HTMLButtonElement>('#own-cancel');
      if (cancel === null) throw new Error('nothing to cancel by');
      const shown = new MutationObserver(() => {
        shown.disconnect();
        cancel.click();
      });
      shown.observe(cancel, { attributeFilter: ['hidden'] });
    });
    await page.click('#own-find');
    await waitFor('own-words', /^Cancelled/);
  });

  it('shows a network that is found with an error, with the error on any input', async () => {
    const { page, text, waitFor } = visit();
    await page.selectOption('#own-epsilon', '0.01');
    await page.fill('#own-domain', 'box:-1,1');
    // Weights that few bits cannot hold.
    const value = (at: number): number => Math.fround(((at * 37) % 101) / 101 - 0.47);
    const layer = (inputs: number, outputs: number) => ({
      inputs,
      outputs,
      weights: Float32Array.from({ length: inputs * outputs }, (_, at) => value(at)),
      bias: Float32Array.from({ length: outputs }, (_, at) => value(at + 50)),
    });
    await page.setInputFiles('#file', {
      name: 'five.onnx',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(onnxModel([layer(5, 6), layer(6, 1)])),
    });
    await waitFor('own-plan', /^five.onnx.*will have/);
    await page.click('#own-find');
    const words = await waitFor('own-words', /^Found and proved/);
    const bound = /No output is off by more than ([\d.]+)/.exec(words)?.[1];
    await waitFor('own-shown', /^Sections 2 to 4 now show it/);
    expect(await text('lead-how')).toBe(`up to an error of at most ${bound}`);
    const equal = await waitFor('equal', /^≈ within the error that was allowed: here/);
    const here = Number(/differ by ([\d.e-]+) at most/.exec(equal)?.[1]);
    expect(here).toBeGreaterThan(0);
    expect(here).toBeLessThanOrEqual(Number(bound));
    expect(equal).toContain(`at most ${bound}`);
    expect(await page.locator('#list-sliders input').count()).toBe(5);
    await page.locator('#list-sliders input').first().fill('200');
    await waitFor('equal', new RegExp(`differ by (?!${here} )`));
    await page.selectOption('#example', 'digits');
    await waitFor('equal', /in all 10 outputs/);
    expect(await text('lead-what')).toBe('a digit classifier');
    expect(await page.locator('#example option').allTextContents()).toHaveLength(3);
  });
}
