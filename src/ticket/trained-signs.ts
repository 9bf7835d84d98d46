/** Trained tickets whose signs are stored, since no seed of ours makes them: one bit a weight, a tensor a layer. */
import type { MaskSize, SourceShape } from '../source/shape.js';
import { maskSizes } from '../source/shape.js';
import { createSource, type Source } from '../source/source.js';
import { signBytes, storedSigns } from '../source/stored-signs.js';
import type { TicketParts } from './kind.js';
import { requireTrue } from './metadata.js';
import type { TensorParts } from './safetensors.js';

/** The word of `signs` in a ticket's metadata. */
export const STORED = 'stored';

export function signsTensors(signs: readonly Uint8Array[]): TensorParts[] {
  return signs.map((bytes, index) => ({
    ...{ name: `signs.${index + 1}`, dtype: 'U8', shape: [bytes.length] },
    data: [bytes],
  }));
}

/** Reads the signs of all layers. Throws an `InputError` that names the tensor. */
export function readSigns(shape: SourceShape, tensor: TicketParts['tensor']): Uint8Array[] {
  return maskSizes(shape).map(({ inputs, outputs }: MaskSize, index) => {
    const { name, dtype, shape: sizes, data } = tensor(`signs.${index + 1}`);
    const place = `tensor "${name}"`;
    const length = signBytes(inputs, outputs);
    const fits = dtype === 'U8' && sizes.length === 1 && data.length === length;
    requireTrue(fits, place, `${dtype} [${sizes.join(', ')}], not U8 [${length}]`);
    const used = (inputs * outputs) % 8;
    const isClean = used === 0 || (data[length - 1] as number) >>> used === 0;
    requireTrue(isClean, place, 'bits behind the last weight are not 0');
    return data;
  });
}

/** The source of a trained ticket: of its seed, or of its stored signs. */
export function trainedSource(
  { seed, signs }: { readonly seed: bigint; readonly signs?: readonly Uint8Array[] },
  shape: SourceShape,
): Source {
  const source = createSource(seed, shape);
  if (signs === undefined) return source;
  const sizes = maskSizes(shape);
  return {
    ...source,
    layer: (t) => storedSigns(signs[t - 1] as Uint8Array, (sizes[t - 1] as MaskSize).outputs),
  };
}
