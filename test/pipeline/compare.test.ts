/** The comparison as a library call: all systems on one small network, none dropped. */
import { describe, expect, it } from 'vitest';
import { concatenate } from '../../src/core/concatenate.js';
import { UsageError } from '../../src/core/errors.js';
import { comparisonReport, REPORT_HEAD } from '../../src/figures/comparison-report.js';
import {
  type ComparedSystem,
  compareSystem,
  SYSTEMS,
  sharedPrecision,
  systemsFor,
} from '../../src/pipeline/compare.js';
import { stepsOfSystem } from '../../src/pipeline/compare-steps.js';
import { quantisedSize } from '../../src/precision/integer-bytes.js';
import { readTicket } from '../../src/ticket/read.js';
import { MIXED_BOX, smallNetwork } from '../baseline-tickets.js';
import { randomMapNetwork } from '../map-networks.js';

const network = smallNetwork(3);
const epsilon = 0.2;
const options = { epsilon, domain: MIXED_BOX, delta: 0.01, seed: 1n };
const chosen = sharedPrecision(network, options);
const kinds: string[] = [];
const systems = SYSTEMS.map((name) =>
  compareSystem(name, network, chosen, {
    ...options,
    ticket: (bytes) => kinds.push(readTicket(concatenate(bytes)).kind),
  }),
);

describe('the comparison on feature maps', () => {
  it('finds and proves by horner and skip, and says why the others are left out', () => {
    const maps = randomMapNetwork({ seed: 5, side: 4, bits: 5 });
    const own = { epsilon: 0.5, domain: maps.domain, delta: 0.01, seed: 1n };
    const precision = sharedPrecision(maps, own);
    const { compared, omitted } = systemsFor(SYSTEMS, maps);
    expect(compared).toEqual(['horner', 'skip']);
    expect(omitted.map(({ system }) => system)).toEqual(
      SYSTEMS.filter((system) => !compared.includes(system)),
    );
    for (const { reason } of omitted) expect(reason).toMatch(/no kernels/);
    expect(() => compareSystem('malach', maps, precision, own)).toThrow(UsageError);
    for (const system of compared) {
      const { status, certified, built } = compareSystem(system, maps, precision, own);
      expect(status).toBe('proved');
      expect(Number(certified)).toBeLessThanOrEqual(0.5);
      expect(built?.violated).toBe(false);
      expect(built?.measured).toBeGreaterThan(0);
      expect(built?.executed).toBeCloseTo(built?.measured ?? Number.NaN, 9);
      expect(stepsOfSystem(system, maps, precision, own)).toBeGreaterThan(0);
    }
    const { bits, bytes } = quantisedSize(maps, precision.places);
    expect(bytes).toBeGreaterThan(0);
    expect(Math.max(...bits)).toBeLessThan(32);
  });
});

describe('the comparison', () => {
  it('plans all systems, and proves or says why not', () => {
    expect(systems.map(({ system }) => system)).toEqual(SYSTEMS);
    for (const system of systems) {
      expect(system.planned.failureBound).toBeLessThanOrEqual(0.01);
      expect(BigInt(system.planned.weights)).toBeGreaterThan(0n);
      if (system.status === 'planned') {
        expect(system).toMatchObject({ system: 'malach', built: null, certified: null });
        expect(system.reason).not.toBe('');
        continue;
      }
      expect(system).toMatchObject({ status: 'proved', reason: null });
      const { certified, built } = system;
      expect(Number(certified)).toBeLessThanOrEqual(epsilon);
      expect(built?.violated).toBe(false);
      expect(built?.measured).toBeLessThanOrEqual(Number(certified));
      // The executed source and the judged integers are the same function.
      expect(built?.executed).toBeCloseTo(built?.measured ?? Number.NaN, 9);
      expect(Number(built?.found.weights)).toBeLessThanOrEqual(Number(system.planned.weights));
    }
  });

  it('hands over the tickets of what was proved', () => {
    const baselines = kinds.filter((kind) => kind === 'baseline').length;
    expect(kinds.length - baselines).toBe(3);
    expect(baselines).toBe(systems.filter(({ status }) => status === 'proved').length - 3);
  });

  it('only plans what is beyond the limits, with the reason', () => {
    const limits = { draws: 1e9, kept: 10, memory: 1e6 };
    const planned = compareSystem('diffenderfer', network, chosen, { ...options, limits });
    expect(planned).toMatchObject({ status: 'planned', built: null });
    expect(planned.reason).toMatch(/edges would be kept/);
    // What it would find is known: the integer network itself.
    expect(planned.certified).toBe(chosen.certificate.decimal);
  });

  it('becomes a page that loads nothing and escapes what it is told', () => {
    const facts = {
      model: '<script>alert(1)</script>.onnx',
      sha256: 'ab'.repeat(32),
      dimensions: [3, 3, 2],
      parameters: 20,
      domain: 'a box',
      epsilon,
      delta: 0.01,
      seed: '1',
      places: chosen.places,
    };
    const hostile: ComparedSystem = { ...systems[0], reason: '"<b>&' };
    const page = comparisonReport(facts, [hostile, ...systems.slice(1)], [['<i>'], ['a & b']]);
    expect(page.startsWith(REPORT_HEAD)).toBe(true);
    expect(page).not.toMatch(/<script|<b>|<i>|src=|href=|url\(/);
    expect(page.match(/<svg/g)?.length).toBe(4);
    expect(page).toContain('&lt;script&gt;');
  });
});
