/**
 * Canonical forms of two-layer networks of signs: two networks have the same form exactly if they are the
 * same function on all of R^d.
 *
 * Of `g(x) = sum_j v_j s(w_j x)`: since
 * `s(z) = (z + |z|)/2`, `2 g = (sum_j v_j w_j) x + sum_u a_u |u x|` with `a_u` the sum of the `v_j`
 * whose `w_j` is `u` or `-u`; as `|u x|` is not differentiable on its own plane and nowhere else, the
 * linear part and the `a_u` are determined by g. Of `s(g)`: on every cell of the planes
 * `u x = 0`, the coefficients of g if g is positive somewhere in the cell, else 0. Two functions with
 * the same form are equal, and where `s(g)` is `a x > 0` on an open set, a is determined by it.
 *
 * A form is the list of the linear part and of `a_u` for each normal u; adding networks adds their forms.
 */
import { cells, direction, dot, normals, type Vector, vectors } from './arrangement.js';

/** The form of one neuron, `v s(w x)`. A neuron without weights adds nothing. */
export function termOf(v: number, w: Vector): Vector {
  const along = String(direction(w));
  const linear = w.map((value) => v * value + 0);
  return [...linear, ...normals(w.length).map((plane) => (String(plane) === along ? v : 0))];
}

/** All sums of a form and a term, each once. */
export function sumsOf(forms: readonly Vector[], terms: readonly Vector[]): Vector[] {
  const found = new Map<string, Vector>();
  for (const form of forms) {
    for (const term of terms) {
      const sum = form.map((value, index) => value + term[index] + 0);
      found.set(String(sum), sum);
    }
  }
  return [...found.values()];
}

/** The form of the function 0. */
export function zeroForm(d: number): Vector {
  return termOf(0, new Array<number>(d).fill(0));
}

/** Canonical forms of all `g` with m hidden neurons and weights among `values`. */
export function networkForms(m: number, d: number, values: readonly number[]): Vector[] {
  const neurons = vectors(values, d).flatMap((w) => values.map((v) => termOf(v, w)));
  const terms = sumsOf([zeroForm(d)], neurons);
  let forms: readonly Vector[] = [zeroForm(d)];
  for (let neuron = 0; neuron < m; neuron++) forms = sumsOf(forms, terms);
  return [...forms];
}

/**
 * The map from the form of g to that of `s(g)`: per cell the coefficients of `2 g`, or nothing where g is
 * not positive.
 */
export function rectifier(d: number): (form: Vector) => string {
  const planes = normals(d);
  const parts = cells(planes, d);
  return (form) =>
    parts
      .map(({ signs, rays }) => {
        const coefficients = Array.from({ length: d }, (_, axis) =>
          planes.reduce(
            (sum, plane, index) => sum + form[d + index] * signs[index] * plane[axis],
            form[axis],
          ),
        );
        // Linear on the cell, so positive inside exactly if positive on one of its extreme rays.
        return rays.some((ray) => dot(coefficients, ray) > 0) ? String(coefficients) : '';
      })
      .join(';');
}
