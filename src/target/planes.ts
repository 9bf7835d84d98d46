/** The sizes of feature maps. */

/** Feature maps: `channels` planes of `height` by `width`. A plain vector has planes of 1 by 1. */
export interface FeatureShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** One number along each axis of a plane. One dimension is a height of 1. */
export interface PlaneSize {
  readonly height: number;
  readonly width: number;
}

/** Zeros around a plane. */
export interface Pads {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Places of a kernel along an axis of `length`, padding included; below 1 if it has none. */
export function outputLength(
  length: number,
  kernel: number,
  stride: number,
  dilation: number,
): number {
  return Math.floor((length - dilation * (kernel - 1) - 1) / stride) + 1;
}

export function featureCount({ channels, height, width }: FeatureShape): number {
  return channels * height * width;
}

/** For each entry of feature maps channel by channel, its place where they are position by position. */
export function channelsFirst({ channels, height, width }: FeatureShape): Int32Array {
  const area = height * width;
  return Int32Array.from(
    { length: channels * area },
    (_, at) => (at % area) * channels + Math.floor(at / area),
  );
}
