/** The examples that the ONNX operator document itself gives, in every operator set that gives them. */
import { describe, expect, it } from 'vitest';
import { NEWEST_OPSET } from '../../../../src/target/onnx/versions.js';
import { type AttributeValue, floats, integers, type NodeInit, node } from '../../onnx-writer.js';
import { outputsOf } from './graphs.js';

const size = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, k) => k + 1);

function list(name: string, values: readonly number[], dims = [values.length]): NodeInit {
  const tensor = { ...integers('', values), dims: dims.map(BigInt) };
  return node('Constant', [], [name], { value: { tensor } });
}

function expectAll(
  [from, to]: readonly [number, number],
  nodes: readonly NodeInit[],
  data: { readonly dims: readonly number[]; readonly input: readonly number[] },
  expected: readonly number[],
): void {
  for (let opset = from; opset <= to; opset++) {
    expect(outputsOf(opset, { nodes }, data), `operator set ${opset}`).toEqual(expected);
  }
}

/** Shape of B, the attribute axis, and where in B the entry of A at an index has its partner. */
type Spread = readonly [
  dims: readonly number[],
  axis: number | undefined,
  place: (index: readonly number[]) => number,
];

const SPREADS: readonly Spread[] = [
  [[], undefined, () => 0],
  [[1, 1], undefined, () => 0],
  [[5], undefined, ([, , , d]) => d],
  [[4, 5], undefined, ([, , c, d]) => 5 * c + d],
  [[3, 4], 1, ([, b, c]) => 4 * b + c],
  [[2], 0, ([a]) => a],
];

describe('examples of the operator document', () => {
  it.each(SPREADS)('Add, Sub, Mul and Div before 7: B of shape %j at axis %s', (dims, axis, at) => {
    const shape = [2, 3, 4, 5];
    const input = upTo(120);
    const second = upTo(size(dims)).map((entry) => 2 ** (entry % 5));
    const attributes: Record<string, AttributeValue> = {
      broadcast: 1n,
      ...(axis !== undefined && { axis: BigInt(axis) }),
    };
    const results = {
      Add: (a: number, b: number) => a + b,
      Sub: (a: number, b: number) => a - b,
      Mul: (a: number, b: number) => a * b,
      Div: (a: number, b: number) => a / b,
    };
    for (const [opType, result] of Object.entries(results)) {
      const nodes = [
        node('Constant', [], ['b'], { value: { tensor: floats('', dims, second) } }),
        node(opType, ['x', 'b'], ['y'], attributes),
      ];
      const expected = input.map((entry, k) => {
        const index = [Math.floor(k / 60), Math.floor(k / 20) % 3, Math.floor(k / 5) % 4, k % 5];
        return result(entry, second[at(index)]);
      });
      expectAll([1, 6], nodes, { dims: shape, input }, expected);
    }
  });

  const table = { dims: [2, 4], input: upTo(8) };

  it('Slice', () => {
    const attributes = { axes: [0n, 1n], starts: [1n, 0n], ends: [2n, 3n] };
    expectAll([1, 9], [node('Slice', ['x'], ['y'], attributes)], table, [5, 6, 7]);
    const open = { starts: [0n, 1n], ends: [-1n, 1000n] };
    expectAll([1, 9], [node('Slice', ['x'], ['y'], open)], table, [2, 3, 4]);
    const lists = [
      list('axes', [0, 1]),
      list('starts', [1, 0]),
      list('ends', [2, 3]),
      list('steps', [1, 2]),
      node('Slice', ['x', 'starts', 'ends', 'axes', 'steps'], ['y']),
    ];
    expectAll([10, NEWEST_OPSET], lists, table, [5, 7]);
    const openLists = [
      list('starts', [0, 1]),
      list('ends', [-1, 1000]),
      node('Slice', ['x', 'starts', 'ends'], ['y']),
    ];
    expectAll([10, NEWEST_OPSET], openLists, table, [2, 3, 4]);
  });

  it('Gather', () => {
    const data = { dims: [3, 2], input: [1, 1.25, 2.25, 3.5, 4.5, 5.75] };
    const rows = [list('i', [0, 1, 1, 2], [2, 2]), node('Gather', ['x', 'i'], ['y'])];
    const gathered = [1, 1.25, 2.25, 3.5, 2.25, 3.5, 4.5, 5.75];
    expectAll([1, NEWEST_OPSET], rows, data, gathered);
    const wide = { dims: [3, 3], input: [1, 1.25, 2, 2.25, 3.5, 4, 4.5, 5.75, 6] };
    const columns = [list('i', [0, 2], [1, 2]), node('Gather', ['x', 'i'], ['y'], { axis: 1n })];
    expectAll([1, NEWEST_OPSET], columns, wide, [1, 2, 2.25, 4, 4.5, 6]);
  });

  it('Tile', () => {
    const square = { dims: [2, 2], input: upTo(4) };
    const nodes = [list('times', [1, 2]), node('Tile', ['x', 'times'], ['y'])];
    expectAll([6, NEWEST_OPSET], nodes, square, [1, 2, 1, 2, 3, 4, 3, 4]);
  });

  it('Unsqueeze', () => {
    const data = { dims: [3, 4, 5], input: upTo(60) };
    const shape = [node('Shape', ['u'], ['s']), node('Cast', ['s'], ['y'], { to: 1n })];
    const attribute = [node('Unsqueeze', ['x'], ['u'], { axes: [0n, 4n] }), ...shape];
    const input = [list('axes', [4, 0]), node('Unsqueeze', ['x', 'axes'], ['u']), ...shape];
    expectAll([6, 12], attribute, data, [1, 3, 4, 5, 1]);
    expectAll([13, NEWEST_OPSET], input, data, [1, 3, 4, 5, 1]);
  });

  it.each([
    [undefined, undefined, [2, 3, 4]],
    [-1, undefined, [4]],
    [undefined, -1, [2, 3]],
    [1, 2, [3]],
    // Beyond the ends they are the ends.
    [-9, 9, [2, 3, 4]],
  ])('Shape from %s to %s', (start, end, expected) => {
    const attributes = {
      ...(start !== undefined && { start: BigInt(start) }),
      ...(end !== undefined && { end: BigInt(end) }),
    };
    const nodes = [node('Shape', ['x'], ['s'], attributes), node('Cast', ['s'], ['y'], { to: 1n })];
    expectAll([15, NEWEST_OPSET], nodes, { dims: [2, 3, 4], input: upTo(24) }, expected);
  });

  it('Transpose', () => {
    const data = { dims: [1, 2, 3], input: upTo(6) };
    const shapeOf = (perm: readonly bigint[] | undefined): NodeInit[] => [
      node('Transpose', ['x'], ['t'], perm ? { perm } : {}),
      node('Shape', ['t'], ['s']),
      node('Cast', ['s'], ['y'], { to: 1n }),
    ];
    expectAll([6, NEWEST_OPSET], shapeOf([1n, 0n, 2n]), data, [2, 1, 3]);
    expectAll([6, NEWEST_OPSET], shapeOf([1n, 2n, 0n]), data, [2, 3, 1]);
    expectAll([6, NEWEST_OPSET], shapeOf(undefined), data, [3, 2, 1]);
  });

  it('Clip where the bounds cross is its upper bound', () => {
    const nodes = [
      node('Constant', [], ['min'], { value: { tensor: floats('', [], [2]) } }),
      node('Constant', [], ['max'], { value: { tensor: floats('', [], [1]) } }),
      node('Clip', ['x', 'min', 'max'], ['y']),
    ];
    expectAll([11, NEWEST_OPSET], nodes, { dims: [3], input: [0, 1.5, 3] }, [1, 1, 1]);
  });

  it('Split leaves the last part smaller from 18 on', () => {
    const nodes = [node('Split', ['x'], ['a', 'b', 'y'], { axis: 0n, num_outputs: 3n })];
    expectAll([18, NEWEST_OPSET], nodes, { dims: [7], input: upTo(7) }, [7]);
  });
});
