/**
 * Labelled data as a file that jobs name: a line of JSON with counts, then the values as they are in memory
 * and the labels as 32-bit integers, little-endian. One file a set of data, whatever files it was read from.
 */
import { InputError } from '../../core/errors.js';
import { checkedWith, z } from '../../core/zod.js';
import type { LabelledData } from '../../data/labelled.js';
import type { TensorData } from '../../data/tensor.js';

const size = z.number().check(z.int(), z.gte(1), z.lte(2 ** 32));
const headSchema = z.strictObject({
  unearth: z.literal('labelled data'),
  count: size,
  inputs: size,
  classes: size,
  /** Bytes of a value: an integer, a float32 or a float64. */
  width: z.union([z.literal(1), z.literal(4), z.literal(8)]),
});

/** Most bytes of the first line. */
const MOST_HEAD = 200;

/** As they are in memory: a machine of the other byte order reads other data, which its ticket's digest tells. */
function bytesOf({ buffer, byteOffset, byteLength }: TensorData | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The file's parts. */
export function encodeLabelled({ count, inputs, classes, values, labels }: LabelledData) {
  const head = {
    ...{ unearth: 'labelled data', count, inputs, classes },
    width: values.BYTES_PER_ELEMENT,
  };
  const line = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  return [line, bytesOf(values), bytesOf(labels)];
}

/** Reads what `encodeLabelled` wrote. Throws an `InputError` for anything else. */
export function decodeLabelled(bytes: Uint8Array): LabelledData {
  const refuse = (problem: string): never => {
    throw new InputError({
      place: 'labelled data',
      problem,
      remedy: 'have the command that asks put it there again',
    });
  };
  const end = bytes.subarray(0, MOST_HEAD).indexOf(0x0a);
  const head = checkedWith(headSchema, parsed(new TextDecoder().decode(bytes.subarray(0, end))));
  if (end < 0 || !head.success) return refuse('its first line is not that of such a file');
  const { count, inputs, classes, width } = head.data;
  const start = end + 1;
  const valueBytes = count * inputs * width;
  if (bytes.length !== start + valueBytes + 4 * count) return refuse(`${bytes.length} bytes`);
  const part = (from: number, length: number): ArrayBuffer =>
    bytes.slice(from, from + length).buffer as ArrayBuffer;
  const buffer = part(start, valueBytes);
  const values =
    width === 1
      ? new Uint8Array(buffer)
      : width === 4
        ? new Float32Array(buffer)
        : new Float64Array(buffer);
  const labels = new Uint32Array(part(start + valueBytes, 4 * count));
  if (labels.some((label) => label >= classes)) return refuse('a label is none of its classes');
  if (width > 1 && !values.every(Number.isFinite)) return refuse('a value is no finite number');
  return { count, inputs, classes, values, labels };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
