/**
 * Sizes, kept digits and seconds of the construction skip beside Horner's, on real networks, lossless, and
 * on random integer layers; one thread. Needs the build (`node scripts/setup.mjs`). Usage: node
 * bench/skip-sizes.mjs [prove]. Real networks are read from the folder that UNEARTH_SHARED names, and left
 * out without it.
 */
import process from 'node:process';
import { readModel } from '../dist/cli/files/read-model.js';
import { constructionNamed } from '../dist/constructions/index.js';
import { networkClassOf } from '../dist/integer/network-class.js';
import { quantizeLossless } from '../dist/integer/quantize.js';
import { countingBound } from '../dist/pipeline/find-steps.js';
import { propagate } from '../dist/proof/propagate.js';
import { keptCount } from '../dist/source/mask.js';
import { depthOf, sourceWeights, widthsOf } from '../dist/source/shape.js';
import { createSource } from '../dist/source/source.js';
import { randomLayer } from './random-layer.mjs';
import { realTargets } from './real-targets.mjs';

const prove = process.argv.includes('prove');
const seconds = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;

function measure(name, target, signs) {
  const networkClass = networkClassOf(target, signs);
  const bound = countingBound(networkClass);
  let weightBits = 0;
  target.matrices.forEach(({ rows, columns }, layer) => {
    weightBits += rows * columns * networkClass.bits[layer];
  });
  for (const constructionName of ['horner', 'skip']) {
    const construction = constructionNamed(constructionName);
    const started = seconds();
    const plan = construction.plan(networkClass, 1e-6);
    const planned = seconds();
    const source = createSource(1n, plan.shape);
    const masks = [];
    const finding = construction.find(target, source, plan, (t, mask) => {
      masks[t - 1] = mask;
    });
    if (!finding.found) throw new Error(finding.unmet.demand);
    const found = seconds();
    let equal;
    if (prove) {
      const { assignments } = finding;
      const mask = (t) => masks[t - 1];
      equal = propagate({ source, mask, target, inputSigns: signs, assignments }).equal;
    }
    const weights = sourceWeights(plan.shape);
    console.log(
      JSON.stringify({
        name,
        construction: constructionName,
        schemes: plan.blocks.map(({ scheme }) => scheme ?? 'horner'),
        bits: networkClass.bits,
        depth: depthOf(plan.shape),
        widest: Math.max(...widthsOf(plan.shape)),
        sourceWeights: String(weights),
        overCountingBound: +(Number(weights) / bound).toFixed(3),
        failureBound: plan.failureBound,
        kept: masks.reduce((sum, mask) => sum + keptCount(mask), 0),
        digitsPerWeightBit: +(finding.digits / weightBits).toFixed(4),
        cpuSeconds: {
          plan: +(planned - started).toFixed(2),
          find: +(found - planned).toFixed(2),
          ...(prove && { prove: +(seconds() - found).toFixed(2) }),
        },
        ...(prove && { equal }),
      }),
    );
  }
}

const digits = readModel(new URL('../examples/digits/digits.onnx', import.meta.url).pathname);
measure('digits, box:0,1', quantizeLossless(digits.network), new Array(64).fill('nonnegative'));
for (const { name, target, signs } of realTargets()) measure(name, target, signs);
for (const [inputs, outputs, bits] of [
  [51, 51, 12],
  [51, 51, 45],
  [257, 257, 12],
  [257, 257, 45],
  [785, 257, 45],
  [257, 785, 45],
  [784, 500, 45],
]) {
  const signs = new Array(inputs).fill('nonnegative');
  measure(`random ${inputs}x${outputs}, ${bits} bits`, randomLayer(inputs, outputs, bits), signs);
}
