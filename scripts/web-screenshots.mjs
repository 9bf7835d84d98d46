/**
 * Pictures of every section of the explorer, light, dark and on a phone, to be looked at:
 * `node scripts/web-screenshots.mjs [folder]` (default `build/screenshots`). Needs Chromium.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { chromium } from 'playwright-core';
import { serveFolder } from './static-server.mjs';
import { root } from './tools.mjs';
import { buildWeb } from './web.mjs';

const folder = path.resolve(process.argv[2] ?? path.join(root, 'build', 'screenshots'));
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

mkdirSync(folder, { recursive: true });
const { address, close } = await serveFolder(await buildWeb());
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
for (const { name, ...options } of views) {
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
  await page.close();
}
await browser.close();
await close();
process.stdout.write(`${folder}\n`);
