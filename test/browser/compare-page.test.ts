/**
 * The page of `unearth compare --html` in headless Chromium: on a phone nothing runs out of it sideways,
 * and in the dark everything that is written can be read.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparisonReport } from '../../src/figures/comparison-report.js';
import type { ComparedSystem } from '../../src/pipeline/compare.js';
import { contrast } from '../figures/colour-vision.js';
import { absent, inChromium, launch } from './chromium.js';

/** A system of plain numbers; planned only where nothing was found. */
function system(key: ComparedSystem['system'], title: string, built: boolean): ComparedSystem {
  const size = { widest: 123_456_789, depth: 63, weights: '180000000000000000' };
  return {
    system: key,
    title,
    planned: { ...size, failureBound: 1e-6 },
    bitsPerWeight: 17.2,
    status: built ? 'proved' : 'planned',
    reason: built
      ? null
      : `${'a hidden layer of about 5.1e14 neurons is wider than a source can be, '.repeat(3)}so it is not built`,
    certified: '0.00950712',
    built: built
      ? {
          found: { ...size, weights: '40461398' },
          kept: '27388',
          measured: 0.0033,
          executed: 0.0033,
          violated: false,
          ticketBytes: 57_044,
          seconds: { find: 0.3, prove: 0.1, attack: 0.1 },
        }
      : null,
  };
}

function page(): string {
  const systems = [
    system('malach', 'Malach et al. 2020', false),
    system('diamond', 'Sreenivasan et al. 2022 (diamond)', true),
    system('horner', 'unearth (horner)', true),
  ];
  const facts = {
    model: `${'a-model-with-a-long-name-'.repeat(5)}.onnx`,
    sha256: '0123456789abcdef'.repeat(4),
    dimensions: [784, 256, 256, 10],
    parameters: 269_322,
    domain: `the box ${'[0, 1] x '.repeat(30)}[0, 1]`,
    epsilon: 0.01,
    delta: 1e-6,
    seed: '1',
    places: new Array<number>(40).fill(21),
  };
  const columns = Array.from({ length: 14 }, (_, index) => `column\nnumber ${index}`);
  const rows = systems.map(({ system: key }) => [key, ...columns.slice(1).map(() => '1.8e17')]);
  return comparisonReport(facts, systems, [columns, ...rows]);
}

/** What `measure-page.mjs` leaves in the page. */
interface Measured {
  readonly window: number;
  readonly page: number;
  readonly table: number;
  readonly tableBox: number;
  readonly leastTextHeight: number;
  /** Every text, and the colours that the browser computed for it and for what lies behind. */
  readonly written: readonly {
    readonly text: string;
    readonly colour: string;
    readonly paper: string;
  }[];
}

describe.skipIf(absent)(`the page of compare --html ${inChromium}`, () => {
  let chromium: Awaited<ReturnType<typeof launch>> | undefined;

  beforeAll(async () => {
    chromium = await launch({ width: 390, height: 844 });
  });

  afterAll(async () => {
    await chromium?.close();
  });

  it.each(['light', 'dark'] as const)(
    'fits a phone and can be read when it is %s',
    async (scheme) => {
      if (chromium === undefined) throw new Error('no browser');
      const sheet = await chromium.browser.newPage();
      await sheet.emulateMedia({ colorScheme: scheme });
      await sheet.setContent(page());
      const content = readFileSync(new URL('measure-page.mjs', import.meta.url), 'utf8');
      await sheet.addScriptTag({ content, type: 'module' });
      const measured = await sheet
        .waitForFunction(() => (globalThis as { measured?: unknown }).measured)
        .then((handle) => handle.jsonValue() as Promise<Measured>);
      expect(measured.page).toBeLessThanOrEqual(measured.window);
      // The table is wider than the phone, and scrolls in its own box.
      expect(measured.table).toBeGreaterThan(measured.tableBox);
      expect(measured.tableBox).toBeLessThan(measured.window);
      expect(measured.leastTextHeight).toBeGreaterThan(8);

      expect(measured.written.length).toBeGreaterThan(80);
      const paper = scheme === 'dark' ? '#0d1117' : '#ffffff';
      for (const { text, colour, paper: behind } of measured.written) {
        expect([text, behind]).toEqual([text, paper]);
        expect([text, contrast(colour, behind) >= 4.5]).toEqual([text, true]);
      }
      await sheet.close();
    },
  );
});
