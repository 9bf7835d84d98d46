/**
 * A plan: where every row lies in the machine's memory and which streams the kernels run through, for
 * one choice of number types. Each segment adds digits in the type of its columns (narrow) and goes on
 * in its own type (wide), so that small integers are added many lanes at a time.
 */
import { complete, type Steps } from '../../core/steps.js';
import { chooseGroupingSteps, type Grouping, groupingCost, tableSize } from './digit-tables.js';
import { isFloat, LANE_BYTES, type LaneType, ROW_BYTES, rowBytesOf } from './lane-type.js';
import {
  groupsPerChunk,
  isChained,
  type PlannedSegment,
  planSegmentSteps,
  type Sharing,
} from './segment-plan.js';
import type { Segment } from './segments.js';
import { sharedCost, sharePairsSteps } from './shared-pairs.js';
import { streamWriter } from './stream-writer.js';

/** The number types of a plan. */
export interface Types {
  /** Of the inputs; then of each segment's rows. Never narrower than the one before. */
  readonly inputs: LaneType;
  readonly segments: readonly LaneType[];
  /** One lane at a time; then all types are the same. */
  readonly single: boolean;
  /** Numbers of the segments whose columns are rounded to integers of 32 bits (`fixed-point.ts`). */
  readonly fixed?: readonly number[];
  /** A bound on the absolute inputs, where the inputs are integers narrower than the rows. */
  readonly largestInput: number;
}

export interface Plan {
  readonly types: Types;
  readonly segments: readonly PlannedSegment[];
  /** The inputs' rows: byte address of the first, bytes from one to the next, how many. */
  readonly inputs: { readonly start: number; readonly stride: number; readonly count: number };
  /** Whether the last input is the constant. */
  readonly constant: boolean;
  /** Byte addresses of the outputs' rows. */
  readonly outputs: readonly number[];
  readonly streams: Uint32Array;
  /** Where the streams go, and the bytes of memory up to their end. */
  readonly streamStart: number;
  readonly bytes: number;
  /** Row additions for one batch of lanes: table entries, digits and terms. */
  readonly additions: { readonly tables: number; readonly digits: number; readonly terms: number };
}

export type IntegerType = 'int16' | 'int32' | 'int64';

/** Largest absolute value of an integer type. */
export const INTEGER_LIMIT: Readonly<Record<IntegerType, number>> = {
  int16: 2 ** 15 - 1,
  int32: 2 ** 31 - 1,
  // The largest float64 below 2^63.
  int64: 2 ** 63 - 1024,
};

/**
 * Lays a plan out, with tables of the best size unless `choose` says otherwise. Where digits do not fit
 * the narrow types, all segments get the last one's type.
 */
export function planSegments(
  given: readonly Segment[],
  types: Types,
  constant: boolean,
  choose?: (segment: Segment) => Grouping,
): Plan {
  return complete(planSegmentsSteps(given, types, constant, choose));
}

/** The same in steps of stage `compile`, counted in layers of which each segment has the like number. */
export function* planSegmentsSteps(
  given: readonly Segment[],
  types: Types,
  constant: boolean,
  choose?: (segment: Segment) => Grouping,
): Steps<Plan> {
  const uniform = uniformTypes(types);
  const plan =
    (yield* tryPlanSteps(given, types, constant, { choose })) ??
    (yield* tryPlanSteps(given, uniform, constant, { choose }));
  if (plan === null) throw new Error('a plan in one type cannot overflow');
  return plan;
}

/** The last segment's type for all. */
export function uniformTypes(types: Types): Types {
  const wide = types.segments[types.segments.length - 1];
  return { ...types, inputs: wide, segments: types.segments.map(() => wide) };
}

export interface PlanOptions {
  /** Tables; of the best size unless it is given. */
  readonly choose?: ((segment: Segment) => Grouping) | undefined;
  /** Whether rows may be differences (see `Kernels`): fewer calls, in another order. */
  readonly differences?: boolean;
  /** What writing one table entry costs, in additions. */
  readonly entryCost?: number;
}

/** Null where digits do not fit a narrow type. */
export function* tryPlanSteps(
  given: readonly Segment[],
  types: Types,
  constant: boolean,
  { choose, differences = false, entryCost }: PlanOptions = {},
): Steps<Plan | null> {
  const narrowOf = (index: number): LaneType =>
    index === 0 ? types.inputs : types.segments[index - 1];
  const segments = given.map((segment, index) =>
    narrowOf(index) === types.segments[index] ? segment : withRowsForOutputs(segment),
  );
  const sharings: Sharing[] = [];
  yield { stage: 'compile', done: 0, total: segments.length };
  for (const [index, segment] of segments.entries()) {
    const grouping = choose?.(segment) ?? (yield* chooseGroupingSteps(segment, entryCost));
    const mayShare = differences && isChained(narrowOf(index), types.segments[index] as LaneType);
    const shared = mayShare ? yield* sharePairsSteps(segment) : null;
    const tables = groupingCost(segment, grouping, entryCost);
    const isLess = shared !== null && sharedCost(shared) < tables;
    sharings.push({ grouping, shared: isLess ? shared : null });
  }
  const rowBytes = (type: LaneType): number => (types.single ? LANE_BYTES[type] : rowBytesOf(type));
  let free = 0;
  const allocate = (rows: number, type: LaneType): number => {
    const start = free;
    free += wholeRows(rows * rowBytes(type));
    return start;
  };
  const writer = streamWriter();
  const additions = { tables: 0, digits: 0, terms: 0 };
  const count = segments[0].columns;
  const stride = rowBytes(types.inputs);
  const start = allocate(count, types.inputs);
  // Tables of different segments are never needed together.
  const tableEntries = sharings.map(({ grouping: { size }, shared }) =>
    shared === null ? groupsPerChunk(size) * tableSize(size) : shared.pairs.length,
  );
  const tableStart = free;
  free += Math.max(
    ...tableEntries.map((entries, index) => wholeRows(entries * rowBytes(narrowOf(index)))),
  );
  let columnAt: readonly number[] = Array.from(
    { length: count },
    (_, column) => start + column * stride,
  );
  const planned: PlannedSegment[] = [];
  for (const [index, segment] of segments.entries()) {
    const narrow = narrowOf(index);
    const wide = types.segments[index];
    const limit =
      narrow === wide || isFloat(narrow) || narrow === 'fixed32'
        ? Number.POSITIVE_INFINITY
        : INTEGER_LIMIT[narrow] / types.largestInput;
    const laid = yield* planSegmentSteps(segment, sharings[index], {
      ...{
        narrow,
        wide,
        rowBytes,
        columnAt,
        tableStart,
        allocate,
        writer,
        additions,
        limit,
        differences,
      },
    });
    if (laid === null) return null;
    planned.push(laid.segment);
    columnAt = laid.outputs;
    yield { stage: 'compile', done: index + 1, total: segments.length };
  }
  const streams = writer.toArray();
  return {
    types,
    segments: planned,
    inputs: { start, stride, count },
    constant,
    outputs: columnAt,
    streams,
    streamStart: free,
    bytes: free + streams.byteLength,
    additions,
  };
}

const wholeRows = (bytes: number): number => Math.ceil(bytes / ROW_BYTES) * ROW_BYTES;

/** The same segment with a row for each output that was a column: the next type is another one. */
function withRowsForOutputs(segment: Segment): Segment {
  const { columns, outputs } = segment;
  const rows = [...segment.rows];
  const copies = new Map<number, number>();
  const copied = outputs.map((value) => {
    if (value >= columns) return value;
    const known = copies.get(value);
    if (known !== undefined) return known;
    rows.push({ digits: Int32Array.of(value, 1), terms: [], level: 0 });
    copies.set(value, columns + rows.length - 1);
    return columns + rows.length - 1;
  });
  return { ...segment, rows, outputs: copied };
}
