/**
 * From bytes to an ONNX message. Before the protobuf library makes objects, one pass over the bytes
 * checks that every length stays inside its parent, that wire types fit the schema, and that the
 * counts are sane: two bytes of a hostile file can stand for one object of hundreds.
 */
import { type DescField, type DescMessage, fromBinary, ScalarType } from '@bufbuild/protobuf';
import { InputError } from '../../core/errors.js';
import { type ModelProto, ModelProtoSchema } from './onnx_pb.js';

const MOST_DEPTH = 40;

/** What decoding may take in memory: for any file, and for each of its bytes. */
const FREE_BYTES = 2 ** 27;
const BYTES_PER_BYTE = 8;
/** What the protobuf library makes, in bytes: of a message, of an entry in a list and its reference. */
const MESSAGE_BYTES = 800;
const ENTRY_BYTES = { number: 16, bigint: 48, text: 64 };

/** Most entries of lists that are short in every network, by the names of message and field. */
const MOST_ENTRIES: Readonly<Record<string, number>> = {
  'TensorProto.dims': 1024,
  'TensorProto.external_data': 16,
  'TensorShapeProto.dim': 1024,
  'NodeProto.input': 65_536,
  'NodeProto.output': 65_536,
  'NodeProto.attribute': 256,
  'GraphProto.input': 65_536,
  'GraphProto.output': 65_536,
  'ModelProto.opset_import': 1024,
  'ModelProto.metadata_props': 65_536,
};

const VARINT = 0;
const BIT64 = 1;
const DELIMITED = 2;
const BIT32 = 5;

/** The model of an ONNX file's bytes. Throws an `InputError` that names the byte. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  checkWire(bytes);
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    // The library throws plain errors for what the pass above lets through.
    throw corrupt(0, `it is no ONNX message (${error instanceof Error ? error.message : error})`);
  }
}

interface Frame {
  readonly schema: DescMessage;
  readonly end: number;
  /** Entries of its lists so far, by field number. */
  readonly entries: Map<number, number>;
}

function checkWire(bytes: Uint8Array): void {
  if (bytes.length === 0) throw corrupt(0, 'the file is empty');
  const stack: Frame[] = [{ schema: ModelProtoSchema, end: bytes.length, entries: new Map() }];
  let left = FREE_BYTES + BYTES_PER_BYTE * bytes.length;
  let position = 0;

  const varint = (end: number): number => {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      if (position >= end) throw corrupt(position, 'it ends in the middle of a number');
      const byte = bytes[position++] as number;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw corrupt(position, 'a number is longer than 10 bytes');
  };

  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    if (position === frame.end) {
      stack.pop();
      continue;
    }
    const start = position;
    const tag = varint(frame.end);
    const wireType = tag & 7;
    const number = Math.floor(tag / 8);
    if (tag >= 2 ** 32 || number === 0) throw corrupt(start, 'a field number is out of range');
    const field = fieldOf(frame.schema, number);
    if (field !== undefined) checkWireType(field, wireType, start);
    let length = 0;
    if (wireType === VARINT) varint(frame.end);
    else if (wireType === BIT64) length = 8;
    else if (wireType === BIT32) length = 4;
    else if (wireType === DELIMITED) length = varint(frame.end);
    else throw corrupt(start, `wire type ${wireType} is not used by ONNX`);
    if (length > frame.end - position) {
      throw corrupt(start, `a field of ${length} bytes does not fit what contains it`);
    }
    if (field?.fieldKind === 'list') {
      const packed = wireType === DELIMITED && isPackable(field);
      const count = packed ? countPacked(bytes, position, length, field.scalar, start) : 1;
      left -= count * entryBytes(field);
      countEntries(frame, field, count, start);
    }
    const inner = field?.message;
    if (inner !== undefined) {
      left -= MESSAGE_BYTES;
      if (stack.length >= MOST_DEPTH) throw corrupt(start, 'messages are nested too deeply');
      stack.push({ schema: inner, end: position + length, entries: new Map() });
    } else {
      position += length;
    }
    if (left < 0) {
      const limit = `${BYTES_PER_BYTE} times its size and ${FREE_BYTES} bytes`;
      throw corrupt(
        start,
        `it has more parts than any feed-forward network needs: in memory over ${limit}`,
      );
    }
  }
}

/** Bytes that an entry of a list takes once it is decoded, without what is inside of a message. */
function entryBytes(field: DescField): number {
  if (field.message !== undefined) return 8;
  switch (field.scalar) {
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return ENTRY_BYTES.bigint;
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return ENTRY_BYTES.text;
    default:
      return ENTRY_BYTES.number;
  }
}

function countEntries(
  { schema, entries }: Frame,
  field: DescField,
  count: number,
  start: number,
): void {
  const most = MOST_ENTRIES[`${schema.name}.${field.name}`];
  if (most === undefined) return;
  const total = (entries.get(field.number) ?? 0) + count;
  entries.set(field.number, total);
  if (total <= most) return;
  throw corrupt(start, `${schema.name} has more than ${most} entries of ${field.name}`);
}

const fieldTables = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldOf(schema: DescMessage, number: number): DescField | undefined {
  let table = fieldTables.get(schema);
  if (table === undefined) {
    table = new Map(schema.fields.map((field) => [field.number, field]));
    fieldTables.set(schema, table);
  }
  return table.get(number);
}

function isPackable(field: DescField): boolean {
  return (
    field.message === undefined &&
    field.scalar !== ScalarType.STRING &&
    field.scalar !== ScalarType.BYTES
  );
}

function wireTypeOf(field: DescField): number {
  if (field.message !== undefined || !isPackable(field)) return DELIMITED;
  if (field.scalar === ScalarType.FLOAT) return BIT32;
  return field.scalar === ScalarType.DOUBLE ? BIT64 : VARINT;
}

function checkWireType(field: DescField, wireType: number, start: number): void {
  const packed = field.fieldKind === 'list' && isPackable(field) && wireType === DELIMITED;
  if (wireType !== wireTypeOf(field) && !packed) {
    throw corrupt(start, `the field ${field.name} is stored as something else`);
  }
}

/** Numbers in a packed field; a packed float or double must be a whole number of them. */
function countPacked(
  bytes: Uint8Array,
  from: number,
  length: number,
  scalar: ScalarType | undefined,
  start: number,
): number {
  const width = scalar === ScalarType.FLOAT ? 4 : scalar === ScalarType.DOUBLE ? 8 : 0;
  if (width > 0) {
    if (length % width !== 0) throw corrupt(start, 'a list of numbers is cut off');
    return length / width;
  }
  let count = 0;
  let run = 0;
  for (let index = from; index < from + length; index++) {
    run++;
    if ((bytes[index] as number) < 0x80) {
      count++;
      run = 0;
    } else if (run >= 10) {
      throw corrupt(start, 'a number is longer than 10 bytes');
    }
  }
  if (run !== 0) throw corrupt(start, 'a list of numbers is cut off');
  return count;
}

function corrupt(byte: number, problem: string): InputError {
  return new InputError({
    place: `byte ${byte}`,
    problem,
    remedy: 'check that it is a complete ONNX file',
  });
}
