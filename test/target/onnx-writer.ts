/** A small ONNX writer: the files that other tools export, and ones that no tool would. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  TensorProto_DataType as Type,
} from '../../src/target/onnx/onnx_pb.js';

export type NodeInit = MessageInitShape<typeof NodeProtoSchema>;
export type TensorInit = MessageInitShape<typeof TensorProtoSchema>;
type Attribute = NonNullable<NodeInit['attribute']>[number];

/** Attribute values by what they are: integers as bigint, floats as number, text as string. */
export type AttributeValue =
  | number
  | bigint
  | string
  | readonly number[]
  | readonly bigint[]
  | { tensor: TensorInit };

export interface ModelInit {
  readonly nodes: readonly NodeInit[];
  readonly initializers?: readonly TensorInit[];
  /** A string is a symbolic dimension. */
  readonly inputDims: readonly (number | string)[];
  readonly outputDims?: readonly (number | string)[];
  /** Default `x` and `y`. */
  readonly input?: string;
  readonly output?: string;
  /** Several outputs, without shapes. */
  readonly outputs?: readonly string[];
  readonly inputType?: Type;
  readonly opset?: number;
  /** Lists initializers as graph inputs too, as files before IR version 4 do. */
  readonly initializersAsInputs?: boolean;
}

/** The message, for tests that spoil it before they encode it. */
export function buildMessage(init: ModelInit): ModelProto {
  const { inputDims, outputDims, initializers = [], inputType = Type.FLOAT } = init;
  const constants = init.initializersAsInputs ? initializers : [];
  return create(ModelProtoSchema, {
    irVersion: 3n,
    opsetImport: [{ domain: '', version: BigInt(init.opset ?? 13) }],
    producerName: 'unearth-tests',
    graph: {
      name: 'graph',
      node: [...init.nodes],
      initializer: [...initializers],
      input: [
        valueInfo(init.input ?? 'x', inputType, inputDims),
        ...constants.map(({ name = '', dataType = Type.FLOAT, dims = [] }) =>
          valueInfo(name, dataType, dims.map(Number)),
        ),
      ],
      output: (init.outputs ?? [init.output ?? 'y']).map((name) =>
        valueInfo(name, inputType, outputDims),
      ),
    },
  });
}

/** The bytes of an ONNX file. */
export function buildModel(init: ModelInit): Uint8Array {
  return encode(buildMessage(init));
}

export function encode(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

function valueInfo(name: string, elemType: number, dims: readonly (number | string)[] | undefined) {
  const shape = dims && {
    dim: dims.map((dim) =>
      typeof dim === 'string'
        ? { value: { case: 'dimParam' as const, value: dim } }
        : { value: { case: 'dimValue' as const, value: BigInt(dim) } },
    ),
  };
  return {
    name,
    type: { value: { case: 'tensorType' as const, value: { elemType, ...(shape && { shape }) } } },
  };
}

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  name = '',
): NodeInit {
  const attribute = Object.entries(attributes).map(([key, value]) => attributeInit(key, value));
  return { opType, input: [...input], output: [...output], attribute, name };
}

function attributeInit(name: string, value: AttributeValue): Attribute {
  if (typeof value === 'number') return { name, type: Kind.FLOAT, f: value };
  if (typeof value === 'bigint') return { name, type: Kind.INT, i: value };
  if (typeof value === 'string') {
    return { name, type: Kind.STRING, s: new TextEncoder().encode(value) };
  }
  if ('tensor' in value) return { name, type: Kind.TENSOR, t: value.tensor };
  const list: readonly (number | bigint)[] = value;
  return list.every((entry) => typeof entry === 'bigint')
    ? { name, type: Kind.INTS, ints: [...list] }
    : { name, type: Kind.FLOATS, floats: list.map(Number) };
}

/** Operator, inputs with `_` for the value so far, attributes. */
export type ChainStep = readonly [
  opType: string,
  input: readonly string[],
  attributes?: Readonly<Record<string, AttributeValue>>,
];

/** A chain of nodes from `x` to `y`. */
export function chain(steps: readonly ChainStep[]): NodeInit[] {
  return steps.map(([opType, input, attributes], index) => {
    const before = index === 0 ? 'x' : `v${index}`;
    const after = index === steps.length - 1 ? 'y' : `v${index + 1}`;
    return node(
      opType,
      input.map((name) => (name === '_' ? before : name)),
      [after],
      attributes,
    );
  });
}

/** A float32 tensor in raw bytes. */
export function floats(
  name: string,
  dims: readonly number[],
  values: Iterable<number>,
): TensorInit {
  return {
    name,
    dims: dims.map(BigInt),
    dataType: Type.FLOAT,
    rawData: new Uint8Array(Float32Array.from(values).buffer),
  };
}

/** A float64 tensor in raw bytes. */
export function doubles(
  name: string,
  dims: readonly number[],
  values: Iterable<number>,
): TensorInit {
  return {
    name,
    dims: dims.map(BigInt),
    dataType: Type.DOUBLE,
    rawData: new Uint8Array(Float64Array.from(values).buffer),
  };
}

/** A list of int64 numbers in the typed field. */
export function integers(name: string, values: readonly number[]): TensorInit {
  return {
    name,
    dims: [BigInt(values.length)],
    dataType: Type.INT64,
    int64Data: values.map(BigInt),
  };
}

/** Reproducible float32 numbers in (-1, 1), by a linear congruential generator. */
export function someFloats(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
