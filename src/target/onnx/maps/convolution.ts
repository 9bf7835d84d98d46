/** Conv with constant weights, on maps of one axis or two; and Pad with zeros. */
import {
  floatAttribute,
  integerAttribute,
  integersAttribute,
  textAttribute,
} from '../attributes.js';
import { exactOf } from '../constants.js';
import { integerList, nodeError, type OperatorCall, requiredConstant, spend } from '../operator.js';
import { formatShape, resolveAxis, ShapeError } from '../shape.js';
import { convolve, convolveEach, hasPads, type Kernel } from './convolve.js';
import {
  type Block,
  entriesOfChannels,
  type FeatureSignal,
  shiftBlock,
  zeroBlock,
} from './feature-signal.js';
import { mapsOf, withPlanes } from './layout.js';
import { numbers, repeated } from './numbers.js';
import { padsFrom, windowOf } from './windows.js';

export function conv(call: OperatorCall): FeatureSignal {
  const signal = mapsOf(call);
  const weights = requiredConstant(call, 1, 'weights');
  const { dims, shape } = signal;
  const axes = dims.length - 2;
  const [channels, own, ...taps] = weights.dims;
  const groups = integerAttribute(call.placed, 'group', 1);
  if (weights.dims.length !== dims.length || !(groups >= 1) || own * groups !== shape.channels) {
    throw new ShapeError(
      `its weights of shape ${formatShape(weights.dims)} do not fit a value of shape ${formatShape(dims)} in ${groups} groups`,
    );
  }
  if (!(channels >= 1) || channels % groups !== 0) {
    throw new ShapeError(`its ${channels} output channels do not make ${groups} groups`);
  }
  const kernelShape = integersAttribute(call.placed, 'kernel_shape') ?? taps;
  if (formatShape(kernelShape) !== formatShape(taps)) {
    throw new ShapeError(
      `its kernel_shape ${formatShape(kernelShape)} is not that of its weights, ${formatShape(taps)}`,
    );
  }
  const kernel: Kernel = {
    ...windowOf(call, shape, axes, kernelShape),
    ...{ channels, groups, weights: numbers(exactOf(weights), weights.change) },
  };
  const result = convolve(call, signal, kernel);
  const bias = call.inputs[2] && requiredConstant(call, 2, 'bias');
  if (bias !== undefined && (bias.dims.length !== 1 || bias.dims[0] !== channels)) {
    throw new ShapeError(
      `its bias of shape ${formatShape(bias.dims)} does not fit ${channels} channels`,
    );
  }
  const [block] = result.blocks;
  const shifted = bias ? shiftBlock(block, numbers(exactOf(bias), bias.change)) : block;
  return withPlanes(call, { ...result, blocks: [shifted] }, result.shape);
}

/** The pads of every dimension, those before them first; and the number that is put there. */
function padding(call: OperatorCall, rank: number): { pads: readonly number[]; value: number } {
  const { placed, opset } = call;
  if (opset < 11) {
    const pads = integersAttribute(placed, opset < 2 ? 'paddings' : 'pads') ?? [];
    return { pads, value: floatAttribute(placed, 'value', 0) };
  }
  const listed = integerList(call, requiredConstant(call, 1, 'pads'), 'pads');
  const constant = call.inputs[2] && requiredConstant(call, 2, 'constant_value');
  const value = constant?.values[0] ?? 0;
  if (call.inputs[3] === undefined) return { pads: listed, value };
  const axes = integerList(call, requiredConstant(call, 3, 'axes'), 'axes');
  if (listed.length !== 2 * axes.length) {
    throw new ShapeError(`its pads ${formatShape(listed)} are not two for each of its axes`);
  }
  const pads = new Array<number>(2 * rank).fill(0);
  axes.forEach((given, index) => {
    const axis = resolveAxis(given, rank);
    pads[axis] = listed[index];
    pads[rank + axis] = listed[axes.length + index];
  });
  return { pads, value };
}

/** Zeros around maps, which later convolutions take in; and channels of zeros. */
export function pad(call: OperatorCall): FeatureSignal {
  const signal = mapsOf(call);
  const mode = textAttribute(call.placed, 'mode') ?? 'constant';
  const rank = signal.dims.length;
  const { pads, value } = padding(call, rank);
  if (mode !== 'constant' || value !== 0) {
    throw nodeError(call, 'it pads with other numbers than 0', 'pad with zeros');
  }
  if (pads.length !== 2 * rank) {
    throw new ShapeError(
      `its pads ${formatShape(pads)} are not two for each of ${rank} dimensions`,
    );
  }
  if (pads[0] + pads[rank] !== 0) throw nodeError(call, 'it pads the batch', 'use one sample');
  const spatial = [...pads.slice(2, rank), ...pads.slice(rank + 2)];
  const around = padsFrom(call, spatial, rank - 2);
  const [before, after] = [pads[1], pads[rank + 1]];
  if (!(before >= 0 && after >= 0)) padsFrom(call, [before, after], 1);
  const one = { height: 1, width: 1 };
  const placement = { kernel: one, stride: one, dilation: one, pads: around };
  const padded = hasPads(around) ? convolveEach(call, signal, placement, repeated(1, 1)) : signal;
  const [first] = padded.blocks;
  const made = before + after === 0 ? 0 : entriesOfChannels(first, before + after);
  spend(call, 100 * made, 4 * made);
  const zeros = (count: number): Block[] => (count === 0 ? [] : [zeroBlock(first, count)]);
  const blocks = [...zeros(before), ...padded.blocks, ...zeros(after)];
  return withPlanes(call, { ...padded, blocks }, padded.shape);
}
