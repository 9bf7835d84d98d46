import { describe, expect, it } from 'vitest';
import { diamond } from '../../src/constructions/diamond/diamond.js';
import { diamondPlanOf } from '../../src/constructions/diamond/plan.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { planSkip, SCHEMES } from '../../src/constructions/skip/search.js';
import { depthOf, sourceWeights, widthsOf } from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';
import { classOfShape, networkOfShape, type TargetShape } from '../../src/study/shape.js';
import { sizeSystems } from '../../src/study/size-systems.js';
import {
  checkSuccess,
  failureBand,
  type SuccessPoint,
  successCurves,
  successStudy,
} from '../../src/study/success.js';
import { diamondSuccess } from '../../src/study/success-diamond.js';
import { hornerDepthSuccess, hornerWidthSuccess } from '../../src/study/success-horner.js';
import { successSystems } from '../../src/study/success-systems.js';
import { STUDY_SYSTEM_NAMES } from '../../src/study/system-names.js';

const options = { seeds: 60, firstSeed: 0 };
const small = (point: SuccessPoint): boolean => point.dimensions.join() === '2,2';

describe('the success study', () => {
  const planned = successStudy.plan(options);
  const points = planned.filter(small);
  const records = points.map((point) => ({ point, result: successStudy.run(point) }));

  it('has every point once, every construction on at least five shapes', () => {
    expect(new Set(planned.map((point) => JSON.stringify(point))).size).toBe(planned.length);
    for (const { construction, axis } of successSystems) {
      const curves = successSystems
        .filter((system) => system.construction === construction && system.axis === axis)
        .flatMap(({ varied, describe: words }) =>
          planned
            .filter((point) => point.construction === construction && point.varied === varied)
            .map((point) => words(point)),
        );
      expect(new Set(curves).size).toBeGreaterThanOrEqual(5);
    }
  });

  it('measures every system that the command names, and so do sizes', () => {
    const named = [...STUDY_SYSTEM_NAMES].sort();
    for (const systems of [successSystems, sizeSystems]) {
      expect([...new Set(systems.map(({ construction }) => construction))].sort()).toEqual(named);
    }
  });

  it('goes from hardly ever to nearly always, and not above the bound', () => {
    for (const { records: own } of successCurves(records)) {
      expect(own[0].result.failures).toBeGreaterThan(0.75 * options.seeds);
      expect(own[own.length - 1].result.failures).toBeLessThan(0.1 * options.seeds);
      expect(own[own.length - 1].result.failureBound).toBeLessThan(0.01);
      for (const [index, { result }] of own.entries()) {
        expect(result.failingSeeds).toHaveLength(Math.min(5, result.failures));
        if (index > 0) {
          const before = own[index - 1].result;
          expect(result.width + result.depth).toBeGreaterThanOrEqual(before.width + before.depth);
        }
      }
    }
    expect(checkSuccess(records)).toMatchObject({ points: records.length, above: [] });
  });

  it('computes a point again, alone and by single seeds', () => {
    for (const { point, result } of records.filter((_, index) => index % 7 === 0)) {
      expect(successStudy.run(JSON.parse(JSON.stringify(point)))).toEqual(result);
      const seeds = Array.from({ length: point.seeds }, (_, firstSeed) => firstSeed);
      const failing = seeds.filter(
        (firstSeed) => successStudy.run({ ...point, firstSeed, seeds: 1 }).failures === 1,
      );
      expect(failing).toHaveLength(result.failures);
      expect(failing.slice(0, 5)).toEqual(result.failingSeeds);
    }
  });

  it('reports measured failures that are above their bound', () => {
    const [{ point, result }] = records;
    const wrong = { point, result: { ...result, failures: 30, failureBound: 0.1 } };
    expect(failureBand(wrong, 0.95).low).toBeGreaterThan(0.3);
    expect(checkSuccess([...records, wrong]).above).toEqual([point]);
  });
});

describe('diamond, every network of a class at once', () => {
  // Small enough for all networks: entries -1 .. 1, two powers, one of which none of them needs.
  const shape: TargetShape = { dimensions: [2, 1], bits: [2], inputs: 'signed' };

  it('is held exactly if the two extreme networks are', () => {
    const entries = [-3, -2, -1, 0, 1, 2, 3];
    const plan = diamondPlanOf(classOfShape(shape), 14);
    const trial = diamondSuccess.trial(shape, 14);
    let held = 0;
    for (let seed = 0n; seed < 40n; seed++) {
      const source = createSource(seed, plan.shape);
      const all = entries.every((a) =>
        entries.every((b) => {
          const network = networkOfShape(shape, (_, __, column) => (column === 0 ? a : b));
          return diamond.find(network, source, plan, () => undefined).found;
        }),
      );
      expect(trial.holds(seed)).toBe(all);
      if (all) held++;
    }
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(40);
  });
});

describe('skip, varied', () => {
  const systems = successSystems.filter(({ construction }) => construction === 'skip');
  const curves = systems.flatMap((system) =>
    (system.shapes ?? []).map((shape) => ({ system, shape, name: system.describe(shape) })),
  );

  it('is measured in every scheme, against the depth where that can vary', () => {
    const schemes = (axis: string) =>
      systems.filter((system) => system.axis === axis).map(({ varied }) => varied.split(' ').pop());
    expect(schemes('width').sort()).toEqual([...SCHEMES].sort());
    expect(schemes('depth')).toEqual(['twin', 'relay', 'relay2', 'pairs', 'quads']);
  });

  it.each(curves)(
    '$system.axis of $name: the plan where nothing is changed',
    ({ system, shape }) => {
      const scheme = SCHEMES.find((name) => system.varied.endsWith(` of ${name}`));
      if (scheme === undefined) throw new Error(`no scheme in ${system.varied}`);
      const planned = planSkip(classOfShape(shape), 0.002, (block) => [
        block === 0 ? scheme : 'twin',
      ]);
      const { width, depth, weights, failureBound } = system.trial(
        shape,
        system.axis === 'width' ? 100 : 0,
      );
      expect(planned.blocks[0].scheme).toBe(scheme);
      expect(width).toBe(Math.max(...widthsOf(planned.shape)));
      expect(depth).toBe(depthOf(planned.shape));
      expect(weights).toBe(sourceWeights(planned.shape));
      expect(failureBound).toBe(planned.failureBound);
    },
  );

  it.each(curves)('$system.axis of $name: smaller sources fail, larger ones do not', (curve) => {
    const { system, shape } = curve;
    const trials = system.values(shape).map((value) => system.trial(shape, value));
    for (const { failureBound } of trials) expect(failureBound).toBeGreaterThan(0);
    const weights = trials.map((trial) => trial.weights);
    for (let index = 1; index < weights.length; index++) {
      expect(weights[index]).toBeGreaterThan(weights[index - 1]);
    }
    const [first] = trials;
    const last = trials[trials.length - 1];
    expect(first.failureBound).toBeGreaterThan(0.9);
    expect(last.failureBound).toBeLessThan(0.004);
    for (let seed = 0n; seed < 10n; seed++) {
      expect(first.holds(seed)).toBe(false);
      expect(last.holds(seed)).toBe(true);
    }
  });

  it('has no source where a level less would leave none, or one more would need no top', () => {
    const [twin] = curves.filter(({ system }) => system.axis === 'depth');
    expect(twin.system.values(twin.shape)).toEqual([-2, -1, 0, 1]);
    expect(() => twin.system.trial(twin.shape, 2)).toThrow(RangeError);
  });
});

describe('horner, varied', () => {
  const shape: TargetShape = { dimensions: [4, 6, 2], bits: [4, 3], inputs: 'signed' };
  const planned = horner.plan(classOfShape(shape), 0.002);

  it('is the plan itself where nothing is changed', () => {
    for (const [system, value] of [
      [hornerWidthSuccess, 100],
      [hornerDepthSuccess, 0],
    ] as const) {
      const { width, depth, failureBound } = system.trial(shape, value);
      expect(width).toBe(Math.max(...widthsOf(planned.shape)));
      expect(depth).toBe(depthOf(planned.shape));
      expect(failureBound).toBe(planned.failureBound);
    }
  });

  it('fails surely without any slack, and with two layers less', () => {
    expect(hornerWidthSuccess.trial(shape, 0).failureBound).toBeGreaterThanOrEqual(1);
    expect(hornerDepthSuccess.trial(shape, -2).failureBound).toBeGreaterThanOrEqual(1);
    for (let seed = 0n; seed < 20n; seed++) {
      expect(hornerWidthSuccess.trial(shape, 0).holds(seed)).toBe(false);
    }
  });

  it('has a bound, not a NaN, for every value of every shape', () => {
    for (const { construction, varied, value, ...rest } of successStudy
      .plan({ ...options, constructions: ['horner'] })
      .filter(({ dimensions }) => dimensions.length === 2)) {
      const system = varied === hornerDepthSuccess.varied ? hornerDepthSuccess : hornerWidthSuccess;
      expect(construction).toBe('horner');
      expect(system.trial(rest, value).failureBound).toBeGreaterThan(0);
    }
  });
});
