/**
 * Study (b): the size of each construction's source against epsilon, width d and depth l of the target,
 * with fitted exponents beside what the paper's Table 1 claims. Plans only: nothing is drawn.
 *
 * The target class is the paper's: l layers of d neurons, d inputs of either sign, no biases, weights
 * of at most 1 in magnitude; every weight within the tolerance that keeps Lemma 2's promise.
 */

import { z } from 'zod';
import { checkEach } from '../core/arguments.js';
import { fitExponent, type Line } from './least-squares.js';
import { plannedSize, sizeSystems, type Target } from './size-systems.js';
import type { JsonRecord, Study, StudyRecord } from './study.js';
import { type Claim, claims } from './table-one.js';

export type Variable = 'epsilon' | 'd' | 'l';

export interface SizePoint extends Target, JsonRecord {
  readonly construction: string;
  readonly varied: Variable;
  readonly d: number;
  readonly l: number;
  readonly epsilon: number;
  readonly delta: number;
}

export interface SizeResult extends JsonRecord {
  /** Neurons of the widest layer. */
  readonly width: number;
  /** Weight layers. */
  readonly depth: number;
  /** Neurons after the input; the paper's "total params" are width times depth. */
  readonly neurons: string;
  /** Source weights, a decimal string. */
  readonly weights: string;
}

export type SizeRecord = StudyRecord<SizePoint, SizeResult>;

export interface SizeOptions {
  /** Constructions to plan; all by default. */
  readonly constructions?: readonly string[];
}

/** Values of each variable, spaced about evenly on a logarithmic axis. */
const VALUES: Readonly<Record<Variable, readonly number[]>> = {
  epsilon: [0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10, 1e-12],
  d: [8, 16, 32, 64, 128, 256, 512, 1024],
  l: [1, 2, 4, 8, 16, 32, 64],
};

/** What stays while one variable goes through its values. */
const CENTRE: Target = { d: 16, l: 3, epsilon: 0.01, delta: 0.01 };

const decimal = z.string().regex(/^\d+$/);
const resultSchema = z.strictObject({
  // Beyond 2^53 for the widest.
  width: z.number().positive(),
  depth: z.number().int().positive(),
  neurons: decimal,
  weights: decimal,
});

export const sizeStudy: Study<SizeOptions, SizePoint, SizeResult> = {
  name: 'size',
  resultSchema,
  plan({ constructions }) {
    return sizeSystems
      .filter(({ construction }) => constructions?.includes(construction) ?? true)
      .flatMap(({ construction }) =>
        (Object.keys(VALUES) as Variable[]).flatMap((varied) =>
          VALUES[varied].map((value) => ({ construction, varied, ...CENTRE, [varied]: value })),
        ),
      );
  },
  run(point) {
    const { widths, weights } = plannedSize(point);
    return {
      width: Math.max(...widths),
      depth: widths.length - 1,
      neurons: widths
        .slice(1)
        .reduce((sum, width) => sum + BigInt(width), 0n)
        .toString(),
      weights: weights.toString(),
    };
  },
};

export type Quantity = keyof Claim['formulas'] | 'weights';

/** The exponent of one quantity in one variable, over the points of one construction. */
export interface SizeFit {
  readonly construction: string;
  readonly varied: Variable;
  /** What the exponent is of. */
  readonly against: Against;
  readonly quantity: Quantity;
  /** Of the planned sizes. */
  readonly measured: Line;
  /** Of the paper's formula, its constants taken as 1, on the same points; null if it has none. */
  readonly claimed: Line | null;
}

const QUANTITIES: readonly Quantity[] = ['width', 'depth', 'totalParameters', 'weights'];

function quantityOf({ width, depth, weights }: SizeResult, quantity: Quantity): number {
  switch (quantity) {
    case 'width':
      return width;
    case 'depth':
      return depth;
    case 'totalParameters':
      return width * depth;
    case 'weights':
      return Number(weights);
  }
}

/** What exponents are taken of: d and l; for epsilon its reciprocal, and the logarithm in the bounds. */
export type Against = 'd' | 'l' | '1/ε' | 'log(dl/ε)';

const AGAINST: Readonly<Record<Variable, readonly Against[]>> = {
  epsilon: ['1/ε', 'log(dl/ε)'],
  d: ['d'],
  l: ['l'],
};

function coordinateOf({ d, l, epsilon }: Target, against: Against): number {
  switch (against) {
    case 'd':
      return d;
    case 'l':
      return l;
    case '1/ε':
      return 1 / epsilon;
    case 'log(dl/ε)':
      return Math.log((d * l) / epsilon);
  }
}

/**
 * Exponents fitted to the records. Logarithmic factors make any exponent drift, so the paper's own
 * formula is fitted on the same points: equal slopes mean that the claim's growth is met.
 */
export function fitSizes(records: readonly SizeRecord[]): SizeFit[] {
  checkEach('records', records, { point: 'object', result: 'object' });
  const groups = new Map<string, SizeRecord[]>();
  for (const record of records) {
    const key = `${record.point.construction} ${record.point.varied}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [record]);
    else group.push(record);
  }
  return [...groups.values()].flatMap((group) => {
    const { construction, varied } = group[0].point;
    const formulas = claims.get(construction)?.formulas;
    return AGAINST[varied].flatMap((against) =>
      QUANTITIES.map((quantity): SizeFit => {
        const formula = quantity === 'weights' ? undefined : formulas?.[quantity];
        const fitted = (of: (record: SizeRecord) => number): Line =>
          fitExponent(group.map((record) => [coordinateOf(record.point, against), of(record)]));
        return {
          construction,
          varied,
          against,
          quantity,
          measured: fitted(({ result }) => quantityOf(result, quantity)),
          claimed: formula === undefined ? null : fitted(({ point }) => formula(point)),
        };
      }),
    );
  });
}
