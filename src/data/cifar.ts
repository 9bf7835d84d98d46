/**
 * CIFAR-10's own binary format: records of one byte, the class, and 3 planes (red, green, blue) of 32 by 32
 * bytes, row by row. Nothing in a file says that it is one, so whoever reads it knows by its name.
 */
import { InputError } from '../core/errors.js';
import type { Tensor } from './tensor.js';

const SIDE = 32;
const CHANNELS = 3;
const AREA = SIDE * SIDE;
const RECORD = 1 + CHANNELS * AREA;
const CLASSES = 10;

/** The images, N x 32 x 32 x 3, and their class numbers. */
export interface CifarImages {
  readonly images: Tensor;
  readonly labels: Tensor;
}

/** Reads a whole file. Throws an `InputError` for one of another length, and for a class that there is not. */
export function readCifar(bytes: Uint8Array): CifarImages {
  const count = bytes.length / RECORD;
  if (!Number.isInteger(count) || count === 0) {
    throw new InputError({
      place: `${bytes.length} bytes`,
      problem: `not records of ${RECORD} bytes, as CIFAR-10's binary version has them`,
      remedy: 'unpack cifar-10-binary.tar.gz again',
    });
  }
  const images = new Uint8Array(count * CHANNELS * AREA);
  const labels = new Uint8Array(count);
  for (let image = 0; image < count; image++) {
    const record = image * RECORD;
    const label = bytes[record] as number;
    if (label >= CLASSES) {
      throw new InputError({
        place: `byte ${record}`,
        problem: `image ${image} is of class ${label}, and there are ${CLASSES}`,
        remedy: 'give the binary version of CIFAR-10',
      });
    }
    labels[image] = label;
    for (let channel = 0; channel < CHANNELS; channel++) {
      const from = record + 1 + channel * AREA;
      const to = image * CHANNELS * AREA + channel;
      for (let at = 0; at < AREA; at++) images[to + CHANNELS * at] = bytes[from + at] as number;
    }
  }
  return {
    images: { shape: [count, SIDE, SIDE, CHANNELS], data: images },
    labels: { shape: [count], data: labels },
  };
}
