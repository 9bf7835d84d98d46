/** A checkpoint as the public PyTorch codes write one, of a small network with a normalisation. */
import { encodeSafetensors, type TensorParts } from '../../src/ticket/safetensors.js';
import { randomStream } from '../networks.js';
import { joined } from '../ticket/sample.js';

export type Numbers = Record<
  string,
  { readonly shape: readonly number[]; readonly values: Float32Array }
>;

export const TEXT = '4x4x2-conv3-norm-pool-5-3';
export const SIZES = {
  'convs.0': [3, 2, 3, 3],
  'linear.0': [5, 12, 1, 1],
  'linear.10': [3, 5],
} as const;

/** Of the shape, with signed constants. */
export function numbers(): Numbers {
  const random = randomStream(8);
  const made: Numbers = {};
  for (const [name, shape] of Object.entries(SIZES)) {
    const count = shape.reduce((product: number, length) => product * length, 1);
    const values = Float32Array.from({ length: count }, () => random() - 0.5);
    made[`${name}.scores`] = { shape, values };
    const signs = Float32Array.from({ length: count }, () => (random() < 0.5 ? -0.25 : 0.25));
    made[`${name}.weight`] = { shape, values: signs };
  }
  made['convs.1.running_mean'] = { shape: [3], values: Float32Array.of(0.5, -0.25, 0) };
  made['convs.1.running_var'] = { shape: [3], values: Float32Array.of(1, 0.5, 2) };
  return made;
}

/** The tensors as a file. */
export function file(of: Numbers): Uint8Array {
  const tensors = Object.entries(of).map(
    ([name, { shape, values }]): TensorParts => ({
      ...{ name, dtype: 'F32', shape },
      data: [new Uint8Array(values.buffer, values.byteOffset, values.byteLength)],
    }),
  );
  return joined(encodeSafetensors({}, tensors));
}
