/**
 * What random graphs are built with: constants of few bits, and for every value a bound of its numbers, so
 * that float32 arithmetic on them is exact in any order.
 */
import {
  type AttributeValue,
  floats,
  integers,
  type NodeInit,
  node,
  type TensorInit,
} from '../../onnx-writer.js';

/** A value of the graph: all of its numbers are multiples of `2^-places`, and at most `bound` in magnitude. */
export interface Value {
  readonly name: string;
  readonly dims: readonly number[];
  readonly places: number;
  readonly bound: number;
}

/** Numbers below `limit`, from a state of 32 bits (Mulberry32). */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

export const size = (dims: readonly number[]): number =>
  dims.reduce((product, dim) => product * dim, 1);
/** Float32 holds integers up to 2^24. */
export const fits = (bound: number, places: number): boolean => bound * 2 ** places <= 2 ** 24;
export const MOST_ENTRIES = 96;

export class GraphBuilder {
  readonly nodes: NodeInit[] = [];
  readonly initializers: TensorInit[] = [];
  readonly operators: string[] = [];
  readonly values: Value[] = [];
  readonly random: (limit: number) => number;
  readonly opset: number;
  private names = 0;

  constructor(random: (limit: number) => number, opset: number) {
    this.random = random;
    this.opset = opset;
  }

  chance(percent: number): boolean {
    return this.random(100) < percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.random(list.length)];
  }

  shuffled<T>(list: readonly T[]): T[] {
    const order = [...list];
    for (let k = order.length - 1; k > 0; k--) {
      const j = this.random(k + 1);
      [order[k], order[j]] = [order[j], order[k]];
    }
    return order;
  }

  name(): string {
    this.names++;
    return `v${this.names}`;
  }

  /** A constant of multiples of a half up to 2, as an initializer or a Constant node. */
  constant(dims: readonly number[], numbers?: readonly number[]): string {
    const values = numbers ?? Array.from({ length: size(dims) }, () => (this.random(9) - 4) / 2);
    if (this.chance(80)) return this.stored(floats(this.name(), dims, values));
    const short = this.opset >= 12 && values.length > 0 && this.chance(60);
    if (short && dims.length === 0) return this.emit('Constant', [], { value_float: values[0] })[0];
    if (short && dims.length === 1) return this.emit('Constant', [], { value_floats: values })[0];
    return this.emit('Constant', [], { value: { tensor: floats('', dims, values) } })[0];
  }

  /** A list of integers, as an initializer or a Constant node. */
  list(values: readonly number[]): string {
    if (this.chance(80)) return this.stored(integers(this.name(), values));
    const short = this.opset >= 12 && values.length > 0 && this.chance(60);
    return short
      ? this.emit('Constant', [], { value_ints: values.map(BigInt) })[0]
      : this.emit('Constant', [], { value: { tensor: integers('', values) } })[0];
  }

  /** One integer without dimensions. */
  scalar(value: number): string {
    if (this.opset >= 12 && this.chance(50)) {
      return this.emit('Constant', [], { value_int: BigInt(value) })[0];
    }
    return this.stored({ ...integers(this.name(), [value]), dims: [] });
  }

  /** An initializer's name. */
  stored(tensor: TensorInit): string {
    this.initializers.push(tensor);
    return tensor.name as string;
  }

  /** An attribute, which may be left out where it has its default. */
  optional<T extends AttributeValue>(
    name: string,
    value: T,
    fallback: T,
  ): Readonly<Record<string, AttributeValue>> {
    return value === fallback && this.chance(60) ? {} : { [name]: value };
  }

  emit(
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    outputs = 1,
  ): string[] {
    const output = Array.from({ length: outputs }, () => this.name());
    this.nodes.push(node(opType, input, output, attributes));
    this.operators.push(opType);
    return output;
  }

  keep(name: string | undefined, dims: readonly number[], places: number, bound: number): void {
    this.values.push({ name: name as string, dims, places, bound });
  }

  negativeAxes(since = 11): boolean {
    return this.opset >= since && this.chance(50);
  }

  /** An axis; from operator set `since` on it may be counted from the back. */
  axis(axis: number, rank: number, since = 11): bigint {
    return BigInt(this.negativeAxes(since) ? axis - rank : axis);
  }
}

/** Adds nodes and a value of them; false where the value is nothing for it. */
export type Step = (graph: GraphBuilder, value: Value) => boolean;

/** A constant's shape that broadcasts with `dims` without making it larger, or (rarely) does. */
export function broadcastShape(graph: GraphBuilder, dims: readonly number[]): number[] {
  const rank = graph.random(dims.length + 1);
  return dims.slice(dims.length - rank).map((dim) => (graph.chance(40) ? 1 : dim));
}
