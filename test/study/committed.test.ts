/** The tables of docs/study/ are what the studies compute: rows of them, computed again. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_EXPRESSIVITY, expressivityStudy } from '../../src/study/expressivity.js';
import { recordsToCsv } from '../../src/study/results.js';
import { sizeStudy } from '../../src/study/size.js';
import type { JsonRecord, Study } from '../../src/study/study.js';
import { successStudy } from '../../src/study/success.js';
import { universalityStudy } from '../../src/study/universality.js';

function rows(name: string): string[] {
  const file = new URL(`../../docs/study/${name}.csv`, import.meta.url);
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

/** The row of a point, computed again. */
function rowOf<Point extends JsonRecord, Result extends JsonRecord>(
  study: Study<never, Point, Result>,
  point: Point,
): string {
  return recordsToCsv([{ point, result: study.run(point) }])
    .trimEnd()
    .split('\n')[1];
}

describe('docs/study', () => {
  it('success.csv: points of the plan, some of them computed again', () => {
    const all = rows('success').slice(1);
    const stored = new Set(all);
    expect(stored.size).toBe(all.length);
    const constructions = ['diamond', 'diffenderfer', 'pensia'];
    const planned = successStudy.plan({ seeds: 1000, firstSeed: 0, constructions });
    const small = planned.filter(({ dimensions }) => dimensions.join() === '1,1');
    for (const point of small.filter((_, index) => index % 9 === 4)) {
      expect(stored).toContain(rowOf(successStudy, point));
    }
  });

  it('success.csv: the last rows are all points of skip, one of each curve computed again', () => {
    const planned = successStudy.plan({ seeds: 1000, firstSeed: 0, constructions: ['skip'] });
    const stored = rows('success').slice(-planned.length);
    expect(stored[0]).toMatch(/^skip,/);
    const seen = new Set<string>();
    planned.forEach((point, index) => {
      const curve = `${point.varied} ${point.dimensions.join('-')}`;
      const key = recordsToCsv([{ point, result: {} }])
        .trimEnd()
        .split('\n')[1];
      expect(stored[index]?.startsWith(`${key},`)).toBe(true);
      // The first of a curve, which hardly any seed survives, is cheap.
      if (!seen.has(curve)) expect(stored[index]).toBe(rowOf(successStudy, point));
      seen.add(curve);
    });
  });

  it('size.csv: every point, computed again', () => {
    const planned = sizeStudy.plan({});
    const stored = rows('size');
    expect(stored).toHaveLength(planned.length + 1);
    planned.forEach((point, index) => {
      expect(stored[index + 1]).toBe(rowOf(sizeStudy, point));
    });
  });

  it('expressivity.csv: every point, all but the slowest computed again', () => {
    const planned = expressivityStudy.plan(DEFAULT_EXPRESSIVITY);
    const stored = rows('expressivity');
    expect(stored).toHaveLength(planned.length + 1);
    planned.forEach((point, index) => {
      if (point.functions !== 'formula' && (point.d > 2 || point.m > 4)) return;
      expect(stored[index + 1]).toBe(rowOf(expressivityStudy, point));
    });
  });

  it('universality.csv: every point, some of each source computed again', () => {
    const planned = universalityStudy.plan({ targets: 600, seed: 1 });
    const stored = rows('universality');
    expect(stored).toHaveLength(planned.length + 1);
    planned.forEach((point, index) => {
      if (index % 149 === 7) expect(stored[index + 1]).toBe(rowOf(universalityStudy, point));
    });
  });
});
