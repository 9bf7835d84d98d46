/** Executes a plan: loads samples into lanes, runs the streams segment by segment, reads the outputs. */
import type { Steps } from '../../core/steps.js';
import { fixedKernels } from './fixed-point.js';
import type { Kernels, Machine, MachineFactory, Widen } from './kernels.js';
import { LANE_BYTES, type LaneType, rowBytesOf } from './lane-type.js';
import { mixedChains } from './mixed-chains.js';
import type { Plan, Types } from './plan.js';
import type { PlannedSegment, Sums } from './segment-plan.js';
import type { Range } from './stream-writer.js';

/** The samples that go through together, all but the constant in one batch. */
export interface Lanes {
  readonly batch: Float64Array;
  /** Where each sample starts in the batch. */
  readonly starts: readonly number[];
  /** Each sample is multiplied by its factor, a power of two. */
  readonly factors: readonly number[];
  /** The constant input, before its multiplication by the factor. */
  readonly unit: number;
}

/** Takes output number `output` of a lane, of maps at a position; integers of 64 bits come as BigInts. */
export type TakeOutput = (
  output: number,
  lane: number,
  value: number | bigint,
  position: number,
) => void;

export interface Runner {
  readonly types: Types;
  /** Row additions for one batch of lanes. */
  readonly additions: number;
  /** How many samples go through together. */
  readonly lanes: number;
  /** Yields where it takes long. */
  runSteps(lanes: Lanes, take: TakeOutput): Steps<void>;
}

/** A machine's memory as lanes of each type. */
export type LaneViews = Readonly<
  Record<Exclude<LaneType, 'int64'>, Int16Array | Int32Array | Float32Array | Float64Array>
> & { readonly words: Int32Array; readonly int64: BigInt64Array };

export function laneViews(buffer: ArrayBuffer): LaneViews {
  return {
    int16: new Int16Array(buffer),
    int32: new Int32Array(buffer),
    words: new Int32Array(buffer),
    int64: new BigInt64Array(buffer),
    float32: new Float32Array(buffer),
    float64: new Float64Array(buffer),
    fixed32: new Int32Array(buffer),
  };
}

/** Writes an integer into lane `index` of 64 bits. */
export function putInt64({ words }: LaneViews, index: number, value: number): void {
  words[2 * index] = value % 2 ** 32;
  words[2 * index + 1] = Math.floor(value / 2 ** 32);
}

/** Lanes of a row. */
export const lanesOf = (type: LaneType, { single }: Pick<Types, 'single'>): number =>
  single ? 1 : rowBytesOf(type) / LANE_BYTES[type];

/** A runner with a machine of its own. `factors` are the blocks' powers of two, for float types. */
export function planRunner(
  plan: Plan,
  factors: readonly number[],
  machines: MachineFactory,
): Runner {
  const { types, streamStart, additions } = plan;
  const machine = machines.create(plan.bytes);
  new Uint32Array(machine.buffer, streamStart, plan.streams.length).set(plan.streams);
  const views = laneViews(machine.buffer);
  const run = segmentsRunner(plan, streamStart, machine, factors);
  const last = types.segments[types.segments.length - 1];

  function load({ batch, starts, factors: laneFactors, unit }: Lanes): void {
    const { inputs: type } = types;
    const { start, stride, count } = plan.inputs;
    const values = plan.constant ? count - 1 : count;
    const size = LANE_BYTES[type];
    const step = stride / size;
    for (const [lane, from] of starts.entries()) {
      const factor = laneFactors[lane];
      const first = start / size + lane;
      if (type === 'int64') {
        for (let input = 0, at = first; input < count; input++, at += step) {
          putInt64(views, at, (input < values ? batch[from + input] : unit) * factor);
        }
      } else {
        const view = views[type];
        for (let input = 0, at = first; input < values; input++, at += step) {
          view[at] = batch[from + input] * factor;
        }
        if (plan.constant) view[first + values * step] = unit * factor;
      }
    }
  }

  function unload(firstLane: number, count: number, take: TakeOutput): void {
    const size = LANE_BYTES[last];
    const lanes = Math.min(lanesOf(last, types), count - firstLane);
    for (const [output, address] of plan.outputs.entries()) {
      for (let lane = 0; lane < lanes; lane++) {
        take(output, firstLane + lane, views[last][address / size + lane], 0);
      }
    }
  }

  return {
    types,
    additions: additions.tables + additions.digits + additions.terms,
    lanes: lanesOf(types.inputs, types),
    // One batch of lanes takes no longer than some milliseconds.
    *runSteps(lanes, take) {
      const count = lanes.starts.length;
      load(lanes);
      run(count, (firstLane) => unload(firstLane, count, take));
    },
  };
}

/**
 * Runs a plan's segments on the first `count` lanes that its columns hold; `finished` is told of each of the
 * last type's rows as soon as the outputs have it, by its first lane. Where the columns are integers of 32 bits,
 * a row's units times the block's factor lie at `units`.
 */
export function segmentsRunner(
  { segments, types }: Pick<Plan, 'segments' | 'types'>,
  streamStart: number,
  machine: Machine,
  factors: readonly number[],
): (count: number, finished: (firstLane: number) => void, units?: number) => void {
  const steps = segments.map((segment) =>
    segmentSteps(segment, { types, streamStart }, machine, factors),
  );
  /** Runs the segments from `index` on, for the lanes that the columns of that segment hold. */
  function runFrom(
    index: number,
    firstLane: number,
    count: number,
    finished: (firstLane: number) => void,
    units: number,
  ): void {
    if (index === segments.length) {
      finished(firstLane);
      return;
    }
    const { narrow, wide } = segments[index];
    const { digits, finish } = steps[index];
    digits();
    const wideLanes = lanesOf(wide, types);
    const planes = lanesOf(narrow, types) / wideLanes;
    for (let plane = 0; plane < planes; plane++) {
      const lane = firstLane + plane * wideLanes;
      if (lane >= count) break;
      finish(plane, units);
      runFrom(index + 1, lane, count, finished, units);
    }
  }
  return (count, finished, units = 0) => runFrom(0, 0, count, finished, units);
}

interface SegmentSteps {
  /** All digits, in the narrow type. */
  digits(): void;
  /** Everything else, for one part of the lanes; where digits are integers, in the units that lie there. */
  finish(plane: number, units: number): void;
}

function segmentSteps(
  segment: PlannedSegment,
  { types, streamStart }: Pick<Plan, 'types' | 'streamStart'>,
  machine: Machine,
  factors: readonly number[],
): SegmentSteps {
  const {
    narrow,
    wide,
    chunks,
    pairs,
    widenSet,
    widenAdd,
    levels,
    chains,
    rectify,
    scale,
    endsBlock,
  } = segment;
  const narrowKernels = machine.kernels(narrow, types.single);
  const wideKernels = machine.kernels(wide, types.single);
  const factor = endsBlock >= 0 && !wide.startsWith('int') ? factors[endsBlock] : 1;
  const call = (kernel: (stream: number, end: number) => void, { start, end }: Range): void => {
    if (end > start) kernel(streamStart + start, streamStart + end);
  };
  const widenKernels: Widen | null = narrow === wide ? null : machine.widen(narrow, wide);
  const isFixed = narrow === 'fixed32';
  const addChains = isFixed ? mixedChains(machine) : wideKernels.chains;
  const inUnits = isFixed ? fixedKernels(machine).scale : null;
  const planeBytes = (rowBytesOf(wide) * LANE_BYTES[narrow]) / LANE_BYTES[wide];
  const add = ({ initialize, accumulate }: Sums, kernels: Kernels): void => {
    call(kernels.initialize, initialize);
    call(kernels.accumulate, accumulate);
  };
  return {
    digits() {
      call(narrowKernels.pairs, pairs);
      for (const chunk of chunks) {
        call(narrowKernels.tables, chunk.tables);
        add(chunk, narrowKernels);
      }
    },
    finish(plane, units) {
      if (widenKernels !== null) {
        const { set, add: addTo } = widenKernels;
        const offset = plane * planeBytes;
        call((stream, end) => set(stream, end, offset), widenSet);
        call((stream, end) => addTo(stream, end, offset), widenAdd);
      }
      for (const level of levels) add(level, wideKernels);
      call(addChains, chains);
      call(wideKernels.rectify, rectify);
      // The block's factor is in them.
      if (inUnits !== null) call((stream, end) => inUnits(stream, end, units), scale);
      else if (factor !== 1) call((stream, end) => wideKernels.scale(stream, end, factor), scale);
    },
  };
}
