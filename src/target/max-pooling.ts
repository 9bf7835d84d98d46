/** Max pooling of feature maps: the maximum over a window, passing over what lies outside of the plane. */
import { compareDyadic, type Dyadic } from '../core/dyadic.js';
import type { Window } from './linear-map.js';

/** Output (c, y, x) is the maximum of the input's channel c over the taps of its window that lie inside. */
export interface MaxPooling extends Window {
  readonly kind: 'max-pooling';
}

/** Calls `visit` with the inputs that each output is the maximum of, in order; the list is reused. */
export function forEachWindow(
  { input, output, kernel, stride, pads, dilation }: MaxPooling,
  visit: (output: number, inputs: readonly number[]) => void,
): void {
  let at = 0;
  const inputs: number[] = [];
  for (let channel = 0; channel < output.channels; channel++) {
    const plane = channel * input.height * input.width;
    for (let y = 0; y < output.height; y++) {
      const rows = tapsInside(
        input.height,
        kernel.height,
        y * stride.height - pads.top,
        dilation.height,
      );
      for (let x = 0; x < output.width; x++) {
        const columns = tapsInside(
          input.width,
          kernel.width,
          x * stride.width - pads.left,
          dilation.width,
        );
        inputs.length = 0;
        for (let row = rows.first; row <= rows.last; row += dilation.height) {
          for (let column = columns.first; column <= columns.last; column += dilation.width) {
            inputs.push(plane + row * input.width + column);
          }
        }
        visit(at++, inputs);
      }
    }
  }
}

/** The largest value of each window; every window has one (`hasEmptyWindow`). */
function maxima<Value>(
  pooling: MaxPooling,
  valueAt: (index: number) => Value,
  isLess: (left: Value, right: Value) => boolean,
  store: (output: number, value: Value) => void,
): void {
  forEachWindow(pooling, (output, inputs) => {
    let most = valueAt(inputs[0]);
    for (const index of inputs) {
      const value = valueAt(index);
      if (isLess(most, value)) most = value;
    }
    store(output, most);
  });
}

/** First and last coordinate inside of an axis that the taps from `start` on have; first > last if none. */
function tapsInside(
  length: number,
  kernel: number,
  start: number,
  dilation: number,
): { readonly first: number; readonly last: number } {
  const skipped = start < 0 ? Math.ceil(-start / dilation) : 0;
  const reached = Math.min(kernel - 1, Math.floor((length - 1 - start) / dilation));
  return { first: start + skipped * dilation, last: start + reached * dilation };
}

/** Whether some window has no tap inside of the plane. */
export function hasEmptyWindow(window: Omit<Window, 'inputs' | 'outputs'>): boolean {
  const { input, output, kernel, stride, pads, dilation } = window;
  return (['height', 'width'] as const).some((axis) => {
    const before = axis === 'height' ? pads.top : pads.left;
    const isEmpty = (position: number): boolean => {
      const start = position * stride[axis] - before;
      const { first, last } = tapsInside(input[axis], kernel[axis], start, dilation[axis]);
      return first > last;
    };
    // The first tap of a window that begins inside of the plane is there; others begin before it, or after it.
    const begun = Math.min(output[axis], Math.ceil(before / stride[axis]));
    for (let position = 0; position < begun; position++) if (isEmpty(position)) return true;
    return isEmpty(output[axis] - 1);
  });
}

/** In float64, `samples` by inputs in, `samples` by outputs out; NaN where a window holds one. */
export function applyPooling(
  pooling: MaxPooling,
  values: Float64Array,
  samples: number,
): Float64Array {
  const { inputs, outputs } = pooling;
  const results = new Float64Array(samples * outputs);
  for (let sample = 0; sample < samples; sample++) {
    maxima(
      pooling,
      (index) => values[sample * inputs + index],
      (left, right) => left < right || Number.isNaN(right),
      (output, value) => {
        results[sample * outputs + output] = value;
      },
    );
  }
  return results;
}

/** The input that is the largest of each window, the first of equal ones, in float64. */
export function largestInputs(pooling: MaxPooling, values: Float64Array): Uint32Array {
  const results = new Uint32Array(pooling.outputs);
  maxima(
    pooling,
    (index) => index,
    (left, right) => values[left] < values[right],
    (output, index) => {
      results[output] = index;
    },
  );
  return results;
}

/** On one vector, exactly. */
export function applyPoolingExactly(pooling: MaxPooling, values: readonly Dyadic[]): Dyadic[] {
  const results = new Array<Dyadic>(pooling.outputs);
  maxima(
    pooling,
    (index) => values[index],
    (left, right) => compareDyadic(left, right) < 0,
    (output, value) => {
      results[output] = value;
    },
  );
  return results;
}
