/**
 * A network of ImageNet's size: planned, and with `--find` found, written and proved from the bytes that were
 * written. Prints sizes, seconds of processor time and of the clock since the start, how busy the machine was in
 * the last minute, and the most memory that the process had. Needs the build (`node scripts/setup.mjs`).
 *
 *   node bench/map-networks.mjs [resnet18|vgg16] [--share S] [--bits B] [--construction horner|skip] [--find]
 *     [--output FILE]
 *
 * `--share` takes that share of each layer's channels (default 1), `--bits` places after the point (12). `--output`
 * writes the ticket to a file, which is read back and proved once more.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { horner } from '../dist/constructions/horner/horner.js';
import { hornerMaps, skipMaps } from '../dist/constructions/maps/maps.js';
import { skip } from '../dist/constructions/skip/skip.js';
import { complete } from '../dist/core/steps.js';
import { lowerMapsSteps } from '../dist/integer/lower-maps.js';
import { networkClassOf } from '../dist/integer/network-class.js';
import { provideLowering } from '../dist/integer/own-lowering.js';
import { signsOf } from '../dist/integer/source-signs.js';
import { findTicket } from '../dist/pipeline/find.js';
import { countingBound } from '../dist/pipeline/find-steps.js';
import { recordPlaces } from '../dist/precision/precision.js';
import { verifyTicket } from '../dist/proof/verify.js';
import { depthOf, sourceWeights, widthsOf } from '../dist/source/shape.js';
import { parameterCount } from '../dist/target/network.js';
import { readTicket } from '../dist/ticket/read.js';
import { resnet18, vgg16 } from './published-shapes.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    share: { type: 'string', default: '1' },
    bits: { type: 'string', default: '12' },
    construction: { type: 'string', default: 'horner' },
    find: { type: 'boolean', default: false },
    output: { type: 'string' },
  },
});
const makers = { resnet18, vgg16 };
const [ofMatrices, ofMaps] = { horner: [horner, hornerMaps], skip: [skip, skipMaps] }[
  values.construction
];
const [name = 'resnet18'] = positionals;
const seconds = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;
const rounded = (number) => +number.toFixed(1);
const gigabytes = () => rounded(process.resourceUsage().maxRSS / 2 ** 20);

const network = makers[name](Number(values.share));
const bits = Number(values.bits);
/** What reading and proving may take. */
const memory = 8 * 2 ** 30;
const says = (what) =>
  console.log(
    JSON.stringify({
      ...what,
      ...{ seconds: rounded(seconds()), clock: rounded(performance.now() / 1000) },
      ...{ load: rounded(os.loadavg()[0]), gigabytes: gigabytes() },
    }),
  );
says({ name, share: Number(values.share), parameters: parameterCount(network), bits });
provideLowering();
if (values.find) {
  let stage = '';
  const found = findTicket(network, {
    ...{ construction: ofMatrices, precision: { mode: 'bits', bits }, seed: 1n },
    onProgress: (progress) => {
      if (progress.stage !== stage) says({ stage: progress.stage });
      stage = progress.stage;
    },
  });
  if (!found.found) throw new Error('not found');
  says({
    proved: found.verdict.proved,
    modelMatches: found.verdict.modelMatches,
    sourceWeights: Number(sourceWeights(found.plan.shape)),
    kept: found.masks.kept.reduce((sum, count) => sum + count, 0),
    ticketBytes: found.bytes.reduce((sum, part) => sum + part.length, 0),
  });
  if (values.output !== undefined) {
    writeFileSync(values.output, Buffer.concat(found.bytes));
    const verdict = verifyTicket(readTicket(readFileSync(values.output), { memory }), {
      ...{ model: { network }, memory },
    });
    says({ written: values.output, proved: verdict.proved, modelMatches: verdict.modelMatches });
  }
} else {
  const signs = signsOf(network, network.domain);
  const places = recordPlaces(network, { mode: 'bits', bits });
  const target = complete(lowerMapsSteps(network, places, signs));
  says({
    blocks: target.matrices.length,
    integers: target.matrices.reduce((sum, { rows, columns }) => sum + rows * columns, 0),
  });
  const networkClass = networkClassOf(target, signs);
  const plan = ofMaps.plan(networkClass, 1e-6);
  const weights = Number(sourceWeights(plan.shape));
  says({
    ...{ depth: depthOf(plan.shape), widest: Math.max(...widthsOf(plan.shape)) },
    ...{
      sourceWeights: weights,
      overCountingBound: rounded(weights / countingBound(networkClass)),
    },
    failureBound: plan.failureBound,
  });
}
