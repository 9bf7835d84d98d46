/**
 * The matrices of a pruned source or an integer network as a safetensors file, outputs first as in
 * PyTorch's Linear: tensors `layer.t.weight` and, where a constant input is carried, `layer.t.bias`.
 * Everything else that is needed to run them is in the metadata (docs/export.md).
 */
import { type Dtype, layOutSafetensors, type TensorEntry } from '../ticket/safetensors.js';
import type { ExportedFile } from './exported-file.js';
import type { RestOfWeights } from './map-layout.js';
import type { MatrixOrder } from './matrix-order.js';

export interface MatrixLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** Of the weights; default: `[outputs, inputs]`. */
  readonly shape?: readonly number[];
  /** The last columns, where they are a tensor of their own: `layer.t.rest`. */
  readonly rest?: RestOfWeights;
  readonly dtype: Dtype;
  /** Bytes of an element. */
  readonly width: number;
  readonly weights: (order: MatrixOrder) => Uint8Array;
  readonly bias: (() => Uint8Array) | null;
  /** How the bias is stored where that is not as the weights are. */
  readonly biasStored?: { readonly dtype: Dtype; readonly width: number };
}

/** The bytes `from .. to - 1` of each row of a matrix of so many rows and bytes a row. */
export function columnsOfBytes(
  matrix: Uint8Array,
  { outputs, bytes }: { readonly outputs: number; readonly bytes: number },
  from: number,
  to: number,
): Uint8Array {
  if (from === 0 && to === bytes) return matrix;
  const part = new Uint8Array(outputs * (to - from));
  for (let row = 0; row < outputs; row++) {
    part.set(matrix.subarray(row * bytes + from, row * bytes + to), row * (to - from));
  }
  return part;
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
      { inputs, outputs, shape, rest, dtype, width, weights, bias, biasStored },
      index,
    ): PendingTensor[] => {
      const layer = `layer.${index + 1}`;
      const first = inputs - (rest?.inputs ?? 0);
      const all = (): Uint8Array => weights('outputs-first');
      const size = { outputs, bytes: inputs * width };
      const weight = [
        {
          ...{ name: `${layer}.weight`, dtype, shape: shape ?? [outputs, inputs] },
          bytes: outputs * first * width,
          data: () => columnsOfBytes(all(), size, 0, first * width),
        },
      ];
      if (rest !== undefined) {
        weight.push({
          ...{ name: `${layer}.rest`, dtype, shape: rest.shape },
          bytes: outputs * rest.inputs * width,
          data: () => columnsOfBytes(all(), size, first * width, inputs * width),
        });
      }
      if (bias === null) return weight;
      const stored = biasStored ?? { dtype, width };
      const bytes = outputs * stored.width;
      const name = `${layer}.bias`;
      return [...weight, { name, dtype: stored.dtype, shape: [outputs], bytes, data: bias }];
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
