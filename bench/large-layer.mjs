/**
 * One layer as large as the largest of VGG-16, random integers: planned, laid out, filled, encoded and
 * written as a ticket; the proof is a run of its own (`unearth verify`). Needs the build. Usage:
 * node bench/large-layer.mjs [inputs] [outputs] [bits] [threads] [file]
 * (25088 4096 12, one thread per core, a file in the temporary folder).
 */
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { takeOutput, writeParts } from '../dist/cli/files/output-file.js';
import { launchThread, workerThreads } from '../dist/cli/workers/threads.js';
import { horner } from '../dist/constructions/horner/horner.js';
import { networkClassOf } from '../dist/integer/network-class.js';
import { depthOf, sourceWeights, widthsOf } from '../dist/source/shape.js';
import { createSource } from '../dist/source/source.js';
import { createTicketWriter } from '../dist/ticket/write.js';
import { randomLayer } from './random-layer.mjs';

const [inputs = 25088, outputs = 4096, bits = 12, threadCount = availableParallelism()] =
  process.argv.slice(2, 6).map(Number);
const file = process.argv[6] ?? path.join(tmpdir(), 'large-layer.ticket');

const stages = {};
let last = performance.now();
function stage(name) {
  stages[name] = +((performance.now() - last) / 1000).toFixed(1);
  last = performance.now();
}

const threads = workerThreads(threadCount, launchThread);
threads.start();
const target = randomLayer(inputs, outputs, bits);
stage('make the integers');
const inputSigns = new Array(inputs).fill('nonnegative');
const networkClass = networkClassOf(target, inputSigns);
const plan = horner.plan(networkClass, 1e-6);
stage('plan');
const seed = 1n;
const writer = createTicketWriter({
  kind: 'constructed',
  seed,
  shape: plan.shape,
  construction: plan.construction,
  delta: 1e-6,
  precision: { mode: 'lossless' },
  domain: {
    kind: 'box',
    lower: new Float64Array(inputs),
    upper: new Float64Array(inputs).fill(1),
  },
  inputSigns,
  target,
});
let firstMask = true;
const finding = horner.find(
  target,
  createSource(seed, plan.shape),
  plan,
  (t, mask) => {
    if (firstMask) stage('lay out and fill');
    firstMask = false;
    writer.addMask(t, mask);
  },
  undefined,
  threads,
);
if (!finding.found) throw new Error(`seed ${seed} lacks ${finding.unmet.demand}`);
stage('encode');
const place = takeOutput({ option: 'the file', file, force: true });
const bytes = writeParts(place, writer.finish(finding.assignments));
stage('write');

const weights = sourceWeights(plan.shape);
const counting = inputs * outputs * (networkClass.bits[0] + 1);
const { kept } = writer.totals();
console.log(
  JSON.stringify(
    {
      layer: `${inputs}x${outputs}, ${bits} bits`,
      threads: threadCount,
      sourceWeights: String(weights),
      layers: depthOf(plan.shape),
      widest: Math.max(...widthsOf(plan.shape)),
      overCountingBound: +(Number(weights) / counting).toFixed(2),
      kept: kept.reduce((sum, count) => sum + count, 0),
      digitsPerWeightBit: +(finding.digits / (inputs * outputs * bits)).toFixed(3),
      ticket: { file, bytes },
      seconds: stages,
      findAndWrite: +Object.entries(stages)
        .filter(([name]) => name !== 'make the integers')
        .reduce((sum, [, value]) => sum + value, 0)
        .toFixed(1),
      largestResidentMegabytes: Math.round(process.resourceUsage().maxRSS / 1000),
    },
    null,
    2,
  ),
);
process.exit();
