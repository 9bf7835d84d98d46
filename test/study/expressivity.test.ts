/** Proposition 1 and Remark 8 by enumeration, against the closed forms and against direct evaluation. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cells, dot, normals, type Vector, vectors } from '../../src/study/arrangement.js';
import {
  countFormula,
  DEFAULT_EXPRESSIVITY,
  expressivityStudy,
  prunedFormula,
  unprunedFormula,
} from '../../src/study/expressivity.js';
import { networkForms, rectifier } from '../../src/study/network-forms.js';
import { countByDraw } from '../../src/study/one-draw.js';

const PRUNED = [-1, 0, 1];
const UNPRUNED = [-1, 1];
const relu = (value: number): number => Math.max(0, value);

/** `sum_j v_j s(w_j x)`, from the definition. */
function evaluate(v: Vector, w: readonly Vector[], x: Vector): number {
  return v.reduce((sum, sign, neuron) => sum + sign * relu(dot(w[neuron], x)), 0);
}

/** All networks of m neurons: signs v and rows w. */
function* allNetworks(m: number, d: number, values: readonly number[]) {
  for (const v of vectors(values, m)) {
    for (const flat of vectors(values, m * d)) {
      yield { v, w: Array.from({ length: m }, (_, j) => flat.slice(j * d, (j + 1) * d)) };
    }
  }
}

/** The form of one network, by adding its neurons' own forms. */
function formOf(v: Vector, w: readonly Vector[], d: number): number[] {
  const planes = normals(d);
  const form = new Array<number>(d + planes.length).fill(0);
  v.forEach((sign, neuron) => {
    w[neuron].forEach((value, axis) => {
      form[axis] += sign * value;
    });
    planes.forEach((plane, index) => {
      const along = [1, -1].some((turn) =>
        plane.every((value, axis) => value === turn * w[neuron][axis]),
      );
      if (along) form[d + index] += sign;
    });
  });
  return form;
}

describe("the appendix's formula", () => {
  it('has as many functions as the closed forms say, m <= 5, d <= 3', () => {
    for (let m = 1; m <= 5; m++) {
      for (let d = 1; d <= 3; d++) {
        expect(countFormula(m, d, PRUNED)).toBe(prunedFormula(m, d));
        expect(countFormula(m, d, UNPRUNED)).toBe(unprunedFormula(m, d));
      }
    }
  });

  it('has as many functions as direct evaluation tells apart', () => {
    const points = (d: number) => vectors([-2, -1, 0, 1, 3], d);
    const count = (m: number, d: number, values: readonly number[]): number => {
      const seen = new Set<string>();
      for (const { v, w: columns } of allNetworks(m, d, values)) {
        // w_ij: input i, hidden neuron j.
        const inner = Array.from({ length: d }, (_, i) =>
          relu(
            dot(
              v,
              columns.map((row) => row[i]),
            ),
          ),
        );
        seen.add(String(points(d).map((x) => relu(dot(x, inner)))));
      }
      return seen.size;
    };
    for (const [m, d] of [
      [1, 1],
      [2, 1],
      [3, 1],
      [2, 2],
      [3, 2],
      [2, 3],
    ]) {
      expect(count(m, d, UNPRUNED)).toBe(unprunedFormula(m, d));
      if (m * d <= 4) expect(count(m, d, PRUNED)).toBe(prunedFormula(m, d));
    }
  });

  it('holds f(x) = s(sum i x_i) pruned and not unpruned, for d >= 2; at d = 1 both hold it', () => {
    for (let d = 1; d <= 4; d++) {
      const has = (values: readonly number[]): boolean =>
        vectors(values, d).some((v) => {
          const reached = new Set(vectors(values, d).map((w) => relu(dot(v, w))));
          return Array.from({ length: d }, (_, i) => i + 1).every((i) => reached.has(i));
        });
      expect(has(PRUNED)).toBe(true);
      expect(has(UNPRUNED)).toBe(d === 1);
    }
  });
});

describe('the arrangement', () => {
  it.each([
    [1, 1, 2],
    [2, 4, 8],
    [3, 13, 96],
  ])('of dimension %i has %i planes and %i cells', (d, planes, count) => {
    expect(normals(d)).toHaveLength(planes);
    expect(cells(normals(d), d)).toHaveLength(count);
  });

  it.each([1, 2, 3])('covers space in dimension %i, with rays that span each cell', (d) => {
    const planes = normals(d);
    const all = cells(planes, d);
    const coordinate = fc.integer({ min: -50, max: 50 });
    fc.assert(
      fc.property(fc.array(coordinate, { minLength: d, maxLength: d }), (x) => {
        fc.pre(planes.every((plane) => dot(plane, x) !== 0));
        const holding = all.filter(({ signs }) =>
          signs.every((sign, index) => sign * dot(planes[index], x) > 0),
        );
        expect(holding).toHaveLength(1);
      }),
      { seed: 6 },
    );
    for (const { signs, rays } of all) {
      const inside = rays.reduce<Vector>(
        (sum, ray) => sum.map((value, axis) => value + ray[axis]),
        new Array<number>(d).fill(0),
      );
      signs.forEach((sign, index) => {
        expect(sign * dot(planes[index], inside)).toBeGreaterThan(0);
      });
      expect(rays.length).toBeGreaterThanOrEqual(d);
    }
  });
});

describe('two-layer networks on R^d', () => {
  const result = (functions: 'network' | 'network with linear output', m: number, d: number) =>
    expressivityStudy.run({ functions, m, d });

  it.each([
    [2, 2, 81, 23],
    [3, 2, 461, 69],
  ])('m = %i, d = %i: %i functions pruned, %i unpruned', (m, d, pruned, unpruned) => {
    expect(result('network', m, d)).toMatchObject({ pruned, unpruned });
  });

  it.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [1, 2],
    [2, 2],
    [1, 3],
  ])('m = %i, d = %i: as many as direct evaluation tells apart', (m, d) => {
    // Points beyond every cell's rays and walls; more points can only tell more functions apart, and
    // equal forms never differ, so equal counts mean that both are exact.
    const points = vectors(d === 3 ? [-3, -1, 0, 1, 2] : [-5, -3, -2, -1, 0, 1, 2, 3, 4, 7], d);
    for (const values of [PRUNED, UNPRUNED]) {
      const linear = new Set<string>();
      const rectified = new Set<string>();
      for (const { v, w } of allNetworks(m, d, values)) {
        const outputs = points.map((x) => evaluate(v, w, x));
        linear.add(String(outputs));
        rectified.add(String(outputs.map(relu)));
      }
      const forms = networkForms(m, d, values);
      expect(forms).toHaveLength(linear.size);
      expect(new Set(forms.map(rectifier(d))).size).toBe(rectified.size);
    }
  });

  it('have equal forms exactly where they are equal', () => {
    const network = (d: number) =>
      fc.integer({ min: 1, max: 4 }).chain((m) =>
        fc.record({
          v: fc.array(fc.constantFrom(...PRUNED), { minLength: m, maxLength: m }),
          w: fc.array(fc.array(fc.constantFrom(...PRUNED), { minLength: d, maxLength: d }), {
            minLength: m,
            maxLength: m,
          }),
        }),
      );
    for (const d of [1, 2, 3]) {
      const form = rectifier(d);
      // Rays of the cells, sums of two of them and interior points decide a function that is linear on
      // every cell where it is positive.
      const sides = cells(normals(d), d).flatMap(({ rays }) => rays);
      const points = sides.flatMap((a) =>
        sides.map((b) => a.map((value, axis) => 3 * value + 2 * b[axis])),
      );
      fc.assert(
        fc.property(network(d), network(d), (one, other) => {
          const equal = (map: (value: number) => number): boolean =>
            points.every(
              (x) => map(evaluate(one.v, one.w, x)) === map(evaluate(other.v, other.w, x)),
            );
          const forms = [one, other].map(({ v, w }) => formOf(v, w, d));
          expect(String(forms[0]) === String(forms[1])).toBe(equal((value) => value));
          expect(form(forms[0]) === form(forms[1])).toBe(equal(relu));
        }),
        { seed: 7 + d, numRuns: d === 3 ? 30 : 200 },
      );
    }
  });

  it('with linear output grow as m^(d + (3^d - 1)/2) pruned, m^(d + 2^(d-1)) unpruned', () => {
    const differences = (values: readonly number[], order: number): number[] => {
      let row = [...values];
      for (let step = 0; step < order; step++) {
        row = row.slice(1).map((value, index) => value - row[index]);
      }
      return row;
    };
    for (const [d, pruned, unpruned] of [
      [1, 2, 2],
      [2, 6, 4],
    ]) {
      // With no neuron there is the one function 0.
      const counts = (values: readonly number[]): number[] => [
        1,
        ...Array.from({ length: 7 }, (_, m) => networkForms(m + 1, d, values).length),
      ];
      for (const [values, degree] of [
        [PRUNED, pruned],
        [UNPRUNED, unpruned],
      ] as const) {
        const constant = differences(counts(values), degree);
        expect(new Set(constant).size).toBe(1);
        expect(constant[0]).toBeGreaterThan(0);
      }
    }
  });
});

describe('pruning one draw', () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [1, 2],
    [2, 2],
    [1, 3],
  ])('m = %i, d = %i: as all masks of all draws say', (m, d) => {
    const points = vectors([-5, -3, -2, -1, 0, 1, 2, 3, 4, 7], d);
    const counts: number[] = [];
    for (const { v, w } of allNetworks(m, d, UNPRUNED)) {
      const functions = new Set<string>();
      for (const mask of allNetworks(m, d, [0, 1])) {
        const outer = v.map((sign, j) => sign * mask.v[j]);
        const inner = w.map((row, j) => row.map((sign, axis) => sign * mask.w[j][axis]));
        functions.add(String(points.map((x) => relu(evaluate(outer, inner, x)))));
      }
      counts.push(functions.size);
    }
    const { least, mean, most } = countByDraw(m, d);
    expect([least, most]).toEqual([Math.min(...counts), Math.max(...counts)]);
    expect(mean).toBeCloseTo(counts.reduce((sum, count) => sum + count, 0) / counts.length, 9);
  });

  it('reaches fewer functions than choosing all signs, on average, in a narrow network', () => {
    for (const [m, unpruned] of [
      [2, 23],
      [3, 69],
      [4, 164],
    ]) {
      const { mean, least } = countByDraw(m, 2);
      expect(least).toBe(1);
      expect(mean).toBeLessThan(unpruned);
    }
  });
});

describe('the plan', () => {
  it('has each point once', () => {
    const points = expressivityStudy
      .plan(DEFAULT_EXPRESSIVITY)
      .map((point) => JSON.stringify(point));
    expect(new Set(points).size).toBe(points.length);
  });
});
