/** Relu on feature maps, and what one layer of it makes exactly, with a layer of twice the channels. */
import { floatAttribute } from '../attributes.js';
import { type OperatorCall, requiredConstant } from '../operator.js';
import { clipBounds, slopeDims } from '../piecewise.js';
import {
  addMaps,
  eachBlock,
  type MapOperator,
  negateMaps,
  perChannel,
  spendOnMaps,
} from './arithmetic.js';
import { halvesOf, rectified, turnsOf, twoByTurns } from './closing.js';
import { type Block, type FeatureSignal, isNonNegative, shiftBlock } from './feature-signal.js';
import { type Numbers, negated, repeated } from './numbers.js';

const relu: MapOperator = (call) => {
  const [signal] = call.maps;
  return signal && rectified(call, signal);
};

/** `relu(s) - slope * relu(-s)`. */
function withSlope(call: OperatorCall, signal: FeatureSignal, slope: Numbers): FeatureSignal {
  spendOnMaps(call, signal);
  return eachBlock(signal, negated(slope), (block, own) => {
    if (isNonNegative(block)) return block;
    return halvesOf(call, block, signal.shape, own);
  });
}

const leakyRelu: MapOperator = (call) => {
  const [signal] = call.maps;
  const slope = floatAttribute(call.placed, 'alpha', Math.fround(0.01));
  return signal && withSlope(call, signal, repeated(slope, signal.shape.channels));
};

const absolute: MapOperator = (call) => {
  const [signal] = call.maps;
  return signal && withSlope(call, signal, repeated(-1, signal.shape.channels));
};

const pRelu: MapOperator = (call) => {
  const [signal] = call.maps;
  if (signal === undefined) return undefined;
  const slope = requiredConstant(call, 1, 'slope');
  const dims = slopeDims(call, slope, signal.dims);
  const own = perChannel(call, { ...slope, dims }, signal);
  return own && withSlope(call, signal, own);
};

/** `least + relu(s - least) - relu(s - most)`. */
const clip: MapOperator = (call) => {
  const [signal] = call.maps;
  if (signal === undefined) return undefined;
  const { least, most, isConstant, bindsBelow, bindsAbove } = clipBounds(call);
  if (isConstant) return undefined;
  if (!bindsAbove) return bindsBelow ? maximum(call, signal, least) : signal;
  if (!bindsBelow) return negateMaps(maximum(call, negateMaps(signal), -most));
  spendOnMaps(call, signal);
  const { shape } = signal;
  const blocks = signal.blocks.map((block): Block => {
    const { channels } = block;
    const above = (bound: number): Block => shiftBlock(block, repeated(-bound, channels));
    const group = twoByTurns(call, above(least), above(most), shape);
    return {
      channels,
      terms: [turnsOf(group, 0, repeated(1, channels)), turnsOf(group, 1, repeated(-1, channels))],
      bias: repeated(least, channels),
      ...(least >= 0 && { nonNegative: true }),
    };
  });
  return { ...signal, blocks };
};

/** `bound + relu(s - bound)`. */
function maximum(call: OperatorCall, signal: FeatureSignal, bound: number): FeatureSignal {
  return maximumOf(call, signal, repeated(bound, signal.shape.channels));
}

function maximumOf(call: OperatorCall, signal: FeatureSignal, bound: Numbers): FeatureSignal {
  spendOnMaps(call, signal);
  const above = rectified(call, eachBlock(signal, negated(bound), shiftBlock));
  return eachBlock(above, bound, (block, own) => {
    const shifted = shiftBlock(block, own);
    const { values } = own.array;
    return values.every((value) => value >= 0) ? { ...shifted, nonNegative: true } : shifted;
  });
}

/** Max, or Min as its mirror image: of maps, and of one number for each channel. */
function extreme(sign: 1 | -1): MapOperator {
  return (call) => {
    const oriented = (signal: FeatureSignal): FeatureSignal =>
      sign === 1 ? signal : negateMaps(signal);
    let most: FeatureSignal | undefined;
    for (const value of new Set(call.maps)) {
      if (value === undefined) continue;
      if (most === undefined) most = oriented(value);
      else {
        const best: FeatureSignal = most;
        const difference = addMaps(call, oriented(value), negateMaps(best));
        most = difference && addMaps(call, rectified(call, difference), best);
        if (most === undefined) return undefined;
      }
    }
    if (most === undefined) return undefined;
    for (const value of call.inputs) {
      if (value === undefined) continue;
      const bound = value.kind === 'constant' ? perChannel(call, value, most) : undefined;
      if (bound === undefined) return undefined;
      most = maximumOf(call, most, sign === 1 ? bound : negated(bound));
    }
    return oriented(most);
  };
}

export const MAP_PIECEWISE: ReadonlyMap<string, MapOperator> = new Map([
  ['Relu', relu],
  ['LeakyRelu', leakyRelu],
  ['PRelu', pRelu],
  ['Abs', absolute],
  ['Clip', clip],
  ['Max', extreme(1)],
  ['Min', extreme(-1)],
]);
