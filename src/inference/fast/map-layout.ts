/**
 * A plan for feature maps: one for each block, whose lanes are positions of all samples at a time (lane
 * `position * samples + sample`), and where the planes between blocks lie. Blocks go through the same rows
 * and tables one after the other; what a block makes of its lanes is put into a plane, and what the next one's
 * taps see of it is copied from there. However large a plane is, only rows of lanes go through at a time.
 */
import type { Steps } from '../../core/steps.js';
import type { MapFastProgram } from '../map-fast-program.js';
import type { Gather } from '../map-program.js';
import { type DigitExtent, digitExtent } from './fixed-point.js';
import { LANE_BYTES, type LaneType, ROW_BYTES } from './lane-type.js';
import { type Plan, type Types, tryPlanSteps, uniformTypes } from './plan.js';
import { lanesOf } from './runner.js';
import type { Segment } from './segments.js';
import { type Range, streamWriter } from './stream-writer.js';

/** Maps between two blocks. Channel by channel: lanes, and then a row of zeros, which is what lies outside. */
export interface PlaneLayout {
  readonly channels: number;
  readonly area: number;
  readonly type: LaneType;
  /** From one channel to the next; the zeros are the last `ROW_BYTES` of them. */
  readonly channelBytes: number;
}

export interface BlockLayout {
  readonly plan: Plan;
  /** Where its streams lie. */
  readonly streamStart: number;
  /** Null where it reads each position by itself. */
  readonly gather: Gather | null;
  /** Records `output row, channel of the plane behind`. */
  readonly store: Range;
  readonly before: PlaneLayout;
  readonly behind: PlaneLayout;
  /** Where the plane before is rounded to integers first (`fixed-plane.ts`). */
  readonly extent: DigitExtent | null;
}

export interface MapLayout {
  readonly types: Types;
  readonly blocks: readonly BlockLayout[];
  /** Samples that go through together at most. */
  readonly samples: number;
  /** Where all streams lie, those of the copies after the last block's. */
  readonly streams: readonly { readonly start: number; readonly words: Uint32Array }[];
  /** Where the records are written that say what taps see. */
  readonly records: number;
  /** Where there is room for a row of lanes of each position, and for units (`fixed-plane.ts`). */
  readonly scratch: number;
  /** Two regions that planes lie in by turns. */
  readonly regions: readonly [number, number];
  readonly bytes: number;
}

/** Tables of few rows are written for fewer of them: an entry costs more (measured). */
const MAP_PLANS = { differences: true, entryCost: 2 };

/** Planes of several samples are no longer than this, but for a single sample's: 64 MB. */
const REGION_BYTES = 2 ** 26;

/** Planes take about `regionBytes` at the most, unless one sample takes more. In steps of stage `compile`, counted in segments. */
export function* mapLayoutSteps(
  program: MapFastProgram,
  segments: readonly Segment[],
  types: Types,
  regionBytes = REGION_BYTES,
): Steps<MapLayout> {
  const uniform = uniformTypes(types);
  const narrow = yield* planBlocksSteps(segments, types);
  const plans = narrow ?? (yield* planBlocksSteps(segments, uniform));
  if (plans === null) throw new Error('a plan in one type cannot overflow');
  const starts = segments.filter((_, index) => (segments[index - 1]?.endsBlock ?? 0) >= 0);
  const extents = plans.map((plan, block) =>
    plan.types.inputs === 'fixed32' ? digitExtent(starts[block] as Segment) : null,
  );
  return layOut(program, { plans, extents }, narrow === null ? uniform : types, regionBytes);
}

/** A plan a block; null where digits do not fit a narrow type. */
function* planBlocksSteps(segments: readonly Segment[], types: Types): Steps<Plan[] | null> {
  const plans: Plan[] = [];
  let first = 0;
  let { inputs } = types;
  for (const [index, { endsBlock }] of segments.entries()) {
    if (endsBlock < 0) continue;
    const isFixed = types.fixed?.includes(first) === true;
    const own = {
      ...types,
      inputs: isFixed ? ('fixed32' as const) : inputs,
      segments: types.segments.slice(first, index + 1),
    };
    const plan = yield* withoutNews(
      tryPlanSteps(segments.slice(first, index + 1), own, false, MAP_PLANS),
    );
    if (plan === null) return null;
    plans.push(plan);
    inputs = types.segments[index];
    first = index + 1;
    yield { stage: 'compile', done: first, total: segments.length };
  }
  return plans;
}

/** The steps of a part, which counts otherwise than the whole. */
function* withoutNews<T>(steps: Steps<T>): Steps<T> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    yield;
  }
}

function layOut(
  { inputs, blockEnds, maps }: MapFastProgram,
  { plans, extents }: { plans: readonly Plan[]; extents: readonly (DigitExtent | null)[] },
  types: Types,
  regionBytes: number,
): MapLayout {
  const gathers = plans.map(
    (_, block) => maps.gathers[block === 0 ? 0 : blockEnds[block - 1]] ?? null,
  );
  const first = {
    channels: inputs,
    area: maps.input.height * maps.input.width,
    type: types.inputs,
  };
  const planes = [first];
  for (const [block, { outputs, types: own }] of plans.entries()) {
    const area = gathers[block]?.to ?? planes[block].area;
    planes.push({ channels: outputs.length, area, type: own.segments[own.segments.length - 1] });
  }
  const samples = samplesAtOnce(planes, lanesOf(types.inputs, types), regionBytes);
  const laid = planes.map(
    (plane): PlaneLayout => ({
      ...plane,
      channelBytes: wholeRows(plane.area * samples * LANE_BYTES[plane.type]) + ROW_BYTES,
    }),
  );
  let free = Math.max(...plans.map(({ streamStart }) => streamStart));
  const streams: { start: number; words: Uint32Array }[] = [];
  const place = (words: Uint32Array): number => {
    const start = free;
    streams.push({ start, words });
    free = wholeRows(free + words.byteLength);
    return start;
  };
  const blocks = plans.map((plan, block): BlockLayout => {
    const writer = streamWriter();
    const behind = laid[block + 1];
    const { start, end } = writer.words(
      plan.outputs.flatMap((row, channel) => [row, channel * behind.channelBytes]),
    );
    const streamStart = place(plan.streams);
    const storeStart = place(writer.toArray());
    return {
      ...{ plan, streamStart, gather: gathers[block], before: laid[block], behind },
      extent: extents[block],
      store: { start: storeStart + start, end: storeStart + end },
    };
  });
  const records = free;
  free = wholeRows(free + RECORD_BYTES * mostRecords(blocks));
  const scratch = free;
  free = scratch + Math.max(...laid.map(({ area }) => scratchBytes(area, samples)));
  const region = Math.max(...laid.map(({ channels, channelBytes }) => channels * channelBytes));
  return {
    ...{ types, blocks, samples, streams, records, scratch },
    regions: [free, free + region],
    bytes: free + 2 * region,
  };
}

const RECORD_BYTES = 8;

const wholeRows = (bytes: number): number => ROW_BYTES * Math.ceil(bytes / ROW_BYTES);

/** Sums of the channels of float64 lanes, and twice a number for each sample and a row more. */
const scratchBytes = (area: number, samples: number): number =>
  wholeRows(LANE_BYTES.float64 * area * samples) +
  2 * wholeRows(LANE_BYTES.float64 * samples + ROW_BYTES);

/** No more than a row has lanes, which is as good as it gets. */
function samplesAtOnce(
  planes: readonly Omit<PlaneLayout, 'channelBytes'>[],
  lanes: number,
  regionBytes: number,
): number {
  const largest = Math.max(
    ...planes.map(({ channels, area, type }) => channels * area * LANE_BYTES[type]),
  );
  return Math.max(1, Math.min(lanes, Math.floor(regionBytes / largest)));
}

/** Copies for one row of lanes: where they do not go by rows, one for each tap and lane. */
function mostRecords(blocks: readonly BlockLayout[]): number {
  return Math.max(
    ...blocks.map(
      ({ plan: { types }, gather }) => (gather?.taps ?? 1) * lanesOf(types.inputs, types),
    ),
  );
}
