/** The main job on real networks by other people: found, proved, and run against ONNX Runtime. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDataFile } from '../../src/cli/files/read-data.js';
import { readDomain } from '../../src/cli/files/read-domain.js';
import { readModel } from '../../src/cli/files/read-model.js';
import type { Construction } from '../../src/constructions/construction.js';
import { constructionNamed } from '../../src/constructions/index.js';
import { floatEngine } from '../../src/inference/float.js';
import { runFolded } from '../../src/inference/folded.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { type Found, findTicket } from '../../src/pipeline/find.js';
import { evaluateNetwork } from '../../src/target/evaluate.js';
import { sharedFolder, sharedModel } from '../shared-files.js';
import { nnetAsOnnx } from '../target/nnet-as-onnx.js';
import { runtimeOutputs } from '../target/onnx-runtime.js';
import { someFloats } from '../target/onnx-writer.js';

const missing = sharedFolder === undefined;
const where = missing ? ' (skipped: UNEARTH_SHARED is not set)' : '';

function find(model: string, construction: string, specification?: string) {
  const { network } = readModel(sharedModel(model));
  const { inputs } = network.layers[0];
  const domain =
    specification === undefined
      ? network.domain
      : readDomain(specification, inputs, () => undefined);
  const outcome = findTicket(network, {
    construction: constructionNamed(construction) as Construction,
    domain,
  });
  expect(outcome.found).toBe(true);
  const found = outcome as Found;
  expect(found.verdict).toMatchObject({ equal: true, proved: true, modelMatches: true });
  return { network, found };
}

/** Mask bytes within 1.1 times the entropy wherever that exceeds 100 kB. */
function expectNearEntropy({ masks }: Found): void {
  const entropyBytes = masks.entropyBits / 8;
  if (entropyBytes > 100_000) expect(masks.bytes / entropyBytes).toBeLessThan(1.1);
}

describe(`real networks, found, proved and run${where}`, () => {
  it.skipIf(missing).each([
    ['acasxu_1_1.onnx', 'diamond', 'box'],
    ['acasxu_1_1.onnx', 'horner', 'box'],
    ['acasxu_1_1.onnx', 'horner', 'all'],
    ['vertcas_pra01.nnet', 'diamond', undefined],
    ['vertcas_pra01.nnet', 'horner', undefined],
    ['mnist_256x2.onnx', 'horner', 'box:0,1'],
    ['fc2_mnist_784_500_10.onnx', 'horner', 'box:0,1'],
  ] as const)('%s by %s over %s agrees with ONNX Runtime', async (name, construction, domain) => {
    const specification = domain === 'box' ? sharedModel('acasxu.domain.txt') : domain;
    const { network, found } = find(name, construction, specification);
    expectNearEntropy(found);
    const { inputs: width } = network.layers[0];
    const inputs = Array.from({ length: 20 }, (_, seed) =>
      someFloats(width, seed).map((value) => (width === 784 ? Math.abs(value) : value / 2)),
    );
    const file = name.endsWith('.nnet') ? nnetAsOnnx(network) : readFileSync(sharedModel(name));
    const expected = await runtimeOutputs(file, inputs);
    const batch = Float64Array.from(inputs.flatMap((input) => [...input]));
    const outputs = floatEngine(compileTicket(found.ticket))(batch, inputs.length);
    const scale = Math.max(1, ...outputs.map(Math.abs));
    expected
      .flatMap((row) => [...row])
      .forEach((value, index) => {
        expect(Math.abs(outputs[index] - value)).toBeLessThan(1e-5 * scale);
      });
  });

  it.skipIf(missing).each([
    ['mnist_256x2.onnx', 9808],
    ['fc2_mnist_784_500_10.onnx', 9719],
  ] as const)('%s labels the MNIST test set as the model does', (name, correct) => {
    const { network, found } = find(name, 'horner', 'box:0,1');
    const folder = `${sharedFolder}/data/mnist`;
    const images = readDataFile(`${folder}/t10k-images-idx3-ubyte.gz`);
    const labels = readDataFile(`${folder}/t10k-labels-idx1-ubyte.gz`).data;
    const batch = Float64Array.from(images.data, (pixel) => pixel / 255);
    const label = (outputs: Float64Array, sample: number): number => {
      const row = outputs.subarray(sample * 10, sample * 10 + 10);
      return row.indexOf(Math.max(...row));
    };
    const integer = runFolded(found.ticket.target, batch, 10_000);
    let hits = 0;
    for (let sample = 0; sample < 10_000; sample++) {
      if (label(integer, sample) === labels[sample]) hits++;
    }
    expect(hits).toBe(correct);
    // Through the pruned source itself, a thousand of them, against the model's own labels.
    const some = batch.subarray(0, 1000 * 784);
    const pruned = floatEngine(compileTicket(found.ticket))(some, 1000);
    const model = evaluateNetwork(network, some);
    for (let sample = 0; sample < 1000; sample++) {
      expect(label(pruned, sample)).toBe(label(model, sample));
    }
  });
});
