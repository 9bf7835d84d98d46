/**
 * An ONNX graph as it grows, node by node: each has one output, which bears its name. Constants are stored
 * as their layer has them and cast to the type that is computed with; ONNX Runtime folds the casts when it
 * loads the file.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataType as Type,
} from '../target/onnx/onnx_pb.js';
import type { Compute, ExportedFile, OnnxText } from './exported-file.js';
import { type Initializer, onnxFile } from './onnx-file.js';

/** Of 2020: read by every ONNX Runtime of the last years, see docs/export.md. */
export const OPSET_VERSION = 13;
export const IR_VERSION = 7;

/** A constant as a layer stores it. */
export type StoredConstant = Pick<Initializer, 'type' | 'bytes' | 'data'>;

type Node = MessageInitShape<typeof NodeProtoSchema>;
type NodeAttributes = NonNullable<Node['attribute']>;
type Attributes = Readonly<Record<string, number | readonly number[]>>;

export const COMPUTE_TYPES: Readonly<Record<Compute, Type>> = {
  float: Type.FLOAT,
  double: Type.DOUBLE,
};

const PRODUCER = { irVersion: BigInt(IR_VERSION), producerName: 'unearth' };

/** The bytes that every file written here begins with. */
export function onnxHead(): Uint8Array {
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, PRODUCER));
}

/** Little-endian bytes of numbers in the type that is computed with. */
export function computeBytes(values: ArrayLike<number>, compute: Compute): Uint8Array {
  const width = compute === 'float' ? 4 : 8;
  const view = new DataView(new ArrayBuffer(width * values.length));
  for (let index = 0; index < values.length; index++) {
    if (compute === 'float') view.setFloat32(4 * index, values[index], true);
    else view.setFloat64(8 * index, values[index], true);
  }
  return new Uint8Array(view.buffer);
}

export interface OnnxGraph {
  /** Adds a node, and returns its output's name, which is its own. */
  node(opType: string, name: string, inputs: readonly string[], attributes?: Attributes): string;
  /** A constant in the type that is computed with. */
  constant(name: string, dims: readonly number[], stored: StoredConstant): string;
  /** A constant that stays in the type that it is stored in. */
  stored(name: string, dims: readonly number[], stored: StoredConstant): string;
  /** A single number in the type that is computed with. */
  number(name: string, value: number): string;
  /** A list of 64-bit integers, as shapes and pads are given. */
  integers(name: string, values: readonly number[]): string;
  /** The file. Shapes are without the batch; the last node becomes `output`, whatever its name. */
  file(
    shapes: { input: readonly number[]; output: readonly number[] },
    text: OnnxText,
  ): ExportedFile;
}

function attributesOf(attributes: Attributes): NodeAttributes {
  return Object.entries(attributes).map(([name, value]) =>
    typeof value === 'number'
      ? { name, type: Kind.INT, i: BigInt(value) }
      : { name, type: Kind.INTS, ints: value.map(BigInt) },
  );
}

/** A tensor type of shape [batch, ...shape], the batch symbolic. */
function value(name: string, shape: readonly number[], compute: Compute) {
  const sizes = shape.map((size) => ({
    value: { case: 'dimValue' as const, value: BigInt(size) },
  }));
  return {
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType: COMPUTE_TYPES[compute],
          shape: { dim: [{ value: { case: 'dimParam' as const, value: 'batch' } }, ...sizes] },
        },
      },
    },
  };
}

/** An empty graph. Its input is called `input`, its output `output`. */
export function onnxGraph(compute: Compute): OnnxGraph {
  const nodes: Node[] = [];
  const initializers: Initializer[] = [];
  const type = COMPUTE_TYPES[compute];
  const stored: OnnxGraph['stored'] = (name, dims, constant) => {
    initializers.push({ name, dims, ...constant });
    return name;
  };
  const node: OnnxGraph['node'] = (opType, name, inputs, attributes = {}) => {
    nodes.push({
      ...{ opType, name, input: [...inputs], output: [name] },
      attribute: attributesOf(attributes),
    });
    return name;
  };
  return {
    node,
    stored,
    constant(name, dims, constant) {
      stored(name, dims, constant);
      return constant.type === type
        ? name
        : node('Cast', `${name}.${compute}`, [name], { to: type });
    },
    number(name, number) {
      const data = computeBytes([number], compute);
      return stored(name, [], { type, bytes: data.length, data: () => data });
    },
    integers(name, values) {
      const data = new Uint8Array(8 * values.length);
      const view = new DataView(data.buffer);
      values.forEach((entry, index) => {
        view.setBigInt64(8 * index, BigInt(entry), true);
      });
      return stored(name, [values.length], {
        ...{ type: Type.INT64, bytes: data.length },
        data: () => data,
      });
    },
    file({ input, output }, { name, description, metadata }) {
      const last = nodes[nodes.length - 1];
      return onnxFile(
        {
          ...PRODUCER,
          opsetImport: [{ domain: '', version: BigInt(OPSET_VERSION) }],
          docString: description,
          metadataProps: Object.entries(metadata).map(([key, entry]) => ({ key, value: entry })),
        },
        {
          name,
          docString: description,
          node: [...nodes.slice(0, -1), { ...last, output: ['output'] }],
          input: [value('input', input, compute)],
          output: [value('output', output, compute)],
        },
        initializers,
      );
    },
  };
}

/** 1 for a number of at least 0, else -1: Sign itself is 0 at 0. */
export function signNode(graph: OnnxGraph, layer: string, read: string): string {
  const zero = graph.number(`${layer}.zero`, 0);
  const one = graph.number(`${layer}.one`, 1);
  const minusOne = graph.number(`${layer}.minus_one`, -1);
  const positive = graph.node('GreaterOrEqual', `${layer}.positive`, [read, zero]);
  return graph.node('Where', `${layer}.sign`, [positive, one, minusOne]);
}
