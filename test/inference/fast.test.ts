/** The fast engine: exact where it says so, the same results however it is run. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { InputError } from '../../src/core/errors.js';
import { type ExactValue, exactToNumber, runExact } from '../../src/inference/exact.js';
import {
  type FastOptions,
  fastEngine,
  type Prepared,
  vectorFastEngine,
} from '../../src/inference/fast/fast-engine.js';
import { jsMachines } from '../../src/inference/fast/js-kernels.js';
import { threadedFastEngine } from '../../src/inference/fast/thread-task.js';
import { compileTicket, type PrunedProgram } from '../../src/inference/pruned-program.js';
import { quantizeLossless, truncateDecimal } from '../../src/integer/quantize.js';
import { findTicket } from '../../src/pipeline/find.js';
import { layeredShape } from '../../src/source/shape.js';
import type { InputSign, Network } from '../../src/target/network.js';
import { readTicket } from '../../src/ticket/read.js';
import { randomNetwork, randomStream } from '../networks.js';
import { chosenSource, findInteger, programOf, sparseMask } from '../pruned-sources.js';
import { cloningThreads } from '../threads.js';

interface Case {
  readonly name: string;
  readonly program: PrunedProgram;
  readonly inputSigns: readonly InputSign[];
}

/** A ticket of horner for inputs of one sign, or of any. */
function hornerCase(name: string, network: Network, lower: number, upper: number): Case {
  const { inputs } = network.layers[0];
  const box = {
    kind: 'box' as const,
    lower: new Float64Array(inputs).fill(lower),
    upper: new Float64Array(inputs).fill(upper),
  };
  const outcome = findTicket({ ...network, domain: box }, { construction: horner, delta: 1e-2 });
  if (!outcome.found) throw new Error('no seed has the network');
  const bytes = new Uint8Array(outcome.bytes.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of outcome.bytes) {
    bytes.set(part, at);
    at += part.length;
  }
  const ticket = readTicket(bytes);
  if (ticket.kind !== 'constructed') throw new Error('not a constructed ticket');
  return { name, program: compileTicket(ticket), inputSigns: ticket.inputSigns };
}

/** Random edges between random layers: nothing there is as a construction would make it. */
function randomCase(seed: number, activation: 'identity' | 'relu'): Case {
  const random = randomStream(seed);
  const widths = [4, 9, 7, 8, 3];
  const masks = widths.slice(1).map((outputs, index) => {
    const inputs = widths[index];
    const edges = Array.from({ length: inputs * outputs }, (_, edge) => edge)
      .filter(() => random() < 0.4)
      .map((edge) => [Math.floor(edge / outputs), edge % outputs] as const);
    return sparseMask(inputs, outputs, edges);
  });
  const shape = layeredShape(widths, [2, 4]);
  const signs = new Map<string, 1 | -1>();
  const source = chosenSource(shape, (t, column, row) => {
    const key = `${t} ${column} ${row}`;
    const sign = signs.get(key) ?? (random() < 0.6 ? 1 : -1);
    signs.set(key, sign);
    return sign;
  });
  const target = {
    matrices: [],
    constant: seed % 2 === 0,
    fractionalPlaces: [2, 1],
    scale: { base: 2 as const, exponent: 3 },
    activation,
  };
  const claim = { source, masks, target, inputSigns: [], assignments: [] };
  const raw = target.constant ? 3 : 4;
  return {
    name: `random edges ${seed}`,
    program: programOf(claim),
    inputSigns: new Array<InputSign>(raw).fill(seed % 3 === 0 ? 'signed' : 'nonnegative'),
  };
}

const small = (dimensions: number[], seed: number, bits: number): Network =>
  randomNetwork({ dimensions, seed, bits, places: 4, biases: seed % 2 === 0 });

function diamondCase(): Case {
  const inputSigns: InputSign[] = ['signed', 'nonpositive', 'nonnegative'];
  const network = randomNetwork({ dimensions: [3, 4, 2], seed: 3, bits: 4 });
  const { ticket } = findInteger(quantizeLossless(network), inputSigns, 1e-2, 1n);
  return { name: 'diamond', program: compileTicket(ticket), inputSigns };
}

function decimalCase(): Case {
  const network = randomNetwork({ dimensions: [2, 3, 2], seed: 8, bits: 4, places: 5 });
  const { ticket } = findInteger(truncateDecimal(network, 2), ['signed', 'signed'], 1e-2, 5n);
  return { name: 'decimal places', program: compileTicket(ticket), inputSigns: ticket.inputSigns };
}

const cases: Case[] = [
  hornerCase('horner, 12-9-7-3', small([12, 9, 7, 3], 2, 7), 0, 1),
  hornerCase('horner, inputs never positive', small([5, 8, 2], 1, 5), -1, 0),
  hornerCase('horner, inputs of both signs', small([6, 10, 4], 4, 6), -1, 1),
  diamondCase(),
  decimalCase(),
  randomCase(1, 'identity'),
  randomCase(2, 'relu'),
  randomCase(3, 'identity'),
  randomCase(4, 'identity'),
];

const rawInputs = ({ inputs, constant }: PrunedProgram): number => inputs - (constant ? 1 : 0);

/** Samples by a seed: bytes, dyadic fractions, zeros, with now and then a sign that no domain allows. */
function samplesOf({ program, inputSigns }: Case, count: number, seed: number): Float64Array {
  const random = randomStream(seed);
  const batch = new Float64Array(count * rawInputs(program));
  for (let sample = 0; sample < count; sample++) {
    const kind = random();
    for (const [input, sign] of inputSigns.entries()) {
      let value = Math.floor(random() * 256);
      if (kind > 0.5) value = Math.floor(random() * 2 ** 20) / 2 ** Math.floor(random() * 12);
      if (random() < 0.2) value = 0;
      if (sign === 'nonpositive' || (sign === 'signed' && random() < 0.5)) value = -value;
      if (kind > 0.9 && random() < 0.3) value = -value;
      batch[sample * inputSigns.length + input] = value;
    }
  }
  return batch;
}

const numbers = (values: readonly ExactValue[]): number[] => values.map(exactToNumber);
/** Without the sign of zero, which sums of integers do not have. */
const plain = (values: ArrayLike<number>): number[] => Array.from(values, (value) => value + 0);

const COUNT = 70;

describe.each(cases)('the fast engine on $name', (given) => {
  const { program, inputSigns } = given;
  const raw = rawInputs(program);
  const engine = (options: FastOptions = {}) => fastEngine(program, { inputSigns, ...options });

  it('is exact, to the last bit, where bits are asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 30 }), fc.boolean(), (seed, alone) => {
        const batch = samplesOf(given, alone ? 1 : COUNT, seed);
        const samples = batch.length / raw;
        const { run, arithmetic } = engine({ exactness: 'bits' });
        expect(plain(run(batch, samples))).toEqual(numbers(runExact(program, batch, samples)));
        expect(arithmetic()).toMatch(/exact|BigInt/);
      }),
      { seed: 1, numRuns: 12 },
    );
  });

  it('is exact on inputs of any size: it changes the type, up to BigInt', () => {
    const random = randomStream(11);
    const batch = Float64Array.from({ length: 40 * raw }, (_, index) => {
      const sample = Math.floor(index / raw);
      const scale = 2 ** (4 * (sample % 20) - 20) * (sample > 37 ? 1e200 : 1);
      return Math.floor((random() - 0.4) * 2 ** 12) * scale;
    });
    const values = engine({ exactness: 'bits' }).run(batch, 40);
    expect(plain(values)).toEqual(numbers(runExact(program, batch, 40)));
  });

  it('divides inputs exactly by a whole number', () => {
    const batch = samplesOf(given, COUNT, 5);
    const values = engine({ exactness: 'bits', divide: 255 }).run(batch, COUNT);
    const exact = runExact(program, batch, COUNT, 255);
    expect(plain(values)).toEqual(numbers(exact));
    // The same as exact inputs, up to their rounding.
    const rounded = numbers(
      runExact(
        program,
        batch.map((value) => value / 255),
        COUNT,
      ),
    );
    const size = Math.max(1, ...rounded.map(Math.abs));
    for (const [index, value] of values.entries()) {
      expect(Math.abs(value - rounded[index]) / size).toBeLessThan(1e-12);
    }
  });

  it('in floats, is exact to float32 accuracy relative to the values added', () => {
    const batch = samplesOf(given, COUNT, 6);
    const exact = numbers(runExact(program, batch, COUNT));
    const values = engine().run(batch, COUNT);
    const size = Math.max(1, ...exact.map(Math.abs));
    for (const [index, value] of values.entries()) {
      expect(Math.abs(value - exact[index]) / size).toBeLessThan(1e-3);
    }
  });

  it.each(['float', 'bits'] as const)('does not depend on batches or kernels: %s', (exactness) => {
    const batch = samplesOf(given, COUNT, 7);
    const whole = engine({ exactness }).run(batch, COUNT);
    const parts = engine({ exactness });
    for (let from = 0; from < COUNT; ) {
      const count = Math.min(COUNT - from, 1 + ((from * 7) % 40));
      const part = parts.run(batch.subarray(from * raw, (from + count) * raw), count);
      const { outputs } = program;
      expect(part).toEqual(whole.subarray(from * outputs, (from + count) * outputs));
      from += count;
    }
    // No 64-bit integers there: those samples go to the exact engine, with the same results.
    const plainKernels = engine({ exactness, machines: jsMachines }).run(batch, COUNT);
    expect(plain(plainKernels)).toEqual(plain(whole));
  });

  it('gives the same after a run that was ended at any of its steps', () => {
    const batch = samplesOf(given, COUNT, 9);
    const whole = engine().run(batch, COUNT);
    let steps = 0;
    for (const _ of engine().runSteps(batch, COUNT)) steps++;
    // Making ready alone has a step for each of the layers.
    expect(steps).toBeGreaterThan(4);
    for (let ended = 1; ended < steps; ended += Math.ceil(steps / 5)) {
      const parts = engine();
      const begun = parts.runSteps(batch, COUNT);
      for (let step = 0; step < ended; step++) begun.next();
      begun.return(whole);
      expect(parts.run(batch, COUNT)).toEqual(whole);
    }
  });

  it('does not depend on the number of threads', () => {
    const batch = samplesOf(given, COUNT, 8);
    const { prepare, run } = threadedFastEngine(program, { inputSigns }, cloningThreads(3));
    prepare(batch, COUNT);
    expect(run(batch, COUNT)).toEqual(engine().run(batch, COUNT));
  });

  it('begins with what another has made ready, instead of making it', () => {
    const batch = samplesOf(given, COUNT, 8);
    const first = vectorFastEngine(program, { inputSigns });
    const expected = first.run(batch, COUNT);
    if (first.arithmetic().includes('BigInt')) return;
    // Without edges there is nothing that could be made of them.
    const layers = program.layers.map((layer) => ({
      ...layer,
      offsets: new Uint32Array(layer.offsets.length),
      edges: new Uint32Array(0),
    }));
    const second = vectorFastEngine(
      { ...program, layers },
      { inputSigns },
      structuredClone(first.prepared()),
    );
    expect(second.run(batch, COUNT)).toEqual(expected);
    expect(second.error()).toEqual(first.error());
    expect(second.reason()).toBe(first.reason());
  });

  it('makes ready in one place what several threads run', () => {
    const batch = samplesOf(given, COUNT, 8);
    const sent: unknown[] = [];
    const threads = cloningThreads(3);
    const divided = threadedFastEngine(
      program,
      { inputSigns },
      {
        ...threads,
        *run(task, inputs) {
          for (let index = 0; index < inputs.length; index++) sent.push(inputs.at(index));
          return yield* threads.run(task, inputs);
        },
      },
    );
    for (let round = 0; round < 2; round++) divided.run(batch, COUNT);
    const sources = sent.map((part) => (part as { source?: { prepared: object } }).source);
    expect(sources.map((source) => source !== undefined)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    const [layouts] = sources.map((source) => (source?.prepared as Prepared<unknown>)?.layouts);
    expect(layouts?.size).toBeGreaterThan(0);
  });
});

describe('what the fast engine refuses', () => {
  const [{ program, inputSigns }] = cases;
  const raw = rawInputs(program);
  const engines = [
    fastEngine(program, { inputSigns }),
    threadedFastEngine(program, { inputSigns }, cloningThreads(2)),
  ];

  it.each([
    ['an empty batch', new Float64Array(0), 0, /empty/],
    ['a fraction of a sample', new Float64Array(raw), 0.5, /empty/],
    ['the wrong width', new Float64Array(raw + 1), 1, /are not 1 samples of/],
    ['NaN', new Float64Array(raw).fill(Number.NaN), 1, /value 0 of sample 0 is NaN/],
    [
      'infinity',
      new Float64Array(raw).fill(Number.NEGATIVE_INFINITY),
      1,
      /value 0 of sample 0 is -Infinity/,
    ],
  ])('%s', (_, batch, samples, message) => {
    for (const { run } of engines) {
      expect(() => run(batch, samples)).toThrow(InputError);
      expect(() => run(batch, samples)).toThrow(message);
    }
  });
});
