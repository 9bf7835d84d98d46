/**
 * The cells of a central arrangement of hyperplanes `u x = 0` with small integer normals, in exact
 * integers: where the piecewise-linear functions of two-layer networks are linear. For `d <= 3` and
 * normals in {-1,0,1}^d there are 2, 8 and 96 cells.
 */

export type Vector = readonly number[];

/** A full-dimensional cone in which no normal changes its sign. */
export interface Cell {
  /** Sign of each normal on the cell, +1 or -1. */
  readonly signs: readonly (1 | -1)[];
  /** Its extreme rays: the cell is what they span with non-negative coefficients. */
  readonly rays: readonly Vector[];
}

export function dot(a: Vector, b: Vector): number {
  return a.reduce((sum, value, index) => sum + value * b[index], 0);
}

/** One of `u`, `-u`: the one whose first entry that is not 0 is positive. */
export function direction(vector: Vector): Vector {
  const first = vector.find((value) => value !== 0) ?? 0;
  return first < 0 ? vector.map((value) => -value + 0) : vector;
}

/** All vectors of {-1,0,1}^d but 0, one of each pair `u`, `-u`. */
export function normals(d: number): Vector[] {
  const all = vectors([-1, 0, 1], d);
  return all.filter(
    (vector) => vector.some((value) => value !== 0) && direction(vector) === vector,
  );
}

/** All vectors with entries among `values`. */
export function vectors(values: readonly number[], d: number): Vector[] {
  let found: Vector[] = [[]];
  for (let index = 0; index < d; index++) {
    found = found.flatMap((vector) => values.map((value) => [...vector, value]));
  }
  return found;
}

/** The rays in which hyperplanes meet: solutions, up to a factor, of d - 1 independent equations. */
function rays(planes: readonly Vector[], d: number): Vector[] {
  if (d === 1) return [[1], [-1]];
  const found = new Map<string, Vector>();
  const add = (vector: Vector): void => {
    const divisor = vector.reduce((gcd, value) => greatestDivisor(gcd, Math.abs(value)), 0);
    if (divisor === 0) return;
    for (const sign of [1, -1]) {
      const ray = vector.map((value) => (sign * value) / divisor + 0);
      found.set(String(ray), ray);
    }
  };
  if (d === 2) for (const [a, b] of planes) add([-b, a]);
  else {
    for (const a of planes) {
      for (const b of planes) {
        add([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]);
      }
    }
  }
  return [...found.values()];
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/**
 * The cells of the arrangement of `planes` in dimension 1, 2 or 3. Its planes must meet in 0 alone.
 *
 * Every cell has d independent extreme rays, and for each of its walls at least one of them is off the
 * wall; so their sum lies inside. All sums of d rays on which no normal is 0 therefore show all cells.
 */
export function cells(planes: readonly Vector[], d: number): Cell[] {
  if (d < 1 || d > 3) throw new RangeError('cells are enumerated in dimensions 1 to 3');
  const all = rays(planes, d);
  const found = new Map<string, Cell>();
  const visit = (from: number, sum: Vector, left: number): void => {
    if (left > 0) {
      for (let index = from; index < all.length; index++) {
        const ray = all[index];
        visit(
          index + 1,
          sum.map((value, axis) => value + ray[axis]),
          left - 1,
        );
      }
      return;
    }
    const sides = planes.map((plane) => Math.sign(dot(plane, sum)));
    const key = String(sides);
    if (sides.includes(0) || found.has(key)) return;
    const signs = sides.map((side): 1 | -1 => (side > 0 ? 1 : -1));
    found.set(key, {
      signs,
      rays: all.filter((ray) =>
        planes.every((plane, index) => dot(plane, ray) * signs[index] >= 0),
      ),
    });
  };
  visit(0, new Array<number>(d).fill(0), d);
  return [...found.values()];
}
