/**
 * Results as text: a JSON Lines file, one head line and one line per point, that a run appends to and a
 * later run continues; and the same as CSV for other tools.
 */
import { z } from 'zod';
import { InputError } from '../core/errors.js';
import { type JsonRecord, pointKey, type Study, type StudyRecord } from './study.js';

/** Raised whenever the same point gets another result. */
export const RESULTS_VERSION = 1;
const LINE_END = 0x0a;

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const recordSchema = z.strictObject({
  point: z.record(z.string(), z.union([scalar, z.array(scalar)])),
  result: z.unknown(),
});

/** The first line of a study's results file, without its line end. */
export function resultsHead(study: string): string {
  return JSON.stringify({ unearth: 'study', study, version: RESULTS_VERSION });
}

/** One point's line, without its line end. */
export function recordLine({ point, result }: StudyRecord<JsonRecord, JsonRecord>): string {
  return JSON.stringify({ point, result });
}

/** A part of a study's points: every `of`-th, from number `number` (from 1) on. */
export interface Shard {
  readonly number: number;
  readonly of: number;
}

/** The points of a shard, in their order. Neighbours, which take about as long, go to different shards. */
export function pointsOfShard<Point>(
  planned: readonly Point[],
  { number, of }: Shard,
): readonly Point[] {
  return planned.filter((_, index) => index % of === number - 1);
}

export interface Results<Point extends JsonRecord, Result extends JsonRecord> {
  /** Results of planned points, by `pointKey`. */
  readonly found: ReadonlyMap<string, StudyRecord<Point, Result>>;
  /** Lines of points that are not planned, e.g. of a run with other seeds. */
  readonly others: readonly string[];
  /** Bytes up to the end of the last whole line; what follows is half a line. */
  readonly wholeLength: number;
}

/**
 * Reads a results file. Its last line counts only if it is whole: a killed run may leave half of one.
 * Throws an `InputError` that names the line for anything else that is not a result of this study.
 */
export function readResults<Point extends JsonRecord, Result extends JsonRecord>(
  bytes: Uint8Array,
  study: Study<never, Point, Result>,
  planned: readonly Point[],
  remedy = 'name another folder as option "output", or remove the file to begin anew',
): Results<Point, Result> {
  const refuse = (line: number, problem: string): never => {
    throw new InputError({ place: `line ${line}`, problem, remedy });
  };
  const wholeLength = bytes.lastIndexOf(LINE_END) + 1;
  const decoder = new TextDecoder();
  if (wholeLength === 0) {
    if (!resultsHead(study.name).startsWith(decoder.decode(bytes))) {
      refuse(1, `this is no results file of the study ${study.name}`);
    }
    return { found: new Map(), others: [], wholeLength: 0 };
  }
  const [head, ...lines] = decoder.decode(bytes.subarray(0, wholeLength - 1)).split('\n');
  if (head !== resultsHead(study.name)) {
    refuse(1, `this is no results file of the study ${study.name} in version ${RESULTS_VERSION}`);
  }
  const points = new Map(planned.map((point) => [pointKey(point), point]));
  const found = new Map<string, StudyRecord<Point, Result>>();
  const others: string[] = [];
  for (const [index, line] of lines.entries()) {
    const record = recordSchema.safeParse(parseJson(line));
    if (!record.success) return refuse(index + 2, 'not a point with its result');
    const key = pointKey(record.data.point);
    const point = points.get(key);
    if (point === undefined) {
      others.push(line);
      continue;
    }
    const result = study.resultSchema.safeParse(record.data.result);
    if (!result.success) return refuse(index + 2, 'not a result of this study');
    found.set(key, { point, result: result.data });
  }
  return { found, others, wholeLength };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A whole results file: the planned points in their order, then the others. */
export function writeResults(
  study: string,
  records: readonly StudyRecord<JsonRecord, JsonRecord>[],
  others: readonly string[],
): string {
  return [resultsHead(study), ...records.map(recordLine), ...others]
    .map((line) => `${line}\n`)
    .join('');
}

function cell(value: JsonRecord[string]): string {
  if (value === null) return '';
  const text = Array.isArray(value) ? value.join(' ') : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The columns of a record: its parameters, then its results. */
function columnsOf({ point, result }: StudyRecord<JsonRecord, JsonRecord>): string[] {
  return [...Object.keys(point), ...Object.keys(result)];
}

/** Records as CSV with a head line; lists are separated by spaces. */
export function recordsToCsv(records: readonly StudyRecord<JsonRecord, JsonRecord>[]): string {
  const columns = records.length === 0 ? [] : columnsOf(records[0]);
  const rows = records.map(({ point, result }) => {
    const values: JsonRecord = { ...point, ...result };
    return columns.map((column) => cell(values[column])).join(',');
  });
  return [columns.join(','), ...rows].map((line) => `${line}\n`).join('');
}
