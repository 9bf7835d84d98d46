/**
 * An ONNX file in pieces: the protobuf library writes everything but the tensors' bytes, which are put
 * between its messages as they are, made one tensor at a time. So a file of two gigabytes never stands
 * in memory twice. Field numbers and wire format are those of onnx.proto.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { InputError } from '../core/errors.js';
import {
  GraphProtoSchema as Graph,
  type GraphProtoSchema,
  ModelProtoSchema,
  type TensorProto_DataType,
  TensorProtoSchema,
} from '../target/onnx/onnx_pb.js';
import type { ExportedFile } from './exported-file.js';

/** A constant tensor whose bytes (little-endian, row-major) are made when they are written. */
export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: TensorProto_DataType;
  /** Number of bytes that `data` will return. */
  readonly bytes: number;
  readonly data: () => Uint8Array;
}

/** Protobuf's own limit for one message: 2 GiB less one byte. */
const MOST_BYTES = 2 ** 31 - 1;

const MODEL_GRAPH = ModelProtoSchema.field.graph.number;
const GRAPH_INITIALIZER = Graph.field.initializer.number;
const TENSOR_RAW_DATA = TensorProtoSchema.field.rawData.number;

/** Tag and length in front of a field of `length` bytes. */
function fieldHead(number: number, length: number): Uint8Array {
  return new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(length).finish();
}

/**
 * The file of a model whose graph has these constants besides those in `graph`. Throws an
 * `InputError` if it would be larger than protobuf allows.
 */
export function onnxFile(
  model: MessageInitShape<typeof ModelProtoSchema>,
  graph: MessageInitShape<typeof GraphProtoSchema>,
  initializers: readonly Initializer[],
): ExportedFile {
  const tensors = initializers.map(({ name, dims, type, bytes, data }) => {
    const fields = create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: type });
    const message = toBinary(TensorProtoSchema, fields);
    const raw = fieldHead(TENSOR_RAW_DATA, Math.min(bytes, MOST_BYTES));
    const length = message.length + raw.length + bytes;
    const head = fieldHead(GRAPH_INITIALIZER, Math.min(length, MOST_BYTES));
    return { before: [head, message, raw], bytes, data, size: head.length + length };
  });
  const rest = toBinary(Graph, create(Graph, graph));
  const graphBytes = tensors.reduce((sum, { size }) => sum + size, rest.length);
  const beginning = toBinary(ModelProtoSchema, create(ModelProtoSchema, model));
  const graphHead = fieldHead(MODEL_GRAPH, Math.min(graphBytes, MOST_BYTES));
  const bytes = beginning.length + graphHead.length + graphBytes;
  if (bytes > MOST_BYTES) {
    throw new InputError({
      place: 'ONNX file',
      problem: `it would have ${bytes} bytes, and a protobuf message holds at most ${MOST_BYTES}`,
      remedy: 'export the integer network with option "folded", or a ticket of a smaller source',
    });
  }
  return {
    bytes,
    *parts() {
      yield beginning;
      yield graphHead;
      yield rest;
      for (const tensor of tensors) {
        yield* tensor.before;
        const data = tensor.data();
        if (data.length !== tensor.bytes) throw new RangeError('a tensor has another size');
        yield data;
      }
    },
  };
}
