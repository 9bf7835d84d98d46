/**
 * Sizes, kept digits and seconds of Horner on real networks, lossless, one thread, and on random
 * integer layers. Needs the build (`node scripts/setup.mjs`). Usage: node bench/horner-sizes.mjs
 * [prove]. Real networks are read from the folder that UNEARTH_SHARED names, and left out without it.
 */
import { findBlock } from '../dist/constructions/find-blocks.js';
import { horner, hornerFinder, layoutHorner } from '../dist/constructions/horner/horner.js';
import { complete } from '../dist/core/steps.js';
import { networkClassOf } from '../dist/integer/network-class.js';
import { countingBound } from '../dist/pipeline/find-steps.js';
import { propagate } from '../dist/proof/propagate.js';
import { keptCount } from '../dist/source/mask.js';
import { blockEndsOf, depthOf, sourceWeights, widthsOf } from '../dist/source/shape.js';
import { createSource } from '../dist/source/source.js';
import { randomLayer } from './random-layer.mjs';
import { realTargets } from './real-targets.mjs';

const prove = process.argv.includes('prove');
const seconds = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;

function measure(name, target, signs) {
  const started = seconds();
  const networkClass = networkClassOf(target, signs);
  const plan = horner.plan(networkClass, 1e-6);
  const planned = seconds();
  const source = createSource(1n, plan.shape);
  const placed = layoutHorner(source, plan);
  if (!placed.found) throw new Error(placed.unmet.demand);
  const laidOut = seconds();
  const blocks = placed.layouts.map((layout, block) =>
    complete(findBlock(hornerFinder, target, block, layout, source)),
  );
  const found = seconds();
  const masks = blocks.flatMap((block) => block.masks);
  let equal;
  if (prove) {
    const assignments = placed.layouts.slice(0, -1).map(({ outputs }) => outputs);
    const proof = { source, mask: (t) => masks[t - 1], target, inputSigns: signs, assignments };
    equal = propagate(proof).equal;
  }
  let weightBits = 0;
  target.matrices.forEach(({ rows, columns }, layer) => {
    weightBits += rows * columns * networkClass.bits[layer];
  });
  const digits = blocks.reduce((sum, block) => sum + block.digits, 0);
  const weights = sourceWeights(plan.shape);
  console.log(
    JSON.stringify({
      name,
      bits: networkClass.bits,
      depth: depthOf(plan.shape),
      widest: Math.max(...widthsOf(plan.shape)),
      sourceWeights: String(weights),
      overCountingBound: +(Number(weights) / countingBound(networkClass)).toFixed(3),
      failureBound: plan.failureBound,
      kept: masks.reduce((sum, mask) => sum + keptCount(mask), 0),
      digitsPerWeightBit: +(digits / weightBits).toFixed(4),
      cpuSeconds: {
        plan: +(planned - started).toFixed(2),
        layout: +(laidOut - planned).toFixed(2),
        fill: +(found - laidOut).toFixed(2),
        ...(prove && { prove: +(seconds() - found).toFixed(2) }),
      },
      ...(prove && { equal }),
    }),
  );
}

for (const { name, target, signs } of realTargets()) measure(name, target, signs);
for (const [inputs, outputs, bits] of [
  [51, 51, 20],
  [51, 51, 45],
  [257, 256, 45],
  [257, 257, 45],
  [256, 784, 45],
  [785, 257, 45],
  [257, 10, 45],
]) {
  const signs = new Array(inputs).fill('nonnegative');
  measure(`random ${inputs}x${outputs}, ${bits} bits`, randomLayer(inputs, outputs, bits), signs);
}

// The same class where its weights are known to be at most 2^w, at 24 places: the constant is 2^24.
for (const [name, entries] of [
  ['weights below 2', (1n << 25n) - 1n],
  ['weights of at most 1', 1n << 24n],
  ['weights of at most 1/2', 1n << 23n],
]) {
  const plan = horner.plan(
    {
      dimensions: [64, 64, 64],
      constant: true,
      bits: [25, 25],
      ranges: [
        { entries, unit: 1n << 24n },
        { entries: (1n << 25n) - 1n, unit: 0n },
      ],
      inputSigns: new Array(64).fill('nonnegative'),
    },
    1e-6,
  );
  const [end] = blockEndsOf(plan.shape);
  const first = widthsOf(plan.shape).slice(0, end + 1);
  const weights = first.slice(1).reduce((sum, width, index) => sum + width * first[index], 0);
  console.log(JSON.stringify({ name: `64x64 at 24 places, ${name}`, layers: end, weights }));
}
