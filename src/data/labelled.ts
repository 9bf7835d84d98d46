/** Samples with their labels, and a digest that tells one such set from another. */
import { check, checkWhole, type Kind } from '../core/arguments.js';
import { MisfitError } from '../core/errors.js';
import { createSha256, type Sha256 } from '../core/sha256.js';
import type { Samples } from './samples.js';

export interface LabelledData extends Samples {
  /** One of `0 .. classes - 1` for each sample. */
  readonly labels: Uint32Array;
  readonly classes: number;
}

const LABELS: Kind = { is: (value) => value instanceof Uint32Array, not: 'no Uint32Array' };
const VALUES: Kind = {
  is: (value) => [Uint8Array, Float32Array, Float64Array].some((type) => value instanceof type),
  not: 'none of Uint8Array, Float32Array, Float64Array',
};

/**
 * Throws a `UsageError` unless these are whole samples with a label each, and a `MisfitError` unless they
 * are of so many inputs and classes.
 */
export function checkLabelled(
  data: LabelledData,
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
): void {
  const { count, values, labels, classes } = data;
  checkWhole('data.count', count, 1, Number.MAX_SAFE_INTEGER);
  checkWhole('data.inputs', data.inputs, 1, Number.MAX_SAFE_INTEGER);
  checkWhole('data.classes', classes, 1, Number.MAX_SAFE_INTEGER);
  check('data.values', values, VALUES);
  check('data.labels', labels, LABELS);
  if (data.inputs !== inputs || classes !== outputs) {
    throw new MisfitError(
      `data: ${data.inputs} inputs and ${classes} classes, the ticket has ${inputs} and ${outputs}`,
    );
  }
  checkWhole('data.values.length', values.length, count * inputs, count * inputs);
  checkWhole('data.labels.length', labels.length, count, count);
  for (const label of labels) checkWhole('data.labels', label, 0, classes - 1);
}

/**
 * SHA-256 that tells data sets apart: over the counts of samples and inputs and the width of a value
 * in bytes as text, then the values as they are held in memory (bytes, float32 or float64,
 * little-endian), then the labels as 32-bit integers.
 */
export function dataDigest(data: LabelledData): string {
  return digestOf(data, data.labels);
}

/** The same of samples without labels. */
export function sampleDigest(samples: Samples): string {
  return digestOf(samples, new Uint32Array(0));
}

function digestOf({ count, inputs, values }: Samples, labels: Uint32Array): string {
  const hash = createSha256();
  const width = values.BYTES_PER_ELEMENT;
  hash.update(new TextEncoder().encode(`${count} ${inputs} ${width}\n`));
  if (values instanceof Uint8Array) hash.update(values);
  else
    hashNumbers(hash, values.length, width, (view, at, index) => {
      if (width === 4) view.setFloat32(at, values[index] as number, true);
      else view.setFloat64(at, values[index] as number, true);
    });
  hashNumbers(hash, labels.length, 4, (view, at, index) => {
    view.setUint32(at, labels[index] as number, true);
  });
  return hash.hex();
}

/** Hashes numbers in chunks; `set` writes number `index` at byte `at`. */
function hashNumbers(
  hash: Sha256,
  length: number,
  width: number,
  set: (view: DataView, at: number, index: number) => void,
): void {
  const most = 8192;
  const chunk = new DataView(new ArrayBuffer(width * most));
  for (let from = 0; from < length; from += most) {
    const size = Math.min(most, length - from);
    for (let index = 0; index < size; index++) set(chunk, width * index, from + index);
    hash.update(new Uint8Array(chunk.buffer, 0, width * size));
  }
}
