/**
 * How many additions a second the processor does at most in WebAssembly SIMD: twelve independent sums
 * in registers, nothing loaded or stored. What the fast engine reaches is given as a share of this.
 */
import { vectorParts } from '../../dist/inference/fast/lane-type.js';
import {
  doWhile,
  i32Const,
  i32Subtract,
  localGet,
  localSet,
  localTee,
  TYPE,
  wasmModule,
} from '../../dist/inference/fast/wasm-module.js';

const SUMS = 12;
const REPEATED = 4;

/** A function that does the given number of rounds; each has `SUMS * REPEATED` vector additions. */
function kernel(type) {
  const row = vectorParts(type);
  const sum = (index) => 1 + index;
  const term = 1 + SUMS;
  const load = (address, local) => [...i32Const(address), ...row.load(0), ...localSet(local)];
  const add = (index) => [
    ...localGet(sum(index)),
    ...localGet(term),
    ...row.add,
    ...localSet(sum(index)),
  ];
  const store = (index) => [...i32Const(0), ...localGet(sum(index)), ...row.store(0)];
  const indices = Array.from({ length: SUMS }, (_, index) => index);
  const bytes = wasmModule([
    {
      name: 'run',
      parameters: [TYPE.i32],
      locals: new Array(SUMS + 1).fill(TYPE.v128),
      body: [
        ...load(0, term),
        ...indices.flatMap((index) => load(16 * (index + 1), sum(index))),
        ...doWhile(Array.from({ length: REPEATED }, () => indices.flatMap(add)).flat(), [
          ...localGet(0),
          ...i32Const(1),
          ...i32Subtract,
          ...localTee(0),
        ]),
        ...indices.flatMap(store),
      ],
    },
  ]);
  const memory = new WebAssembly.Memory({ initial: 1 });
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } }).exports.run;
}

/** A measurement of one type: call it now and then, it returns vector additions a second so far. */
export function addCeiling(type) {
  const run = kernel(type);
  const rounds = 200_000;
  for (let warm = 0; warm < 5; warm++) run(rounds / 10);
  let best = 0;
  return () => {
    const start = performance.now();
    run(rounds);
    best = Math.max(best, (rounds * SUMS * REPEATED * 1000) / (performance.now() - start));
    return best;
  };
}
