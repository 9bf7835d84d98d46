/**
 * Speed of the engines on feature maps, on one thread, against native ONNX Runtime on the same pruned network
 * and on the original model, and whether predicted labels stay: the real networks in the folder that
 * UNEARTH_SHARED names, at 12 places. Engines take turns; medians and, in brackets, the least, in processor
 * time. Needs the build (`node scripts/setup.mjs`) and ONNX Runtime (`npm ci --ignore-scripts` in bench/).
 *
 *   UNEARTH_SHARED=.. node bench/map-speed.mjs [model ..] [--bits N] [--batch N] [--seconds N] [--labels]
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { readModel } from '../dist/cli/files/read-model.js';
import { horner } from '../dist/constructions/horner/horner.js';
import { complete } from '../dist/core/steps.js';
import { readNpy } from '../dist/data/npy.js';
import { argMax } from '../dist/inference/arg-max.js';
import { compileMapsSteps } from '../dist/inference/map-program.js';
import { openEngine } from '../dist/inference/open-engine-now.js';
import { findTicket } from '../dist/pipeline/find.js';
import { onnxRuntime, withAnyBatch } from './engines/onnx-runtime.mjs';
import { prunedMapsOnnx } from './engines/pruned-maps.mjs';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    bits: { type: 'string', default: '12' },
    batch: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '20' },
    labels: { type: 'boolean', default: false },
  },
});
const shared = process.env.UNEARTH_SHARED;
if (shared === undefined) throw new Error('UNEARTH_SHARED names no folder of models');
const names = ['resnet_2b', 'cifar_base_kw', 'convnet_maxpool', 'cifar10_small_nhwc'];
const BATCH = Number(given.batch);

/** Test images as the model takes them, channel by channel, and their labels. */
function imagesFor(name) {
  const file = (...parts) => readFileSync(path.join(shared, 'data', ...parts));
  if (name === 'convnet_maxpool') {
    const pixels = gunzipSync(file('mnist', 't10k-images-idx3-ubyte.gz')).subarray(16);
    const labels = gunzipSync(file('mnist', 't10k-labels-idx1-ubyte.gz')).subarray(8);
    return { values: Float64Array.from(pixels, (value) => value / 255), labels };
  }
  const values = Float64Array.from(readNpy(file('cifar', 'images48.npy')).data);
  return { values, labels: readNpy(file('cifar', 'labels48.npy')).data };
}

/** The same, position by position. */
const channelsLast = (values, { channels, height, width }) =>
  values.map((_, at) => {
    const inside = at % (channels * height * width);
    const [position, channel] = [Math.floor(inside / channels), inside % channels];
    return values[at - inside + channel * height * width + position];
  });

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Seconds that an engine runs at a time. */
const TURN = 0.3;

/** Microseconds of processor time a sample, of each engine in turn. */
async function measure(engines) {
  const times = engines.map(() => []);
  const repeats = [];
  for (const { run } of engines) {
    await run();
    const start = performance.now();
    let count = 0;
    for (; performance.now() - start < 1000 * TURN; count++) await run();
    repeats.push(count);
  }
  const end = performance.now() + 1000 * Number(given.seconds);
  for (let round = 0; round < 3 || performance.now() < end; round++) {
    for (const [index, { run }] of engines.entries()) {
      const start = cpu();
      for (let count = 0; count < repeats[index]; count++) await run();
      times[index].push((cpu() - start) / BATCH / repeats[index]);
    }
  }
  return times.map((own) => ({ median: median(own), least: Math.min(...own) }));
}

async function runCase(name) {
  const file = path.join(shared, 'models', `${name}.onnx`);
  const { network } = readModel(file);
  const precision = { mode: 'bits', bits: Number(given.bits) };
  const found = findTicket(network, { construction: horner, precision });
  if (!found.found) throw new Error('not found');
  const { ticket } = found;
  const program = complete(compileMapsSteps(ticket));
  const { channels, height, width } = program.input;
  const size = channels * height * width;
  const { values, labels } = imagesFor(name);
  const count = labels.length;
  const forTicket = program.channelsLast ? channelsLast(values, program.input) : values;
  const cycled = (from) =>
    Float64Array.from({ length: BATCH * size }, (_, at) => from[at % from.length]);
  const batch = cycled(forTicket);
  const single = Float32Array.from(cycled(values));
  const pruned = prunedMapsOnnx(ticket, program);
  const native = await onnxRuntime('node', pruned.bytes, 1);
  const original = await onnxRuntime('node', withAnyBatch(readFileSync(file)), 1);
  const fast = openEngine(ticket, { engine: 'fast' });
  const folded = openEngine(ticket, { engine: 'folded' });
  const start = cpu();
  fast.prepare(batch, BATCH);
  const prepared = (cpu() - start) / 1e6;
  const engines = [
    { name: 'fast', run: () => fast.evaluate(batch, BATCH) },
    { name: 'folded', run: () => folded.evaluate(batch, BATCH) },
    { name: 'ONNX Runtime native, pruned', run: () => native.run(single, BATCH) },
    {
      name: 'ONNX Runtime native, original',
      run: () => original.run(Float32Array.from(batch), BATCH),
    },
  ];
  const kept = program.layers.reduce((sum, { edges }) => sum + edges.length, 0);
  console.log(
    `\n${name} at ${given.bits} places, batch ${BATCH}, one thread: ${kept} kept edges, ${pruned.products} products a sample in ONNX Runtime; fast is ready after ${prepared.toFixed(2)} s\n`,
  );
  const outcome = await measure(engines);
  const { arithmetic, error } = fast.report();
  console.log(`fast: ${arithmetic}`);
  const reference = outcome[2].median;
  console.log('| engine | µs a sample | times ONNX Runtime native, pruned |\n|---|---|---|');
  for (const [index, { median: middle, least }] of outcome.entries()) {
    const ratio = (reference / middle).toPrecision(3);
    console.log(
      `| ${engines[index].name} | ${middle.toFixed(0)} (${least.toFixed(0)}) | ${ratio} |`,
    );
  }
  const [ours, theirs] = [fast.evaluate(batch, BATCH), await native.run(single, BATCH)];
  const most = (list) => list.reduce((one, other) => Math.max(one, Math.abs(other)), 0);
  const exact = openEngine(ticket, { engine: 'exact' }).evaluate(batch.subarray(0, size), 1);
  const off = (other) => most(exact.map((value, at) => value - other[at])) / most(exact);
  console.log(
    `first sample, of the largest output: fast is off by ${off(ours).toExponential(1)} (stated ${(Math.max(...error.rounding.map(Number)) / most(exact)).toExponential(1)}), ONNX Runtime on the pruned network by ${off(theirs).toExponential(1)}`,
  );
  if (given.labels) {
    const judge = (from, samples) =>
      original.run(Float32Array.from(forTicket.subarray(from, from + samples * size)), samples);
    await compareLabels({ count, size, labels, forTicket }, fast, judge);
  }
}

/** Labels of all test images, by the pruned source and by the original model in ONNX Runtime. */
async function compareLabels({ count, size, labels, forTicket }, fast, judge) {
  let right = 0;
  let changed = 0;
  for (let from = 0; from < count; from += 500) {
    const samples = Math.min(500, count - from);
    const part = forTicket.subarray(from * size, (from + samples) * size);
    const ours = fast.evaluate(part, samples);
    const theirs = await judge(from * size, samples);
    for (let sample = 0; sample < samples; sample++) {
      const label = argMax(ours, sample * 10, 10);
      if (label === Number(labels[from + sample])) right++;
      if (label !== argMax(theirs, sample * 10, 10)) changed++;
    }
  }
  console.log(`labels of ${count} test images: ${right} right, ${changed} other than the model's`);
}

for (const name of positionals.length > 0 ? positionals : names) await runCase(name);
