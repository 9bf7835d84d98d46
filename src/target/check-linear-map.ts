/** What a linear map has to be, checked where callers pass one: sizes, and numbers that fit them. */
import { shown } from '../core/arguments.js';
import { type Dyadic, dyadicToNumber } from '../core/dyadic.js';
import { InputError } from '../core/errors.js';
import type { ExactArray } from './exact-array.js';
import {
  type ConvolutionMap,
  type DenseMap,
  featureCount,
  type LinearMap,
  outputLength,
} from './linear-map.js';

/** Flat indices are 32 bits long. */
const MOST_FEATURES = 2 ** 31 - 1;

/** Throws an `InputError` that names the part of `place` that is wrong. */
export function checkLinearMap(map: LinearMap, place: string): void {
  const kind: unknown = (map as LinearMap | null | undefined)?.kind;
  if (kind === 'dense') checkDense(map as DenseMap, place);
  else if (kind === 'convolution') checkConvolution(map as ConvolutionMap, place);
  else refuse(place, 'it is neither dense nor a convolution');
}

export function refuse(place: string, problem: string): never {
  throw new InputError({
    place,
    problem,
    remedy: 'give layers as denseLayer and the readers of models make them',
  });
}

export function checkDense({ inputs, outputs, matrix }: DenseMap, place: string): void {
  if (!isCount(inputs) || !isCount(outputs)) {
    refuse(place, `${shown(inputs)} inputs and ${shown(outputs)} outputs`);
  }
  checkExactArray(matrix, inputs * outputs, `${place}.matrix`);
}

function checkConvolution(map: ConvolutionMap, place: string): void {
  const { inputs, outputs, input, output, kernel, stride, pads, dilation, groups, weights } = map;
  for (const [name, part] of Object.entries({ input, kernel, stride, dilation })) {
    if (!isPlane(part))
      refuse(`${place}.${name}`, 'height and width are no positive whole numbers');
  }
  for (const [name, shape] of Object.entries({ input, output })) {
    if (!isCount(shape?.channels)) refuse(`${place}.${name}`, `${shown(shape?.channels)} channels`);
  }
  const sides: unknown[] = [pads?.top, pads?.left, pads?.bottom, pads?.right];
  if (!sides.every((side) => side === 0 || isCount(side))) {
    refuse(`${place}.pads`, 'top, left, bottom and right are no whole numbers');
  }
  if (!isCount(groups) || input.channels % groups !== 0 || output.channels % groups !== 0) {
    const channels = `${input.channels} and ${output.channels} channels`;
    refuse(`${place}.groups`, `${shown(groups)} groups of ${channels}`);
  }
  for (const [axis, padding] of [
    ['height', pads.top + pads.bottom],
    ['width', pads.left + pads.right],
  ] as const) {
    const padded = input[axis] + padding;
    const length = outputLength(padded, kernel[axis], stride[axis], dilation[axis]);
    if (!(length >= 1)) refuse(`${place}.kernel`, `its ${axis} exceeds the padded input's`);
    if (output[axis] === length) continue;
    refuse(`${place}.output`, `a ${axis} of ${output[axis]}, the other sizes make it ${length}`);
  }
  if (inputs !== featureCount(input) || outputs !== featureCount(output)) {
    refuse(place, `${inputs} inputs and ${outputs} outputs are not those of its feature maps`);
  }
  if (inputs > MOST_FEATURES || outputs > MOST_FEATURES) {
    refuse(place, `feature maps of more than ${MOST_FEATURES} numbers`);
  }
  const taps = (input.channels / groups) * kernel.height * kernel.width;
  checkExactArray(weights, output.channels * taps, `${place}.weights`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isPlane(part: { height: unknown; width: unknown } | undefined | null): boolean {
  return isCount(part?.height) && isCount(part?.width);
}

/**
 * Throws an `InputError` unless these are `length` numbers, finite but where an exact value stands for
 * them, and every exact value is one of which the float64 is the nearest.
 */
export function checkExactArray(array: ExactArray, length: number, place: string): void {
  const { values, exact } = (array ?? {}) as { values: unknown; exact: unknown };
  if (!(values instanceof Float64Array)) refuse(place, 'its values are no Float64Array');
  if (!(exact instanceof Map)) refuse(place, 'its exact values are no Map');
  if (values.length !== length) {
    refuse(place, `${values.length} numbers where ${length} belong`);
  }
  for (let index = 0; index < length; index++) {
    if (Math.abs(values[index]) <= Number.MAX_VALUE || exact.has(index)) continue;
    refuse(`${place}[${index}]`, `${values[index]} is no finite number`);
  }
  for (const [index, value] of exact) {
    if (isDyadic(value) && Object.is(dyadicToNumber(value) + 0, (values[index] ?? Number.NaN) + 0))
      continue;
    refuse(`${place}[${shown(index)}]`, 'its float64 is not the nearest to its exact value');
  }
}

/** Normalised as all of `core/dyadic.ts` keeps them. */
function isDyadic(value: Dyadic | undefined | null): value is Dyadic {
  if (typeof value?.mantissa !== 'bigint' || !Number.isInteger(value.exponent)) return false;
  return (value.mantissa & 1n) === 1n || (value.mantissa === 0n && value.exponent === 0);
}
