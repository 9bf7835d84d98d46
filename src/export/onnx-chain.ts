/**
 * Layers `y = activation(factor * (W x + b))` as an ONNX graph, each after the one before, or after several:
 * integer constants, cast to the type that is computed with, Concat of what a layer reads, Gemm, Mul by the
 * factor, Relu. ONNX Runtime folds the casts when it
 * loads the file, and joins Gemm and Relu.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { InputError } from '../core/errors.js';
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

export interface OnnxLayer {
  /** Numbers of the layers that it reads, one after the other; 0 is the input. Default: the one before. */
  readonly reads?: readonly number[];
  readonly inputs: number;
  readonly outputs: number;
  /** `inputs` by `outputs`, row-major: what ONNX Runtime multiplies by fastest. */
  readonly weights: StoredConstant;
  readonly bias: StoredConstant | null;
  readonly relu: boolean;
  /** 1 for a sum of at least 0, else -1, instead of ReLU. */
  readonly sign?: boolean;
  /** Positive; multiplies `W x + b`. */
  readonly factor: number;
}

type Node = MessageInitShape<typeof NodeProtoSchema>;

export const COMPUTE_TYPES: Readonly<Record<Compute, Type>> = {
  float: Type.FLOAT,
  double: Type.DOUBLE,
};

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

/** A tensor type of shape [batch, size], the batch symbolic. */
function value(name: string, size: number, compute: Compute) {
  return {
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType: COMPUTE_TYPES[compute],
          shape: {
            dim: [
              { value: { case: 'dimParam' as const, value: 'batch' } },
              { value: { case: 'dimValue' as const, value: BigInt(size) } },
            ],
          },
        },
      },
    },
  };
}

const PRODUCER = { irVersion: BigInt(IR_VERSION), producerName: 'unearth' };

/** The bytes that every file written here begins with. */
export function onnxHead(): Uint8Array {
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, PRODUCER));
}

/** The file of a chain of at least one layer. Input `input`, output `output`, both [batch, size]. */
export function onnxChain(
  layers: readonly OnnxLayer[],
  compute: Compute,
  text: OnnxText,
): ExportedFile {
  const nodes: Node[] = [];
  const initializers: Initializer[] = [];
  const type = COMPUTE_TYPES[compute];
  const chain = (
    opType: string,
    name: string,
    inputs: readonly string[],
    attribute: Node['attribute'] = [],
  ): string => {
    nodes.push({ opType, name, input: [...inputs], output: [name], attribute });
    return name;
  };
  /** Name of the constant in the type that is computed with. */
  const constant = (name: string, dims: readonly number[], stored: StoredConstant): string => {
    initializers.push({ name, dims, ...stored });
    if (stored.type === type) return name;
    return chain(
      'Cast',
      `${name}.${compute}`,
      [name],
      [{ name: 'to', type: Kind.INT, i: BigInt(type) }],
    );
  };
  const values = ['input'];
  /** Several values side by side. */
  const joined = (name: string, reads: readonly number[]): string => {
    const names = reads.map((read) => values[read]);
    if (names.length === 1) return names[0];
    return chain('Concat', name, names, [{ name: 'axis', type: Kind.INT, i: 1n }]);
  };
  layers.forEach((each, index) => {
    const { inputs, outputs, weights, bias, relu, sign = false, factor } = each;
    const layer = `layer.${index + 1}`;
    const read = joined(`${layer}.read`, each.reads ?? [index]);
    const operands = [read, constant(`${layer}.weight`, [inputs, outputs], weights)];
    if (bias !== null) operands.push(constant(`${layer}.bias`, [outputs], bias));
    let current = chain('Gemm', `${layer}.sum`, operands);
    if (factor !== 1) {
      checkFactor(factor, compute, layer);
      const data = computeBytes([factor], compute);
      const name = `${layer}.factor`;
      initializers.push({ name, dims: [], type, bytes: data.length, data: () => data });
      current = chain('Mul', `${layer}.scaled`, [current, name]);
    }
    if (relu) current = chain('Relu', `${layer}.relu`, [current]);
    if (sign) {
      // Sign itself is 0 at 0.
      const [zero, one, minusOne] = [0, 1, -1].map((number, at) => {
        const data = computeBytes([number], compute);
        const name = `${layer}.${['zero', 'one', 'minus_one'][at]}`;
        initializers.push({ name, dims: [], type, bytes: data.length, data: () => data });
        return name;
      });
      const positive = chain('GreaterOrEqual', `${layer}.positive`, [current, zero]);
      current = chain('Where', `${layer}.sign`, [positive, one, minusOne]);
    }
    values.push(current);
  });
  // The last node gives the output its name.
  const last = nodes[nodes.length - 1];
  nodes[nodes.length - 1] = { ...last, output: ['output'] };
  return onnxFile(
    {
      ...PRODUCER,
      opsetImport: [{ domain: '', version: BigInt(OPSET_VERSION) }],
      docString: text.description,
      metadataProps: Object.entries(text.metadata).map(([key, entry]) => ({ key, value: entry })),
    },
    {
      name: text.name,
      docString: text.description,
      node: nodes,
      input: [value('input', layers[0].inputs, compute)],
      output: [value('output', layers[layers.length - 1].outputs, compute)],
    },
    initializers,
  );
}

/** A factor below the least normal number would lose bits, or be 0. */
function checkFactor(factor: number, compute: Compute, place: string): void {
  const least = compute === 'float' ? 2 ** -126 : 2 ** -1022;
  if (factor >= least) return;
  throw new InputError({
    place,
    problem: `its scale ${factor} is beyond ${compute}`,
    remedy: compute === 'float' ? 'compute with double' : 'find the network with fewer bits',
  });
}
