import { describe, expect, it } from 'vitest';
import { constructionNamed } from '../../src/constructions/index.js';
import { widthsOf } from '../../src/source/shape.js';
import { fitSizes, type SizeRecord, sizeStudy } from '../../src/study/size.js';
import { sizeSystems, toleranceFor } from '../../src/study/size-systems.js';
import { claims } from '../../src/study/table-one.js';

const cheap = ['malach', 'orseau', 'pensia', 'diffenderfer', 'diamond'];

describe('the size study', () => {
  const records = sizeStudy
    .plan({ constructions: cheap })
    .map((point): SizeRecord => ({ point, result: sizeStudy.run(point) }));
  const slopes = new Map(
    fitSizes(records).map(({ construction, against, quantity, measured, claimed }) => [
      `${construction} ${against} ${quantity}`,
      { measured: measured.slope, claimed: claimed?.slope },
    ]),
  );
  const slope = (key: string) => slopes.get(key) ?? { measured: Number.NaN, claimed: Number.NaN };

  it('plans every system of Table 1, in every variable', () => {
    expect(sizeSystems.map(({ construction }) => construction).sort()).toEqual(
      ['horner', 'skip', ...claims.keys()].sort(),
    );
    for (const { point, result } of records) {
      expect(result.width).toBeGreaterThanOrEqual(point.d);
      expect(BigInt(result.weights)).toBeGreaterThan(BigInt(result.neurons));
    }
  });

  it.each([
    ['malach 1/ε width', 2],
    ['malach l width', 2],
    ['orseau log(dl/ε) width', 1],
    ['pensia d width', 1],
    ['diffenderfer 1/ε width', 1],
    ['diffenderfer l width', 1],
    ['diamond log(dl/ε) depth', 1],
    ['diamond l depth', 1],
  ])('%s grows with the power %d, as claimed', (key, exponent) => {
    expect(slope(key).measured).toBeGreaterThan(exponent - 0.15);
    expect(slope(key).measured).toBeLessThan(exponent + 0.15);
    expect(slope(key).claimed).toBeCloseTo(slope(key).measured, 0);
  });

  it('counts weights of diamond with the square of what the table counts', () => {
    const neurons = slope('diamond d totalParameters').measured;
    expect(slope('diamond d weights').measured).toBeGreaterThan(neurons + 0.9);
  });

  it('takes the tolerance that keeps the promise', () => {
    for (const { point } of records) {
      const { d, l, epsilon } = point;
      // (1 + d t)^l - 1, without cancellation.
      const error = Math.expm1(l * Math.log1p(d * toleranceFor(point)));
      expect(error).toBeLessThanOrEqual(epsilon * (1 + 1e-12));
    }
  });

  it.each(['horner', 'skip'])('plans %s as the construction does', (construction) => {
    const point = {
      construction,
      varied: 'd' as const,
      d: 8,
      l: 3,
      epsilon: 0.01,
      delta: 0.01,
    };
    const places = Math.ceil(-Math.log2(2 * toleranceFor(point)));
    const plan = constructionNamed(construction)?.plan(
      {
        dimensions: [8, 8, 8, 8],
        bits: [places + 1, places + 1, places + 1],
        constant: false,
        inputSigns: new Array<'signed'>(8).fill('signed'),
      },
      0.01,
    );
    const widths = plan === undefined ? [] : widthsOf(plan.shape);
    expect(sizeStudy.run(point).width).toBe(Math.max(...widths));
  });
});
