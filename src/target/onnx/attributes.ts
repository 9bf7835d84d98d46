/** Attributes of ONNX nodes, with the type checked: a wrong one is an error, never a default. */
import { InputError } from '../../core/errors.js';
import { quoted } from '../quote.js';
import type { PlacedNode } from './graph.js';
import {
  type AttributeProto,
  AttributeProto_AttributeType as Kind,
  TensorProto_DataType as Type,
} from './onnx_pb.js';
import type { ReadExternal } from './read-external.js';
import { decodeTensor, finiteTensor, type OnnxTensor } from './tensor.js';

export function attributeOf({ node }: PlacedNode, name: string): AttributeProto | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

/** A float attribute, as the float32 that is stored. */
export function floatAttribute(placed: PlacedNode, name: string, fallback: number): number {
  const attribute = attributeOf(placed, name);
  if (attribute === undefined) return fallback;
  expectKind(placed, attribute, Kind.FLOAT);
  if (!Number.isFinite(attribute.f)) {
    throw wrong(placed, `its attribute ${name} is ${attribute.f}`, 'use a finite number');
  }
  return attribute.f;
}

/** A float attribute that may be infinite, as the bounds of old Clips are. */
export function boundAttribute(placed: PlacedNode, name: string, fallback: number): number {
  const attribute = attributeOf(placed, name);
  if (attribute === undefined) return fallback;
  expectKind(placed, attribute, Kind.FLOAT);
  if (Number.isNaN(attribute.f))
    throw wrong(placed, `its attribute ${name} is NaN`, 'use a number');
  return attribute.f;
}

export function integerAttribute(placed: PlacedNode, name: string, fallback: number): number {
  const attribute = attributeOf(placed, name);
  if (attribute === undefined) return fallback;
  expectKind(placed, attribute, Kind.INT);
  return integer(placed, name, attribute.i);
}

/** The tensor of an attribute, decoded. */
export function tensorAttribute(
  placed: PlacedNode,
  name: string,
  readExternal: ReadExternal | undefined,
): OnnxTensor | undefined {
  const attribute = attributeOf(placed, name);
  if (attribute === undefined) return undefined;
  expectKind(placed, attribute, Kind.TENSOR);
  if (attribute.t === undefined) throw wrong(placed, `${name} is empty`, 'export the model again');
  return decodeTensor(attribute.t, placed.place, readExternal);
}

/** A text attribute; undefined if it is absent. */
export function textAttribute(placed: PlacedNode, name: string): string | undefined {
  const attribute = attributeOf(placed, name);
  if (attribute === undefined) return undefined;
  expectKind(placed, attribute, Kind.STRING);
  return new TextDecoder().decode(attribute.s);
}

export function integersAttribute(placed: PlacedNode, name: string): number[] | undefined {
  const attribute = attributeOf(placed, name);
  if (attribute === undefined) return undefined;
  expectKind(placed, attribute, Kind.INTS);
  return attribute.ints.map((value) => integer(placed, name, value));
}

/** Integers that are infinite beyond 2^53, where they mean "as far as possible": ends of a Slice. */
export function endsAttribute(placed: PlacedNode, name: string): number[] | undefined {
  const attribute = attributeOf(placed, name);
  if (attribute === undefined) return undefined;
  expectKind(placed, attribute, Kind.INTS);
  return attribute.ints.map((value) =>
    Number.isSafeInteger(Number(value)) ? Number(value) : Number(value) * Number.MAX_VALUE,
  );
}

function integer(placed: PlacedNode, name: string, value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw wrong(placed, `its attribute ${name} is ${value}`, 'use a smaller integer');
}

function expectKind(placed: PlacedNode, attribute: AttributeProto, kind: Kind): void {
  // Files of the first IR version leave the type out.
  if (attribute.type === kind || attribute.type === Kind.UNDEFINED) return;
  throw wrong(
    placed,
    `its attribute ${quoted(attribute.name)} is not of type ${Kind[kind]}`,
    'export the model again',
  );
}

/** The value of a Constant node, in any of its numeric forms. */
export function constantValue(
  placed: PlacedNode,
  readExternal: ReadExternal | undefined,
): OnnxTensor {
  const [attribute] = placed.node.attribute;
  if (attribute !== undefined && placed.node.attribute.length === 1) {
    const numbers = (type: Type, values: number[], dims: number[]): OnnxTensor =>
      finiteTensor(
        { kind: 'constant', dims, type, values: Float64Array.from(values) },
        placed.place,
      );
    const { name } = attribute;
    if (name === 'value' && attribute.t !== undefined) {
      return decodeTensor(attribute.t, placed.place, readExternal);
    }
    if (name === 'value_float') {
      expectKind(placed, attribute, Kind.FLOAT);
      return numbers(Type.FLOAT, [attribute.f], []);
    }
    if (name === 'value_int') return numbers(Type.INT64, [integerAttribute(placed, name, 0)], []);
    if (name === 'value_ints') {
      const values = integersAttribute(placed, name) ?? [];
      return numbers(Type.INT64, values, [values.length]);
    }
    if (name === 'value_floats') {
      expectKind(placed, attribute, Kind.FLOATS);
      return numbers(Type.FLOAT, attribute.floats, [attribute.floats.length]);
    }
  }
  throw wrong(
    placed,
    'its value is not one numeric tensor',
    'supported are value, value_float, value_floats, value_int and value_ints',
  );
}

function wrong({ place }: PlacedNode, problem: string, remedy: string): InputError {
  return new InputError({ place, problem, remedy });
}
