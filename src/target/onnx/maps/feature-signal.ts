/**
 * The values of an ONNX graph that are feature maps: sums of convolutions of maps that layers make. Like the
 * signals of vectors they are affine in rectified neurons, and nothing is made before a ReLU (or a maximum)
 * asks for it; unlike them they may read layers of any depth.
 */
import { isZero } from '../../exact-array.js';
import type { ConvolutionMap, FeatureShape, LinearMap } from '../../linear-map.js';
import type { MaxPooling } from '../../max-pooling.js';
import type { Signal } from '../signal.js';
import { gathered, type Numbers, numbers, products, repeated, sum } from './numbers.js';

/** Feature maps that a layer makes, or the network's inputs. */
export interface MapGroup {
  /** Everything that it reads has a smaller one. */
  readonly number: number;
  readonly shape: FeatureShape;
  readonly made: /** `channelsLast` as of `Network`. */
    | { readonly by: 'input'; readonly channelsLast: boolean }
    /** `relu(map(reads) + bias)`. */
    | {
        readonly by: 'layer';
        readonly reads: readonly MapGroup[];
        readonly map: LinearMap;
        readonly bias: Numbers;
        /** Bound of the relative change of a weight, of each part of a sum. */
        readonly changes: readonly number[];
      }
    | { readonly by: 'pooling'; readonly reads: readonly [MapGroup]; readonly pooling: MaxPooling }
    /** The rectified neurons of vectors, reshaped. */
    | { readonly by: 'vectors'; readonly signal: Signal };
}

/** Channel c is `factor[c]` times channel `channels[c]` of the group, of the same planes. */
export interface Pass {
  readonly kind: 'pass';
  readonly group: MapGroup;
  readonly channels: Int32Array;
  readonly factor: Numbers;
}

/** A convolution of all channels of the group. */
export interface Product {
  readonly kind: 'product';
  readonly group: MapGroup;
  readonly map: ConvolutionMap;
  /** Bound of the relative change of a weight. */
  readonly change: number;
}

export type Term = Pass | Product;

/** Some channels: the sum of the terms, and a number for each channel. */
export interface Block {
  readonly channels: number;
  readonly terms: readonly Term[];
  readonly bias: Numbers;
  /** Set where no value is negative, though that is not seen from the terms. */
  readonly nonNegative?: boolean;
}

export interface FeatureSignal {
  readonly kind: 'maps';
  /** Any dimensions: entries are those of the maps, one after another in their order. */
  readonly dims: readonly number[];
  readonly shape: FeatureShape;
  /** Set where the entries come position by position (NHWC), not channel by channel. */
  readonly channelsLast: boolean;
  /** Channels one after another. */
  readonly blocks: readonly Block[];
  /** As of `Signal`. */
  readonly cutAt?: string;
}

export function upTo(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, index) => index);
}

export function areaOf({ height, width }: FeatureShape): number {
  return height * width;
}

/** The block of all channels of a group. */
export function passOf(group: MapGroup): Block {
  const { channels } = group.shape;
  const term: Pass = {
    kind: 'pass',
    group,
    channels: upTo(channels),
    factor: repeated(1, channels),
  };
  return { channels, terms: [term], bias: repeated(0, channels) };
}

/** Whether a term takes all channels of its group in their order. */
export function isWhole({ group, channels }: Pass): boolean {
  return (
    channels.length === group.shape.channels &&
    channels.every((channel, index) => channel === index)
  );
}

/** Whether the block is a group as it is. */
export function groupOf({ terms, bias }: Block): MapGroup | undefined {
  const [term] = terms;
  if (terms.length !== 1 || term.kind !== 'pass' || !isWhole(term)) return undefined;
  const { values } = term.factor.array;
  if (term.factor.change > 0 || !isZero(bias.array)) return undefined;
  return values.every((value) => value === 1) && term.factor.array.exact.size === 0
    ? term.group
    : undefined;
}

/** Whether no value of the block is negative, as far as is known. */
export function isNonNegative({ terms, bias, nonNegative }: Block): boolean {
  if (nonNegative === true) return true;
  const positive = ({ array }: Numbers): boolean => array.values.every((value) => value >= 0);
  return (
    positive(bias) &&
    terms.every(
      (term) => term.kind === 'pass' && term.group.made.by !== 'input' && positive(term.factor),
    )
  );
}

/** The block times a number for each channel. */
export function scaleBlock(block: Block, factor: Numbers): Block {
  const { channels, terms, bias } = block;
  const stays = block.nonNegative === true && factor.array.values.every((value) => value >= 0);
  return {
    channels,
    terms: terms.map((term) => scaleTerm(term, factor)),
    bias: isZero(bias.array)
      ? bias
      : products(
          channels,
          bias,
          (c) => c,
          factor,
          (c) => c,
        ),
    ...(stays && { nonNegative: true }),
  };
}

function scaleTerm(term: Term, factor: Numbers): Term {
  if (term.kind === 'pass') {
    const { length } = term.channels;
    return {
      ...term,
      factor: products(
        length,
        term.factor,
        (c) => c,
        factor,
        (c) => c,
      ),
    };
  }
  const { map, change } = term;
  const { length } = map.weights.values;
  const row = length / map.output.channels;
  const scaled = products(
    length,
    numbers(map.weights, change),
    (k) => k,
    factor,
    (k) => Math.floor(k / row),
  );
  return { ...term, map: { ...map, weights: scaled.array }, change: scaled.change };
}

/** The block and a number for each channel. */
export function shiftBlock(block: Block, shift: Numbers): Block {
  if (isZero(shift.array)) return block;
  const { nonNegative, ...rest } = block;
  const stays = nonNegative === true && shift.array.values.every((value) => value >= 0);
  const bias = isZero(block.bias.array) ? shift : sum(block.bias, shift);
  return { ...rest, bias, ...(stays && { nonNegative: true }) };
}

/** Channels of zeros, as of any maps times 0. */
export function zeroBlock(block: Block, channels: number): Block {
  const one = { ...block, terms: block.terms.slice(0, 1) };
  const { terms } = scaleBlock(
    selectChannels(one, new Int32Array(channels)),
    repeated(0, channels),
  );
  return { channels, terms, bias: repeated(0, channels), nonNegative: true };
}

/** Without terms that are 0, if there are others. */
export function withoutZeros(terms: readonly Term[]): readonly Term[] {
  const some = terms.filter(
    (term) => !isZero(term.kind === 'pass' ? term.factor.array : term.map.weights),
  );
  return some.length > 0 ? some : terms.slice(0, 1);
}

export function negateBlock(block: Block): Block {
  return scaleBlock(block, repeated(-1, block.channels));
}

/** The channels from `from` to `to` of a block. */
export function sliceBlock(block: Block, from: number, to: number): Block {
  if (from === 0 && to === block.channels) return block;
  return selectChannels(
    block,
    upTo(to - from).map((c) => from + c),
  );
}

/** Channel c of the result is channel `channels[c]` of the block. */
export function selectChannels(block: Block, channels: Int32Array): Block {
  const terms = block.terms.map((term): Term => {
    if (term.kind === 'pass') {
      return {
        ...term,
        channels: channels.map((c) => term.channels[c]),
        factor: gathered(term.factor, channels),
      };
    }
    return { ...term, map: selectOutputs(term.map, channels) };
  });
  const { nonNegative } = block;
  return {
    channels: channels.length,
    terms,
    bias: gathered(block.bias, channels),
    ...(nonNegative && { nonNegative }),
  };
}

/** A convolution onto some of the channels; of several groups it becomes one of one group, with zeros. */
function selectOutputs(given: ConvolutionMap, channels: Int32Array): ConvolutionMap {
  const map = ungrouped(given);
  const row = map.weights.values.length / map.output.channels;
  const { array } = gathered(
    numbers(map.weights),
    Int32Array.from(
      { length: channels.length * row },
      (_, k) => channels[Math.floor(k / row)] * row + (k % row),
    ),
  );
  const output = { ...map.output, channels: channels.length };
  return { ...map, output, outputs: channels.length * areaOf(output), weights: array };
}

/** Entries that channels of a block take which are chosen one by one: those of convolutions without groups. */
export function entriesOfChannels({ terms }: Block, channels: number): number {
  return terms.reduce((sum, term) => {
    if (term.kind === 'pass') return sum + channels;
    const { input, output, kernel, groups } = term.map;
    const row = input.channels * kernel.height * kernel.width;
    return sum + row * (channels + (groups > 1 ? output.channels : 0));
  }, 0);
}

/** The same convolution with one group: zeros where the groups read nothing. */
export function ungrouped(map: ConvolutionMap): ConvolutionMap {
  const { groups, input, output, kernel, weights } = map;
  if (groups === 1) return map;
  const taps = kernel.height * kernel.width;
  const own = input.channels / groups;
  const made = {
    values: new Float64Array(output.channels * input.channels * taps),
    exact: new Map(),
  };
  for (let o = 0; o < output.channels; o++) {
    const first = Math.floor((o * groups) / output.channels) * own;
    for (let k = 0; k < own * taps; k++) {
      const from = o * own * taps + k;
      const to = (o * input.channels + first) * taps + k;
      made.values[to] = weights.values[from];
      const exact = weights.exact.get(from);
      if (exact !== undefined) made.exact.set(to, exact);
    }
  }
  return { ...map, groups: 1, weights: made };
}

/** Where the channels of two or more lists of blocks are cut, so that their blocks have the same channels. */
export function alignBlocks(lists: readonly (readonly Block[])[]): Block[][] {
  const ends = new Set<number>();
  for (const blocks of lists) {
    let end = 0;
    for (const { channels } of blocks) {
      end += channels;
      ends.add(end);
    }
  }
  const cuts = [...ends].sort((a, b) => a - b);
  return lists.map((blocks) => {
    let start = 0;
    return blocks.flatMap((block) => {
      const first = start;
      start += block.channels;
      const inside = cuts.filter((cut) => cut > first && cut <= start);
      return inside.map((cut, index) =>
        sliceBlock(block, index === 0 ? 0 : inside[index - 1] - first, cut - first),
      );
    });
  });
}

/** The sum of blocks of the same channels; terms of the same form of the same group become one. */
export function addBlocks(left: Block, right: Block): Block {
  const terms = right.terms.reduce(withTerm, left.terms);
  const nonNegative = isNonNegative(left) && isNonNegative(right);
  return {
    channels: left.channels,
    terms: withoutZeros(terms),
    bias: sum(left.bias, right.bias),
    ...(nonNegative && { nonNegative }),
  };
}

/** Terms with one more, which is added to one of the same form if there is one. */
export function withTerm(terms: readonly Term[], term: Term): readonly Term[] {
  const at = terms.findIndex((other) => isAlike(other, term));
  if (at < 0) return [...terms, term];
  return terms.with(at, addTerms(terms[at], term));
}

function isAlike(left: Term, right: Term): boolean {
  if (left.group !== right.group) return false;
  if (left.kind === 'pass') {
    return right.kind === 'pass' && left.channels.every((c, index) => c === right.channels[index]);
  }
  if (right.kind === 'pass') return false;
  const form = ({ kernel, stride, pads, dilation, groups }: ConvolutionMap): string =>
    [kernel, stride, pads, dilation, { groups }].flatMap((part) => Object.values(part)).join();
  return form(left.map) === form(right.map);
}

function addTerms(left: Term, right: Term): Term {
  if (left.kind === 'pass') {
    return { ...left, factor: sum(left.factor, (right as Pass).factor) };
  }
  const other = right as Product;
  const total = sum(
    numbers(left.map.weights, left.change),
    numbers(other.map.weights, other.change),
  );
  return { ...left, map: { ...left.map, weights: total.array }, change: total.change };
}
