/**
 * The matrices of a pruned source or an integer network as a safetensors file, outputs first as in
 * PyTorch's Linear: tensors `layer.t.weight` and, where a constant input is carried, `layer.t.bias`.
 * Everything else that is needed to run them is in the metadata (docs/export.md).
 */
import { type Dtype, layOutSafetensors, type TensorEntry } from '../ticket/safetensors.js';
import type { ExportedFile } from './exported-file.js';
import type { MatrixOrder } from './matrix-order.js';

export interface MatrixLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** Of the weights; default: `[outputs, inputs]`. */
  readonly shape?: readonly number[];
  readonly dtype: Dtype;
  /** Bytes of an element. */
  readonly width: number;
  readonly weights: (order: MatrixOrder) => Uint8Array;
  readonly bias: (() => Uint8Array) | null;
  /** How the bias is stored where that is not as the weights are. */
  readonly biasStored?: { readonly dtype: Dtype; readonly width: number };
}

interface PendingTensor extends TensorEntry {
  readonly data: () => Uint8Array;
}

/** The file; tensors are made one at a time, as they are written. */
export function matricesSafetensors(
  layers: readonly MatrixLayer[],
  metadata: Readonly<Record<string, string>>,
): ExportedFile {
  const tensors = layers.flatMap(
    (
      { inputs, outputs, shape, dtype, width, weights, bias, biasStored },
      index,
    ): PendingTensor[] => {
      const layer = `layer.${index + 1}`;
      const weight = {
        name: `${layer}.weight`,
        dtype,
        shape: shape ?? [outputs, inputs],
        bytes: outputs * inputs * width,
        data: () => weights('outputs-first'),
      };
      if (bias === null) return [weight];
      const stored = biasStored ?? { dtype, width };
      const bytes = outputs * stored.width;
      const name = `${layer}.bias`;
      return [weight, { name, dtype: stored.dtype, shape: [outputs], bytes, data: bias }];
    },
  );
  const { header, ordered } = layOutSafetensors(metadata, tensors);
  return {
    bytes: ordered.reduce((sum, { bytes }) => sum + bytes, header.length),
    *parts() {
      yield header;
      for (const { data } of ordered) yield data();
    },
  };
}
