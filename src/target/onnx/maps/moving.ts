/**
 * Operators that move feature maps: reshaping, transposing between channels first and channels last, side by side,
 * and cutting. What they make of maps that is none is left to the operators on vectors.
 */
import { exactArray } from '../../exact-array.js';
import { integerAttribute, integersAttribute } from '../attributes.js';
import { type Operator, type OperatorCall, spend } from '../operator.js';
import { REARRANGING } from '../rearranging.js';
import { sliceRanges } from '../selecting.js';
import { type Range, resolveAxis, transposition } from '../shape.js';
import { inputSignal, type Signal } from '../signal.js';
import type { MapOperator } from './arithmetic.js';
import { convolveEach } from './convolve.js';
import { type Block, entriesOfChannels, type FeatureSignal, sliceBlock } from './feature-signal.js';
import { withPlanes } from './layout.js';
import { numbers } from './numbers.js';

/** A value of these dimensions, for operators that do not look at entries. */
function standIn(dims: readonly number[]): Signal {
  return { ...inputSignal([1]), dims };
}

/** Operators that keep the entries in their order. */
function keeping(operator: Operator): MapOperator {
  return (call) => {
    const [signal] = call.maps;
    if (signal === undefined) return undefined;
    const { dims } = onStandIn(call, operator) as Signal;
    return { ...signal, dims };
  };
}

/** What an operator that does not look at entries makes of the dimensions of maps. */
export function onStandIn(call: OperatorCall, operator: Operator): ReturnType<Operator> {
  return operator({
    ...call,
    inputs: [standIn(call.maps[0]?.dims ?? []), ...call.inputs.slice(1)],
  });
}

/** What each dimension is, where the dimensions are one sample of these maps. */
function namesOf({ dims, shape, channelsLast }: FeatureSignal): string | undefined {
  const { channels, height, width } = shape;
  const sizes = new Map([
    ['N', 1],
    ['C', channels],
    ['H', height],
    ['W', width],
  ]);
  const names = channelsLast ? ['NHWC', 'NWC'] : ['NCHW', 'NCW'];
  return names.find(
    (all) =>
      dims.length === all.length &&
      (all.includes('H') || height === 1) &&
      dims.every((size, axis) => size === sizes.get(all[axis])),
  );
}

const transpose: MapOperator = (call) => {
  const [signal] = call.maps;
  if (signal === undefined) return undefined;
  const permutation = integersAttribute(call.placed, 'perm');
  const names = namesOf(signal);
  const order = permutation ?? signal.dims.map((_, axis) => signal.dims.length - 1 - axis);
  if (names === undefined || new Set(order).size !== names.length) return undefined;
  // Checks the permutation; entries are not moved.
  transposition(
    order.map(() => 1),
    permutation,
  );
  const dims = order.map((axis) => signal.dims[axis]);
  const after = order.filter((axis) => signal.dims[axis] > 1).map((axis) => names[axis]);
  const follows = (wanted: string): boolean =>
    after.every(
      (name, index) => index === 0 || wanted.indexOf(after[index - 1]) < wanted.indexOf(name),
    );
  if (follows('NCHW')) return { ...signal, dims, channelsLast: false };
  return follows('NHWC') ? { ...signal, dims, channelsLast: true } : undefined;
};

/** Side by side, along the channels. */
const concat: MapOperator = (call) => {
  const maps = call.placed.node.input.map((_, index) => call.maps[index]);
  const [first] = maps;
  if (first === undefined) return undefined;
  const names = namesOf(first);
  if (names === undefined) return undefined;
  const axis = resolveAxis(integerAttribute(call.placed, 'axis', 1), first.dims.length);
  if (names[axis] !== 'C') return undefined;
  const alike = maps.every(
    (signal) =>
      signal !== undefined &&
      namesOf(signal) === names &&
      signal.shape.height === first.shape.height &&
      signal.shape.width === first.shape.width,
  );
  if (!alike) return undefined;
  const blocks = (maps as readonly FeatureSignal[]).flatMap((signal) => signal.blocks);
  const channels = blocks.reduce((sum, block) => sum + block.channels, 0);
  const { height, width } = first.shape;
  const made = { ...first, blocks, shape: { channels, height, width } };
  if (!first.channelsLast) return withPlanes(call, made, first.shape);
  return { ...made, dims: first.dims.with(axis, channels) };
};

/** Some channels, and some positions: a kernel of one tap that is 1. */
function cut(
  call: OperatorCall,
  signal: FeatureSignal,
  ranges: readonly Range[],
): FeatureSignal | undefined {
  const { dims } = signal;
  if (ranges.some(({ step, count }) => step < 1 || count < 1)) return undefined;
  const [, along, ...planes] = ranges;
  if (along.step !== 1) return undefined;
  if (along.count < signal.shape.channels) {
    for (const block of signal.blocks) {
      const made = entriesOfChannels(block, block.channels);
      spend(call, 40 * made, 2 * made);
    }
  }
  const blocks = sliceOfBlocks(signal.blocks, along.start, along.start + along.count);
  const { height, width } = signal.shape;
  const part = withPlanes(call, { ...signal, blocks }, { height, width });
  if (planes.every(({ count }, axis) => count === dims[axis + 2])) return part;
  const [vertical, horizontal] =
    planes.length === 2 ? planes : [{ start: 0, step: 1, count: 1 }, planes[0]];
  const taps = (range: Range, length: number): number => length - (range.count - 1) * range.step;
  const kernel = { height: taps(vertical, height), width: taps(horizontal, width) };
  const area = kernel.height * kernel.width;
  spend(call, area, area);
  const taken = new Float64Array(area);
  taken[vertical.start * kernel.width + horizontal.start] = 1;
  const placement = {
    kernel,
    stride: { height: vertical.step, width: horizontal.step },
    dilation: { height: 1, width: 1 },
    pads: { top: 0, left: 0, bottom: 0, right: 0 },
  };
  const made = convolveEach(call, part, placement, numbers(exactArray(taken)));
  return withPlanes(call, made, made.shape);
}

function sliceOfBlocks(blocks: readonly Block[], from: number, to: number): Block[] {
  let start = 0;
  return blocks.flatMap((block) => {
    const first = start;
    start += block.channels;
    const [low, high] = [Math.max(from, first), Math.min(to, start)];
    return low < high ? [sliceBlock(block, low - first, high - first)] : [];
  });
}

const slice: MapOperator = (call) => {
  const [signal] = call.maps;
  if (signal === undefined || !namesOf(signal)?.startsWith('NC')) return undefined;
  return cut(call, signal, sliceRanges(call, signal.dims));
};

export const MAP_MOVING: ReadonlyMap<string, MapOperator> = new Map([
  ...['Identity', 'Dropout', 'Cast', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze'].map(
    (opType) => [opType, keeping(REARRANGING.get(opType) as Operator)] as const,
  ),
  ['Transpose', transpose],
  ['Concat', concat],
  ['Slice', slice],
]);

/** Operators whose outputs are constants. */
export const MEASURING: ReadonlySet<string> = new Set(['Shape', 'Size']);

/** Operators that are left out at the very end. */
export const CUTTING: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax', 'Sigmoid']);
