/** The engines on pruned sources, against the integer network, the reference and each other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExactValue, exactToNumber, runExact } from '../../src/inference/exact.js';
import { floatEngine } from '../../src/inference/float.js';
import { runFolded, runFoldedExact } from '../../src/inference/folded.js';
import { compileTicket, type PrunedProgram } from '../../src/inference/pruned-program.js';
import { quantizeLossless, truncateDecimal } from '../../src/integer/quantize.js';
import { keptCount } from '../../src/source/mask.js';
import { evaluateNetwork } from '../../src/target/evaluate.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { Activation, InputSign } from '../../src/target/network.js';
import { evaluateDirectly, partsOf, randomNetwork, randomStream } from '../networks.js';
import {
  type Found,
  findInteger,
  programOf,
  referencePruned,
  withoutAccuracy,
} from '../pruned-sources.js';

const signed = (count: number): InputSign[] => Array.from({ length: count }, () => 'signed');

/** Differences relative to the largest output, at least 1. */
function relativeDistance(values: ArrayLike<number>, exact: readonly ExactValue[]): number {
  const wanted = exact.map(exactToNumber);
  const size = Math.max(1, ...wanted.map(Math.abs));
  return Math.max(...wanted.map((value, index) => Math.abs(values[index] - value))) / size;
}

interface Case extends Found {
  readonly real: ReturnType<typeof randomNetwork>;
}

const cases = [0, 1, 2, 3, 4, 5].map((seed): Case => {
  const dimensions = [1 + (seed % 3), 3, 1 + ((seed + 1) % 3)].slice(seed === 4 ? 1 : 0);
  const activation: Activation = seed % 2 ? 'relu' : 'identity';
  const real = randomNetwork({
    dimensions,
    seed,
    bits: 3,
    places: seed,
    activation,
    biases: seed % 3 > 0,
  });
  const target = quantizeLossless(real);
  return { ...findInteger(target, signed(dimensions[0]), 1e-2, BigInt(seed)), real };
});

describe('the exact engine', () => {
  it('is the integer network, to the last bit, on dyadic inputs of any size', () => {
    const input = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 });
    for (const { ticket, target, real } of cases) {
      const program = compileTicket(ticket);
      const { inputs } = real.layers[0];
      fc.assert(
        fc.property(fc.array(input, { minLength: 3 * inputs, maxLength: 3 * inputs }), (values) => {
          const batch = Float64Array.from(values);
          expect(runExact(program, batch, 3)).toEqual(runFoldedExact(target, batch, 3));
        }),
        { seed: 1, numRuns: 25 },
      );
    }
  });

  it('adds up exactly the kept edges of the ticket', () => {
    for (const { ticket, source, masks, target } of cases) {
      const program = compileTicket(ticket);
      expect(program).toEqual(
        programOf({ source, masks, target, inputSigns: [], assignments: [] }),
      );
      expect(program.liveEdges).toBeLessThanOrEqual(
        masks.reduce((sum, mask) => sum + keptCount(mask), 0),
      );
      const reference = referencePruned(source, masks, target.activation);
      const raw = program.inputs - (program.constant ? 1 : 0);
      const random = randomStream(program.inputs);
      for (let trial = 0; trial < 10; trial++) {
        const input = Array.from({ length: raw }, () => Math.floor(random() * 200) - 100);
        const integers = [...input.map(BigInt), ...(program.constant ? [1n] : [])];
        const numerators = runExact(program, Float64Array.from(input), 1).map((v) => v.numerator);
        expect(numerators).toEqual(reference(integers));
      }
    }
  });

  it('is the model itself where the weights are found losslessly, ReLU and identity', () => {
    for (const { ticket, real } of cases) {
      const program = compileTicket(ticket);
      const random = randomStream(9);
      const { inputs } = real.layers[0];
      for (let trial = 0; trial < 10; trial++) {
        const input = Array.from({ length: inputs }, () => Math.floor(random() * 64) / 8 - 4);
        const outputs = runExact(program, Float64Array.from(input), 1).map(exactToNumber);
        expect(outputs.map((value) => value + 0)).toEqual(
          evaluateDirectly(real, input).map((value) => value + 0),
        );
        if (program.activation === 'relu') expect(Math.min(...outputs)).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('reports its progress sample by sample', () => {
    const seen: string[] = [];
    const [{ ticket, real }] = cases;
    const batch = new Float64Array(3 * real.layers[0].inputs);
    runExact(compileTicket(ticket), batch, 3, 1, {
      onProgress: ({ done, total }) => seen.push(`${done}/${total}`),
    });
    expect(seen).toEqual(['1/3', '2/3', '3/3']);
  });
});

describe('the float engine', () => {
  it('agrees with the exact one to float64 accuracy, in batches of any size', () => {
    const random = randomStream(4);
    for (const { ticket, real } of cases) {
      const program = compileTicket(ticket);
      const run = floatEngine(program);
      const { inputs } = real.layers[0];
      // Around the number of samples that go through together.
      for (const samples of [1, 63, 64, 65, 150]) {
        const batch = Float64Array.from({ length: samples * inputs }, () => random() * 20 - 10);
        const values = run(batch, samples);
        expect(values).toHaveLength(samples * program.outputs);
        expect(relativeDistance(values, runExact(program, batch, samples))).toBeLessThan(1e-12);
        const direct = evaluateNetwork(real, batch);
        for (const [index, value] of values.entries()) expect(value).toBeCloseTo(direct[index], 8);
      }
    }
  });

  it('gives a sample the same bits alone and among others', () => {
    const random = randomStream(6);
    for (const { ticket, real } of cases) {
      const program = compileTicket(ticket);
      const run = floatEngine(program);
      const { inputs } = real.layers[0];
      const batch = Float64Array.from({ length: 70 * inputs }, () => random() * 20 - 10);
      const together = run(batch, 70);
      for (let sample = 0; sample < 70; sample++) {
        const alone = run(batch.subarray(sample * inputs, (sample + 1) * inputs), 1);
        const { outputs } = program;
        expect(alone).toEqual(together.slice(sample * outputs, (sample + 1) * outputs));
      }
    }
  });

  it('rounds nothing where sums of dyadic inputs fit: equal to the model bit for bit', () => {
    const [{ ticket, real }] = cases;
    const run = floatEngine(compileTicket(ticket));
    const { inputs } = real.layers[0];
    for (const value of [-2, -0.25, 0, 0.5, 3]) {
      const input = Array.from({ length: inputs }, (_, index) => value + index);
      const outputs = [...run(Float64Array.from(input), 1)].map((output) => output + 0);
      expect(outputs).toEqual(evaluateDirectly(real, input).map((output) => output + 0));
    }
  });

  /** 40 blocks that double n times each and claim n fractional places: together the identity. */
  function deepProgram(places: number, blocks: number): PrunedProgram {
    const pair = (previous: number) => ({
      neurons: Uint32Array.of(0, 1),
      offsets: Uint32Array.of(0, previous, 2 * previous),
      edges: previous === 1 ? Uint32Array.of(0, 0) : Uint32Array.of(0, 2, 0, 2),
    });
    const single = {
      neurons: Uint32Array.of(0),
      offsets: Uint32Array.of(0, 2),
      edges: Uint32Array.of(0, 2),
    };
    const block = Array.from({ length: places }, (_, index) => pair(index === 0 ? 1 : 2));
    const layers = Array.from({ length: blocks }, () => [...block, single]).flat();
    return {
      inputs: 1,
      constant: false,
      outputs: 1,
      layers,
      blockEnds: Array.from({ length: blocks }, (_, index) => (index + 1) * (places + 1)),
      fractionalPlaces: Array.from({ length: blocks }, () => places),
      scale: { base: 2, exponent: places * blocks },
      activation: 'relu',
      ...withoutAccuracy(1, 1),
      liveEdges: 0,
    };
  }

  it('does not overflow in deep networks: 2^2000 and back, block by block', () => {
    const program = deepProgram(50, 40);
    const batch = Float64Array.of(1, 0.1, 12345.678, 0, -3);
    const expected = [1, 0.1, 12345.678, 0, 0];
    expect([...floatEngine(program)(batch, 5)]).toEqual(expected);
    expect(runExact(program, batch, 5).map(exactToNumber)).toEqual(expected);
  });

  it('refuses a block whose integers exceed float64, and says what to use', () => {
    expect(() => floatEngine(deepProgram(251, 1))).toThrow(
      /251|more than 250 places.*exact engine/,
    );
    expect([...floatEngine(deepProgram(250, 2))(Float64Array.of(0.3), 1)]).toEqual([0.3]);
  });
});

describe('the integer network evaluated directly', () => {
  it('in float64 agrees with its exact evaluation', () => {
    const random = randomStream(6);
    for (const { target, real } of cases) {
      const { inputs } = real.layers[0];
      const batch = Float64Array.from({ length: 50 * inputs }, () => random() * 20 - 10);
      const exact = runFoldedExact(target, batch, 50);
      expect(relativeDistance(runFolded(target, batch, 50), exact)).toBeLessThan(1e-12);
    }
  });
});

describe("the paper's decimal scale", () => {
  const real = randomNetwork({ dimensions: [2, 3, 2], seed: 8, bits: 4, places: 5, biases: true });
  const target = truncateDecimal(real, 2);
  const { ticket } = findInteger(target, signed(2), 1e-2, 5n);
  const program = compileTicket(ticket);
  const random = randomStream(2);
  const batch = Float64Array.from({ length: 2 * 70 }, () => random() * 8 - 4);

  it('is exact in the exact engine', () => {
    const outputs = runExact(program, batch, 70);
    expect(program.scale).toEqual({ base: 10, exponent: 4 });
    expect(outputs).toEqual(runFoldedExact(target, batch, 70));
    expect(outputs.every(({ denominator }) => denominator % 10_000n === 0n)).toBe(true);
  });

  it('costs the float engine no more than rounding, and is the truncated model', () => {
    const exact = runExact(program, batch, 70);
    expect(relativeDistance(floatEngine(program)(batch, 70), exact)).toBeLessThan(1e-12);
    expect(relativeDistance(runFolded(target, batch, 70), exact)).toBeLessThan(1e-12);
    const truncated = {
      ...real,
      layers: real.layers.map(partsOf).map((layer) =>
        denseLayer({
          ...layer,
          weights: layer.weights.map((value) => Math.trunc(value * 100) / 100),
          bias: layer.bias.map((value) => Math.trunc(value * 100) / 100),
        }),
      ),
    };
    expect(relativeDistance(evaluateNetwork(truncated, batch), exact)).toBeLessThan(1e-12);
  });
});
