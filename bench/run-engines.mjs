/**
 * Speed of the inference engines against ONNX Runtime, native and WebAssembly, on the same pruned
 * network exported and on the original model. All engines of a table are measured in turn in one run,
 * and the load of the machine is noted. Prints tables, writes build/bench/engines.json and .svg, and
 * figure.json, from which docs/figures/inference/engines.svg is drawn.
 *
 *   npm run bench                 (sets everything up; UNEARTH_SHARED names the folder of real models)
 *   node bench/run-engines.mjs [case ...] [--seconds N] [--engines REGEXP]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { gunzipSync } from 'node:zlib';
import { readModel } from '../dist/cli/files/read-model.js';
import { launchThread, workerThreads } from '../dist/cli/workers/threads.js';
import { horner } from '../dist/constructions/horner/horner.js';
import { exportTicket } from '../dist/export/export-ticket.js';
import { fileBytes } from '../dist/export/exported-file.js';
import { fastEngine } from '../dist/inference/fast/fast-engine.js';
import { threadedFastEngine } from '../dist/inference/fast/thread-task.js';
import { floatEngine } from '../dist/inference/float.js';
import { foldedEngine } from '../dist/inference/folded.js';
import { compileTicket } from '../dist/inference/pruned-program.js';
import { findTicket } from '../dist/pipeline/find.js';
import { sourceWeights } from '../dist/source/shape.js';
import { parseDomain, readBoxText } from '../dist/target/domain.js';
import { loadFigures } from '../scripts/figures/load.mjs';
import { addCeiling } from './engines/add-ceiling.mjs';
import { benchRequestOrExit } from './engines/cases.mjs';
import { onnxRuntime, withAnyBatch } from './engines/onnx-runtime.mjs';

const shared = process.env.UNEARTH_SHARED;
const {
  cases: CASES,
  seconds: SECONDS,
  engines: ENGINES,
} = benchRequestOrExit(process.argv.slice(2));
const BATCH = 256;
/** Seconds that each engine runs before it is measured. */
const WARM_UP = 1.5;

/** Inputs in bytes and as what they stand for, `bytes / 255`, in both float types. */
function inputsOf(count, network, domain) {
  const { inputs } = network.layers[0];
  let bytes = Float64Array.from(
    { length: count * inputs },
    (_, index) => (index * 7919 + 31 * (index >> 3)) % 256,
  );
  const images = inputs === 784 && shared !== undefined;
  if (images) {
    const idx = gunzipSync(readFileSync(path.join(shared, 'data/mnist/t10k-images-idx3-ubyte.gz')));
    bytes = Float64Array.from(idx.subarray(16, 16 + count * inputs));
  }
  const isUnit =
    domain.kind === 'box' &&
    domain.lower.every((low, index) => low === 0 && domain.upper[index] === 1);
  const real = bytes.map((byte, index) => {
    if (isUnit) return byte / 255;
    const low = domain.lower[index % inputs];
    return low + (byte / 255) * (domain.upper[index % inputs] - low);
  });
  return { inputs, bytes: isUnit ? bytes : null, real, single: Float32Array.from(real) };
}

/** Resident memory that making and first using an engine took, in MB; collected before, if possible. */
async function withMemory(make) {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const made = await make();
  return { ...made, megabytes: Math.max(0, (process.memoryUsage().rss - before) / 2 ** 20) };
}

/**
 * Engines that take turns. Those of one thread come first, and ours before ONNX Runtime's on two: its
 * idle threads wait actively, on a core that the others would need.
 */
const STAGES = [
  { threads: 1, names: /./, share: 1 },
  { threads: 2, names: /^f/, share: 1 / 3 },
  { threads: 2, names: /^ONNX/, share: 1 / 3 },
];

/** The engines of a stage. */
async function enginesOf({ file }, stage, ticket, program, data) {
  const options = { inputSigns: ticket.inputSigns };
  const ours = (engine, batch) => ({
    run: (samples) => engine.run(batch.subarray(0, samples * data.inputs), samples),
    additions: engine.additions,
    prepare: () => engine.prepare?.(batch.slice(0, data.inputs), 1),
    arithmetic: engine.arithmetic,
  });
  const pruned = fileBytes(
    exportTicket(ticket, { format: 'onnx', form: 'live', compute: 'float' }),
  );
  const original = withAnyBatch(readFileSync(file));
  const ort = async (backend, bytes, threads) => {
    const { run } = await onnxRuntime(backend, bytes, threads);
    return { run: (samples) => run(data.single.subarray(0, samples * data.inputs), samples) };
  };
  const list = [
    ['fast', 1, () => ours(fastEngine(program, options), data.real)],
    ...(data.bytes === null
      ? []
      : [
          [
            'fast (8-bit inputs)',
            1,
            () => ours(fastEngine(program, { ...options, divide: 255 }), data.bytes),
          ],
          [
            'fast, bits (8-bit inputs)',
            1,
            () =>
              ours(fastEngine(program, { ...options, divide: 255, exactness: 'bits' }), data.bytes),
          ],
        ]),
    [
      'fast',
      2,
      () => ours(threadedFastEngine(program, options, workerThreads(2, launchThread)), data.real),
    ],
    ['float (float64, edge by edge)', 1, () => ours({ run: floatEngine(program) }, data.real)],
    ['folded (float64)', 1, () => ours({ run: foldedEngine(ticket.target) }, data.real)],
    ['ONNX Runtime native, pruned', 1, () => ort('node', pruned, 1)],
    ['ONNX Runtime native, pruned', 2, () => ort('node', pruned, 2)],
    ['ONNX Runtime WebAssembly, pruned', 1, () => ort('web', pruned, 1)],
    ['ONNX Runtime native, original', 1, () => ort('node', original, 1)],
    ['ONNX Runtime native, original', 2, () => ort('node', original, 2)],
    ['ONNX Runtime WebAssembly, original', 1, () => ort('web', original, 1)],
  ];
  const engines = [];
  for (const [name, threads, make] of list) {
    if (threads !== stage.threads || !stage.names.test(name) || !ENGINES.test(name)) continue;
    try {
      const engine = await withMemory(async () => {
        const made = await make();
        made.prepare?.();
        const start = performance.now();
        const first = await made.run(1);
        const firstOutput = performance.now() - start;
        return { ...made, first: Float64Array.from(first), firstOutput };
      });
      engines.push({ name, threads, ...engine });
    } catch (error) {
      console.error(`${name}, ${threads} threads: left out (${error.message})`);
    }
  }
  return engines;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Microseconds a sample of each engine, taken in turn until the time is over. */
async function measure(engines, samples, seconds, between) {
  const times = engines.map(() => []);
  const cpuTimes = engines.map(() => []);
  const repeats = [];
  for (const { run } of engines) {
    // Until the compilers have done their best: WebAssembly starts with quickly made code.
    const start = performance.now();
    let count = 0;
    while (count < 3 || (count < 100 && performance.now() - start < 1000 * WARM_UP)) {
      await run(samples);
      count++;
    }
    repeats.push(Math.max(1, Math.min(50, Math.round((20 * count) / (performance.now() - start)))));
  }
  const end = performance.now() + 1000 * seconds;
  const spent = engines.map(() => 0);
  for (let round = 0; round < 3 || performance.now() < end; round++) {
    between();
    for (const [index, { run }] of engines.entries()) {
      // Slow engines are not repeated as often, or the others would have few rounds.
      if (round >= 3 && spent[index] > 250 * seconds) continue;
      const used = cpu();
      const start = performance.now();
      for (let count = 0; count < repeats[index]; count++) await run(samples);
      const time = performance.now() - start;
      spent[index] += time;
      times[index].push((1000 * time) / repeats[index] / samples);
      cpuTimes[index].push((cpu() - used) / repeats[index] / samples);
    }
  }
  return engines.map((_, index) => ({
    median: median(times[index]),
    least: Math.min(...times[index]),
    cpu: median(cpuTimes[index]),
    leastCpu: Math.min(...cpuTimes[index]),
  }));
}

const digits = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

async function runCase(given) {
  const { name, title, file, precision } = given;
  const { network } = readModel(file);
  const domain = given.domain.endsWith('.txt')
    ? readBoxText(readFileSync(given.domain, 'utf8'), network.layers[0].inputs)
    : parseDomain(given.domain, network.layers[0].inputs);
  const { ticket, found } = findTicket(
    { ...network, domain },
    { construction: horner, domain, precision },
  );
  if (!found) throw new Error('no seed has the network');
  const data = inputsOf(BATCH, network, domain);
  const start = performance.now();
  const program = compileTicket(ticket);
  const compiled = performance.now() - start;
  const float = addCeiling('float32');
  const integer = addCeiling('int16');
  let ceiling = {};
  const between = () => {
    ceiling = { float32: 4 * float(), int16: 8 * integer() };
  };
  const load = [os.loadavg()];
  const engines = [];
  const many = [];
  const one = [];
  for (const stage of STAGES) {
    const made = await enginesOf(given, stage, ticket, program, data);
    if (made.length === 0) continue;
    engines.push(...made);
    many.push(...(await measure(made, BATCH, SECONDS * stage.share, between)));
    one.push(...(await measure(made, 1, (SECONDS * stage.share) / 2, between)));
  }
  if (engines.length === 0) {
    console.error(`error: bench: no engine ran that matches --engines ${ENGINES.source}`);
    process.exit(2);
  }
  load.push(os.loadavg());
  const dense = program.layers.reduce(
    (sum, { neurons }, index) =>
      sum +
      neurons.length * (index === 0 ? program.inputs : program.layers[index - 1].neurons.length),
    0,
  );
  const rows = engines.map(
    ({ name: engine, threads, megabytes, firstOutput, arithmetic, additions }, index) => ({
      engine,
      threads,
      arithmetic: arithmetic?.(),
      batch256: many[index],
      batch1: one[index],
      firstOutputMilliseconds: firstOutput,
      megabytes,
      additions: additions?.(),
      keptEdgesPerSecond:
        engine.startsWith('ONNX') || engine.startsWith('folded')
          ? undefined
          : (program.liveEdges / many[index].least) * 1e6,
    }),
  );
  const result = {
    name,
    title,
    sourceWeights: String(sourceWeights(ticket.shape)),
    liveDenseWeights: dense,
    liveEdges: program.liveEdges,
    compileMilliseconds: compiled,
    ceiling,
    load,
    rows,
  };
  print(result);
  return result;
}

function print({
  name,
  sourceWeights: weights,
  liveDenseWeights,
  liveEdges,
  compileMilliseconds,
  ceiling,
  load,
  rows,
}) {
  console.log(
    `\n${name}: ${weights} source weights, ${liveDenseWeights} between live neurons, ${liveEdges} kept edges; made ready in ${compileMilliseconds.toFixed(0)} ms`,
  );
  console.log(
    `ceiling: ${(ceiling.float32 / 1e9).toFixed(1)} G float32 additions a second, ${(ceiling.int16 / 1e9).toFixed(1)} G int16; load ${load.map((values) => values[0].toFixed(1)).join(' to ')}\n`,
  );
  // The peer that everything is compared with, by medians of time and by the least processor time, which
  // a busy machine disturbs less.
  const peer = rows.find(
    ({ engine, threads }) => engine === 'ONNX Runtime native, pruned' && threads === 1,
  );
  const times = ({ median: middle, least, cpu: used, leastCpu }) =>
    `${digits(middle)} (${digits(least)}) | ${digits(used)} (${digits(leastCpu)})`;
  const ratios = (batch, row) =>
    peer === undefined
      ? ''
      : `${digits(peer[batch].median / row[batch].median)} (${digits(peer[batch].leastCpu / row[batch].leastCpu)})`;
  for (const line of [
    '| engine | threads | batch 256: µs a sample (least) | CPU µs (least) | times the peer | batch 1: µs (least) | CPU µs (least) | times the peer | first output, ms | memory, MB |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => {
      const { engine, threads, batch256, batch1, firstOutputMilliseconds, megabytes } = row;
      return `| ${engine} | ${threads} | ${times(batch256)} | ${ratios('batch256', row)} | ${times(batch1)} | ${ratios('batch1', row)} | ${digits(firstOutputMilliseconds)} | ${megabytes.toFixed(0)} |`;
    }),
  ]) {
    console.log(line);
  }
  console.log(
    '\nPeer: ONNX Runtime native on the pruned network, one thread; by medians of time, and in brackets by the least processor time.',
  );
  for (const { engine, additions, batch256 } of rows) {
    if (additions === undefined) continue;
    const performed = additions / (batch256.leastCpu / 1e6);
    const edges = liveEdges / (batch256.leastCpu / 1e6);
    console.log(
      `${engine}: ${additions} additions a sample, ${(performed / 1e9).toFixed(1)} G a second (${((100 * performed) / ceiling.float32).toFixed(0)} % of the float32 ceiling); kept edges ${(edges / 1e9).toFixed(1)} G a second`,
    );
  }
}

const results = [];
for (const given of CASES) results.push(await runCase(given));
const folder = new URL('../build/bench/', import.meta.url);
mkdirSync(folder, { recursive: true });
const machine = `${os.cpus()[0].model.trim()}, ${os.cpus().length} cores, Node ${process.versions.node}`;
writeFileSync(
  new URL('engines.json', folder),
  `${JSON.stringify({ machine, results }, null, 2)}\n`,
);
const shown = results.find(({ name }) => name === 'mnist-13') ?? results[0];
if (shown !== undefined) {
  const figure = {
    network: shown.title,
    batch: BATCH,
    threads: 1,
    keptEdges: shown.liveEdges,
    liveWeights: shown.liveDenseWeights,
    machine,
    rows: shown.rows
      .filter(({ threads }) => threads === 1)
      .map(({ engine, batch256 }) => ({ engine, microseconds: batch256.median })),
  };
  writeFileSync(new URL('figure.json', folder), `${JSON.stringify(figure, null, 1)}\n`);
  const { engineTimesFigure } = await loadFigures();
  writeFileSync(new URL('engines.svg', folder), engineTimesFigure(figure));
}
process.exit(0);
