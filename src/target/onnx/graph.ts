/**
 * The part of an ONNX graph that leads from its one input to its outputs: which nodes, in which order, and
 * where the constants are. Says what is wrong with graphs that are not one function of one input.
 */
import { InputError } from '../../core/errors.js';
import { quoted } from '../quote.js';
import type {
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  TypeProto,
  ValueInfoProto,
} from './onnx_pb.js';
import { formatShape, MOST_RANK } from './shape.js';
import { isFloatType, typeName } from './tensor.js';

export interface Chain {
  readonly input: {
    readonly name: string;
    /** Symbolic dimensions by their names, which may be empty. */
    readonly dims: readonly (number | string)[];
    /** Of the data types of tensors, a float one. */
    readonly type: number;
  };
  /** At least one. */
  readonly outputs: readonly string[];
  /** Version of the standard operator set. */
  readonly opset: number;
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** The nodes that the output needs, each after those that it needs. */
  readonly nodes: readonly PlacedNode[];
}

export interface PlacedNode {
  readonly node: NodeProto;
  /** Its name in errors, as `node "fc1" (Gemm)`. */
  readonly place: string;
}

/** Widest input, and most numbers of feature maps, that a network is read with. */
export const MOST_INPUTS = 2 ** 24;

/** The chain of a model's graph; throws an `InputError` for any graph that is not one. */
export function chainOf(model: ModelProto): Chain {
  const { graph } = model;
  if (graph === undefined)
    throw bad('graph', 'the model has none', 'check that the file is complete');
  const initializers = new Map<string, TensorProto>();
  for (const tensor of graph.initializer) {
    if (initializers.has(tensor.name)) {
      throw bad(
        `initializer ${quoted(tensor.name)}`,
        'its name is used twice',
        'rename one of them',
      );
    }
    initializers.set(tensor.name, tensor);
  }
  // Before IR version 4 every initializer was a graph input as well.
  const inputs = graph.input.filter(({ name }) => !initializers.has(name));
  const input = only(inputs, 'input');
  const outputs = graph.output.map(({ name }) => name);
  if (outputs.length === 0) only(graph.output, 'output');
  if (outputs.includes('')) throw bad('graph', 'an output has no name', 'the graph is corrupt');
  return {
    input: {
      name: input.name,
      dims: inputShape(input),
      type: tensorTypeOf(input.type)?.elemType ?? 0,
    },
    outputs,
    opset: opsetOf(model),
    initializers,
    nodes: orderedNodes(graph, input.name, outputs, initializers),
  };
}

/** Files before IR version 3 name no operator set: they use the first. */
function opsetOf({ opsetImport, irVersion }: ModelProto): number {
  const [standard, ...others] = opsetImport.filter(
    ({ domain }) => domain === '' || domain === 'ai.onnx',
  );
  const other = others.find(({ version }) => version !== standard.version);
  if (other !== undefined) {
    throw bad(
      'model',
      `it imports the operator sets ${standard.version} and ${other.version} at once`,
      'export the model again',
    );
  }
  if (standard === undefined && irVersion < 3n) return 1;
  const version = Number(standard?.version ?? 0n);
  if (version >= 1) return version;
  throw bad(
    'model',
    standard === undefined
      ? `it is of IR version ${irVersion} and names no operator set`
      : `its operator set is ${version}`,
    'export the model again',
  );
}

function only(values: readonly ValueInfoProto[], kind: 'input' | 'output'): ValueInfoProto {
  const [first] = values;
  if (first !== undefined && values.length === 1) return first;
  const names = values.slice(0, 5).map(({ name }) => quoted(name));
  throw bad(
    'graph',
    `it has ${values.length} ${kind}s${names.length > 0 ? `, ${names.join(', ')}` : ''}`,
    `export the model with exactly one ${kind}`,
  );
}

function inputShape({ name, type }: ValueInfoProto): (number | string)[] {
  const place = `input ${quoted(name)}`;
  const tensor = tensorTypeOf(type);
  if (tensor?.shape === undefined) {
    throw bad(place, 'it has no shape', 'export the model with the shape of its input');
  }
  if (!isFloatType(tensor.elemType)) {
    throw bad(
      place,
      `its type is ${typeName(tensor.elemType)}`,
      'use a float32, float64 or float16 input',
    );
  }
  if (tensor.shape.dim.length > MOST_RANK) {
    throw bad(place, `it has ${tensor.shape.dim.length} dimensions`, `use at most ${MOST_RANK}`);
  }
  // Exporters write an unknown dimension as a name, as nothing, or as 0 or -1.
  const dims = tensor.shape.dim.map(({ value }) => {
    if (value.case === 'dimValue' && value.value > 0n) return Number(value.value);
    return value.case === 'dimParam' ? value.value : '';
  });
  const known = dims.map((dim) => (typeof dim === 'number' ? dim : 1));
  const size = known.reduce((product, dim) => product * dim, 1);
  if (!(size <= MOST_INPUTS)) {
    throw bad(
      place,
      `its shape ${formatShape(known)} is too large`,
      `use at most ${MOST_INPUTS} inputs`,
    );
  }
  return dims;
}

function tensorTypeOf(type: TypeProto | undefined) {
  return type?.value.case === 'tensorType' ? type.value.value : undefined;
}

function orderedNodes(
  graph: GraphProto,
  input: string,
  outputs: readonly string[],
  initializers: ReadonlyMap<string, TensorProto>,
): PlacedNode[] {
  const producers = new Map<string, PlacedNode>();
  graph.node.forEach((node, index) => {
    const placed = { node, place: placeOf(node, index) };
    for (const name of node.output) {
      if (name === '') continue;
      if (producers.has(name) || initializers.has(name) || name === input) {
        throw bad(
          placed.place,
          `its output ${quoted(name)} is defined twice`,
          'the graph is corrupt',
        );
      }
      producers.set(name, placed);
    }
  });
  const ordered: PlacedNode[] = [];
  const state = new Map<PlacedNode, 'open' | 'done'>();
  // Depth first from the output, without recursion: files may hold very long chains.
  const stack: { placed: PlacedNode; nextInput: number }[] = [];
  const enter = (name: string, wantedBy: string): void => {
    if (name === '' || name === input || initializers.has(name)) return;
    const placed = producers.get(name);
    if (placed === undefined) {
      throw bad(
        wantedBy,
        `nothing in the graph defines ${quoted(name)}`,
        sparseNames(graph).has(name)
          ? 'export the model with dense initializers'
          : 'check that the file is complete',
      );
    }
    const seen = state.get(placed);
    if (seen === 'open')
      throw bad(placed.place, 'it depends on its own output', 'the graph is corrupt');
    if (seen === 'done') return;
    state.set(placed, 'open');
    stack.push({ placed, nextInput: 0 });
  };
  for (const output of outputs) {
    enter(output, `output ${quoted(output)}`);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const name = top.placed.node.input[top.nextInput++];
      if (name !== undefined) {
        enter(name, top.placed.place);
      } else {
        state.set(top.placed, 'done');
        ordered.push(top.placed);
        stack.pop();
      }
    }
  }
  return ordered;
}

function sparseNames(graph: GraphProto): Set<string> {
  return new Set(graph.sparseInitializer.map(({ values }) => values?.name ?? ''));
}

function placeOf(node: NodeProto, index: number): string {
  const name = node.name === '' ? `${index + 1}` : quoted(node.name);
  const operator = /^\w{1,40}$/.test(node.opType) ? node.opType : quoted(node.opType);
  return `node ${name} (${operator})`;
}

function bad(place: string, problem: string, remedy: string): InputError {
  return new InputError({ place, problem, remedy });
}
