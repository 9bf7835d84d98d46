/** A PNG image as a sample of a network. */
import { crc32, inflateSync } from 'node:zlib';
import { InputError } from '../../core/errors.js';
import { type PngImage, readPng } from '../../data/png.js';
import type { Tensor } from '../../data/tensor.js';
import type { MapSamples } from '../../inference/sample-layout.js';
import type { FeatureShape } from '../../target/planes.js';

/** Far more than the most pixels take, however badly they are packed. */
export const MOST_IMAGE_BYTES = 2 ** 26;

function inflate(packed: Uint8Array, size: number): Uint8Array | null {
  try {
    return inflateSync(packed, { maxOutputLength: size });
  } catch {
    return null;
  }
}

function sizeText({ height, width, channels }: FeatureShape): string {
  return `${width} pixels wide and ${height} high, with ${channels === 1 ? '1 channel' : `${channels} channels`}`;
}

function misfit(image: PngImage, wanted: string): InputError {
  return new InputError({
    place: 'image',
    problem: `${sizeText(image)}, and ${wanted}`,
    remedy: 'scale or convert it, or give its numbers as .npy',
  });
}

/**
 * The sample of an image: bytes as they are (`--divide 255` makes them shares), in the order that the
 * network takes. A network without maps takes grey images, row by row. Throws an `InputError` where the
 * image is of another size than the network's maps.
 */
export function imageSample(bytes: Uint8Array, input: MapSamples | null): Tensor {
  const image = readPng(bytes, { inflate, crc32 });
  const { height, width, channels, values } = image;
  const maps = input?.shape ?? null;
  if (maps === null && channels !== 1) {
    throw misfit(image, 'a network without feature maps takes grey images only');
  }
  const fits = maps === null || (maps.height === height && maps.width === width);
  if (!fits || (maps !== null && maps.channels !== channels)) {
    throw misfit(image, `the network takes ${sizeText(maps as FeatureShape)}`);
  }
  const area = height * width;
  const data = new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const to = input?.layout === 'nhwc' ? at : (at % channels) * area + Math.floor(at / channels);
    data[to] = values[at] as number;
  }
  return { shape: [1, data.length], data };
}
