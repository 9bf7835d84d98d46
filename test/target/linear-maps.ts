/** Random convolutions with small dyadic numbers, for tests: float32 and float64 sums of them are exact. */
import { type ConvolutionMap, outputLength } from '../../src/target/linear-map.js';
import { convolutionMap } from '../../src/target/make-layers.js';
import { randomStream } from '../networks.js';

export interface RandomConvolution {
  /** Height 1 throughout. */
  readonly oneDimensional?: boolean;
  /** Whether groups other than 1 may come. */
  readonly grouped?: boolean;
}

/** A convolution whose sizes, strides, pads and dilations are drawn from the seed; a third of its weights are 0. */
export function randomConvolution(seed: number, options: RandomConvolution = {}): ConvolutionMap {
  const random = randomStream(seed);
  const whole = (least: number, most: number): number =>
    least + Math.floor(random() * (most - least + 1));
  const axis = (flat: boolean): AxisSizes => {
    for (;;) {
      const sizes = flat
        ? { length: 1, kernel: 1, stride: 1, before: 0, after: 0, dilation: 1 }
        : {
            length: whole(1, 7),
            kernel: whole(1, 4),
            stride: whole(1, 3),
            before: whole(0, 3),
            after: whole(0, 3),
            dilation: whole(1, 3),
          };
      const { length, before, after, kernel, stride, dilation } = sizes;
      if (outputLength(length + before + after, kernel, stride, dilation) > 0) return sizes;
    }
  };
  const vertical = axis(options.oneDimensional === true);
  const horizontal = axis(false);
  const groups = options.grouped === true ? whole(1, 3) : 1;
  const input = {
    channels: groups * whole(1, 3),
    height: vertical.length,
    width: horizontal.length,
  };
  const outputChannels = groups * whole(1, 3);
  const taps = (input.channels / groups) * vertical.kernel * horizontal.kernel;
  return convolutionMap({
    input,
    outputChannels,
    kernel: { height: vertical.kernel, width: horizontal.kernel },
    stride: { height: vertical.stride, width: horizontal.stride },
    pads: {
      top: vertical.before,
      left: horizontal.before,
      bottom: vertical.after,
      right: horizontal.after,
    },
    dilation: { height: vertical.dilation, width: horizontal.dilation },
    groups,
    weights: Array.from({ length: outputChannels * taps }, () =>
      random() < 1 / 3 ? 0 : (whole(0, 63) - 32) / 8,
    ),
  });
}

interface AxisSizes {
  readonly length: number;
  readonly kernel: number;
  readonly stride: number;
  readonly before: number;
  readonly after: number;
  readonly dilation: number;
}

/** The definition, on planes that are padded for real: every output by the sum over its kernel. */
export function convolveNaively(map: ConvolutionMap, values: ArrayLike<number>): number[] {
  const { input, output, kernel, stride, pads, dilation, groups, weights } = map;
  const padded = Array.from({ length: input.channels }, (_, c) =>
    Array.from({ length: pads.top + input.height + pads.bottom }, (_row, y) =>
      Array.from({ length: pads.left + input.width + pads.right }, (_column, x) => {
        const row = y - pads.top;
        const column = x - pads.left;
        const inside = row >= 0 && row < input.height && column >= 0 && column < input.width;
        return inside ? values[(c * input.height + row) * input.width + column] : 0;
      }),
    ),
  );
  const results: number[] = [];
  for (let o = 0; o < output.channels; o++) {
    const group = Math.floor((o * groups) / output.channels);
    const members = padded.filter((_, c) => Math.floor((c * groups) / input.channels) === group);
    for (let y = 0; y < output.height; y++) {
      for (let x = 0; x < output.width; x++) {
        let sum = 0;
        members.forEach((plane, i) => {
          for (let a = 0; a < kernel.height; a++) {
            for (let b = 0; b < kernel.width; b++) {
              const at = ((o * members.length + i) * kernel.height + a) * kernel.width + b;
              sum +=
                weights.values[at] *
                plane[y * stride.height + a * dilation.height][
                  x * stride.width + b * dilation.width
                ];
            }
          }
        });
        results.push(sum);
      }
    }
  }
  return results;
}
