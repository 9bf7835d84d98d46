/** What the map of a layer has to be, checked where callers pass one: sizes, and numbers that fit them. */
import { shown } from '../core/arguments.js';
import { checkDense, checkExactArray, isCount, refuse } from './check-dense.js';
import {
  type ConvolutionMap,
  featureCount,
  type LinearMap,
  outputLength,
  type SumMap,
  type Window,
} from './linear-map.js';
import { hasEmptyWindow, type MaxPooling } from './max-pooling.js';

/** Flat indices are 32 bits long. */
const MOST_FEATURES = 2 ** 31 - 1;

/** Throws an `InputError` that names the part of `place` that is wrong. */
export function checkMap(map: LinearMap | MaxPooling, place: string): void {
  switch (map?.kind) {
    case 'dense':
      checkDense(map, place);
      return;
    case 'convolution':
      checkConvolution(map, place);
      return;
    case 'sum':
      checkSum(map, place);
      return;
    case 'max-pooling':
      checkPooling(map, place);
      return;
    default:
      refuse(place, 'it is neither dense nor a convolution, a sum of these, or max pooling');
  }
}

function checkSum({ inputs, outputs, parts }: SumMap, place: string): void {
  if (!Array.isArray(parts) || parts.length === 0) refuse(`${place}.parts`, 'it has none');
  let sum = 0;
  parts.forEach((part: ConvolutionMap | null | undefined, index) => {
    const at = `${place}.parts[${index}]`;
    if (part?.kind !== 'convolution') refuse(at, 'it is no convolution');
    checkConvolution(part, at);
    sum += part.inputs;
    for (const size of ['channels', 'height', 'width'] as const) {
      const [first] = parts as readonly ConvolutionMap[];
      if (part.output[size] !== first.output[size]) {
        refuse(`${at}.output`, `its ${size} is not that of the first part`);
      }
    }
  });
  if (inputs !== sum || outputs !== parts[0].outputs || inputs > MOST_FEATURES) {
    refuse(place, `${inputs} inputs and ${outputs} outputs are not those of its parts`);
  }
}

function checkPooling(map: MaxPooling, place: string): void {
  checkWindow(map, place);
  const { input, output } = map;
  if (input.channels !== output.channels) {
    refuse(`${place}.output`, `${output.channels} channels of ${input.channels}`);
  }
  if (hasEmptyWindow(map)) refuse(`${place}.pads`, 'a window lies outside of the plane');
}

function checkConvolution(map: ConvolutionMap, place: string): void {
  checkWindow(map, place);
  const { input, output, kernel, groups, weights } = map;
  if (!isCount(groups) || input.channels % groups !== 0 || output.channels % groups !== 0) {
    const channels = `${input.channels} and ${output.channels} channels`;
    refuse(`${place}.groups`, `${shown(groups)} groups of ${channels}`);
  }
  const taps = (input.channels / groups) * kernel.height * kernel.width;
  checkExactArray(weights, output.channels * taps, `${place}.weights`);
}

/** Sizes, and that they fit each other. */
function checkWindow(map: Window, place: string): void {
  const { inputs, outputs, input, output, kernel, stride, pads, dilation } = map;
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
}

function isPlane(part: { height: unknown; width: unknown } | undefined | null): boolean {
  return isCount(part?.height) && isCount(part?.width);
}
