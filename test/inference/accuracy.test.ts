/**
 * The stated error of every engine against exact outputs, in rationals: never below the measured one,
 * and within what a float32 evaluation of the network could have. Random networks of odd shapes and of
 * weights from 10^-8 to 10^17, in one layer too; real models where they are there.
 */

import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/cli/files/read-model.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { concatenate } from '../../src/core/concatenate.js';
import { complete } from '../../src/core/steps.js';
import { float32BudgetSteps, integerLayers } from '../../src/inference/evaluation-bound.js';
import { type ExactValue, runExact } from '../../src/inference/exact.js';
import { runFoldedExact } from '../../src/inference/folded.js';
import type { OpenEngineOptions } from '../../src/inference/open-engine.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { boundAt, inputScales, sampleSize } from '../../src/inference/sample-size.js';
import { truncateDecimal } from '../../src/integer/quantize.js';
import { findTicket } from '../../src/pipeline/find.js';
import type { PrecisionRequest } from '../../src/precision/precision.js';
import { parseDomain } from '../../src/target/domain.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { Domain, Layer, Network } from '../../src/target/network.js';
import { readTicket } from '../../src/ticket/read.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { fractionOf, fractionOfDecimal, isWithinBound } from '../exact-comparison.js';
import { randomNetwork, randomStream } from '../networks.js';
import { findInteger } from '../pruned-sources.js';
import { sharedFolder, sharedModel } from '../shared-files.js';
import { cloningThreads } from '../threads.js';

type Random = () => number;

const whole = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));

/** A float32 of either sign whose decimal exponent is about that. */
const weightOf = (random: Random, exponent: number): number =>
  Math.fround((2 * random() - 1) * 10 ** exponent);

/** Rows of very different sizes, zeros, ones, dead rows, biases or none. */
function oddNetwork(seed: number): Network {
  const random = randomStream(seed);
  const depth = whole(random, 1, 3);
  const widths = Array.from({ length: depth + 1 }, () =>
    random() < 0.2 ? 1 : whole(random, 1, seed % 5 === 0 ? 12 : 5),
  );
  const spread = seed % 3 === 0;
  const biases = random() < 0.6;
  const layers = widths.slice(1).map((outputs, index): Layer => {
    const inputs = widths[index] as number;
    const common = whole(random, -8, index === 0 ? 17 : 3);
    const exponents = Array.from({ length: outputs }, () =>
      spread ? whole(random, -8, index === 0 ? 17 : 3) : common,
    );
    const one = (row: number): number => {
      if (random() < 0.15) return 0;
      if (random() < 0.1) return random() < 0.5 ? 1 : -1;
      return weightOf(random, exponents[row] as number);
    };
    return denseLayer({
      inputs,
      outputs,
      weights: Float64Array.from({ length: inputs * outputs }, (_, at) =>
        one(Math.floor(at / inputs)),
      ),
      bias: Float64Array.from({ length: outputs }, (_, row) => (biases ? one(row) : 0)),
      activation: index < depth - 1 || random() < 0.3 ? 'relu' : 'identity',
    });
  });
  return { layers, domain: { kind: 'all' } };
}

function oddDomain(seed: number, inputs: number): Domain {
  const random = randomStream(1000 + seed);
  const kind = seed % 4;
  if (kind === 0) return { kind: 'all' };
  if (kind === 1) return { kind: 'ball', radius: 10 ** whole(random, -3, 3) };
  const scale = (): number => 10 ** whole(random, -2, kind === 3 ? 4 : 0);
  const upper = Float64Array.from({ length: inputs }, scale);
  const lower = upper.map((high) => (random() < 0.6 ? 0 : -high));
  return { kind: 'box', lower, upper };
}

function ticketFor(network: Network, domain: Domain, precision?: PrecisionRequest) {
  const outcome = findTicket(
    { ...network, domain },
    { construction: horner, delta: 1e-2, ...(precision && { precision }) },
  );
  if (!outcome.found) throw new Error('no seed has the network');
  const ticket = readTicket(concatenate(outcome.bytes));
  if (ticket.kind !== 'constructed') throw new Error('not a constructed ticket');
  return ticket;
}

/** Samples of one size, of the domain's signs: fractions, single large coordinates, whole numbers. */
function samplesFor(
  { inputSigns, domain }: ConstructedTicket,
  count: number,
  size: number,
  random: Random,
): Float64Array {
  const scales = inputScales(domain, inputSigns.length);
  const batch = new Float64Array(count * inputSigns.length);
  for (let sample = 0; sample < count; sample++) {
    for (const [input, sign] of inputSigns.entries()) {
      let value = random() * size * (scales[input] as number);
      if (sample % 4 === 1 && random() < 0.7) value = 0;
      if (sample % 4 === 2) value = Math.floor(value * 256);
      if (sign === 'nonpositive' || (sign === 'signed' && random() < 0.5)) value = -value;
      batch[sample * inputSigns.length + input] = value;
    }
  }
  return batch;
}

const ENGINES: readonly OpenEngineOptions[] = [
  { engine: 'fast' },
  { engine: 'fast', exactness: 'bits' },
  { engine: 'fast', threads: cloningThreads(2) },
  { engine: 'float' },
  { engine: 'folded' },
  { engine: 'exact' },
];

/** Every engine on one batch: what it states, and what float32 could have, against what is true. */
function checkEngines(ticket: ConstructedTicket, batch: Float64Array, engines = ENGINES): void {
  const { target, inputSigns, domain } = ticket;
  const samples = batch.length / inputSigns.length;
  const scales = inputScales(domain, inputSigns.length);
  const exact = runFoldedExact(target, batch, samples);
  const budget = complete(float32BudgetSteps(integerLayers(target), scales)).error;
  const outputs = exact.length / samples;
  for (const options of engines) {
    const engine = openEngine(ticket, options);
    const values = engine.evaluate(batch, samples);
    const { rounding } = engine.report().error;
    if (rounding === null) throw new Error('no bound is stated');
    const bounds = rounding.map(fractionOfDecimal);
    for (const [index, value] of values.entries()) {
      const output = index % outputs;
      const sample = Math.floor(index / outputs);
      const size = sampleSize(batch, sample * inputSigns.length, scales);
      const right = exact[index] as ExactValue;
      const allowed = fractionOf(boundAt(budget, output, size));
      const kept = isWithinBound(value, right, bounds[output] as ExactValue);
      if (!kept || !isWithinBound(value, right, allowed)) {
        const { reason, arithmetic } = engine.report();
        throw new Error(`${JSON.stringify(options)}, output ${output}: ${arithmetic}; ${reason}`);
      }
    }
  }
}

const NETWORKS = 120;

describe('the stated error', () => {
  it('holds, and keeps the promise, for random networks of odd shapes and scales', () => {
    const used = new Set<string>();
    for (let seed = 0; seed < NETWORKS; seed++) {
      const network = oddNetwork(seed);
      const { inputs } = network.layers[0] as Layer;
      const ticket = ticketFor(network, oddDomain(seed, inputs));
      const random = randomStream(5000 + seed);
      for (const size of [1, 10 ** whole(random, -6, 8)]) {
        const count = seed % 2 === 0 ? 2 : 9;
        const batch = samplesFor(ticket, count, size, random);
        checkEngines(ticket, batch);
        const engine = openEngine(ticket, { engine: 'fast' });
        engine.evaluate(batch, count);
        used.add(engine.report().arithmetic);
      }
    }
    // All of them are needed somewhere: float64, and exact arithmetic where it does not suffice.
    expect([...used].join(' ')).toMatch(/float64/);
    expect([...used].join(' ')).toMatch(/BigInt/);
  });

  it('holds for decimal places and for rounded weights', () => {
    const decimal = truncateDecimal(
      randomNetwork({ dimensions: [2, 3, 2], seed: 8, places: 5 }),
      2,
    );
    const { ticket: paper } = findInteger(decimal, ['signed', 'signed'], 1e-2, 5n);
    checkEngines(paper, samplesFor(paper, 6, 8, randomStream(2)));
    for (const precision of [
      { mode: 'bits', bits: 6 },
      { mode: 'bits', bits: 20 },
    ] as const) {
      for (let seed = 0; seed < 10; seed++) {
        const network = oddNetwork(300 + seed);
        const { inputs } = network.layers[0] as Layer;
        const ticket = ticketFor(network, oddDomain(seed, inputs), precision);
        checkEngines(ticket, samplesFor(ticket, 5, 1, randomStream(seed)));
      }
    }
  });

  it('holds where inputs are divided, against the exact quotient', () => {
    const divide = 255;
    for (let seed = 0; seed < 10; seed++) {
      const network = oddNetwork(400 + seed);
      const { inputs } = network.layers[0] as Layer;
      const ticket = ticketFor(network, { kind: 'all' });
      const random = randomStream(seed);
      const batch = Float64Array.from({ length: 5 * inputs }, () => whole(random, -255, 255));
      const exact = runExact(compileTicket(ticket), batch, 5, divide);
      for (const options of ENGINES) {
        const engine = openEngine(ticket, { ...options, divide });
        const values = engine.evaluate(batch, 5);
        const bounds = (engine.report().error.rounding ?? []).map(fractionOfDecimal);
        const wrong = [...values].findIndex((value, index) => {
          const bound = bounds[index % bounds.length] as ExactValue;
          return !isWithinBound(value, exact[index] as ExactValue, bound);
        });
        expect(wrong, JSON.stringify(options)).toBe(-1);
      }
    }
  });

  it.skipIf(sharedFolder === undefined).each([
    ['acasxu_1_1.onnx', 'box:-1,1', { mode: 'lossless' }],
    ['acasxu_2_3.onnx', 'all', { mode: 'lossless' }],
    ['vertcas_pra01.nnet', 'box:-1,1', { mode: 'lossless' }],
    ['mnist_256x2.onnx', 'box:0,1', { mode: 'bits', bits: 13 }],
    ['fc2_mnist_784_500_10.onnx', 'box:0,1', { mode: 'bits', bits: 10 }],
  ] as const)('holds for %s', (name, domain, precision) => {
    const { network } = readModel(sharedModel(name));
    const { inputs } = network.layers[0] as Layer;
    const ticket = ticketFor(network, parseDomain(domain, inputs), precision);
    const batch = samplesFor(ticket, 4, 1, randomStream(1));
    const engines = inputs > 100 ? ([{ engine: 'fast' }, { engine: 'float' }] as const) : ENGINES;
    checkEngines(ticket, batch, engines);
  });
});
