/** Random matrices: as floats, as integers with a scale, and quantised and back; by tensor, by axis, by block. */
import type { AttributeValue, TensorInit } from '../../onnx-writer.js';
import { type GraphBuilder, size } from './builder.js';

interface Code {
  /** Its number among the types of ONNX. */
  readonly type: number;
  readonly bytes: (values: readonly number[]) => ArrayBufferLike;
  /** Zero points to choose from. */
  readonly zeros: readonly number[];
  readonly since: number;
}

const CODES: readonly Code[] = [
  { type: 3, bytes: (values) => Int8Array.from(values).buffer, zeros: [0, 1, -3], since: 10 },
  { type: 2, bytes: (values) => Uint8Array.from(values).buffer, zeros: [2, 5], since: 10 },
  { type: 6, bytes: (values) => Int32Array.from(values).buffer, zeros: [0], since: 10 },
  { type: 5, bytes: (values) => Int16Array.from(values).buffer, zeros: [0, 300], since: 21 },
  { type: 4, bytes: (values) => Uint16Array.from(values).buffer, zeros: [2, 40000], since: 21 },
];

function stored(
  graph: GraphBuilder,
  { type, bytes }: Code,
  dims: readonly number[],
  values: readonly number[],
): string {
  const tensor: TensorInit = {
    name: graph.name(),
    dims: dims.map(BigInt),
    dataType: type,
    rawData: new Uint8Array(bytes(values)),
  };
  return graph.stored(tensor);
}

/** How the scales of a matrix are spread: their shape, and the attributes that say so. */
interface Spread {
  readonly dims: readonly number[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

function spread(graph: GraphBuilder, dims: readonly number[]): Spread {
  const kind = graph.random(10);
  if (graph.opset < 13 || kind < 4) return { dims: [], attributes: {} };
  const axis = graph.random(dims.length);
  const given = graph.optional('axis', graph.axis(axis, dims.length), 1n);
  if (graph.opset < 21 || kind < 7) return { dims: [dims[axis]], attributes: given };
  const block = 1 + graph.random(dims[axis]);
  const blocks = dims.map((dim, at) => (at === axis ? Math.ceil(dim / block) : dim));
  return { dims: blocks, attributes: { ...given, block_size: BigInt(block) } };
}

/** A constant of at most two dimensions whose entries are multiples of a half up to 2. */
export function matrix(graph: GraphBuilder, dims: readonly number[]): string {
  if (graph.opset < 10 || dims.length !== 2 || graph.chance(60)) return graph.constant(dims);
  const scales = spread(graph, dims);
  if (graph.chance(30)) return throughCodes(graph, dims, scaleOf(graph, scales), scales);
  const code = graph.pick(CODES.filter(({ since }) => since <= graph.opset));
  // Without zero points they are 0, which unsigned codes then stay above.
  const left = code.type === 6 || graph.chance(40);
  const zero = left ? 0 : graph.pick(code.zeros);
  const values = Array.from({ length: size(dims) }, () => {
    const steps = graph.random(5) - 2;
    return code.zeros[0] > 0 && left ? Math.abs(steps) : zero + steps;
  });
  const entries = stored(graph, code, dims, values);
  if (left && code.since === 10 && graph.chance(25)) {
    const [cast] = graph.emit('Cast', [entries], { to: 1n });
    return graph.emit('Mul', [cast, graph.constant([], [0.5])])[0];
  }
  const inputs = [entries, scaleOf(graph, scales)];
  if (!left) {
    inputs.push(stored(graph, code, scales.dims, new Array(size(scales.dims)).fill(zero)));
  }
  return graph.emit('DequantizeLinear', inputs, {
    ...scales.attributes,
    ...(graph.opset >= 23 && graph.chance(30) && { output_dtype: 1n }),
  })[0];
}

function scaleOf(graph: GraphBuilder, { dims }: Spread): string {
  const values = Array.from({ length: size(dims) }, () => graph.pick([0.5, 1]));
  return graph.constant(dims, values);
}

/** Floats rounded to codes, halves to the even one, and back. */
function throughCodes(
  graph: GraphBuilder,
  dims: readonly number[],
  scale: string,
  scales: Spread,
): string {
  const [signed] = CODES;
  const inputs = [graph.constant(dims), scale];
  // By default the codes are uint8: what is negative becomes 0.
  const kind = graph.random(graph.opset >= 21 ? 3 : 2);
  const zeros = new Array<number>(size(scales.dims)).fill(kind === 0 ? graph.pick([0, 3]) : 0);
  const zero = kind === 0 ? [stored(graph, signed, scales.dims, zeros)] : [];
  const [codes] = graph.emit('QuantizeLinear', [...inputs, ...zero], {
    ...scales.attributes,
    ...(kind === 2 && { output_dtype: BigInt(signed.type) }),
  });
  return graph.emit('DequantizeLinear', [codes, scale, ...zero], scales.attributes)[0];
}
