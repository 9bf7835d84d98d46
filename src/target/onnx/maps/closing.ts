/** Layers of feature maps: what a ReLU, or a need to have maps as they are, makes of a value that is affine. */
import type { ConvolutionMap, FeatureShape, LinearMap } from '../../linear-map.js';
import { type OperatorCall, spend } from '../operator.js';
import {
  areaOf,
  type Block,
  entriesOfChannels,
  type FeatureSignal,
  groupOf,
  isNonNegative,
  isWhole,
  type MapGroup,
  negateBlock,
  type Pass,
  type Product,
  passOf,
  type Term,
  ungrouped,
  withTerm,
} from './feature-signal.js';
import { gathered, joinNumbers, type Numbers, numbers, placed, repeated, sum } from './numbers.js';

let groupsMade = 0;

/** A group after all that there are. */
export function newGroup(shape: FeatureShape, made: MapGroup['made']): MapGroup {
  return { number: groupsMade++, shape, made };
}

const ONE = { height: 1, width: 1 };
const NO_PADS = { top: 0, left: 0, bottom: 0, right: 0 };

/** A convolution of single positions. */
export function pointwise(
  input: FeatureShape,
  channels: number,
  groups: number,
  weights: Numbers,
): ConvolutionMap {
  const area = areaOf(input);
  return {
    kind: 'convolution',
    inputs: input.channels * area,
    outputs: channels * area,
    input,
    output: { ...input, channels },
    ...{ kernel: ONE, stride: ONE, dilation: ONE, pads: NO_PADS, groups },
    weights: weights.array,
  };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Passes of one group as a convolution of single positions, in as many groups as they allow. */
function convolutionOf(call: OperatorCall, passes: readonly Pass[]): Product {
  const [{ group, channels }] = passes;
  const { length } = channels;
  const most = gcd(length, group.shape.channels);
  // For each divisor of it.
  spend(call, 400 * length, 0);
  const apart = (groups: number): boolean =>
    passes.every((pass) =>
      pass.channels.every(
        (channel, c) =>
          Math.floor((channel * groups) / group.shape.channels) ===
          Math.floor((c * groups) / length),
      ),
    );
  let groups = most;
  while (most % groups !== 0 || !apart(groups)) groups--;
  const own = group.shape.channels / groups;
  spend(call, 60 * length * own * passes.length, 2 * length * own * passes.length);
  const weights = passes
    .map((pass) => placed(pass.factor, (c) => c * own + (pass.channels[c] % own), length * own))
    .reduce(sum);
  const map = pointwise(group.shape, length, groups, weights);
  return { kind: 'product', group, map, change: weights.change };
}

/** Products as they are, and the passes of each group as one. */
function productsOf(call: OperatorCall, terms: readonly Term[]): Product[] {
  const passes = new Map<MapGroup, Pass[]>();
  for (const term of terms) {
    if (term.kind === 'pass') passes.set(term.group, [...(passes.get(term.group) ?? []), term]);
  }
  return terms.flatMap((term) => {
    if (term.kind === 'product') {
      const { length } = term.map.weights.values;
      spend(call, 20 * length, length);
      return term;
    }
    const all = passes.get(term.group) ?? [];
    return all[0] === term ? convolutionOf(call, all) : [];
  });
}

export interface ClosedTerms {
  readonly reads: readonly MapGroup[];
  readonly map: LinearMap;
  /** Bound of the relative change of a weight, of each part of a sum. */
  readonly changes: readonly number[];
}

/** The sum of the terms as one map of what they read. */
export function closeTerms(call: OperatorCall, terms: readonly Term[]): ClosedTerms {
  const closed = productsOf(call, terms);
  const reads = closed.map(({ group }) => group);
  const changes = closed.map(({ change }) => change);
  const parts = closed.map(({ map }) => map);
  if (parts.length === 1) return { reads, map: parts[0], changes };
  const inputs = parts.reduce((sum, part) => sum + part.inputs, 0);
  return { reads, map: { kind: 'sum', inputs, outputs: parts[0].outputs, parts }, changes };
}

/** The layer that rectifies a block. */
export function layerOf(call: OperatorCall, block: Block, shape: FeatureShape): MapGroup {
  const { reads, map, changes } = closeTerms(call, block.terms);
  return newGroup(
    { ...shape, channels: block.channels },
    { by: 'layer', reads, map, bias: block.bias, changes },
  );
}

/** Channels `relu(first[c])` and `relu(second[c])` by turns, of one layer. */
export function twoByTurns(
  call: OperatorCall,
  first: Block,
  second: Block,
  shape: FeatureShape,
): MapGroup {
  const { channels } = first;
  const turns = Int32Array.from({ length: 2 * channels }, (_, k) => (k >> 1) + (k & 1) * channels);
  const both = (left: Numbers, right: Numbers, of: Int32Array): Numbers =>
    gathered(joinNumbers([left, right]), of);
  const terms = first.terms.map((term, index): Term => {
    const other = second.terms[index];
    if (term.kind === 'pass') {
      const { factor } = other as Pass;
      return {
        ...term,
        channels: Int32Array.from({ length: 2 * channels }, (_, k) => term.channels[k >> 1]),
        factor: both(term.factor, factor, turns),
      };
    }
    const { weights, output } = term.map;
    const row = weights.values.length / channels;
    spend(call, 40 * weights.values.length, 4 * weights.values.length);
    const rows = Int32Array.from(
      { length: 2 * weights.values.length },
      (_, k) => turns[Math.floor(k / row)] * row + (k % row),
    );
    const wide = { ...output, channels: 2 * channels };
    const joined = both(
      numbers(weights, term.change),
      numbers((other as typeof term).map.weights, (other as typeof term).change),
      rows,
    );
    return {
      ...term,
      map: {
        ...term.map,
        output: wide,
        outputs: wide.channels * areaOf(wide),
        weights: joined.array,
      },
      change: joined.change,
    };
  });
  return layerOf(
    call,
    { channels: 2 * channels, terms, bias: both(first.bias, second.bias, turns) },
    shape,
  );
}

/** Every second channel of such a layer, from the first or the second on, times a number each. */
export function turnsOf(group: MapGroup, from: 0 | 1, factor: Numbers): Pass {
  const { length } = factor.array.values;
  return {
    kind: 'pass',
    group,
    channels: Int32Array.from({ length }, (_, c) => 2 * c + from),
    factor,
  };
}

/** `relu(s) + slope * relu(-s)`, a slope for each channel; -1 gives s. */
export function halvesOf(
  call: OperatorCall,
  block: Block,
  shape: FeatureShape,
  slope: Numbers,
): Block {
  const { channels } = block;
  const group = twoByTurns(call, block, negateBlock(block), shape);
  const nonNegative = slope.array.values.every((value) => value >= 0);
  return {
    channels,
    terms: [turnsOf(group, 0, repeated(1, channels)), turnsOf(group, 1, slope)],
    bias: repeated(0, channels),
    ...(nonNegative && { nonNegative }),
  };
}

/** The same values as channels that layers make: both halves of a block that may be negative. */
export function settleBlock(call: OperatorCall, block: Block, shape: FeatureShape): Block {
  if (groupOf(block) !== undefined && isNonNegative(block)) return block;
  if (isNonNegative(block)) return passOf(layerOf(call, block, shape));
  return halvesOf(call, block, shape, repeated(-1, block.channels));
}

/** All blocks settled: the signal then passes the channels of layers on, and no number is added. */
export function settled(call: OperatorCall, signal: FeatureSignal): FeatureSignal {
  const blocks = signal.blocks.map((block) => settleBlock(call, block, signal.shape));
  return { ...signal, blocks };
}

/** Blocks that are channels of different groups, each all of one, as one layer that reads them side by side. */
function sideBySide(
  call: OperatorCall,
  blocks: readonly Block[],
  shape: FeatureShape,
): MapGroup | undefined {
  const passes = blocks.flatMap(({ terms }) => terms);
  const reads = passes.map(({ group }) => group);
  const whole = passes.every((term) => term.kind === 'pass' && isWhole(term));
  if (!whole || passes.length !== blocks.length || new Set(reads).size < reads.length) {
    return undefined;
  }
  spend(call, 20 * shape.channels, 4 * shape.channels);
  const factors = joinNumbers((passes as readonly Pass[]).map(({ factor }) => factor));
  return newGroup(shape, {
    ...{ by: 'layer', reads, changes: [factors.change] },
    map: pointwise(shape, shape.channels, shape.channels, factors),
    bias: joinNumbers(blocks.map(({ bias }) => bias)),
  });
}

/** The ReLU of a signal: a layer for each block, or one where the blocks are channels of layers. */
export function rectified(call: OperatorCall, signal: FeatureSignal): FeatureSignal {
  const { blocks, shape } = signal;
  const made = blocks.map((block) => isNonNegative(block) && isPassing(block));
  const group =
    blocks.length > 1 && !made.every(Boolean) ? sideBySide(call, blocks, shape) : undefined;
  if (group !== undefined) return { ...signal, blocks: [passOf(group)] };
  return {
    ...signal,
    blocks: blocks.map((block, index) =>
      made[index] ? block : passOf(layerOf(call, block, shape)),
    ),
  };
}

function isPassing({ terms }: Block): boolean {
  return terms.every(({ kind }) => kind === 'pass');
}

/** The blocks as one: zeros of the terms of each for the channels of the others. */
export function asOneBlock(call: OperatorCall, blocks: readonly Block[]): Block {
  const [only] = blocks;
  if (blocks.length === 1) return only;
  const channels = blocks.reduce((sum, block) => sum + block.channels, 0);
  let start = 0;
  const terms = blocks.flatMap((block) => {
    const first = start;
    start += block.channels;
    const made = entriesOfChannels(block, channels);
    spend(call, 20 * made, 2 * made);
    return block.terms.map((term): Term => {
      if (term.kind === 'pass') {
        const picked = Int32Array.from({ length: channels }, (_, c) =>
          c >= first && c < first + block.channels ? term.channels[c - first] : 0,
        );
        return {
          ...term,
          channels: picked,
          factor: placed(term.factor, (c) => first + c, channels),
        };
      }
      const map = ungrouped(term.map);
      const row = map.weights.values.length / block.channels;
      const own = numbers(map.weights, term.change);
      const weights = placed(own, (k) => first * row + k, channels * row);
      const output = { ...map.output, channels };
      const outputs = channels * areaOf(output);
      return { ...term, map: { ...map, output, outputs, weights: weights.array } };
    });
  });
  const nonNegative = blocks.every(isNonNegative);
  return {
    channels,
    terms: terms.reduce<readonly Term[]>(withTerm, []),
    bias: joinNumbers(blocks.map(({ bias }) => bias)),
    ...(nonNegative && { nonNegative }),
  };
}

/** All channels as those of one layer: for convolutions whose groups go across blocks. */
export function inOneLayer(call: OperatorCall, signal: FeatureSignal): FeatureSignal {
  const { shape } = signal;
  const whole = settled(call, signal).blocks;
  const group = whole.every(isNonNegative) ? sideBySide(call, whole, shape) : undefined;
  const block = group ? passOf(group) : settleBlock(call, asOneBlock(call, signal.blocks), shape);
  return { ...signal, blocks: [block] };
}
