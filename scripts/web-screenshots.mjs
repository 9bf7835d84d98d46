/**
 * Pictures of every section of the explorer, light, dark, on a phone and on a wide screen, to be looked at, and
 * what is printed: `node scripts/web-screenshots.mjs [folder [view ..]]` (default `build/screenshots`, all views).
 * Needs Chromium.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { chromium } from 'playwright-core';
import { serveFolder } from './static-server.mjs';
import { root } from './tools.mjs';
import { buildWeb } from './web.mjs';

const [given = path.join(root, 'build', 'screenshots'), ...chosen] = process.argv.slice(2);
const folder = path.resolve(given);
const sections = ['gadget', 'run', 'weight', 'scissors', 'bits', 'seed', 'systems', 'train', 'own'];
const views = [
  {
    name: 'light',
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    deviceScaleFactor: 1,
  },
  {
    name: 'dark',
    viewport: { width: 1440, height: 900 },
    colorScheme: 'dark',
    deviceScaleFactor: 1,
  },
  {
    name: 'mobile',
    viewport: { width: 360, height: 740 },
    colorScheme: 'light',
    deviceScaleFactor: 2,
  },
  {
    name: 'wide',
    viewport: { width: 2560, height: 1300 },
    colorScheme: 'light',
    deviceScaleFactor: 1,
  },
];

/** A network on inputs of both signs, dropped in, found, and shown above. */
async function takeOwn(page, name) {
  await page.locator('#own').scrollIntoViewIfNeeded();
  await page.fill('#own-domain', 'box:-1,1');
  await page.setInputFiles('#file', path.join(root, 'examples', 'toy', 'toy.onnx'));
  await page.waitForFunction(() => !document.querySelector('#own-find').hidden);
  await page.click('#own-find');
  await page.waitForFunction(
    () => /show it/.test(document.querySelector('#own-shown').textContent),
    null,
    { timeout: 60_000 },
  );
  await page.locator('#own').screenshot({ path: path.join(folder, `${name}-own-found.png`) });
  await page.waitForTimeout(1000);
  await page.locator('#run').screenshot({ path: path.join(folder, `${name}-own-run.png`) });
  await page.locator('header').screenshot({ path: path.join(folder, `${name}-own-header.png`) });
}

async function takeTraining(page) {
  await page.click('#train-go');
  await page.waitForFunction(
    () => /no proof of equality|failed/.test(document.querySelector('#train-words').textContent),
    null,
    { timeout: 300_000 },
  );
  await page.locator('#train').screenshot({ path: path.join(folder, 'light-trained.png') });
}

mkdirSync(folder, { recursive: true });
const { address, close } = await serveFolder(await buildWeb());
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
for (const { name, ...options } of views) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const page = await browser.newPage(options);
  page.on('pageerror', (error) => process.stderr.write(`${name}: ${error.stack}\n`));
  page.on('console', (message) => {
    if (message.type() === 'error') process.stderr.write(`${name}: ${message.text()}\n`);
  });
  await page.goto(address);
  await page.waitForFunction(() => document.querySelector('#proof.proved') !== null, null, {
    timeout: 60_000,
  });
  for (const id of sections) await page.locator(`#${id}`).scrollIntoViewIfNeeded();
  await page.waitForTimeout(800);
  await page.screenshot({ path: path.join(folder, `${name}-page.png`), fullPage: true });
  for (const id of sections) {
    await page.locator(`#${id}`).screenshot({ path: path.join(folder, `${name}-${id}.png`) });
  }
  await page.locator('#cut-digit').click();
  await page.waitForFunction(() => document.querySelector('#proof.failed') !== null);
  await page.locator('#scissors').screenshot({ path: path.join(folder, `${name}-cut.png`) });
  await page.locator('#sorted').check();
  await page.waitForTimeout(1000);
  await page.locator('#run').screenshot({ path: path.join(folder, `${name}-sorted.png`) });
  await page.locator('#example').selectOption('toy');
  await page.waitForFunction(
    () => document.querySelector('#regions-words').textContent.includes('same to the pixel'),
    null,
    { timeout: 60_000 },
  );
  await page.waitForTimeout(300);
  await page.locator('#run').screenshot({ path: path.join(folder, `${name}-toy.png`) });
  await page.locator('#example').selectOption('conv');
  await page.waitForFunction(
    () =>
      /convolutional/.test(document.querySelector('#lead-what').textContent) &&
      /of the kernel/.test(document.querySelector('#weight-words').textContent),
    null,
    { timeout: 60_000 },
  );
  await page.waitForTimeout(1000);
  for (const id of ['run', 'weight', 'scissors']) {
    await page.locator(`#${id}`).screenshot({ path: path.join(folder, `${name}-conv-${id}.png`) });
  }
  await takeOwn(page, name);
  if (name === 'light') {
    await takeTraining(page);
    await page.pdf({ path: path.join(folder, 'print.pdf'), format: 'A4' });
  }
  await page.close();
}
await browser.close();
await close();
process.stdout.write(`${folder}\n`);
