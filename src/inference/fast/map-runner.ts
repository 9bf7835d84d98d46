/** Executes a plan for feature maps: block by block, and within a block row of lanes by row of lanes. */
import { everyFew, type Steps } from '../../core/steps.js';
import type { MapFastProgram } from '../map-fast-program.js';
import { coordinateOf } from '../map-program.js';
import { copyKernel } from './copy-kernels.js';
import type { FastSetting } from './fast-options.js';
import { fixedPlane, roundPlane } from './fixed-plane.js';
import type { Machine, MachineFactory } from './kernels.js';
import { LANE_BYTES, ROW_BYTES } from './lane-type.js';
import { type BlockLayout, type MapLayout, mapLayoutSteps } from './map-layout.js';
import {
  type Lanes,
  type LaneViews,
  lanesOf,
  laneViews,
  putInt64,
  type Runner,
  segmentsRunner,
  type TakeOutput,
} from './runner.js';
import { MAXIMUM_BYTES, type RunnerMaker } from './runner-store.js';
import { tapReader } from './tap-reader.js';

/** Rows that are added or copied between two steps: a few milliseconds. */
const ROWS_AT_ONCE = 2 ** 20;

/** Runners of one network. */
export function mapRunners(program: MapFastProgram): RunnerMaker<MapLayout> {
  return {
    *layoutSteps(_, segments, types) {
      const layout = yield* mapLayoutSteps(program, segments, types);
      return layout.bytes < MAXIMUM_BYTES ? layout : null;
    },
    runner: (setting, layout) => mapRunner(program, setting, layout),
  };
}

/** A runner with a machine of its own. */
function mapRunner(
  program: MapFastProgram,
  { machines, blocks: { factors } }: FastSetting,
  layout: MapLayout,
): Runner {
  // A run between two steps of another one has a machine of its own.
  const spare = [mapMachine(layout, machines, factors)];
  return {
    types: layout.types,
    additions: layout.blocks.reduce(
      (sum, block) => sum + additionsOf(block) * block.behind.area,
      0,
    ),
    lanes: layout.samples,
    *runSteps(lanes, take) {
      const own = spare.pop() ?? mapMachine(layout, machines, factors);
      const samples = lanes.starts.length;
      try {
        loadPlane(program, layout, own.views, lanes);
        const isTurn = everyFew(ROWS_AT_ONCE);
        for (const [index, run] of own.blocks.entries()) yield* run(samples, index % 2, isTurn);
        unloadPlane(layout, own.views, samples, take);
      } finally {
        spare.push(own);
      }
    },
  };
}

/** Of a sample, before the next one's turn. */
const POSITIONS_AT_ONCE = 64;

interface MapMachine {
  readonly views: LaneViews;
  readonly blocks: readonly RunBlock[];
}

function mapMachine(
  layout: MapLayout,
  machines: MachineFactory,
  factors: readonly number[],
): MapMachine {
  const machine = machines.create(layout.bytes);
  for (const { start, words } of layout.streams) {
    new Uint32Array(machine.buffer, start, words.length).set(words);
  }
  const blocks = layout.blocks.map((block) => blockRunner(block, layout, machine, factors));
  return { views: laneViews(machine.buffer), blocks };
}

/** Additions of rows for one row of lanes. */
function additionsOf({ plan: { additions } }: BlockLayout): number {
  return additions.tables + additions.digits + additions.terms;
}

/** Writes samples into the first region; the constant is everywhere. */
function loadPlane(
  { maps, constant }: MapFastProgram,
  { blocks, regions }: MapLayout,
  views: LaneViews,
  { batch, starts, factors, unit }: Lanes,
): void {
  const { channels, area, type, channelBytes } = blocks[0].before;
  const count = starts.length;
  const view = type === 'int64' ? null : views[type];
  for (let channel = 0; channel < channels; channel++) {
    const start = (regions[0] + channel * channelBytes) / LANE_BYTES[type];
    const isConstant = constant && channel === channels - 1;
    const first = isConstant ? 0 : coordinateOf(maps, channel, 0);
    const step = isConstant ? 0 : coordinateOf(maps, channel, 1) - first;
    // Some positions at a time: samples lie far apart, often by a power of two, and the plane is written row by row.
    for (let from = 0; from < area; from += POSITIONS_AT_ONCE) {
      const end = Math.min(area, from + POSITIONS_AT_ONCE);
      for (let sample = 0; sample < count; sample++) {
        const factor = factors[sample];
        const origin = starts[sample] + first;
        for (let position = from; position < end; position++) {
          const value = (isConstant ? unit : batch[origin + position * step]) * factor;
          const at = start + position * count + sample;
          if (view === null) putInt64(views, at, value);
          else view[at] = value;
        }
      }
    }
  }
}

/** Reads what the last block has put into its plane. */
function unloadPlane(
  { blocks, regions }: MapLayout,
  views: LaneViews,
  samples: number,
  take: TakeOutput,
): void {
  const { channels, area, type, channelBytes } = blocks[blocks.length - 1].behind;
  for (let channel = 0; channel < channels; channel++) {
    let at = (regions[blocks.length % 2] + channel * channelBytes) / LANE_BYTES[type];
    for (let position = 0; position < area; position++) {
      for (let sample = 0; sample < samples; sample++, at++) {
        take(channel, sample, views[type][at], position);
      }
    }
  }
}

/** Runs a block from one region to the other, for so many samples. */
type RunBlock = (samples: number, region: number, isTurn: (rows: number) => boolean) => Steps<void>;

function blockRunner(
  block: BlockLayout,
  { regions, records, scratch }: MapLayout,
  machine: Machine,
  factors: readonly number[],
): RunBlock {
  const { plan, streamStart, store, before, behind, extent } = block;
  const run = segmentsRunner(plan, streamStart, machine, factors);
  const rowLanes = lanesOf(before.type, plan.types);
  const read = extent === null ? block : { ...block, before: fixedPlane(before) };
  const ends = plan.segments[0]?.endsBlock ?? -1;
  const factor = ends < 0 ? 1 : (factors[ends] as number);
  const size = LANE_BYTES[behind.type];
  const rowsHandled = additionsOf(block) + plan.inputs.count + behind.channels;
  const copyRows = copyKernel(machine, ROW_BYTES);
  const { start, end } = store;
  return function* (samples, region, isTurn) {
    // A network that is 0 everywhere has no channels.
    if (behind.channels === 0) return;
    const [from, to] = region === 0 ? regions : [regions[1], regions[0]];
    const units =
      extent === null ? undefined : roundPlane(block, { from, samples, scratch }, machine, factor);
    const readTaps = tapReader(read, { machine, from, samples, records });
    const lanes = behind.area * samples;
    let lane = 0;
    const finished = (firstLane: number): void =>
      copyRows(start, end, 1, 0, 0, to + (lane + firstLane) * size, 0);
    for (; lane < lanes; lane += rowLanes) {
      readTaps(lane);
      run(Math.min(rowLanes, lanes - lane), finished, units?.at(lane));
      if (isTurn(rowsHandled)) yield;
    }
  };
}
