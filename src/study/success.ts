/**
 * Study (a): the share of seeds whose source holds what is looked for, against the size of the source
 * (the phase transition), beside the failure bound that theory states for that size.
 */

import { z } from 'zod';
import { checkEach } from '../core/arguments.js';
import { decimalRoundedUp } from '../precision/decimal-up.js';
import { binomialInterval, type Interval } from './binomial-interval.js';
import { SUCCESS_SHAPES, type TargetShape } from './shape.js';
import type { JsonRecord, Study, StudyRecord } from './study.js';
import type { SuccessSystem } from './success-system.js';
import { successSystems } from './success-systems.js';

export interface SuccessOptions {
  /** Seeds per point. */
  readonly seeds: number;
  /** First seed; the others follow it. */
  readonly firstSeed: number;
  /** Constructions to measure; all by default. */
  readonly constructions?: readonly string[];
}

export interface SuccessPoint extends TargetShape, JsonRecord {
  readonly construction: string;
  readonly varied: string;
  readonly value: number;
  readonly dimensions: readonly number[];
  readonly bits: readonly number[];
  readonly inputs: 'signed' | 'nonnegative';
  readonly firstSeed: number;
  readonly seeds: number;
}

export interface SuccessResult extends JsonRecord {
  readonly width: number;
  readonly depth: number;
  /** Source weights, a decimal string. */
  readonly weights: string;
  readonly failures: number;
  /** At most 1, six digits, rounded upwards. */
  readonly failureBound: number;
  /** The first seeds that fail, at most five. */
  readonly failingSeeds: readonly number[];
}

export type SuccessRecord = StudyRecord<SuccessPoint, SuccessResult>;

const RECORDED_SEEDS = 5;

const count = z.number().int().nonnegative();
const resultSchema = z.strictObject({
  width: count,
  depth: count,
  weights: z.string().regex(/^\d+$/),
  failures: count,
  failureBound: z.number().min(0).max(1),
  failingSeeds: z.array(count),
});

/** Fewer digits than computed: the last ones depend on the order of a sum. */
function recordedBound(failureBound: number): number {
  return Number(decimalRoundedUp(Math.min(1, failureBound)));
}

function systemOf(construction: string, varied: string): SuccessSystem {
  const system = successSystems.find(
    (each) => each.construction === construction && each.varied === varied,
  );
  if (system === undefined) throw new RangeError(`no study of ${construction} by ${varied}`);
  return system;
}

export const successStudy: Study<SuccessOptions, SuccessPoint, SuccessResult> = {
  name: 'success',
  resultSchema,
  plan({ seeds, firstSeed, constructions }) {
    return successSystems
      .filter(({ construction }) => constructions?.includes(construction) ?? true)
      .flatMap((system) =>
        (system.shapes ?? SUCCESS_SHAPES).flatMap((shape) =>
          system.values(shape).map(
            (value): SuccessPoint => ({
              construction: system.construction,
              varied: system.varied,
              value,
              ...shape,
              firstSeed,
              seeds,
            }),
          ),
        ),
      );
  },
  run(point) {
    const { construction, varied, value, firstSeed, seeds } = point;
    const trial = systemOf(construction, varied).trial(point, value);
    let failures = 0;
    const failingSeeds: number[] = [];
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      if (trial.holds(BigInt(seed))) continue;
      failures++;
      if (failingSeeds.length < RECORDED_SEEDS) failingSeeds.push(seed);
    }
    const { width, depth, weights, failureBound } = trial;
    return {
      width,
      depth,
      weights: weights.toString(),
      failures,
      failureBound: recordedBound(failureBound),
      failingSeeds,
    };
  },
};

/** Points of one construction, one shape: a curve. */
export interface SuccessCurve {
  readonly system: SuccessSystem;
  readonly shape: TargetShape;
  readonly name: string;
  readonly records: readonly SuccessRecord[];
}

/** The records by construction and shape, in their order. */
export function successCurves(records: readonly SuccessRecord[]): SuccessCurve[] {
  const curves = new Map<
    string,
    { head: Omit<SuccessCurve, 'records'>; records: SuccessRecord[] }
  >();
  for (const record of records) {
    const { construction, varied, dimensions, bits, inputs } = record.point;
    const shape = { dimensions, bits, inputs };
    const system = systemOf(construction, varied);
    const name = system.describe(shape);
    const key = `${construction} ${varied} ${name}`;
    const curve = curves.get(key);
    if (curve !== undefined) curve.records.push(record);
    else {
      curves.set(key, { head: { system, shape, name }, records: [record] });
    }
  }
  return [...curves.values()].map(({ head, records: own }) => ({ ...head, records: own }));
}

/** Confidence band of the share of failing seeds. */
export function failureBand({ point, result }: SuccessRecord, level: number): Interval {
  return binomialInterval(result.failures, point.seeds, level);
}

export interface SuccessVerdict {
  readonly points: number;
  /** Level of each point's own band with which all bands together hold at `level`. */
  readonly pointLevel: number;
  /** Points whose whole band lies above the bound: evidence against the bound. */
  readonly above: readonly SuccessPoint[];
  /** Points whose band at 95 % lies above the bound; up to 1 in 40 is what chance gives. */
  readonly aboveAt95: number;
}

/**
 * Whether the bounds stand: no point's measured share of failures is above its bound beyond its
 * confidence band. The bands are simultaneous (Bonferroni): all hold at once with probability `level`.
 */
export function checkSuccess(records: readonly SuccessRecord[], level = 0.99): SuccessVerdict {
  checkEach('records', records, { point: 'object', result: 'object' });
  const pointLevel = 1 - (1 - level) / Math.max(1, records.length);
  const isAbove = (record: SuccessRecord, at: number): boolean =>
    failureBand(record, at).low > record.result.failureBound;
  return {
    points: records.length,
    pointLevel,
    above: records.filter((record) => isAbove(record, pointLevel)).map(({ point }) => point),
    aboveAt95: records.filter((record) => isAbove(record, 0.95)).length,
  };
}
