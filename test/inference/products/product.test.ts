/** The product kernels: WebAssembly and plain JavaScript give the bits of sums written out. */
import { describe, expect, it } from 'vitest';
import { jsMachines } from '../../../src/inference/fast/js-kernels.js';
import type { MachineFactory } from '../../../src/inference/fast/kernels.js';
import { wasmMachines } from '../../../src/inference/fast/wasm-kernels.js';
import { mapKernels } from '../../../src/inference/products/map-kernels.js';
import {
  PRODUCT_MODE,
  type ProductLane,
  panelColumns,
} from '../../../src/inference/products/product-call.js';
import { randomStream } from '../../networks.js';

interface Case {
  readonly rows: number;
  readonly vectors: number;
  readonly inner: number;
  readonly outer: number;
  readonly mode: number;
}

const CASES: Case[] = [1, 2, 3, 4, 5, 7, 8, 11].flatMap((rows) =>
  [1, 2, 3, 4].map((vectors) => ({
    ...{ rows, vectors, inner: 1 + ((rows * vectors) % 9), outer: 1 + (rows % 3) },
    mode: (rows + vectors) % 8,
  })),
);

/** Runs a case in a memory of its own: strides that all differ, and rows of a that overlap. */
function run(factory: MachineFactory, lane: ProductLane, given: Case): ArrayLike<number> {
  const { rows, vectors, inner, outer, mode } = given;
  const bytes = lane === 'float32' ? 4 : 8;
  const machine = factory.create(2 ** 16);
  const values =
    lane === 'float32' ? new Float32Array(machine.buffer) : new Float64Array(machine.buffer);
  const random = randomStream(rows * 31 + vectors);
  for (let at = 0; at < 3000; at++) values[at] = 2 * random() - 1;
  const { product } = mapKernels(machine, lane);
  const panel = panelColumns(lane);
  const [a, b, c] = [0, 1024 * bytes, 2048 * bytes];
  const bInner = (panel + 8) * bytes;
  const bOuter = inner * bInner;
  product(
    ...[a, b, c, rows, vectors, inner, outer],
    ...[2 * bytes, bytes, 40 * bytes, bInner, bOuter, outer * bOuter, 32 * bytes, mode, 0.3],
  );
  return values;
}

function expected(lane: ProductLane, given: Case): ArrayLike<number> {
  const { rows, vectors, inner, outer, mode } = given;
  const round = lane === 'float32' ? Math.fround : (value: number) => value;
  const random = randomStream(rows * 31 + vectors);
  const values = lane === 'float32' ? new Float32Array(2 ** 14) : new Float64Array(2 ** 13);
  for (let at = 0; at < 3000; at++) values[at] = 2 * random() - 1;
  const panel = panelColumns(lane);
  const columns = (vectors * panel) / 2;
  const bOuter = inner * (panel + 8);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = 2048 + 32 * row + column;
      let sum = mode & PRODUCT_MODE.accumulate ? (values[at] as number) : 0;
      for (let o = 0; o < outer; o++) {
        for (let k = 0; k < inner; k++) {
          const left = values[2 * row + k + 40 * o] as number;
          const inPanel = Math.floor(column / panel) * outer * bOuter + (column % panel);
          const right = values[1024 + inPanel + k * (panel + 8) + o * bOuter] as number;
          sum = round(sum + round(left * right));
        }
      }
      if (mode & PRODUCT_MODE.scale) sum = round(sum * round(0.3));
      values[at] = mode & PRODUCT_MODE.rectify ? Math.max(0, sum) : sum;
    }
  }
  return values;
}

describe.each(['float32', 'float64'] as const)('products of %s', (lane) => {
  it.each([
    ['WebAssembly', wasmMachines],
    ['JavaScript', jsMachines],
  ] as const)('%s gives the bits of sums in order', (_name, factory) => {
    for (const given of CASES) {
      const got = run(factory, lane, given);
      const wanted = expected(lane, given);
      for (let at = 0; at < wanted.length; at++) {
        if (!Object.is(got[at], wanted[at]))
          expect([given, at, got[at]]).toEqual([given, at, wanted[at]]);
      }
    }
  });
});
