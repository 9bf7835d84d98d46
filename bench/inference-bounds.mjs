/**
 * The error that every engine states against what is measured in exact fractions, and against what a
 * float32 evaluation of the network could have: random networks of odd shapes and scales, and models.
 * Usage, after a build: node bench/inference-bounds.mjs [networks, 400] [MODEL[=BITS] ...]; a model is found
 * losslessly on box:-1,1 unless bits are given (then on box:0,1). Exit code 1 if a bound does not hold.
 */
import path from 'node:path';
import process from 'node:process';
import { readModel } from '../dist/cli/files/read-model.js';
import { horner } from '../dist/constructions/horner/horner.js';
import { float32Budget, integerLayers } from '../dist/inference/evaluation-bound.js';
import { exactToNumber, runExact } from '../dist/inference/exact.js';
import { openEngine } from '../dist/inference/open-engine.js';
import { compileTicket } from '../dist/inference/pruned-program.js';
import { boundAt, inputScales, sampleSize } from '../dist/inference/sample-size.js';
import { concatenate, findTicket } from '../dist/pipeline/find.js';
import { parseDomain } from '../dist/target/domain.js';
import { evaluateNetwork } from '../dist/target/evaluate.js';
import { readTicket } from '../dist/ticket/read.js';

const numbers = process.argv.slice(2);
const networks = /^\d+$/.test(numbers[0] ?? '') ? Number(numbers.shift()) : 400;

/** A small generator of our own (mulberry32): repeatable, and apart from the library's. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function oddNetwork(random) {
  const between = (least, most) => least + Math.floor(random() * (most - least + 1));
  const depth = between(1, 4);
  const widths = Array.from({ length: depth + 1 }, () => between(1, 9));
  const spread = random() < 0.4;
  const layers = widths.slice(1).map((outputs, index) => {
    const most = index === 0 ? 17 : 4;
    const common = between(-8, most);
    const exponents = Array.from({ length: outputs }, () => (spread ? between(-8, most) : common));
    const weight = (row) =>
      random() < 0.1 ? 0 : Math.fround((2 * random() - 1) * 10 ** exponents[row]);
    return {
      inputs: widths[index],
      outputs,
      weights: Float64Array.from({ length: outputs * widths[index] }, (_, at) =>
        weight(Math.floor(at / widths[index])),
      ),
      bias: Float64Array.from({ length: outputs }, (_, row) => weight(row)),
      activation: index < depth - 1 ? 'relu' : 'identity',
    };
  });
  return { layers, domain: { kind: 'all' } };
}

const rows = new Map();
let broken = 0;

function check(ticket, batch, samples, label) {
  const { target, domain, inputSigns } = ticket;
  const program = compileTicket(ticket);
  const exact = runExact(program, batch, samples);
  const scales = inputScales(domain, inputSigns.length);
  const allowed = float32Budget(integerLayers(target), scales).error;
  const outputs = exact.length / samples;
  const wanted = exact.map(exactToNumber);
  const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (const [engine, exactness] of [
    ['fast', 'float'],
    ['fast', 'bits'],
    ['float', 'float'],
    ['folded', 'float'],
    ['exact', 'float'],
  ]) {
    const opened = openEngine(ticket, { engine, exactness });
    const values = opened.evaluate(batch, samples);
    const { error, arithmetic } = opened.report();
    const name = `${label} | ${engine} ${exactness} | ${arithmetic}`;
    const row = rows.get(name) ?? { count: 0, measured: 0, stated: 0, allowed: 0, nearest: 0 };
    row.count++;
    for (const [index, value] of values.entries()) {
      const output = index % outputs;
      const bound = Number(error.rounding[output]);
      const size = sampleSize(batch, Math.floor(index / outputs) * inputSigns.length, scales);
      const own = boundAt(allowed, output, size);
      // The difference of nearest float64s is off by an ulp of the exact value at most.
      const slack = Math.abs(wanted[index]) * 2 ** -52;
      const measured = Math.max(0, Math.abs(value - wanted[index]) - slack);
      if (!(measured <= bound && measured <= own)) {
        broken++;
        console.log(
          `BROKEN ${name}: output ${output} is off by ${measured}, stated ${bound}, ${own}`,
        );
      }
      if (scale > 0) {
        row.measured = Math.max(row.measured, measured / scale);
        row.stated = Math.max(row.stated, bound / scale);
        row.allowed = Math.max(row.allowed, own / scale);
      }
      if (bound > 0) row.nearest = Math.max(row.nearest, measured / bound);
    }
    rows.set(name, row);
  }
}

function ticketOf(network, domain, precision) {
  const outcome = findTicket(
    { ...network, domain },
    { construction: horner, delta: 1e-2, ...(precision && { precision }) },
  );
  if (!outcome.found) throw new Error('no seed has the network');
  return readTicket(concatenate(outcome.bytes));
}

for (let seed = 1; seed <= networks; seed++) {
  const random = randomNumbers(seed);
  const network = oddNetwork(random);
  const ticket = ticketOf(network, network.domain);
  const { inputs } = network.layers[0];
  const samples = seed % 2 === 0 ? 2 : 10;
  const size = 10 ** (Math.floor(random() * 14) - 6);
  const batch = Float64Array.from({ length: samples * inputs }, () => size * (2 * random() - 1));
  check(ticket, batch, samples, 'random');
}
for (const argument of numbers) {
  const [file, bits] = argument.split('=');
  const { network } = readModel(file);
  const { inputs } = network.layers[0];
  const precision = bits === undefined ? undefined : { mode: 'bits', bits: Number(bits) };
  const domain = parseDomain(bits === undefined ? 'box:-1,1' : 'box:0,1', inputs);
  const ticket = ticketOf(network, domain, precision);
  const random = randomNumbers(7);
  const low = bits === undefined ? -1 : 0;
  const batch = Float64Array.from({ length: 8 * inputs }, () => low + (1 - low) * random());
  check(ticket, batch, 8, path.basename(file));
  // What one float32 evaluation is off by, for comparison: weights and sums rounded after each step.
  const single = float32Outputs(network, batch, 8);
  const double = evaluateNetwork(network, batch);
  const scale = double.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const off = single.reduce((most, value, at) => Math.max(most, Math.abs(value - double[at])), 0);
  console.log(`${path.basename(file)}: a float32 evaluation of the model is off by ${off / scale}`);
}

function float32Outputs(network, batch, samples) {
  let values = Float32Array.from(batch);
  for (const { inputs, outputs, weights, bias, activation } of network.layers) {
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

console.log('\nErrors over the largest output of each batch; the worst of all batches.\n');
console.log(
  '| networks | engine | computed in | batches | measured | stated | float32 could be | measured / stated |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const [name, { count, measured, stated, allowed, nearest }] of rows) {
  const cells = [
    count,
    ...[measured, stated, allowed, nearest].map((value) => value.toExponential(1)),
  ];
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
process.exitCode = broken === 0 ? 0 : 1;
