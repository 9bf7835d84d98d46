/**
 * Bits against accuracy, networks without biases: int-k quantisation of a network trained in the usual
 * way, horner's ticket for its roundings, and tickets by training for comparison. After a build:
 *
 *   node bench/search-bits.mjs DATA SHAPE EPOCHS [TICKET...]
 */
import { readFileSync } from 'node:fs';
import { labelledFiles, readLabelled, testFiles } from '../dist/cli/files/read-labelled.js';
import { horner } from '../dist/constructions/horner/horner.js';
import { verifyTrained } from '../dist/inference/verify-trained.js';
import { findTicket } from '../dist/pipeline/find.js';
import { gatherBatch, splitSamples, standardizationOf } from '../dist/search/data.js';
import { createLayers } from '../dist/search/layer.js';
import { createMapNetwork } from '../dist/search/map-network.js';
import { descend, learningRateAt } from '../dist/search/optimizer.js';
import { searchOptions } from '../dist/search/options.js';
import { derivedKey, STREAMS, shuffle, streamKey } from '../dist/search/random.js';
import { countCorrectInTraining, everySample } from '../dist/search/train.js';
import { layeredShape, maskSizes } from '../dist/source/shape.js';
import { denseLayer } from '../dist/target/make-layers.js';
import { ticketEntropyBits } from '../dist/ticket/mask-entropy.js';
import { readTicket } from '../dist/ticket/read.js';
import { stagesOf } from '../dist/ticket/trained-maps.js';

const [folder, shape, epochs, ...tickets] = process.argv.slice(2);
if (epochs === undefined) throw new Error('give the data, the shape and the epochs');
const widths = shape.split('-').map(Number);
const classes = widths.at(-1);

const data = readLabelled(labelledFiles(folder, undefined, 'train', ''), { classes });
const test = readLabelled(testFiles(folder), { classes });
const options = searchOptions({
  method: 'edge-popup',
  weights: 'kaiming-normal',
  widths,
  epochs: Number(epochs),
  learningRate: 0.05,
});

/** Weights are what is learned: they take the scores' place in the optimiser. */
const layers = createLayers(options).map((layer) => {
  const deviation = Math.sqrt(2 / layer.inputs);
  const scores = layer.weights.map((weight) => weight * deviation);
  return { ...layer, scores, effective: scores, scale: 1 };
});
const network = createMapNetwork(stagesOf(widths, undefined));
const { train } = splitSamples(data.count, 0, 1n);
const standardization = standardizationOf(data, train, 'global');
const accuracy = async () =>
  (await countCorrectInTraining(network, layers, test, standardization, everySample(test))) /
  test.count;
const perEpoch = Math.ceil(train.length / options.batch);
for (let epoch = 0; epoch < options.epochs; epoch++) {
  const order = train.slice();
  shuffle(order, derivedKey(streamKey(1n, STREAMS.shuffling), epoch, 0));
  for (let step = 0; step < perEpoch; step++) {
    const from = step * options.batch;
    const size = Math.min(options.batch, order.length - from);
    const { gradients } = await network.step(
      layers,
      gatherBatch(data, standardization, order, from, size),
    );
    const rate = learningRateAt(options, epoch * perEpoch + step, options.epochs * perEpoch);
    layers.forEach((layer, index) => {
      descend(layer, gradients[index], rate, options);
    });
  }
  console.log(`usual training, epoch ${epoch + 1}: ${(100 * (await accuracy())).toFixed(2)} %`);
}

const weights = layers.reduce((sum, { scores }) => sum + scores.length, 0);
const kilobytes = (bits) => `${(bits / 8000).toFixed(1)} kB`;
const trained = layers.map(({ scores }) => scores.slice());
console.log(`\nfloat32: ${kilobytes(32 * weights)}, ${(100 * (await accuracy())).toFixed(2)} %`);
for (const k of [8, 6, 5, 4, 3, 2, 1]) {
  // Symmetric, one step a layer: the largest weight is the largest integer; one bit is the sign times
  // the mean magnitude.
  layers.forEach(({ scores }, index) => {
    const all = trained[index];
    if (k === 1) {
      const mean = all.reduce((sum, weight) => sum + Math.abs(weight), 0) / all.length;
      scores.set(all.map((weight) => (weight < 0 ? -mean : mean)));
      return;
    }
    const step =
      all.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) / (2 ** (k - 1) - 1);
    scores.set(all.map((weight) => Math.round(weight / step) * step));
  });
  // What an entropy coder would make of the integers.
  const entropy = layers.reduce((sum, { scores }) => sum + entropyOf(scores), 0);
  console.log(
    `int-${k}: ${kilobytes(k * weights)} plain, ${kilobytes(entropy)} entropy, ${(100 * (await accuracy())).toFixed(2)} %`,
  );
}

function entropyOf(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits += count * Math.log2(values.length / count);
  return bits;
}

/** The trained network as a target: standardisation is not part of it. */
const target = {
  layers: layers.map(({ inputs, outputs }, index) =>
    denseLayer({
      inputs,
      outputs,
      weights: Float64Array.from(
        { length: inputs * outputs },
        (_, at) => trained[index][(at % inputs) * outputs + Math.floor(at / inputs)],
      ),
      activation: index < layers.length - 1 ? 'relu' : 'identity',
    }),
  ),
  domain: { kind: 'all' },
};
for (const bits of [4, 6, 8]) {
  layers.forEach(({ scores }, index) => {
    scores.set(trained[index].map((weight) => Math.round(weight * 2 ** bits) / 2 ** bits));
  });
  const found = findTicket(target, {
    construction: horner,
    precision: { mode: 'bits', bits },
    seed: 1n,
  });
  if (!found.found) throw new Error('seed 1 does not hold the network');
  console.log(
    `horner, ${bits} fractional bits: mask entropy ${kilobytes(found.masks.entropyBits)}, ${(100 * (await accuracy())).toFixed(2)} %`,
  );
}

for (const file of tickets) {
  const ticket = readTicket(readFileSync(file));
  const { accuracy: measured } = verifyTrained(ticket, { data: test });
  const entropy = ticketEntropyBits(maskSizes(layeredShape(ticket.widths)), ticket.kept);
  console.log(
    `${file}: mask entropy ${kilobytes(entropy)}, ${((100 * measured.correct) / measured.samples).toFixed(2)} %`,
  );
}
