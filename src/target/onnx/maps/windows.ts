/** Attributes of the operators with windows: kernel, strides, dilations and pads along one axis or two. */
import type { Pads, PlaneSize } from '../../linear-map.js';
import { integersAttribute, textAttribute } from '../attributes.js';
import { nodeError, type OperatorCall } from '../operator.js';
import { formatShape, ShapeError } from '../shape.js';
import { hasPads, type Placement } from './convolve.js';

/** One number along each axis of the planes; along the width if the maps have one dimension. */
function plane(call: OperatorCall, list: readonly number[], axes: number, what: string): PlaneSize {
  if (list.length !== axes) {
    throw new ShapeError(`its ${what} ${formatShape(list)} are not ${axes}, one for each axis`);
  }
  if (!list.every((entry) => entry >= 1)) {
    throw nodeError(call, `its ${what} are ${formatShape(list)}`, 'use positive integers');
  }
  const [height, width] = axes === 2 ? list : [1, list[0]];
  return { height, width };
}

function planeAttribute(call: OperatorCall, name: string, axes: number): PlaneSize {
  const list = integersAttribute(call.placed, name) ?? new Array<number>(axes).fill(1);
  return plane(call, list, axes, name);
}

/** Kernel, strides, dilations and pads of a node on maps of `planes`, which have one axis or two. */
export function windowOf(
  call: OperatorCall,
  planes: PlaneSize,
  axes: number,
  kernelShape: readonly number[] | undefined,
): Placement {
  if (kernelShape === undefined) throw nodeError(call, 'it has no kernel_shape', 'export it again');
  const kernel = plane(call, kernelShape, axes, 'kernel_shape');
  const stride = planeAttribute(call, 'strides', axes);
  const dilation = planeAttribute(call, 'dilations', axes);
  const pads = padsOf(call, planes, axes, { kernel, stride, dilation });
  return { kernel, stride, dilation, pads };
}

function padsOf(
  call: OperatorCall,
  planes: PlaneSize,
  axes: number,
  { kernel, stride, dilation }: Omit<Placement, 'pads'>,
): Pads {
  const mode = textAttribute(call.placed, 'auto_pad') ?? 'NOTSET';
  const given = integersAttribute(call.placed, 'pads');
  const listed = padsFrom(call, given ?? new Array<number>(2 * axes).fill(0), axes);
  // Runtimes wrote an empty text for the default once.
  if (mode === 'NOTSET' || mode === '') return listed;
  if (hasPads(listed)) {
    throw nodeError(call, `it has both pads and auto_pad ${mode}`, 'export it with one of them');
  }
  if (mode === 'VALID') return listed;
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') {
    throw nodeError(
      call,
      'its auto_pad is none of NOTSET, SAME_UPPER, SAME_LOWER and VALID',
      'export the model again',
    );
  }
  const along = (axis: 'height' | 'width'): readonly [number, number] => {
    const outputs = Math.ceil(planes[axis] / stride[axis]);
    const reach = dilation[axis] * (kernel[axis] - 1) + 1;
    const all = Math.max(0, (outputs - 1) * stride[axis] + reach - planes[axis]);
    const less = Math.floor(all / 2);
    return mode === 'SAME_UPPER' ? [less, all - less] : [all - less, less];
  };
  const [top, bottom] = along('height');
  const [left, right] = along('width');
  return { top, left, bottom, right };
}

/** First those before each axis, then those behind. */
export function padsFrom(call: OperatorCall, list: readonly number[], axes: number): Pads {
  if (list.length !== 2 * axes) {
    throw new ShapeError(`its pads ${formatShape(list)} are not two for each of ${axes} axes`);
  }
  if (!list.every((entry) => entry >= 0)) {
    throw nodeError(
      call,
      `its pads are ${formatShape(list)}`,
      'negative ones cut maps, which is not read: cut the kernels or the inputs',
    );
  }
  const [top, left, bottom, right] = axes === 2 ? list : [0, list[0], 0, list[1]];
  return { top, left, bottom, right };
}
