/** MaxPool, AveragePool, their global forms, and ReduceMean over the positions of feature maps. */
import { exactArray } from '../../exact-array.js';
import { featureCount, outputLength, type PlaneSize } from '../../linear-map.js';
import { hasEmptyWindow } from '../../max-pooling.js';
import { HALF_PLACE } from '../../rounding.js';
import { integerAttribute, integersAttribute, textAttribute } from '../attributes.js';
import { isPowerOfTwo } from '../constants.js';
import {
  integerList,
  nodeError,
  noticeRounding,
  type OperatorCall,
  requiredConstant,
  spend,
} from '../operator.js';
import { formatShape, resolveAxis } from '../shape.js';
import { newGroup, rectified, settleBlock } from './closing.js';
import { convolveEach, hasPads, type Placement, planesAfter } from './convolve.js';
import {
  addBlocks,
  type Block,
  type FeatureSignal,
  isNonNegative,
  type MapGroup,
  negateBlock,
  passOf,
  scaleBlock,
} from './feature-signal.js';
import { mapsOf, withPlanes } from './layout.js';
import { type Numbers, numbers, repeated } from './numbers.js';
import { windowOf } from './windows.js';

const NO_PADS = { top: 0, left: 0, bottom: 0, right: 0 };
const ONE = { height: 1, width: 1 };

/**
 * The windows of a pooling node. With ceil_mode the last one of an axis may reach beyond the pads, unless it
 * would begin there.
 */
function poolingWindow(call: OperatorCall, signal: FeatureSignal, axes: number) {
  const window = windowOf(call, signal.shape, axes, integersAttribute(call.placed, 'kernel_shape'));
  const reach = (axis: 'height' | 'width'): number =>
    window.dilation[axis] * (window.kernel[axis] - 1) + 1;
  const { top, left, bottom, right } = window.pads;
  if (Math.max(top, bottom) >= reach('height') || Math.max(left, right) >= reach('width')) {
    throw nodeError(
      call,
      'its pads are as large as its kernel, so that windows lie outside of the maps',
      'use smaller pads',
    );
  }
  if (integerAttribute(call.placed, 'ceil_mode', 0) === 0) return { ...window, beyond: false };
  const behind = (axis: 'height' | 'width', before: number, after: number): number => {
    const length = signal.shape[axis] + before + after;
    const stride = window.stride[axis];
    const whole = outputLength(length, window.kernel[axis], stride, window.dilation[axis]);
    const rest = length - reach(axis) - (whole - 1) * stride;
    // The next window begins at whole * stride of the padded axis.
    const another = rest > 0 && whole * stride < signal.shape[axis] + before;
    return another ? after + stride - rest : after;
  };
  const pads = {
    top,
    left,
    bottom: behind('height', top, bottom),
    right: behind('width', left, right),
  };
  const beyond = pads.bottom > bottom || pads.right > right;
  // Versions of the document, and runtimes, do not agree on what VALID means then.
  if (beyond && textAttribute(call.placed, 'auto_pad') === 'VALID') {
    throw nodeError(
      call,
      'it has both auto_pad VALID and ceil_mode, and a window that begins in the maps and ends behind',
      'export it with pads in place of auto_pad',
    );
  }
  return { ...window, pads, beyond };
}

function axesOf({ dims }: FeatureSignal): number {
  return dims.length - 2;
}

export function maxPool(call: OperatorCall): FeatureSignal {
  const signal = mapsOf(call);
  const window = poolingWindow(call, signal, axesOf(signal));
  return maximum(call, signal, window);
}

/** The maximum over all positions. */
export function globalMaxPool(call: OperatorCall): FeatureSignal {
  const signal = mapsOf(call);
  const { height, width } = signal.shape;
  const kernel = { height, width };
  return maximum(call, signal, { kernel, stride: ONE, dilation: ONE, pads: NO_PADS });
}

/** The maximum goes past a ReLU that comes next, so that it is one of values that are not negative. */
function maximum(call: OperatorCall, given: FeatureSignal, window: Placement): FeatureSignal {
  const planes = planesAfter(given.shape, window);
  refuseOutside(call, given, window, planes);
  const signal = call.isRectifiedNext() ? rectified(call, given) : given;
  const blocks = signal.blocks.map((block) => maximumOf(call, block, signal, window, planes));
  return withPlanes(call, { ...signal, blocks }, planes);
}

function refuseOutside(
  call: OperatorCall,
  { shape }: FeatureSignal,
  window: Placement,
  planes: PlaneSize,
): void {
  if (!hasEmptyWindow({ ...window, input: shape, output: { ...shape, ...planes } })) return;
  throw nodeError(
    call,
    'one of its windows holds no position of the maps, only pads',
    'use smaller pads',
  );
}

function maximumOf(
  call: OperatorCall,
  block: Block,
  { shape }: FeatureSignal,
  window: Placement,
  planes: PlaneSize,
): Block {
  const pooled = ofGroup(block, window, planes);
  if (pooled !== undefined) return pooled;
  if (isNonNegative(block)) {
    return ofGroup(settleBlock(call, block, shape), window, planes) as Block;
  }
  if (hasPads(window.pads)) {
    throw nodeError(
      call,
      'it takes the maximum of values that may be negative, over windows that reach beyond the maps',
      'put a Relu before or right after it, or use no pads',
    );
  }
  return alongBothAxes(call, block, shape, window);
}

/** Of one channel each of a layer times a positive number, and a number: the maximum goes past both. */
function ofGroup(block: Block, window: Placement, planes: PlaneSize): Block | undefined {
  const { terms, bias, channels } = block;
  const [term] = terms;
  if (terms.length !== 1) return undefined;
  if (term.kind === 'product') return ofPadded(block, window, planes);
  const { group, factor } = term;
  if (group.made.by === 'input' || !factor.array.values.every((value) => value > 0))
    return undefined;
  const pooled = poolingOf(group, window, planes);
  const passed = { ...term, group: pooled };
  const stays = block.nonNegative === true;
  return { channels, terms: [passed], bias, ...(stays && { nonNegative: true }) };
}

/** Zeros around channels of a layer, which are not negative: the window may pass over them. */
function ofPadded({ terms, bias }: Block, window: Placement, planes: PlaneSize): Block | undefined {
  const [term] = terms;
  if (term.kind !== 'product' || term.group.made.by === 'input') return undefined;
  const { map, group, change } = term;
  const { kernel, stride, groups, input, output, weights, pads } = map;
  const copies =
    change === 0 &&
    kernel.height * kernel.width * stride.height * stride.width === 1 &&
    groups === input.channels &&
    groups === output.channels &&
    weights.values.every((value) => value === 1);
  if (!copies || bias.array.values.some((value) => value !== 0)) return undefined;
  const all = {
    top: window.pads.top + pads.top,
    left: window.pads.left + pads.left,
    bottom: window.pads.bottom + pads.bottom,
    right: window.pads.right + pads.right,
  };
  const reach = (axis: 'height' | 'width'): number =>
    window.dilation[axis] * (window.kernel[axis] - 1) + 1;
  const inside =
    Math.max(all.top, all.bottom) < reach('height') &&
    Math.max(all.left, all.right) < reach('width') &&
    window.dilation.height * window.dilation.width === 1;
  return inside ? passOf(poolingOf(group, { ...window, pads: all }, planes)) : undefined;
}

/** Layers that were made, so that a selection of channels makes none again. */
const pooledGroups = new WeakMap<MapGroup, Map<string, MapGroup>>();

function poolingOf(group: MapGroup, window: Placement, planes: PlaneSize): MapGroup {
  const { kernel, stride, dilation, pads } = window;
  const known = pooledGroups.get(group) ?? new Map<string, MapGroup>();
  pooledGroups.set(group, known);
  const key = JSON.stringify([kernel, stride, dilation, pads, planes]);
  const before = known.get(key);
  if (before !== undefined) return before;
  const output = { channels: group.shape.channels, height: planes.height, width: planes.width };
  const made = newGroup(output, {
    by: 'pooling',
    reads: [group],
    pooling: {
      kind: 'max-pooling',
      inputs: featureCount(group.shape),
      outputs: featureCount(output),
      ...{ input: group.shape, output, kernel, stride, dilation, pads },
    },
  });
  known.set(key, made);
  return made;
}

/**
 * Of values that may be negative, without pads: `max(a, b) = a + relu(b - a)`, tap by tap, along one axis after
 * the other; each maximum stays affine in the layers before.
 */
function alongBothAxes(
  call: OperatorCall,
  block: Block,
  shape: FeatureSignal['shape'],
  { kernel, stride, dilation }: Placement,
): Block {
  const { channels } = block;
  let signal: FeatureSignal = {
    ...{ kind: 'maps', dims: [], channelsLast: false },
    ...{ shape: { ...shape, channels }, blocks: [block] },
  };
  for (const axis of ['height', 'width'] as const) {
    const along = (value: number): PlaneSize => ({ ...ONE, [axis]: value });
    const tap = (index: number): FeatureSignal =>
      convolveEach(
        call,
        signal,
        {
          kernel: along(kernel[axis]),
          stride: along(stride[axis]),
          dilation: along(dilation[axis]),
          pads: NO_PADS,
        },
        oneTap(call, kernel[axis], index),
      );
    let most = tap(0);
    for (let index = 1; index < kernel[axis]; index++) {
      const [value] = tap(index).blocks;
      const [best] = most.blocks;
      const above = { ...most, blocks: [addBlocks(value, negateBlock(best))] };
      const [excess] = rectified(call, above).blocks;
      most = { ...most, blocks: [addBlocks(best, excess)] };
    }
    signal = most;
  }
  return signal.blocks[0];
}

function oneTap(call: OperatorCall, taps: number, index: number): Numbers {
  spend(call, taps, taps);
  const values = new Float64Array(taps);
  values[index] = 1;
  return numbers(exactArray(values));
}

export function averagePool(call: OperatorCall): FeatureSignal {
  const signal = mapsOf(call);
  const { beyond, ...window } = poolingWindow(call, signal, axesOf(signal));
  const counted = integerAttribute(call.placed, 'count_include_pad', 0) !== 0;
  if (beyond || (hasPads(window.pads) && !counted)) {
    throw nodeError(
      call,
      beyond
        ? 'with ceil_mode its last windows hold fewer positions than others, which have another divisor'
        : 'windows that reach into the pads have another divisor than others, as count_include_pad is 0',
      'use count_include_pad = 1 and no ceil_mode, or windows that fit',
    );
  }
  return average(call, signal, window);
}

export function globalAveragePool(call: OperatorCall): FeatureSignal {
  const signal = mapsOf(call);
  const { height, width } = signal.shape;
  const kernel = { height, width };
  return average(call, signal, { kernel, stride: ONE, dilation: ONE, pads: NO_PADS });
}

/** The sum by a layer, where that is not negative, then the divisor, which goes into what reads it. */
function average(call: OperatorCall, signal: FeatureSignal, window: Placement): FeatureSignal {
  const { shape } = signal;
  const planes = planesAfter(shape, window);
  const area = window.kernel.height * window.kernel.width;
  spend(call, area, area);
  const divisor = dividing(call, area);
  const blocks = signal.blocks.map((block) => {
    const { bias, ...rest } = block;
    // A number added to all of them is added to their mean; outside of the maps it is not there.
    const apart = !hasPads(window.pads) && rest.nonNegative !== true;
    const part: FeatureSignal = {
      ...signal,
      shape: { ...shape, channels: block.channels },
      blocks: [apart ? { ...rest, bias: repeated(0, block.channels) } : block],
    };
    const summed = convolveEach(call, part, window, repeated(1, area));
    const [sum] = (isNonNegative(summed.blocks[0]) ? rectified(call, summed) : summed).blocks;
    const mean = scaleBlock(sum, divisor(block.channels));
    return apart ? addBlocks(mean, { channels: block.channels, terms: [], bias }) : mean;
  });
  return withPlanes(call, { ...signal, blocks }, planes);
}

/** The factor of a mean of `count` numbers, for so many channels. */
function dividing(call: OperatorCall, count: number): (channels: number) => Numbers {
  const exact = isPowerOfTwo(count);
  if (!exact) {
    noticeRounding(
      call,
      `its divisor ${count} is no power of two; the weights that it goes into are rounded`,
    );
  }
  const change = exact ? 0 : 2 * HALF_PLACE;
  return (channels) => numbers(exactArray(new Float64Array(channels).fill(1 / count)), change);
}

/** The mean over the positions of maps: the axes of height and width, or the one of a sequence. */
export function reduceMean(call: OperatorCall): FeatureSignal {
  const { signal, names } = withNames(call);
  const { dims, shape } = signal;
  const rank = dims.length;
  const listed =
    call.opset >= 18 && call.inputs[1] !== undefined
      ? integerList(call, requiredConstant(call, 1, 'axes'), 'axes')
      : integersAttribute(call.placed, 'axes');
  const given = new Set((listed ?? []).map((axis) => resolveAxis(axis, rank)));
  const all = names.every((name, axis) => /[NC]/.test(name) || given.has(axis) || dims[axis] === 1);
  if (
    given.size === 0 ||
    !all ||
    given.has(names.indexOf('C')) ||
    (given.has(0) && dims[0] !== 1)
  ) {
    throw nodeError(
      call,
      `it takes means over the axes ${formatShape(listed ?? [])} of a value of shape ${formatShape(dims)}`,
      'means over all positions of feature maps are read, as of GlobalAveragePool',
    );
  }
  const { height, width } = shape;
  const pooled = average(call, signal, {
    kernel: { height, width },
    ...{ stride: ONE, dilation: ONE, pads: NO_PADS },
  });
  const keeps = integerAttribute(call.placed, 'keepdims', 1) !== 0;
  const left = names.map((name) => (name === 'C' ? pooled.shape.channels : 1));
  return {
    ...pooled,
    channelsLast: signal.channelsLast,
    dims: left.filter((_, axis) => keeps || !given.has(axis)),
  };
}

/** Maps in either order, and what their dimensions are. */
function withNames(call: OperatorCall): {
  readonly signal: FeatureSignal;
  readonly names: readonly string[];
} {
  const given = call.maps[0];
  if (given?.channelsLast === true) {
    const { height, width, channels } = given.shape;
    const last = [1, ...(given.dims.length === 3 ? [] : [height]), width, channels];
    if (given.dims.length >= 3 && last.every((size, axis) => size === given.dims[axis])) {
      return { signal: given, names: [...'NHWC'].slice(-last.length).with(0, 'N') };
    }
  }
  const signal = mapsOf(call);
  return { signal, names: signal.dims.map((_, axis) => 'NC'[axis] ?? 'P') };
}
