/**
 * Real networks as integers, for benchmarks of constructions: read from the folder that UNEARTH_SHARED
 * names, and none without it. Needs the build.
 */
import { readFileSync } from 'node:fs';
import { readModel } from '../dist/cli/files/read-model.js';
import { quantizeLossless, quantizeToBits } from '../dist/integer/quantize.js';
import { inputSigns } from '../dist/target/network.js';

const NETWORKS = [
  ['acasxu_1_1.onnx', 'its box', quantizeLossless],
  ['acasxu_1_1.onnx', 'all', quantizeLossless],
  ['vertcas_pra01.nnet', 'its ranges', quantizeLossless],
  ['mnist_256x2.onnx', 'box:0,1', quantizeLossless],
  ['mnist_256x2.onnx', 'all', quantizeLossless],
  ['fc2_mnist_784_500_10.onnx', 'box:0,1', quantizeLossless],
  ['fc2_mnist_784_500_10.onnx', 'all', quantizeLossless],
  // Rounding to 6 binary places: at most 2^-7 < 0.01 a weight.
  ['fc2_mnist_784_500_10.onnx', 'box:0,1 at 6 bits', (network) => quantizeToBits(network, 6)],
];

function unitBox(inputs) {
  const lower = new Float64Array(inputs);
  return { kind: 'box', lower, upper: new Float64Array(inputs).fill(1) };
}

/** Yields name, integer network and signs of the inputs of each. */
export function* realTargets() {
  const folder = process.env.UNEARTH_SHARED;
  if (folder === undefined) {
    console.error('UNEARTH_SHARED is not set: real networks are left out');
    return;
  }
  const lines = readFileSync(`${folder}/models/acasxu.domain.txt`, 'utf8').split('\n');
  const bounds = lines
    .filter((line) => /^\s*[-\d]/.test(line))
    .map((line) => line.trim().split(/\s+/).map(Number));
  const own = {
    kind: 'box',
    lower: Float64Array.from(bounds, ([lower]) => lower),
    upper: Float64Array.from(bounds, ([, upper]) => upper),
  };
  for (const [file, domainName, quantise] of NETWORKS) {
    const { network } = readModel(`${folder}/models/${file}`);
    const inputs = network.layers[0].inputs;
    const domains = { 'its box': own, all: { kind: 'all' }, 'its ranges': network.domain };
    const domain = domains[domainName] ?? unitBox(inputs);
    const signs = inputSigns(domain, inputs);
    yield { name: `${file}, ${domainName}`, target: quantise(network), signs };
  }
}
