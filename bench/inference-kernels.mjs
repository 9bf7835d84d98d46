/**
 * Shapes of the inner loop that were tried for the fast engine: rows of 32, 64 and 128 bytes, lists of
 * additions in a loop or unrolled into straight code, sources within 32 to 512 kB. Prints additions of
 * 128-bit vectors a second, the best of several rounds, with the ceiling (no loads at all) of the same
 * run. Usage: node bench/inference-kernels.mjs, after a build.
 */
import os from 'node:os';
import { vectorParts } from '../dist/inference/fast/lane-type.js';
import * as wasm from '../dist/inference/fast/wasm-module.js';
import { addCeiling } from './engines/add-ceiling.mjs';

const { doWhile, i32Const, i32Load, localGet, localSet, localTee, TYPE } = wasm;
const row = vectorParts('float32');
const ROWS = 1000;
const [stream, end, target, count, source, sums] = [0, 1, 2, 3, 4, 5];

/** Records `target, count, sources`: adds `additions` rows of `vectors` vectors to the target. */
function kernel(vectors, additions, unrolled) {
  const each = (code) => Array.from({ length: vectors }, (_, part) => code(part, 16 * part)).flat();
  const advance = (bytes) => [
    ...localGet(stream),
    ...i32Const(bytes),
    ...wasm.i32Add,
    ...localSet(stream),
  ];
  const addOne = (at) => [
    ...[...localGet(stream), ...i32Load(4 * at), ...localSet(source)],
    ...each((part, offset) => [
      ...localGet(sums + part),
      ...localGet(source),
      ...row.load(offset),
      ...row.add,
      ...localSet(sums + part),
    ]),
  ];
  const body = unrolled
    ? [
        ...Array.from({ length: additions }, (_, at) => addOne(at)).flat(),
        ...advance(4 * additions),
      ]
    : doWhile(addOne(0), advance(4), [
        ...localGet(count),
        ...i32Const(1),
        ...wasm.i32Subtract,
        ...localTee(count),
      ]);
  const bytes = wasm.wasmModule([
    {
      name: 'run',
      parameters: [TYPE.i32, TYPE.i32],
      locals: [TYPE.i32, TYPE.i32, TYPE.i32, ...new Array(vectors).fill(TYPE.v128)],
      body: doWhile(
        [...localGet(stream), ...i32Load(0), ...localSet(target)],
        [...localGet(stream), ...i32Load(4), ...localSet(count)],
        advance(8),
        each((part, offset) => [
          ...localGet(target),
          ...row.load(offset),
          ...localSet(sums + part),
        ]),
        body,
        each((part, offset) => [
          ...localGet(target),
          ...localGet(sums + part),
          ...row.store(offset),
        ]),
        [...localGet(stream), ...localGet(end), ...wasm.i32LessUnsigned],
      ),
    },
  ]);
  const memory = new WebAssembly.Memory({ initial: 64 });
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } })
    .exports;
  return { memory, run };
}

function contestant(vectors, additions, unrolled, kilobytes) {
  const { memory, run } = kernel(vectors, additions, unrolled);
  const words = new Uint32Array(memory.buffer);
  const sources = Math.floor((kilobytes * 1024) / (16 * vectors));
  const start = 2 ** 21;
  let at = start / 4;
  let state = 1;
  for (let index = 0; index < ROWS; index++) {
    words[at++] = 2 ** 20 + index * 16 * vectors;
    words[at++] = additions;
    for (let term = 0; term < additions; term++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      words[at++] = ((state >>> 8) % sources) * 16 * vectors;
    }
  }
  const shape = `rows of ${16 * vectors} bytes, ${additions} additions ${unrolled ? 'unrolled' : 'in a loop'}`;
  return {
    shape,
    kilobytes,
    work: ROWS * additions * vectors,
    run: () => run(start, 4 * at),
    best: 0,
  };
}

const contestants = [];
for (const kilobytes of [32, 256, 512]) {
  for (const vectors of [2, 4, 8]) {
    contestants.push(contestant(vectors, 16, false, kilobytes));
  }
  for (const additions of [4, 8, 12]) contestants.push(contestant(4, additions, true, kilobytes));
}
for (const { run } of contestants) for (let warm = 0; warm < 200; warm++) run();
const ceiling = addCeiling('float32');
let most = 0;
for (let round = 0; round < 15; round++) {
  most = ceiling();
  for (const each of contestants) {
    const start = performance.now();
    for (let repeat = 0; repeat < 10; repeat++) each.run();
    each.best = Math.max(each.best, (10 * each.work) / (performance.now() - start) / 1e6);
  }
}
console.log(
  `ceiling ${(most / 1e9).toFixed(1)} G vector additions a second; load ${os.loadavg()[0].toFixed(1)}\n`,
);
console.log('| inner loop | sources in 32 kB | 256 kB | 512 kB |');
console.log('|---|---|---|---|');
for (const { shape } of contestants.filter(({ kilobytes }) => kilobytes === 32)) {
  const rates = contestants
    .filter((each) => each.shape === shape)
    .map(({ best }) => best.toFixed(1));
  console.log(`| ${shape} | ${rates.join(' | ')} |`);
}
