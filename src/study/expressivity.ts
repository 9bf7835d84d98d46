/**
 * Study (c): Proposition 1 and the question of Remark 8, how much more pruning expresses than choosing
 * signs. All functions of a width m and an input dimension d are enumerated and counted, for the formula
 * of the paper's appendix and for two-layer networks proper.
 *
 * Formula (appendix A.2): `s(sum_i x_i s(sum_j v_j w_ij))`, whose inner `s` acts on coefficients. With
 * coefficients `c >= 0` the function is `s(c x)`, and c is its value at the unit vectors: functions are
 * equal exactly if their coefficients are. Closed form: `(m+1)^d` pruned, with weights in {-1,0,1};
 * unpruned `(m/2+1)^d` for even m, `((m+3)/2)^d` for odd m.
 *
 * Networks: `g(x) = sum_j v_j s(w_j x)` and `s(g(x))`, on all of R^d, by the canonical forms of
 * `network-forms.ts`; and for one draw of the signs all of its masks, `one-draw.ts`.
 */
import { z } from 'zod';
import { dot, vectors } from './arrangement.js';
import { networkForms, rectifier } from './network-forms.js';
import { countByDraw } from './one-draw.js';
import type { JsonRecord, Study, StudyRecord } from './study.js';

export type FunctionSet = 'formula' | 'network' | 'network with linear output';

export interface ExpressivityOptions {
  /** Largest hidden width for each input dimension from 1. */
  readonly largest: Readonly<Record<FunctionSet, readonly number[]>>;
}

export interface ExpressivityPoint extends JsonRecord {
  readonly functions: FunctionSet;
  /** Hidden neurons. */
  readonly m: number;
  /** Inputs. */
  readonly d: number;
}

export interface ExpressivityResult extends JsonRecord {
  /** Functions with weights in {-1, 0, +1}: pruning, over all draws of the signs. */
  readonly pruned: number;
  /** Functions with weights in {-1, +1}. */
  readonly unpruned: number;
  /** The same by the closed form; null where there is none. */
  readonly prunedFormula: number | null;
  readonly unprunedFormula: number | null;
  /** Functions reached by pruning one draw of the signs, over all draws; null where not counted. */
  readonly drawLeast: number | null;
  readonly drawMean: number | null;
  readonly drawMost: number | null;
}

export type ExpressivityRecord = StudyRecord<ExpressivityPoint, ExpressivityResult>;

const PRUNED = [-1, 0, 1];
const UNPRUNED = [-1, 1];

/** Enumerates the coefficients `(c_1, .., c_d)` of the formula over all weights among `values`. */
export function countFormula(m: number, d: number, values: readonly number[]): number {
  const functions = new Set<string>();
  for (const v of vectors(values, m)) {
    // For given v, the inputs' weights are chosen one input at a time.
    const reached = new Set(vectors(values, m).map((w) => Math.max(0, dot(v, w))));
    for (const coefficients of vectors([...reached], d)) functions.add(String(coefficients));
  }
  return functions.size;
}

/** Theory, section 9. */
export function prunedFormula(m: number, d: number): number {
  return (m + 1) ** d;
}

export function unprunedFormula(m: number, d: number): number {
  return (m % 2 === 0 ? m / 2 + 1 : (m + 3) / 2) ** d;
}

/** Number of different functions `s(g)` on R^d. */
function countNetworks(m: number, d: number, values: readonly number[]): number {
  return new Set(networkForms(m, d, values).map(rectifier(d))).size;
}

const count = z.number().int().positive();
const resultSchema = z.strictObject({
  pruned: count,
  unpruned: count,
  prunedFormula: count.nullable(),
  unprunedFormula: count.nullable(),
  drawLeast: count.nullable(),
  drawMean: z.number().positive().nullable(),
  drawMost: count.nullable(),
});

/** Widths up to which all draws are gone through, per input dimension: seconds each. */
const MOST_DRAWN = [8, 6, 2];
const NOT_COUNTED = { least: null, mean: null, most: null };

export const DEFAULT_EXPRESSIVITY: ExpressivityOptions = {
  largest: {
    formula: [5, 5, 5],
    network: [8, 6, 3],
    'network with linear output': [8, 8, 3],
  },
};

export const expressivityStudy: Study<ExpressivityOptions, ExpressivityPoint, ExpressivityResult> =
  {
    name: 'expressivity',
    resultSchema,
    plan({ largest }) {
      return (Object.keys(largest) as FunctionSet[]).flatMap((functions) =>
        largest[functions].flatMap((most, index) =>
          Array.from({ length: most }, (_, m) => ({ functions, m: m + 1, d: index + 1 })),
        ),
      );
    },
    run({ functions, m, d }) {
      const count = (values: readonly number[]): number => {
        switch (functions) {
          case 'formula':
            return countFormula(m, d, values);
          case 'network':
            return countNetworks(m, d, values);
          case 'network with linear output':
            return networkForms(m, d, values).length;
        }
      };
      const closed = functions === 'formula';
      const counted = functions === 'network' && m <= MOST_DRAWN[d - 1];
      const { least, mean, most } = counted ? countByDraw(m, d) : NOT_COUNTED;
      return {
        pruned: count(PRUNED),
        unpruned: count(UNPRUNED),
        prunedFormula: closed ? prunedFormula(m, d) : null,
        unprunedFormula: closed ? unprunedFormula(m, d) : null,
        drawLeast: least,
        drawMean: mean,
        drawMost: most,
      };
    },
  };
