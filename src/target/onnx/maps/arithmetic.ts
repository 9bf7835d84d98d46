/** Sums, products with constants and BatchNormalization of feature maps: affine, channel by channel. */
import { exactArray, negateExact } from '../../exact-array.js';
import { changeOfProduct, HALF_PLACE } from '../../rounding.js';
import { batchStatistics } from '../batch-normalization.js';
import { broadcastConstant, exactOf, reciprocalsOf } from '../constants.js';
import { alongAxis } from '../elementwise.js';
import { nodeError, notAffine, noticeRounding, type OperatorCall, spend } from '../operator.js';
import { broadcastShape, sizeOf } from '../shape.js';
import type { OnnxTensor } from '../tensor.js';
import {
  addBlocks,
  alignBlocks,
  areaOf,
  type Block,
  entriesOfChannels,
  type FeatureSignal,
  negateBlock,
  scaleBlock,
  shiftBlock,
} from './feature-signal.js';
import { gathered, type Numbers, negated, numbers } from './numbers.js';

/** A node on maps; undefined where it is to be done on vectors. */
export type MapOperator = (call: OperatorCall) => FeatureSignal | undefined;

/** The block of each run of channels, made of the numbers of those channels. */
export function eachBlock(
  signal: FeatureSignal,
  perChannel: Numbers,
  make: (block: Block, own: Numbers) => Block,
): FeatureSignal {
  let first = 0;
  const blocks = signal.blocks.map((block) => {
    const start = first;
    first += block.channels;
    const own = Int32Array.from({ length: block.channels }, (_, c) => start + c);
    return make(block, gathered(perChannel, own));
  });
  return { ...signal, blocks };
}

/** The entries of a constant as one number for each channel; undefined where they differ within one. */
export function perChannel(
  call: OperatorCall,
  tensor: OnnxTensor,
  { dims, shape, channelsLast }: FeatureSignal,
): Numbers | undefined {
  if (tensor.infinite !== undefined) return undefined;
  const { channels } = shape;
  if (tensor.values.length === 1) {
    return gathered(numbers(exactOf(tensor), tensor.change), new Int32Array(channels));
  }
  if (sizeOf(broadcastShape(tensor.dims, dims)) !== sizeOf(dims)) return undefined;
  const all = broadcastConstant(call, tensor, dims);
  const area = areaOf(shape);
  const channelOf = (index: number): number =>
    channelsLast ? index % channels : Math.floor(index / area);
  const first = Int32Array.from({ length: channels }, (_, c) => (channelsLast ? c : c * area));
  const one = (index: number): boolean => {
    const from = first[channelOf(index)];
    const [a, b] = [all.exact?.get(index), all.exact?.get(from)];
    return (
      all.values[index] === all.values[from] &&
      a?.mantissa === b?.mantissa &&
      a?.exponent === b?.exponent
    );
  };
  spend(call, 20 * all.values.length, 0);
  if (!all.values.every((_, index) => one(index))) return undefined;
  return gathered(numbers(exactOf(all), all.change), first);
}

/** The sum of two signals of the same dimensions. */
export function addMaps(
  call: OperatorCall,
  left: FeatureSignal,
  right: FeatureSignal,
): FeatureSignal | undefined {
  const same =
    left.dims.join() === right.dims.join() &&
    left.channelsLast === right.channelsLast &&
    Object.entries(left.shape).join() === Object.entries(right.shape).join();
  if (!same) return undefined;
  const cuts = ({ blocks }: FeatureSignal): string => blocks.map(({ channels }) => channels).join();
  if (cuts(left) !== cuts(right)) {
    for (const block of [...left.blocks, ...right.blocks]) {
      const made = entriesOfChannels(block, block.channels);
      spend(call, 40 * made, 2 * made);
    }
  }
  const [a, b] = alignBlocks([left.blocks, right.blocks]);
  for (const { terms } of [...a, ...b]) {
    for (const term of terms) {
      const size = term.kind === 'pass' ? term.channels.length : term.map.weights.values.length;
      spend(call, 200 * size, 3 * size);
    }
  }
  return { ...left, blocks: a.map((block, index) => addBlocks(block, b[index])) };
}

export function negateMaps(signal: FeatureSignal): FeatureSignal {
  return { ...signal, blocks: signal.blocks.map(negateBlock) };
}

/** What a step over all weights of a signal takes. */
export function spendOnMaps(call: OperatorCall, { blocks }: FeatureSignal): void {
  for (const { terms, channels } of blocks) {
    spend(call, 100 + 60 * channels, 4 * channels);
    for (const term of terms) {
      const size = term.kind === 'pass' ? 0 : term.map.weights.values.length;
      spend(call, 60 * size, size);
    }
  }
}

/** The two values of a node: maps or constants. */
function operands(call: OperatorCall): readonly (FeatureSignal | OnnxTensor | undefined)[] {
  const [left, right] = [0, 1].map((index) => {
    const value = call.maps[index] ?? call.inputs[index];
    return value?.kind === 'signal' ? undefined : value;
  });
  if (left === undefined || right === undefined) return [undefined, undefined];
  for (const value of [left, right]) if (value.kind === 'maps') spendOnMaps(call, value);
  return [left, right.kind === 'maps' ? right : alongAxis(call, left, right)];
}

function plus(
  call: OperatorCall,
  left: FeatureSignal | OnnxTensor,
  right: FeatureSignal | OnnxTensor,
): FeatureSignal | undefined {
  if (left.kind === 'constant') {
    return right.kind === 'maps' ? plus(call, right, left) : undefined;
  }
  if (right.kind === 'maps') return addMaps(call, left, right);
  const shift = perChannel(call, right, left);
  return shift && eachBlock(left, shift, shiftBlock);
}

const add: MapOperator = (call) => {
  const [left, right] = operands(call);
  return left && right && plus(call, left, right);
};

const subtract: MapOperator = (call) => {
  const [left, right] = operands(call);
  if (left === undefined || right === undefined) return undefined;
  if (right.kind === 'maps') return plus(call, left, negateMaps(right));
  const { values, exact } = negateExact(exactOf(right));
  return plus(call, left, { ...right, values, ...(exact.size > 0 && { exact }) });
};

/** Before operator set 8 shapes are equal, which `addMaps` asks for. */
const sum: MapOperator = (call) => {
  const [first, ...others] = call.maps;
  if (first === undefined) return undefined;
  let total: FeatureSignal | undefined = first;
  for (const other of others) {
    if (other === undefined || total === undefined) return undefined;
    total = addMaps(call, total, other);
  }
  return total;
};

const multiply: MapOperator = (call) => {
  const [left, right] = operands(call);
  if (left === undefined || right === undefined) return undefined;
  if (left.kind === 'maps' && right.kind === 'maps') {
    throw notAffine(call, "multiplies two values that depend on the network's input");
  }
  const [signal, constant] = left.kind === 'maps' ? [left, right] : [right, left];
  if (signal.kind === 'constant' || constant.kind === 'maps') return undefined;
  const factor = perChannel(call, constant, signal);
  return factor && eachBlock(signal, factor, scaleBlock);
};

const divide: MapOperator = (call) => {
  const [signal, divisor] = operands(call);
  if (signal?.kind !== 'maps' || divisor?.kind !== 'constant') return undefined;
  const given = perChannel(call, divisor, signal);
  if (given === undefined) return undefined;
  const { array, change } = given;
  if (array.values.includes(0)) throw nodeError(call, 'it divides by 0', 'correct the constant');
  const exact = reciprocalsOf(array);
  if (exact !== undefined) return eachBlock(signal, numbers(exact, change), scaleBlock);
  noticeRounding(
    call,
    'its divisors are no powers of two; the weights and biases that they go into are rounded',
  );
  const off = changeOfProduct(2 * change, 2 * HALF_PLACE);
  const reciprocals = exactArray(array.values.map((value) => 1 / value));
  return eachBlock(signal, numbers(reciprocals, off), scaleBlock);
};

const negate: MapOperator = (call) => {
  const [signal] = call.maps;
  return signal && negateMaps(signal);
};

/** `(x - mean) * scale / sqrt(variance + epsilon) + bias`, per channel, which is dimension 1. */
const batchNormalization: MapOperator = (call) => {
  const [signal] = call.maps;
  if (signal === undefined || signal.dims[1] !== signal.shape.channels) return undefined;
  const { channels } = signal.shape;
  if (signal.channelsLast || signal.dims[0] !== 1) return undefined;
  const { bias, mean, factors, change } = batchStatistics(call, signal.dims, [channels]);
  noticeRounding(
    call,
    'folded; its factors scale / sqrt(variance + epsilon), and the weights and biases that they change, are rounded',
  );
  spendOnMaps(call, signal);
  const centre = negated(numbers(exactOf(mean), mean.change));
  const factor = numbers(exactArray(factors), change);
  const shift = numbers(exactOf(bias), bias.change);
  const centred = eachBlock(signal, centre, shiftBlock);
  return eachBlock(eachBlock(centred, factor, scaleBlock), shift, shiftBlock);
};

export const MAP_ARITHMETIC: ReadonlyMap<string, MapOperator> = new Map([
  ['Add', add],
  ['Sub', subtract],
  ['Sum', sum],
  ['Mul', multiply],
  ['Div', divide],
  ['Neg', negate],
  ['BatchNormalization', batchNormalization],
]);
