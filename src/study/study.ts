/**
 * What a study is: a plan of points and a pure function that computes any one of them from its
 * parameters and seeds alone, so that points can be computed in any order, on any thread, and again.
 */

import type { Schema } from '../core/schema.js';

export const STUDY_NAMES = ['success', 'size', 'expressivity', 'universality'] as const;
export type StudyName = (typeof STUDY_NAMES)[number];

/** What parameters and results are made of; numbers are finite. */
export type Scalar = string | number | boolean | null;

/** Flat, so that any table can hold it. */
export type JsonRecord = { readonly [key: string]: Scalar | readonly Scalar[] };

export interface Study<Options, Point extends JsonRecord, Result extends JsonRecord> {
  readonly name: string;
  /** All points of the study, in the order of its results; each occurs once. */
  plan(options: Options): readonly Point[];
  /** The result of one point. Deterministic. */
  run(point: Point): Result;
  /** What results read from a file must be. */
  readonly resultSchema: Schema<Result>;
}

/** One point with its result: a line of a results file. */
export interface StudyRecord<Point extends JsonRecord, Result extends JsonRecord> {
  readonly point: Point;
  readonly result: Result;
}

/** What identifies a point: its parameters as text. */
export function pointKey(point: JsonRecord): string {
  return JSON.stringify(point);
}
