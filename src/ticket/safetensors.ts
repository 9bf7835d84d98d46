/**
 * The safetensors container: an 8-byte little-endian header length, a JSON header, and the tensors'
 * bytes without gaps (https://huggingface.co/docs/safetensors). The reader takes what the reference
 * implementation takes, and treats the file as hostile.
 */

import { InputError } from '../core/errors.js';
import { int, list, object, pair, text } from '../core/forms.js';
import { describeIssue, parseJson, quoted } from './json.js';

/** Bytes per element of the dtypes with whole bytes. */
const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
} as const;

export type Dtype = keyof typeof DTYPE_BYTES;

export interface StoredTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Little-endian elements, row-major: a view of the file. */
  readonly data: Uint8Array;
}

export interface TensorParts extends Omit<StoredTensor, 'data'> {
  /** The tensor's bytes in pieces, so that no large one is copied together. */
  readonly data: readonly Uint8Array[];
}

export interface Safetensors {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** The reference takes 100 MB; a ticket of 100,000 layers needs about 10. */
const MAXIMUM_HEADER = 32 * 2 ** 20;
const MAXIMUM_RANK = 32;
const METADATA = '__metadata__';

const DAMAGED = 'the file is truncated or damaged; take an intact copy';

const size = int(0);
const tensorSchema = object({
  dtype: text(),
  shape: list(size, MAXIMUM_RANK),
  data_offsets: pair(size),
});

function refuse(place: string, problem: string, remedy = DAMAGED): never {
  throw new InputError({ place, problem, remedy });
}

function isDtype(name: string): name is Dtype {
  return Object.hasOwn(DTYPE_BYTES, name);
}

/** Bytes of a tensor; Infinity beyond 2^53, so that no overflow can agree with a length. */
function tensorBytes(dtype: Dtype, shape: readonly number[]): number {
  const bytes = shape.reduce((product, length) => product * length, DTYPE_BYTES[dtype]);
  // Rounded products of zero with anything are zero, which is right; others are refused.
  return bytes <= Number.MAX_SAFE_INTEGER ? bytes : Number.POSITIVE_INFINITY;
}

function readHeader(bytes: Uint8Array): { header: unknown; data: Uint8Array } {
  if (bytes.length < 8) {
    refuse('byte 0', `${bytes.length} bytes are too few for a header length`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true);
  if (length > bytes.length - 8) {
    refuse('byte 0', `a header of ${length} bytes in a file of ${bytes.length}`);
  }
  if (length > MAXIMUM_HEADER) {
    refuse(
      'byte 0',
      `a header of ${length} bytes`,
      `at most ${MAXIMUM_HEADER} are read; split the file`,
    );
  }
  let text: string;
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    text = decoder.decode(bytes.subarray(8, 8 + length));
  } catch {
    return refuse('byte 8', 'the header is not UTF-8');
  }
  if (!text.startsWith('{')) refuse('byte 8', 'the header does not start with {');
  return { header: parseJson(text, 'header (byte 8)'), data: bytes.subarray(8 + length) };
}

function readMetadata(value: unknown): Map<string, string> {
  if (value === undefined) return new Map();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(METADATA, 'is not an object');
  }
  const metadata = new Map<string, string>();
  for (const [key, entry] of Object.entries(value)) {
    if (typeof entry !== 'string') return refuse(`${METADATA} ${quoted(key)}`, 'is not a string');
    metadata.set(key, entry);
  }
  return metadata;
}

/** Bytes of a file before its tensors, from its first 8; more than a header may have is cut off. */
export function safetensorsHeadLength(start: Uint8Array): number {
  if (start.length < 8) return start.length;
  const view = new DataView(start.buffer, start.byteOffset, 8);
  const length = view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true);
  return 8 + Math.min(length, MAXIMUM_HEADER);
}

/** The metadata alone, from a file's first `safetensorsHeadLength` bytes. Throws as the whole reader. */
export function decodeSafetensorsMetadata(head: Uint8Array): ReadonlyMap<string, string> {
  const { header } = readHeader(head);
  return readMetadata((header as Record<string, unknown>)[METADATA]);
}

interface Place {
  readonly tensor: Omit<StoredTensor, 'data'>;
  readonly begin: number;
  readonly end: number;
}

function readPlace(name: string, entry: unknown): Place {
  const place = `tensor ${quoted(name)}`;
  const parsed = tensorSchema.safeParse(entry);
  if (!parsed.success) {
    const found = describeIssue(parsed.error);
    return refuse(place, `its header entry is not {dtype, shape, data_offsets}: ${found}`);
  }
  const { dtype, shape, data_offsets: offsets } = parsed.data;
  if (!isDtype(dtype)) {
    const known = Object.keys(DTYPE_BYTES).join(', ');
    return refuse(place, `unknown dtype ${quoted(dtype)}`, `known are ${known}`);
  }
  const [begin, end] = offsets;
  if (end - begin !== tensorBytes(dtype, shape)) {
    refuse(place, `bytes ${begin} to ${end} do not fit ${dtype} [${shape.join(', ')}]`);
  }
  return { tensor: { name, dtype, shape }, begin, end };
}

/**
 * Reads a whole file. Tensor data are views of `bytes`. Throws an `InputError` that names the tensor
 * or byte for anything the format does not allow: lengths that disagree, overlaps, holes, bytes left
 * over, keys that appear twice, unknown dtypes.
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const { header, data } = readHeader(bytes);
  // `readHeader` refuses all but objects.
  const { [METADATA]: metadata, ...entries } = header as Record<string, unknown>;
  const places = Object.entries(entries).map(([name, entry]) => readPlace(name, entry));
  places.sort((first, second) => first.begin - second.begin || first.end - second.end);
  const tensors = new Map<string, StoredTensor>();
  let expected = 0;
  for (const { tensor, begin, end } of places) {
    const place = `tensor ${quoted(tensor.name)}`;
    if (begin < expected) refuse(place, `starts at byte ${begin}, inside the tensor before it`);
    if (begin > expected) refuse(place, `leaves a hole at bytes ${expected} to ${begin}`);
    if (end > data.length) refuse(place, `ends at byte ${end} of ${data.length}`);
    tensors.set(tensor.name, { ...tensor, data: data.subarray(begin, end) });
    expected = end;
  }
  if (expected !== data.length) {
    refuse(`data byte ${expected}`, `${data.length - expected} bytes belong to no tensor`);
  }
  return { metadata: readMetadata(metadata), tensors };
}

/** A tensor of which only the place in the file is settled yet. */
export interface TensorEntry extends Omit<StoredTensor, 'data'> {
  /** What its data will have; must fit dtype and shape. */
  readonly bytes: number;
}

/**
 * The header of a file and the order of its tensors. Metadata come first, in the order given; tensors
 * are laid out by falling element size (so that each is aligned), else in the order given. Throws a
 * RangeError for names that repeat and sizes that do not fit their shape.
 */
export function layOutSafetensors<Entry extends TensorEntry>(
  metadata: Readonly<Record<string, string>>,
  tensors: readonly Entry[],
): { readonly header: Uint8Array; readonly ordered: readonly Entry[] } {
  const ordered = [...tensors].sort(
    (first, second) => DTYPE_BYTES[second.dtype] - DTYPE_BYTES[first.dtype],
  );
  const names = new Set([METADATA]);
  const entries = [`"${METADATA}":${JSON.stringify(metadata)}`];
  let offset = 0;
  for (const { name, dtype, shape, bytes } of ordered) {
    if (names.has(name)) throw new RangeError(`two tensors are named ${quoted(name)}`);
    names.add(name);
    if (bytes !== tensorBytes(dtype, shape)) {
      throw new RangeError(`tensor ${quoted(name)}: ${bytes} bytes do not fit its shape`);
    }
    const place = { dtype, shape, data_offsets: [offset, offset + bytes] };
    entries.push(`${JSON.stringify(name)}:${JSON.stringify(place)}`);
    offset += bytes;
  }
  const text = new TextEncoder().encode(`{${entries.join(',')}}`);
  const header = new Uint8Array(8 + 8 * Math.ceil(text.length / 8)).fill(0x20);
  const view = new DataView(header.buffer);
  view.setUint32(0, header.length - 8, true);
  // Far below 2^32: the reader's limit is.
  view.setUint32(4, 0, true);
  header.set(text, 8);
  if (header.length - 8 > MAXIMUM_HEADER) {
    throw new RangeError(`a header of ${header.length - 8} bytes is more than readers take`);
  }
  return { header, ordered };
}

/** The chunks of a file whose tensors are at hand, to be written one after another. */
export function encodeSafetensors(
  metadata: Readonly<Record<string, string>>,
  tensors: readonly TensorParts[],
): Uint8Array[] {
  const { header, ordered } = layOutSafetensors(
    metadata,
    tensors.map((tensor) => ({
      ...tensor,
      bytes: tensor.data.reduce((sum, part) => sum + part.length, 0),
    })),
  );
  return [header, ...ordered.flatMap(({ data }) => data.filter((part) => part.length > 0))];
}
