/**
 * The explorer's budgets, measured in Chromium on this machine, which should be idle, after `npm run build:web`:
 * `node scripts/web-budgets.mjs` measures the page, with a file `model.onnx` behind it what becomes of a network
 * that is dropped in: found and proved, and the renderer's memory. Without a file UNEARTH_SHARED's
 * mnist_256x2.onnx follows the page's figures, where that is set and `--page` is not given.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serveFolder } from './static-server.mjs';
import { SIZE_BUDGETS, sizesOf } from './web-sizes.mjs';

const folder = fileURLToPath(new URL('../build/web', import.meta.url));
if (!existsSync(folder)) throw new Error('build the page first: npm run build:web');
const shared = process.env.UNEARTH_SHARED;
const [given] = process.argv.slice(2);
const ownModel = shared && path.join(shared, 'models', 'mnist_256x2.onnx');
const model = given === '--page' ? undefined : (given ?? ownModel);
const isPageMeasured = given === undefined || given === '--page';

const { address, close } = await serveFolder(folder);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const show = (name, value, budget) =>
  process.stdout.write(`${name.padEnd(44)} ${value.padStart(12)}   budget ${budget}\n`);
process.stdout.write(
  `load of this machine: ${os.loadavg()[0].toFixed(1)} on ${os.cpus().length} cores\n`,
);

for (const [name, bytes] of Object.entries(sizesOf(folder))) {
  const most = `${SIZE_BUDGETS[name] / 1000} kB`;
  show(`${name}, packed with gzip`, `${(bytes / 1000).toFixed(1)} kB`, most);
}

/** What Chromium loads into its own window beside a page, after so many milliseconds it has. */
const SETTLED = 2500;

/** A page at pixel ratio 2, and the milliseconds until it is usable, and until what it shows is proved. */
async function openPage() {
  const page = await browser.newPage({
    viewport: { width: 1440, height: 900 },
    deviceScaleFactor: 2,
  });
  await page.waitForTimeout(SETTLED);
  await page.goto(address);
  const usable = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const look = () => {
          const isThere = /equal/.test(document.querySelector('#equal').textContent);
          if (isThere) resolve(performance.now());
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
  await page.waitForFunction(() => document.querySelector('#proof.proved') !== null);
  const proved = await page.evaluate(() => performance.now());
  return { page, usable, proved };
}

async function measurePage() {
  const usable = [];
  const proved = [];
  let page;
  for (let round = 0; round < 5; round++) {
    await page?.close();
    ({ page, usable: usable[round], proved: proved[round] } = await openPage());
  }
  show('usable after', `${median(usable).toFixed(0)} ms`, '1500 ms');
  show('proved after', `${median(proved).toFixed(0)} ms`, 'none');
  // What is far from the view is not drawn.
  await page.locator('#map').scrollIntoViewIfNeeded();
  await page.waitForTimeout(500);

  const pens = await page.evaluate(async () => {
    const times = [];
    for (let round = 0; round < 20; round++) {
      const exact = document.querySelector('#digits-exact').textContent;
      const begin = performance.now();
      document.querySelectorAll('#samples button')[round % 10].click();
      await new Promise((resolve) => {
        const look = () => {
          if (document.querySelector('#digits-exact').textContent !== exact) resolve();
          else setTimeout(look);
        };
        look();
      });
      times.push(performance.now() - begin);
    }
    return times;
  });
  show('pen to result', `${median(pens).toFixed(0)} ms`, '50 ms');

  const paints = await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const times = { map: [], ladder: [], mask: [] };
    const move = { map: 'layer', ladder: 'rung', mask: 'layer' };
    for (const [canvas, list] of Object.entries(times)) {
      const slider = document.querySelector(`#${move[canvas]}`);
      document.getElementById(canvas).scrollIntoView();
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (let round = 0; round < 20; round++) {
        slider.value = String(10 + round);
        slider.dispatchEvent(new Event('input'));
        await frame();
        if (canvas === 'mask') await new Promise((resolve) => setTimeout(resolve, 60));
        list.push(performance.getEntriesByName(`paint ${canvas}`).at(-1).duration);
      }
    }
    return times;
  });
  for (const [name, list] of Object.entries(paints)) {
    show(`${name} redrawn at pixel ratio 2`, `${median(list).toFixed(1)} ms`, '16 ms');
  }

  const proofs = [];
  for (let round = 0; round < 7; round++) {
    for (const id of ['cut-digit', 'undo']) {
      const begin = Date.now();
      await page.click(`#${id}`);
      const wanted = id === 'undo' ? 'proved' : 'failed';
      await page.waitForFunction(
        (name) => document.querySelector(`#proof.${name}`) !== null,
        wanted,
      );
      if (round > 0) proofs.push(Date.now() - begin);
    }
  }
  show('cut or undo, to the proof’s answer', `${median(proofs).toFixed(0)} ms`, '300 ms');

  const gadget = await page.evaluate(() => {
    const slider = document.querySelector('#gadget-weight');
    const times = [];
    for (let weight = -15; weight <= 15; weight++) {
      const begin = performance.now();
      slider.value = String(weight);
      slider.dispatchEvent(new Event('input'));
      times.push(performance.now() - begin);
    }
    return times;
  });
  show('gadget redrawn', `${median(gadget).toFixed(1)} ms`, '16 ms');
  await page.close();
}

/** Resident bytes of the largest renderer of this browser. */
function rendererBytes() {
  try {
    const lines = execFileSync('ps', ['-eo', 'rss=,args='], { encoding: 'utf8' }).split('\n');
    const sizes = lines
      .filter((line) => line.includes('--type=renderer'))
      .map((line) => 1024 * Number.parseInt(line, 10));
    return Math.max(0, ...sizes);
  } catch {
    return 0;
  }
}

if (isPageMeasured) await measurePage();
if (model !== undefined && existsSync(model)) {
  const { page } = await openPage();
  const before = rendererBytes();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, rendererBytes());
  }, 100);
  await page.locator('#own').scrollIntoViewIfNeeded();
  await page.waitForTimeout(500);
  await page.setInputFiles('#file', model);
  await page.waitForFunction(() => !document.querySelector('#own-find').hidden, null, {
    timeout: 60_000,
  });
  process.stdout.write(`${await page.textContent('#own-plan')}\n`);
  const begin = Date.now();
  await page.click('#own-find');
  await page.waitForFunction(
    () => /^(Found|Refused)/.test(document.querySelector('#own-words').textContent),
    null,
    { timeout: 300_000 },
  );
  const found = Date.now() - begin;
  const mostFound = most;
  await page.waitForFunction(
    () => /show it/.test(document.querySelector('#own-shown').textContent),
    null,
    { timeout: 300_000 },
  );
  const shown = Date.now() - begin - found;
  clearInterval(timer);
  process.stdout.write(`${await page.textContent('#own-words')}\n`);
  process.stdout.write(`${await page.textContent('#own-shown')}\n`);
  show(
    `${path.basename(model)} found and proved`,
    `${(found / 1000).toFixed(1)} s`,
    'a few seconds',
  );
  show(
    'memory of the page and its workers, added',
    `${((mostFound - before) / 1e6).toFixed(0)} MB`,
    '500 MB',
  );
  show('then shown in sections 2 to 4 after', `${(shown / 1000).toFixed(1)} s`, 'none');
  show('memory added for that, in all', `${((most - before) / 1e6).toFixed(0)} MB`, 'none');
}
await browser.close();
await close();
