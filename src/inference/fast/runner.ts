/** Executes a plan: loads samples into lanes, runs the streams segment by segment, reads the outputs. */
import type { Kernels, Machine, MachineFactory, Widen } from './kernels.js';
import { LANE_BYTES, type LaneType, ROW_BYTES } from './lane-type.js';
import type { Plan } from './plan.js';
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

/** Takes output number `output` of a lane; integers beyond 2^53 come as BigInts. */
export type TakeOutput = (output: number, lane: number, value: number | bigint) => void;

export interface Runner {
  readonly plan: Plan;
  /** How many samples go through together. */
  readonly lanes: number;
  run(lanes: Lanes, take: TakeOutput): void;
}

type Views = Readonly<Record<'int16' | 'int32' | 'float32' | 'float64', LaneArray>> & {
  readonly words: Int32Array;
  readonly int64: BigInt64Array;
};
type LaneArray = Int16Array | Int32Array | Float32Array | Float64Array;

/** A runner with a machine of its own. `factors` are the blocks' powers of two, for float types. */
export function planRunner(
  plan: Plan,
  factors: readonly number[],
  machines: MachineFactory,
): Runner {
  const { types, segments, streamStart } = plan;
  const machine = machines.create(plan.bytes);
  const { buffer } = machine;
  new Uint32Array(buffer, streamStart, plan.streams.length).set(plan.streams);
  const views: Views = {
    int16: new Int16Array(buffer),
    int32: new Int32Array(buffer),
    words: new Int32Array(buffer),
    int64: new BigInt64Array(buffer),
    float32: new Float32Array(buffer),
    float64: new Float64Array(buffer),
  };
  const lanesOf = (type: LaneType): number => (types.single ? 1 : ROW_BYTES / LANE_BYTES[type]);
  const steps = segments.map((segment) => segmentSteps(segment, plan, machine, factors));
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
        for (let input = 0; input < count; input++) {
          putInt64(first + input * step, (input < values ? batch[from + input] : unit) * factor);
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

  function putInt64(index: number, value: number): void {
    views.words[2 * index] = value % 2 ** 32;
    views.words[2 * index + 1] = Math.floor(value / 2 ** 32);
  }

  function unload(firstLane: number, count: number, take: TakeOutput): void {
    const size = LANE_BYTES[last];
    const lanes = Math.min(lanesOf(last), count - firstLane);
    for (const [output, address] of plan.outputs.entries()) {
      for (let lane = 0; lane < lanes; lane++) {
        const value =
          last === 'int64' ? views.int64[address / 8 + lane] : views[last][address / size + lane];
        take(output, firstLane + lane, value);
      }
    }
  }

  /** Runs the segments from `index` on, for the lanes that the columns of that segment hold. */
  function runFrom(index: number, firstLane: number, count: number, take: TakeOutput): void {
    if (index === segments.length) {
      unload(firstLane, count, take);
      return;
    }
    const { narrow, wide } = segments[index];
    const { digits, finish } = steps[index];
    digits();
    const wideLanes = lanesOf(wide);
    const planes = lanesOf(narrow) / wideLanes;
    for (let plane = 0; plane < planes; plane++) {
      const lane = firstLane + plane * wideLanes;
      if (lane >= count) break;
      finish(plane);
      runFrom(index + 1, lane, count, take);
    }
  }

  return {
    plan,
    lanes: lanesOf(types.inputs),
    run(lanes, take) {
      load(lanes);
      runFrom(0, 0, lanes.starts.length, take);
    },
  };
}

interface SegmentSteps {
  /** All digits, in the narrow type. */
  digits(): void;
  /** Everything else, for one part of the lanes. */
  finish(plane: number): void;
}

function segmentSteps(
  segment: PlannedSegment,
  { types, streamStart }: Plan,
  machine: Machine,
  factors: readonly number[],
): SegmentSteps {
  const { narrow, wide, chunks, widenSet, widenAdd, levels, rectify, scale, endsBlock } = segment;
  const narrowKernels = machine.kernels(narrow, types.single);
  const wideKernels = machine.kernels(wide, types.single);
  const factor = endsBlock >= 0 && !wide.startsWith('int') ? factors[endsBlock] : 1;
  const call = (kernel: (stream: number, end: number) => void, { start, end }: Range): void => {
    if (end > start) kernel(streamStart + start, streamStart + end);
  };
  const widenKernels: Widen | null = narrow === wide ? null : machine.widen(narrow, wide);
  const planeBytes = (ROW_BYTES * LANE_BYTES[narrow]) / LANE_BYTES[wide];
  const add = ({ initialize, accumulate }: Sums, kernels: Kernels): void => {
    call(kernels.initialize, initialize);
    call(kernels.accumulate, accumulate);
  };
  return {
    digits() {
      for (const chunk of chunks) {
        call(narrowKernels.tables, chunk.tables);
        add(chunk, narrowKernels);
      }
    },
    finish(plane) {
      if (widenKernels !== null) {
        const { set, add: addTo } = widenKernels;
        const offset = plane * planeBytes;
        call((stream, end) => set(stream, end, offset), widenSet);
        call((stream, end) => addTo(stream, end, offset), widenAdd);
      }
      for (const level of levels) add(level, wideKernels);
      call(wideKernels.rectify, rectify);
      if (factor !== 1) call((stream, end) => wideKernels.scale(stream, end, factor), scale);
    },
  };
}
