/**
 * The engines of `run` on feature maps against ONNX Runtime on the original model: for every model with maps
 * in the folder that UNEARTH_SHARED names, lossless tickets of horner and of skip, and random images. The ticket is
 * the model as a function of real numbers, so what differs is float32's rounding. Fails (exit code 1) where that is
 * more than `MOST`. Needs the build. Usage: node bench/map-agreement.mjs [images] [images of the exact engine] [part
 * of a name] [engines, with commas].
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import * as ort from 'onnxruntime-web';
import { readModel } from '../dist/cli/files/read-model.js';
import { horner } from '../dist/constructions/horner/horner.js';
import { skip } from '../dist/constructions/skip/skip.js';
import { openEngine } from '../dist/inference/open-engine-now.js';
import { findTicket } from '../dist/pipeline/find.js';
import { threefry2x32 } from '../dist/source/threefry.js';
import { parseDomain } from '../dist/target/domain.js';
import { hasMaps, inputsOf } from '../dist/target/network.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** Largest difference, as a share of the largest output: some dozen roundings of float32. */
const MOST = 2 ** -18;

const images = Number(process.argv[2] ?? 100);
const exactImages = Number(process.argv[3] ?? 1);
const part = process.argv[4] ?? '';
const engines = (process.argv[5] ?? 'fast,float,folded,exact').split(',');
const shared = process.env.UNEARTH_SHARED;
if (shared === undefined) {
  console.error('error: set UNEARTH_SHARED to the folder of real models');
  process.exit(2);
}

/** Float32 pixels from 0 to 1. */
function batchOf(width) {
  return Float32Array.from(
    { length: images * width },
    (_, at) => (threefry2x32(1, 2, at, 0) >>> 0) / 2 ** 32,
  );
}

/** Image by image: models have a batch of 1, as a rule. */
async function runtimeOutputs(file, batch, width) {
  const session = await ort.InferenceSession.create(readFileSync(file));
  const [{ shape }] = session.inputMetadata;
  const dims = shape.map((size) => (typeof size === 'number' && size > 0 ? size : 1));
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  const all = [];
  for (let image = 0; image < images; image++) {
    const data = batch.slice(image * width, (image + 1) * width);
    const results = await session.run({ [input]: new ort.Tensor('float32', data, dims) });
    all.push(...results[output].data);
  }
  await session.release();
  return all;
}

/** Largest difference, and that over the largest output. */
function differenceOf(seen, wanted) {
  let difference = 0;
  let largest = 0;
  seen.forEach((value, at) => {
    difference = Math.max(difference, Math.abs(value - wanted[at]));
    largest = Math.max(largest, Math.abs(value));
  });
  return { difference, share: difference / largest };
}

console.log(
  '| network | construction | engine | images | largest difference | over the largest output |',
);
console.log('|---|---|---|---|---|---|');
const folder = path.join(shared, 'models');
for (const name of readdirSync(folder).filter(
  (file) => file.endsWith('.onnx') && file.includes(part),
)) {
  const file = path.join(folder, name);
  const { network } = readModel(file);
  if (!hasMaps(network)) continue;
  const width = inputsOf(network.layers);
  const domain = parseDomain('box:0,1', width);
  const batch = batchOf(width);
  const wanted = await runtimeOutputs(file, batch, width);
  for (const construction of [horner, skip]) {
    const { ticket } = findTicket(network, { construction, domain });
    for (const engine of engines) {
      const count = engine === 'exact' ? exactImages : images;
      const samples = Float64Array.from(batch.subarray(0, count * width));
      const seen = openEngine(ticket, { engine }).evaluate(samples, count);
      const { difference, share } = differenceOf(seen, wanted);
      const figures = [count, difference.toExponential(1), share.toExponential(1)];
      console.log(`| ${[name, construction.name, engine, ...figures].join(' | ')} |`);
      if (!(share <= MOST)) process.exitCode = 1;
    }
  }
}
