/**
 * A kernel on feature maps. It goes into the terms of what it reads, as far as that is one convolution again and
 * not larger than a layer between would be; where it is not, a layer is put there.
 */
import { isZero } from '../../exact-array.js';
import {
  type ConvolutionMap,
  type FeatureShape,
  outputLength,
  type Pads,
  type PlaneSize,
} from '../../linear-map.js';
import { type OperatorCall, spend } from '../operator.js';
import { ShapeError } from '../shape.js';
import { inOneLayer, settleBlock } from './closing.js';
import {
  areaOf,
  type Block,
  type FeatureSignal,
  isNonNegative,
  type Pass,
  type Product,
  type Term,
  withoutZeros,
  withTerm,
} from './feature-signal.js';
import {
  gathered,
  type Numbers,
  numbers,
  placed,
  products,
  repeated,
  sum,
  sumsOfProducts,
} from './numbers.js';

/** Where the taps of a kernel are. */
export interface Placement {
  readonly kernel: PlaneSize;
  readonly stride: PlaneSize;
  readonly dilation: PlaneSize;
  readonly pads: Pads;
}

export interface Kernel extends Placement {
  readonly channels: number;
  readonly groups: number;
  /** `channels` by the channels of a group by taps. */
  readonly weights: Numbers;
}

/** The planes that a kernel makes of planes. Throws a `ShapeError` where it is larger. */
export function planesAfter(
  { height, width }: PlaneSize,
  { kernel, stride, dilation, pads }: Placement,
): PlaneSize {
  const made = {
    height: outputLength(
      height + pads.top + pads.bottom,
      kernel.height,
      stride.height,
      dilation.height,
    ),
    width: outputLength(width + pads.left + pads.right, kernel.width, stride.width, dilation.width),
  };
  if (made.height >= 1 && made.width >= 1) return made;
  throw new ShapeError(
    `its kernel of ${kernel.height} by ${kernel.width} is larger than the padded maps, of ${height + pads.top + pads.bottom} by ${width + pads.left + pads.right}`,
  );
}

export function hasPads({ top, left, bottom, right }: Pads): boolean {
  return top + left + bottom + right > 0;
}

/** The convolution of a signal, as one block without a number added. `dims` are left to the caller. */
export function convolve(call: OperatorCall, given: FeatureSignal, kernel: Kernel): FeatureSignal {
  const { shape } = given;
  const output = { ...planesAfter(shape, kernel), channels: kernel.channels };
  const across = kernel.groups > 1 && given.blocks.length > 1;
  const signal = across ? inOneLayer(call, given) : given;
  let bias = repeated(0, kernel.channels);
  let terms: readonly Term[] = [];
  let first = 0;
  for (const block of signal.blocks) {
    const part = kernelOf(kernel, first, block.channels);
    first += block.channels;
    // Numbers that are added are not there outside of the map.
    const adds = !isZero(block.bias.array);
    let source = adds && hasPads(kernel.pads) ? settleBlock(call, block, shape) : block;
    let made = termsOf(call, source, part, output);
    if (made === undefined) {
      source = settleBlock(call, block, shape);
      made = termsOf(call, source, part, output) as readonly Term[];
    }
    terms = made.reduce<readonly Term[]>(withTerm, terms);
    if (!isZero(source.bias.array)) bias = addShift(call, bias, source.bias, part);
  }
  const nonNegative =
    signal.blocks.every(isNonNegative) && kernel.weights.array.values.every((value) => value >= 0);
  const block: Block = {
    channels: kernel.channels,
    terms: withoutZeros(terms),
    bias,
    ...(nonNegative && { nonNegative }),
  };
  return { ...given, shape: output, blocks: [block] };
}

/** The same taps on every channel by itself, each block for itself. */
export function convolveEach(
  call: OperatorCall,
  signal: FeatureSignal,
  placement: Placement,
  taps: Numbers,
): FeatureSignal {
  const { shape } = signal;
  const planes = planesAfter(shape, placement);
  const area = taps.array.values.length;
  const blocks = signal.blocks.map((block) => {
    const { channels } = block;
    spend(call, 40 * channels * area, 2 * channels * area);
    const weights = gathered(
      taps,
      Int32Array.from({ length: channels * area }, (_, k) => k % area),
    );
    const part = { ...signal, shape: { ...shape, channels }, blocks: [block] };
    return convolve(call, part, { ...placement, channels, groups: channels, weights }).blocks[0];
  });
  return { ...signal, shape: { ...shape, ...planes }, blocks };
}

/** The part of a kernel of one group that reads some of the channels. */
function kernelOf(kernel: Kernel, first: number, channels: number): Kernel {
  const taps = kernel.kernel.height * kernel.kernel.width;
  const all = kernel.weights.array.values.length / kernel.channels / taps;
  if (kernel.groups > 1 || channels === all) return kernel;
  const row = channels * taps;
  const indices = Int32Array.from(
    { length: kernel.channels * row },
    (_, k) => (Math.floor(k / row) * all + first) * taps + (k % row),
  );
  return { ...kernel, weights: gathered(kernel.weights, indices) };
}

/** The kernel on each term of a block; undefined where a layer is to come between. */
function termsOf(
  call: OperatorCall,
  block: Block,
  kernel: Kernel,
  output: FeatureShape,
): readonly Term[] | undefined {
  const made: Term[] = [];
  for (const term of block.terms) {
    const product =
      term.kind === 'pass'
        ? onPass(call, term, kernel, output)
        : onProduct(call, term, kernel, output);
    if (product === undefined) return undefined;
    made.push(product);
  }
  return made;
}

function convolution(
  input: FeatureShape,
  output: FeatureShape,
  { kernel, stride, dilation, pads }: Placement,
  groups: number,
  weights: Numbers,
): ConvolutionMap {
  return {
    kind: 'convolution',
    inputs: input.channels * areaOf(input),
    outputs: output.channels * areaOf(output),
    ...{ input, output, kernel, stride, dilation, pads, groups },
    weights: weights.array,
  };
}

/** Weights move to the channels that the term takes; a factor of each goes into them. */
function onPass(
  call: OperatorCall,
  { group, channels, factor }: Pass,
  kernel: Kernel,
  output: FeatureShape,
): Product | undefined {
  const { groups } = kernel;
  const own = channels.length / groups;
  const held = group.shape.channels / groups;
  const fits = channels.every((channel, c) => Math.floor(channel / held) === Math.floor(c / own));
  if (groups > 1 && !(Number.isInteger(held) && fits)) return undefined;
  const taps = kernel.kernel.height * kernel.kernel.width;
  const size = kernel.channels * held * taps;
  spend(call, 60 * size + 60 * kernel.channels * own * taps, 2 * size);
  const channelOf = (k: number): number => {
    const o = Math.floor(k / (own * taps));
    return Math.floor(o / (kernel.channels / groups)) * own + (Math.floor(k / taps) % own);
  };
  const { length } = kernel.weights.array.values;
  const plain = factor.change === 0 && factor.array.values.every((value) => value === 1);
  const scaled =
    plain && factor.array.exact.size === 0
      ? kernel.weights
      : products(length, kernel.weights, (k) => k, factor, channelOf);
  const inOrder = own === held && channels.every((channel, c) => channel === c);
  const weights = inOrder ? scaled : scatter();
  const map = convolution(group.shape, output, kernel, groups, weights);
  return { kind: 'product', group, map, change: weights.change };

  function scatter(): Numbers {
    const entries = new Int32Array(length);
    for (let k = 0; k < length; k++) {
      const o = Math.floor(k / (own * taps));
      entries[k] = (o * held + (channels[channelOf(k)] % held)) * taps + (k % taps);
    }
    if (new Set(channels).size === channels.length) return placed(scaled, (k) => entries[k], size);
    spend(call, 1000 * length, 8 * length);
    const all = Int32Array.from({ length }, (_, k) => k);
    const right = new Int32Array(length);
    return sumsOfProducts(size, scaled, repeated(1, 1), { entries, left: all, right });
  }
}

/** The kernel after a convolution, as one convolution if it is one. */
function onProduct(
  call: OperatorCall,
  { group, map: given, change }: Product,
  kernel: Kernel,
  output: FeatureShape,
): Product | undefined {
  const { channels } = given.output;
  const each = given.groups === channels && given.input.channels === channels;
  // Without its groups it would be larger.
  if (given.groups > 1 && !each) return undefined;
  const outerGroups = each ? kernel.groups : 1;
  // A kernel of one tap reads nothing outside of the map either, where the outer one does.
  const single = given.kernel.height * given.kernel.width === 1;
  if (hasPads(kernel.pads) && !single) return undefined;
  const placement = composedPlacement(given, kernel, output);
  if (placement === undefined) return undefined;
  const taps = placement.kernel.height * placement.kernel.width;
  const own = (each ? channels : given.input.channels) / outerGroups;
  const size = kernel.channels * own * taps;
  const stored = given.weights.values.length + kernel.weights.array.values.length;
  if (size > 2 * stored) return undefined;
  const through = each ? 1 : given.input.channels;
  const innerTaps = given.kernel.height * given.kernel.width;
  const pairs = kernel.weights.array.values.length * through * innerTaps;
  spend(call, 1500 * pairs, 3 * pairs + 2 * size);
  const weights = composedWeights(given, change, kernel, placement, each, size);
  const composed = convolution(given.input, output, placement, outerGroups, weights);
  return { kind: 'product', group, map: composed, change: weights.change };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Where the taps of both lie; undefined where the inner convolution makes more than the outer one reads. */
function composedPlacement(
  inner: ConvolutionMap,
  outer: Kernel,
  output: FeatureShape,
): Placement | undefined {
  const along = (axis: 'height' | 'width', before: number, outerBefore: number) => {
    const inside = { step: inner.dilation[axis], taps: inner.kernel[axis] };
    const outside = { step: outer.dilation[axis] * inner.stride[axis], taps: outer.kernel[axis] };
    const reach = (outside.taps - 1) * outside.step + (inside.taps - 1) * inside.step;
    const step = gcd(outside.taps > 1 ? outside.step : 0, inside.taps > 1 ? inside.step : 0) || 1;
    const stride = inner.stride[axis] * outer.stride[axis];
    const front = before + outerBefore * inner.stride[axis];
    const length = inner.input[axis];
    const needed = (output[axis] - 1) * stride + reach + 1;
    const back = Math.max(0, needed - length - front);
    const kernel = reach / step + 1;
    const made = outputLength(length + front + back, kernel, stride, step);
    return made === output[axis] ? { kernel, step, stride, front, back } : undefined;
  };
  const vertical = along('height', inner.pads.top, outer.pads.top);
  const horizontal = along('width', inner.pads.left, outer.pads.left);
  if (vertical === undefined || horizontal === undefined) return undefined;
  return {
    kernel: { height: vertical.kernel, width: horizontal.kernel },
    stride: { height: vertical.stride, width: horizontal.stride },
    dilation: { height: vertical.step, width: horizontal.step },
    pads: {
      top: vertical.front,
      left: horizontal.front,
      bottom: vertical.back,
      right: horizontal.back,
    },
  };
}

/** Entry (o, i, tap): the sum over the ways from input channel i to output o whose taps add up to it. */
function composedWeights(
  inner: ConvolutionMap,
  change: number,
  outer: Kernel,
  { kernel, dilation }: Placement,
  each: boolean,
  size: number,
): Numbers {
  const innerTaps = inner.kernel.height * inner.kernel.width;
  const outerTaps = outer.kernel.height * outer.kernel.width;
  const perGroup = outer.weights.array.values.length / outer.channels / outerTaps;
  const inputs = inner.input.channels;
  const row = each ? perGroup : inputs;
  const entries: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  const tapOf = (a: number, b: number): number => {
    const y =
      Math.floor(a / outer.kernel.width) * outer.dilation.height * inner.stride.height +
      Math.floor(b / inner.kernel.width) * inner.dilation.height;
    const x =
      (a % outer.kernel.width) * outer.dilation.width * inner.stride.width +
      (b % inner.kernel.width) * inner.dilation.width;
    return (y / dilation.height) * kernel.width + x / dilation.width;
  };
  const taps = kernel.height * kernel.width;
  for (let o = 0; o < outer.channels; o++) {
    const first = Math.floor((o * outer.groups) / outer.channels) * perGroup;
    for (let m = 0; m < perGroup; m++) {
      for (let a = 0; a < outerTaps; a++) {
        for (let i = 0; i < (each ? 1 : inputs); i++) {
          for (let b = 0; b < innerTaps; b++) {
            entries.push((o * row + (each ? m : i)) * taps + tapOf(a, b));
            left.push((o * perGroup + m) * outerTaps + a);
            right.push((each ? first + m : (first + m) * inputs + i) * innerTaps + b);
          }
        }
      }
    }
  }
  return sumsOfProducts(size, outer.weights, numbers(inner.weights, change), {
    entries: Int32Array.from(entries),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
  });
}

/** What the numbers added to the channels of a block add to the outputs of a kernel without pads. */
function addShift(call: OperatorCall, before: Numbers, shift: Numbers, kernel: Kernel): Numbers {
  const { channels, groups, weights } = kernel;
  const { length } = weights.array.values;
  const taps = kernel.kernel.height * kernel.kernel.width;
  const own = length / channels / taps;
  spend(call, 1500 * length, 4 * length);
  const entries = Int32Array.from({ length }, (_, k) => Math.floor(k / (own * taps)));
  const left = Int32Array.from({ length }, (_, k) => k);
  const right = Int32Array.from(
    { length },
    (_, k) => Math.floor((entries[k] * groups) / channels) * own + (Math.floor(k / taps) % own),
  );
  const added = sumsOfProducts(channels, weights, shift, { entries, left, right });
  return isZero(before.array) ? added : sum(before, added);
}
