/**
 * What exported files are worth in ONNX Runtime (WebAssembly), as a Markdown table: size, the grid of
 * inputs on which they are exact, the stated worst case, and the largest difference from the exact
 * engine that was seen on random inputs of the domain: `node bench/export-onnx.mjs [samples] [part of a
 * name]` after a build. Real networks are read from the folder that UNEARTH_SHARED names, and left out without it.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-web';
import { readModel } from '../dist/cli/files/read-model.js';
import { horner } from '../dist/constructions/horner/horner.js';
import { complete } from '../dist/core/steps.js';
import { shortBound } from '../dist/export/exactness.js';
import { exportTicket } from '../dist/export/export-ticket.js';
import { fileBytes } from '../dist/export/exported-file.js';
import { exactToNumber } from '../dist/inference/exact.js';
import { runFoldedExact } from '../dist/inference/folded.js';
import { runMapsFoldedExactSteps } from '../dist/inference/map-engines.js';
import { findTicket } from '../dist/pipeline/find.js';
import { threefry2x32 } from '../dist/source/threefry.js';
import { parseDomain, readBoxText } from '../dist/target/domain.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const samples = Number(process.argv[2] ?? 64);
const part = process.argv[3] ?? '';
const shared = process.env.UNEARTH_SHARED;
const inShared = (name) => path.join(shared, 'models', name);
const lossless = { mode: 'lossless' };
const cases = [
  ['digits, lossless', 'examples/digits/digits.onnx', 'box:0,1', lossless],
  ['digits, 6 bits', 'examples/digits/digits.onnx', 'box:0,1', { mode: 'bits', bits: 6 }],
];
if (shared !== undefined) {
  cases.push(
    ['ACAS Xu 1_1, lossless', inShared('acasxu_1_1.onnx'), inShared('acasxu.domain.txt'), lossless],
    ['MNIST 256x2, 13 bits', inShared('mnist_256x2.onnx'), 'box:0,1', { mode: 'bits', bits: 13 }],
    ...['resnet_2b', 'cifar_base_kw', 'convnet_maxpool', 'cifar10_small_nhwc'].map((name) => [
      ...[`${name}, 12 bits`, inShared(`${name}.onnx`), 'box:0,1', { mode: 'bits', bits: 12 }],
    ]),
  );
}

/** The proved ticket is its integer network, and that one is evaluated faster. */
function exactOutputs({ target, channelsLast }, batch) {
  const { maps } = target;
  if (maps === undefined) return runFoldedExact(target, batch, samples);
  const last = channelsLast !== undefined;
  return complete(runMapsFoldedExactSteps({ ...target, maps }, last, batch, samples));
}

function domainOf(text, inputs) {
  return text.endsWith('.txt')
    ? readBoxText(readFileSync(text, 'utf8'), inputs)
    : parseDomain(text, inputs);
}

/** Float32 inputs inside the box. */
function batchOf({ lower, upper }) {
  const inputs = lower.length;
  return Float32Array.from({ length: samples * inputs }, (_, index) => {
    const share = (threefry2x32(1, 2, index, 0) >>> 0) / 2 ** 32;
    const low = lower[index % inputs];
    return low + share * (upper[index % inputs] - low) * (1 - 2 ** -20);
  });
}

console.log('| ticket | form | type | bytes | exact on multiples of | worst case | seen |');
console.log('|---|---|---|---|---|---|---|');
for (const [name, file, domainText, precision] of cases) {
  if (!name.includes(part)) continue;
  const { network } = readModel(file);
  const inputs = network.layers[0].inputs;
  const domain = domainOf(domainText, inputs);
  const { ticket } = findTicket(network, { construction: horner, domain, precision });
  const batch = batchOf(domain);
  const exact = exactOutputs(ticket, Float64Array.from(batch)).map(exactToNumber);
  for (const form of ['live', 'folded']) {
    for (const compute of ['float', 'double']) {
      const exported = exportTicket(ticket, { format: 'onnx', form, compute });
      const session = await ort.InferenceSession.create(fileBytes(exported));
      const data = compute === 'float' ? batch : Float64Array.from(batch);
      const type = compute === 'float' ? 'float32' : 'float64';
      const { output } = await session.run({
        input: new ort.Tensor(type, data, [samples, ...exported.inputShape]),
      });
      await session.release();
      let seen = 0;
      output.data.forEach((value, index) => {
        seen = Math.max(seen, Math.abs(value - exact[index]));
      });
      const { inputPlaces, tolerance } = exported.exactness;
      if (!(seen <= tolerance)) throw new Error(`${name}: ${seen} is more than ${tolerance}`);
      const cells = [
        name,
        form,
        type,
        exported.bytes,
        inputPlaces === null ? 'none' : `2^-${inputPlaces}`,
        shortBound(tolerance),
        seen.toExponential(1),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}
