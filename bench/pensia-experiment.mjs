/**
 * The published experiment of Pensia et al. 2020 on their network, after a build:
 * `UNEARTH_SHARED=... node bench/pensia-experiment.mjs [coefficients] [tolerance] [seed]`, with
 * models/fc2_mnist_784_500_10.onnx and MNIST's test files in data/mnist/ of that folder. Every weight is
 * replaced by a subset sum of random coefficients, one list for each row of a matrix; reported are the
 * coefficients kept, the largest error of a weight, and the accuracy of the approximated network.
 */
import path from 'node:path';
import { readDataFile } from '../dist/cli/files/read-data.js';
import { readModel } from '../dist/cli/files/read-model.js';
import { pensiaExperiment } from '../dist/constructions/baselines/pensia-experiment.js';
import { asLabels, asSamples } from '../dist/data/samples.js';
import { evaluateNetwork } from '../dist/target/evaluate.js';

const shared = process.env.UNEARTH_SHARED;
if (shared === undefined) throw new Error('set UNEARTH_SHARED to the folder with models/ in it');
const coefficients = Number(process.argv[2] ?? 21);
const tolerance = Number(process.argv[3] ?? 0.01);
const seed = BigInt(process.argv[4] ?? 1);

const { network } = readModel(path.join(shared, 'models/fc2_mnist_784_500_10.onnx'));
const images = asSamples(
  readDataFile(path.join(shared, 'data/mnist/t10k-images-idx3-ubyte.gz')),
  784,
);
const labels = asLabels(
  readDataFile(path.join(shared, 'data/mnist/t10k-labels-idx1-ubyte.gz')),
  images.count,
  10,
);
const pixels = Float64Array.from(images.values, (value) => value / 255);

function accuracy(candidate) {
  const outputs = evaluateNetwork(candidate, pixels);
  let correct = 0;
  for (let sample = 0; sample < images.count; sample++) {
    const row = outputs.subarray(10 * sample, 10 * sample + 10);
    if (row.indexOf(Math.max(...row)) === labels[sample]) correct++;
  }
  return `${((100 * correct) / images.count).toFixed(2)} %`;
}

const millions = (count) => `${(count / 1e6).toFixed(3)} M`;
const rows = [
  ['', 'coefficients', 'kept', 'largest error', 'outside', 'accuracy', 'seconds'],
  ['published', '8.337 M', '3.726 M', '0.01', '-', '97.19 %', '77266 on 36 cores'],
  ['target network', '', '', '', '', accuracy(network), ''],
];
for (const choice of ['closest', 'fewest']) {
  const start = performance.now();
  const result = pensiaExperiment(network, { coefficients, tolerance, seed, choice });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  rows.push([
    choice,
    millions(result.coefficients),
    millions(result.kept),
    result.largestError.toExponential(2),
    String(result.outside),
    accuracy(result.network),
    `${seconds} on one core`,
  ]);
}
const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
for (const row of rows)
  console.log(row.map((cell, column) => cell.padEnd(widths[column])).join('  '));
