/**
 * The error that every engine states against what is measured in exact fractions, and against what a
 * float32 evaluation of the network could have: tickets of every kind of odd random networks, and models.
 * Also that threads and batches change no bit, and that samples outside the domain are counted.
 * Usage, after a build: node bench/inference-bounds.mjs [hundreds of networks, 1] [MODEL[=BITS] ...]; a
 * model is found losslessly on box:-1,1 unless bits are given (then on box:0,1). Exit code 1 if anything
 * does not hold.
 */
import path from 'node:path';
import process from 'node:process';
import { readModel } from '../dist/cli/files/read-model.js';
import { horner } from '../dist/constructions/horner/horner.js';
import { concatenate } from '../dist/core/concatenate.js';
import { sizeOf } from '../dist/inference/open-engine.js';
import { findTicket } from '../dist/pipeline/find.js';
import { parseDomain } from '../dist/target/domain.js';
import { evaluateNetwork } from '../dist/target/evaluate.js';
import { matrixOf } from '../dist/target/network.js';
import { readTicket } from '../dist/ticket/read.js';
import { checkTicket, failures, table } from './inference/check-engines.mjs';
import { constructedExact } from './inference/exact-reference.mjs';
import { oddSamples, randomNumbers } from './inference/odd-networks.mjs';
import { KINDS } from './inference/tickets.mjs';

const models = process.argv.slice(2);
const hundreds = /^[\d.]+$/.test(models[0] ?? '') ? Number(models.shift()) : 1;
/** Of a divided batch; 0.3 is no float64, and the exact engines do not divide by it themselves. */
const DIVISORS = [1, 1, 255, 3, 0.3];

for (const [name, share, make] of KINDS) {
  const started = performance.now();
  const count = Math.ceil(share * hundreds);
  let made = 0;
  for (let seed = 1; seed <= count; seed++) {
    const outcome = await make(seed);
    if (outcome === null) continue;
    made++;
    const { ticket, judge, scale = 1 } = outcome;
    const { domain, inputSigns } = sizeOf(ticket);
    const random = randomNumbers(seed);
    const divide = DIVISORS[seed % DIVISORS.length];
    const samples = [2, 10, 40][seed % 3];
    for (const size of [1, 10 ** (Math.floor(random() * 14) - 6)]) {
      const batch = oddSamples(random, domain, inputSigns, samples, size * divide * scale);
      checkTicket({ ticket, judge, batch, samples, divide, label: name });
    }
  }
  console.error(
    `${name}: ${made} of ${count} tickets, ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
}
for (const argument of models) {
  const [file, bits] = argument.split('=');
  const { network } = readModel(file);
  const { inputs } = network.layers[0];
  const precision = bits === undefined ? undefined : { mode: 'bits', bits: Number(bits) };
  const domain = parseDomain(bits === undefined ? 'box:-1,1' : 'box:0,1', inputs);
  const outcome = findTicket(
    { ...network, domain },
    { construction: horner, delta: 1e-2, ...(precision && { precision }) },
  );
  const ticket = readTicket(concatenate(outcome.bytes));
  const random = randomNumbers(7);
  const low = bits === undefined ? -1 : 0;
  const batch = Float64Array.from({ length: 8 * inputs }, () => low + (1 - low) * random());
  const judge = (input) => constructedExact(ticket, input);
  checkTicket({ ticket, judge, batch, samples: 8, divide: 1, label: path.basename(file) });
  // What one float32 evaluation is off by, for comparison: weights and sums rounded after each step.
  const single = float32Outputs(network, batch, 8);
  const double = evaluateNetwork(network, batch);
  const scale = double.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const off = single.reduce((most, value, at) => Math.max(most, Math.abs(value - double[at])), 0);
  console.log(`${path.basename(file)}: a float32 evaluation of the model is off by ${off / scale}`);
}

function float32Outputs(network, batch, samples) {
  let values = Float32Array.from(batch);
  for (const layer of network.layers) {
    const { inputs, outputs, activation } = layer;
    const weights = matrixOf(layer).values;
    const bias = layer.bias.values;
    const next = new Float32Array(samples * outputs);
    for (let sample = 0; sample < samples; sample++) {
      for (let output = 0; output < outputs; output++) {
        let sum = 0;
        for (let input = 0; input < inputs; input++) {
          const product = Math.fround(
            weights[output * inputs + input] * values[sample * inputs + input],
          );
          sum = Math.fround(sum + product);
        }
        sum = Math.fround(sum + bias[output]);
        next[sample * outputs + output] = activation === 'relu' && sum < 0 ? 0 : sum;
      }
    }
    values = next;
  }
  return values;
}

console.log(table());
process.exitCode = failures() === 0 ? 0 : 1;
