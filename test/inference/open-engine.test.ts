/** Which engine a ticket gets, what is said of it, and samples that no promise was made for. */
import { beforeAll, describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { concatenate } from '../../src/core/concatenate.js';
import { InputError, UsageError } from '../../src/core/errors.js';
import { domainMonitor } from '../../src/inference/domain-monitor.js';
import { ENGINES } from '../../src/inference/engine-names.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { trainedEngine } from '../../src/inference/trained.js';
import { compileTrained } from '../../src/inference/trained-layers.js';
import { findTicket } from '../../src/pipeline/find.js';
import { keptCount } from '../../src/source/mask.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { Domain, Network } from '../../src/target/network.js';
import { readTicket } from '../../src/ticket/read.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import type { TrainedHead, TrainedTicket } from '../../src/ticket/trained.js';
import { foundBaseline, smallNetwork } from '../baseline-tickets.js';
import { randomStream } from '../networks.js';
import { sampleTrained } from '../ticket/trained-sample.js';

function dense(rows: readonly (readonly number[])[], bias = rows.map(() => 0)): Network {
  return {
    layers: [
      denseLayer({
        inputs: rows[0]?.length ?? 0,
        outputs: rows.length,
        weights: Float64Array.from(rows.flat()),
        bias: Float64Array.from(bias),
        activation: 'identity',
      }),
    ],
    domain: { kind: 'all' },
  };
}

function box(lower: number, upper: number, inputs = 2): Domain {
  return {
    kind: 'box',
    lower: new Float64Array(inputs).fill(lower),
    upper: new Float64Array(inputs).fill(upper),
  };
}

function ticketFor(network: Network, domain: Domain = { kind: 'all' }): ConstructedTicket {
  const outcome = findTicket({ ...network, domain }, { construction: horner, delta: 1e-2 });
  if (!outcome.found) throw new Error('no seed has the network');
  const ticket = readTicket(concatenate(outcome.bytes));
  if (ticket.kind !== 'constructed') throw new Error('not a constructed ticket');
  return ticket;
}

const ACTUAL = ENGINES.filter((engine) => engine !== 'auto');
const seven = Math.fround(0.7);

describe('a small output beside a large one', () => {
  it.each([6, 8, 17])('is right in every engine: diag(10^%i, 0.7)', (exponent) => {
    const large = Math.fround(10 ** exponent);
    const ticket = ticketFor(
      dense([
        [large, 0],
        [0, seven],
      ]),
    );
    const batch = Float64Array.of(0.25, 1, 0.001, 0.5);
    for (const engine of ENGINES) {
      const opened = openEngine(ticket, { engine });
      const values = opened.evaluate(batch, 2);
      for (const [output, right] of [
        [0, large / 4],
        [1, seven],
        [3, seven / 2],
      ] as const) {
        expect(Math.abs((values[output] as number) - right)).toBeLessThanOrEqual(2 ** -24 * right);
      }
      // And it says in what, and why not in float32.
      if (engine === 'fast') {
        expect(opened.report().reason).toMatch(/^output 1 could be off by .* in float32, by .*/);
        expect(opened.report().arithmetic).toMatch(exponent > 6 ? /BigInt/ : /float64/);
      }
    }
  });
});

describe('the engine that is chosen', () => {
  const ticket = ticketFor(dense([[1, 2]]));
  const batch = (samples: number) => Float64Array.from({ length: 2 * samples }, (_, at) => at);

  it.each([
    [1, 'float', 'for at most 32 samples'],
    [32, 'float', 'for at most 32 samples'],
    [33, 'fast', 'for more than 32 samples'],
    [undefined, 'fast', 'for more than 32 samples'],
  ])('suits %s samples', (samples, engine, reason) => {
    const opened = openEngine(ticket, samples === undefined ? {} : { samples });
    expect([...opened.evaluate(batch(2), 2)]).toEqual([2, 8]);
    const report = opened.report();
    expect(report.engine).toBe(engine);
    expect(report.reason.startsWith(reason)).toBe(true);
    expect(report.arithmetic).not.toBe('');
  });

  it('is exact where bits are asked for, or float64 does not suffice', () => {
    expect(openEngine(ticket, { samples: 1, exactness: 'bits' }).report().engine).toBe('exact');
    const extreme = ticketFor(
      dense([
        [Math.fround(1e17), 0],
        [0, seven],
      ]),
    );
    const opened = openEngine(extreme, { samples: 1 });
    opened.evaluate(Float64Array.of(1, 1), 1);
    expect(opened.report()).toMatchObject({
      engine: 'exact',
      reason: expect.stringMatching(
        /^for at most 32 samples; output 1 could be off by .* in float64/,
      ),
    });
  });

  it('does not give what it cannot: bits from float64', () => {
    for (const engine of ['float', 'folded'] as const) {
      expect(() => openEngine(ticket, { engine, exactness: 'bits' })).toThrow(UsageError);
    }
  });
});

describe('values at the end of the range', () => {
  const network = dense([
    [1, -1],
    [1, 0],
  ]);
  const ticket = ticketFor(network);

  it.each(ENGINES)('are right, whatever overflows on the way: %s', (engine) => {
    const opened = openEngine(ticket, { engine });
    expect([...opened.evaluate(Float64Array.of(5e307, -5e307), 1)]).toEqual([1e308, 5e307]);
    const { rounding } = opened.report().error;
    expect(rounding?.every((text) => Number.isFinite(Number(text)))).toBe(true);
  });

  it.each(ENGINES)('are refused beyond it, with the number of the sample: %s', (engine) => {
    const opened = openEngine(ticket, { engine });
    const batch = Float64Array.of(1, 2, 1.7e308, -1.7e308);
    const attempt = () => opened.evaluate(batch, 2, 40);
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow(/sample 41, output 0: its value is beyond float64/);
    expect(() => openEngine(ticket, { engine, divide: 1e-300 }).evaluate(batch, 2, 40)).toThrow(
      /sample 41, value 0: 1.7e\+308 divided by 1e-300 is beyond float64/,
    );
  });

  it('a trained ticket refuses samples whose values may overflow', () => {
    const { head, mask } = sampleTrained();
    const trained = trainedTicket();
    expect(head.widths).toEqual(trained.widths);
    expect(mask(1).outputs).toBe(trained.widths[1]);
    const opened = openEngine(trained);
    const batch = new Float64Array(2 * opened.inputs).fill(1);
    batch[opened.inputs] = 1e308;
    expect(() => opened.evaluate(batch, 2, 7)).toThrow(/sample 8: .*beyond float64/);
  });
});

describe('inputs near the small end of float64', () => {
  // Without a bias there is no constant 1 beside them that would ask for more bits than int64 has.
  const ticket = ticketFor(dense([[0.75]]));

  it.each([1e-290, 1e-303, 4e-310, 5e-324])('are exact with bits: %d', (x) => {
    const [expected] = openEngine(ticket, { engine: 'exact' }).evaluate(Float64Array.of(x), 1);
    for (const samples of [1, 40]) {
      const opened = openEngine(ticket, { engine: 'fast', exactness: 'bits' });
      const outputs = opened.evaluate(new Float64Array(samples).fill(x), samples);
      expect(outputs).toEqual(new Float64Array(samples).fill(expected as number));
      expect(expected).toBeGreaterThan(0);
    }
  });
});

describe('samples outside the domain', () => {
  const network = dense([[1, 3]], [0.5]);
  let unit: ConstructedTicket;
  beforeAll(() => {
    unit = ticketFor(network, box(0, 1));
  });

  it.each(ACTUAL)('of a sign that it excludes are refused: %s', (engine) => {
    const opened = openEngine(unit, { engine });
    const batch = Float64Array.of(0.5, 0.5, 0.5, -0.25);
    expect(() => opened.evaluate(batch, 2, 10)).toThrow(InputError);
    expect(() => opened.evaluate(batch, 2, 10)).toThrow(
      /sample 11, value 1: -0.25 is outside .*never negative.*option "outside: allow"/,
    );
  });

  it.each(ACTUAL)('are counted where they are allowed, and no bound is claimed: %s', (engine) => {
    const opened = openEngine(unit, { engine, outside: 'allow' });
    opened.evaluate(Float64Array.of(0.5, 0.5, 0.5, -0.25, 0, 2), 3, 4);
    const { outside, error } = opened.report();
    expect(outside).toEqual({
      samples: 2,
      signs: 1,
      first: { sample: 5, coordinate: 1, value: -0.25 },
      divisor: null,
    });
    expect(error.certified).toBeNull();
    if (engine !== 'folded') expect(error.rounding).toBeNull();
  });

  it('but of its signs are counted, and the bound holds for them too', () => {
    const opened = openEngine(unit);
    expect([...opened.evaluate(Float64Array.of(0, 1, 2, 1, 1, 1), 3)]).toEqual([3.5, 5.5, 4.5]);
    const { outside, error } = opened.report();
    expect(outside).toMatchObject({ samples: 1, signs: 0, first: { sample: 1, coordinate: 0 } });
    expect(error.rounding).not.toBeNull();
    // Lossless: error 0 for all inputs of these signs.
    expect(error.certified).toEqual(['0']);
    expect(error.sum).toEqual(error.rounding);
  });

  // By 3, 255 and 65535 exactly, by all others in float64: once, whoever does it.
  it.each([0.5, 3, 255, 65_535, 65_536, 1e8, 1.5, 1 / 3])(
    'are divided once by every engine: %d',
    (divide) => {
      const ticket = ticketFor(dense([[seven, -0.25]], [0.125]));
      const batch = Float64Array.of(3 * divide, 0.1 * divide, -2 * divide, 7 * divide);
      for (const engine of ACTUAL) {
        const opened = openEngine(ticket, { engine, divide });
        opened.prepare(batch, 2);
        const outputs = [...opened.evaluate(batch, 2)];
        const [error = 0] = opened.report().error.rounding?.map(Number) ?? [];
        for (const sample of [0, 1]) {
          const [x = 0, y = 0] = batch.subarray(2 * sample);
          const expected = (seven * x) / divide - (0.25 * y) / divide + 0.125;
          expect(Math.abs((outputs[sample] as number) - expected)).toBeLessThanOrEqual(
            error + 1e-14,
          );
          expect(error).toBeLessThan(1e-6);
        }
      }
    },
  );

  it('suggest a divisor where all of them are outside by one', () => {
    const bytes = Float64Array.of(3, 255, 0, 128);
    const forgotten = openEngine(unit);
    forgotten.evaluate(bytes, 2);
    expect(forgotten.report().outside).toMatchObject({ samples: 2, divisor: 255 });
    const given = openEngine(unit, { divide: 255 });
    given.evaluate(bytes, 2);
    expect(given.report().outside).toMatchObject({ samples: 0, divisor: null });
    forgotten.evaluate(Float64Array.of(0, 1), 1);
    expect(forgotten.report().outside.divisor).toBeNull();
    const far = openEngine(unit);
    far.evaluate(Float64Array.of(3, 1e7), 1);
    expect(far.report().outside).toMatchObject({ samples: 1, divisor: null });
  });

  it('are judged by the exact quotient where it enters exactly', () => {
    const limit = 1 / 3;
    const options = { domain: box(0, limit, 1), inputSigns: ['nonnegative' as const], divide: 3 };
    // 1/3 is more than the float64 nearest to it, which is what enters elsewhere.
    for (const dividesExactly of [true, false]) {
      const monitor = domainMonitor({ ...options, dividesExactly, outside: 'refuse' });
      monitor.check(Float64Array.of(1), Float64Array.of(limit), 1, 0);
      expect(monitor.report().samples).toBe(dividesExactly ? 1 : 0);
    }
  });

  it('of a ball are told by their distance, decided exactly at its surface', () => {
    const options = { inputSigns: ['signed' as const, 'signed' as const], divide: 1 };
    const monitor = domainMonitor({
      ...{ ...options, domain: { kind: 'ball', radius: 5 }, dividesExactly: false },
      outside: 'refuse',
    });
    const beyond = 4 * (1 + 2 ** -52);
    for (const batch of [
      Float64Array.of(3, 4),
      Float64Array.of(3, beyond),
      Float64Array.of(6, 8),
    ]) {
      monitor.check(batch, batch, 1, monitor.report().samples);
    }
    const { samples, first, signs } = monitor.report();
    expect({ samples, signs }).toEqual({ samples: 2, signs: 0 });
    expect(first).toMatchObject({ sample: 0, coordinate: null });
    expect(first?.value).toBeCloseTo(5, 10);
  });

  it('are exactly those that the definition says, on random boxes', () => {
    const random = randomStream(77);
    for (let trial = 0; trial < 300; trial++) {
      const low = Math.floor(random() * 5) - 3;
      const high = low + Math.floor(random() * 4);
      const divide = 1 + Math.floor(random() * 4);
      const inputSigns = [low >= 0 ? 'nonnegative' : high <= 0 ? 'nonpositive' : 'signed'] as const;
      const monitor = domainMonitor({
        ...{ domain: box(low, high, 1), inputSigns, divide, dividesExactly: true },
        outside: 'allow',
      });
      const given = Float64Array.from({ length: 8 }, () => Math.floor(random() * 30) - 15);
      const entering = given.map((value) => value / divide);
      monitor.check(given, entering, 8, 0);
      const isOutside = (value: number) => value < low * divide || value > high * divide;
      const wrong = (value: number) =>
        (inputSigns[0] === 'nonnegative' && value < 0) ||
        (inputSigns[0] === 'nonpositive' && value > 0);
      expect(monitor.report()).toMatchObject({
        samples: given.filter(isOutside).length,
        signs: given.filter(wrong).length,
      });
    }
  });
});

describe('certified tickets', () => {
  it('state their error, the rounding, and the sum of both', () => {
    const network = dense([[0.123, -0.4]], [0.7]);
    const domain = box(-1, 1);
    const outcome = findTicket(
      { ...network, domain },
      { construction: horner, delta: 1e-2, precision: { mode: 'certified', epsilon: 0.01 } },
    );
    if (!outcome.found) throw new Error('no seed has the network');
    const ticket = readTicket(concatenate(outcome.bytes));
    const opened = openEngine(ticket);
    opened.evaluate(Float64Array.of(0.5, -1), 1);
    const { rounding, certified, sum } = opened.report().error;
    expect(Number(certified?.[0])).toBeLessThanOrEqual(0.01);
    expect(Number(sum?.[0])).toBeGreaterThanOrEqual(Number(certified?.[0]) + Number(rounding?.[0]));
    expect(Number(sum?.[0])).toBeLessThan(1.001 * Number(certified?.[0]));
    // The certificate is about the box.
    opened.evaluate(Float64Array.of(2, 0), 1);
    expect(opened.report().error.certified).toBeNull();
  });
});

function trainedTicket(given: Partial<TrainedHead> = {}): TrainedTicket {
  const { head, mask } = sampleTrained(given);
  const kept = head.widths.slice(1).map((_, index) => keptCount(mask(index + 1)));
  return { ...head, kept, mask };
}

describe('tickets of the other kinds', () => {
  it('baselines: bounds hold in every engine, and fast is refused', () => {
    for (const name of ['malach', 'orseau', 'pensia', 'diffenderfer'] as const) {
      const ticket = readTicket(concatenate(foundBaseline(name, smallNetwork(3)).bytes));
      const random = randomStream(9);
      const batch = Float64Array.from({ length: 30 }, (_, at) =>
        at % 3 === 0 ? 2 * random() - 1 : at % 3 === 1 ? random() : -2 * random(),
      );
      const exact = openEngine(ticket, { engine: 'exact' }).evaluate(batch, 10);
      for (const engine of ['auto', 'float', 'folded'] as const) {
        const opened = openEngine(ticket, { engine });
        const values = opened.evaluate(batch, 10);
        const { error, arithmetic } = opened.report();
        expect(arithmetic).toMatch(/float64/);
        const bounds = (error.rounding ?? []).map(Number);
        expect(bounds).toHaveLength(2);
        for (const [index, value] of values.entries()) {
          const bound = bounds[index % 2] as number;
          expect(bound).toBeLessThan(1e-10);
          // The reference itself is rounded once.
          expect(Math.abs(value - (exact[index] as number))).toBeLessThanOrEqual(1.01 * bound);
        }
        expect(error.certified).toHaveLength(2);
      }
      expect(() => openEngine(ticket, { engine: 'fast' })).toThrow(
        /^option "engine: fast": it only adds/,
      );
      expect(() => openEngine(ticket).evaluate(Float64Array.of(0, -1, 0), 1)).toThrow(
        /value 1: -1 is outside/,
      );
    }
  });

  it('trained ones: their own arithmetic, with a bound against real numbers where there is one', () => {
    const random = randomStream(4);
    for (const weights of ['sign', 'normal'] as const) {
      const ticket = trainedTicket({ weights });
      const opened = openEngine(ticket);
      const batch = Float64Array.from({ length: 5 * opened.inputs }, () => 20 * random() - 10);
      const values = opened.evaluate(batch, 5);
      expect(values).toEqual(trainedEngine(compileTrained(ticket))(batch, 5));
      const { error, outside } = opened.report();
      expect(outside.samples).toBe(0);
      expect(error.certified).toBeNull();
      const bounds = (error.rounding ?? []).map(Number);
      // One long sum in another order is another float64 evaluation: within twice the bound.
      const reversed = trainedEngine(reversedProgram(ticket))(batch, 5);
      for (const [index, value] of values.entries()) {
        const bound = bounds[index % opened.outputs] as number;
        expect(bound).toBeLessThan(1e-9);
        expect(Math.abs(value - (reversed[index] as number))).toBeLessThanOrEqual(2 * bound);
      }
    }
    const signs = openEngine(trainedTicket({ activation: 'sign' }));
    signs.evaluate(new Float64Array(signs.inputs).fill(0.5), 1);
    expect(signs.report().error).toEqual({ rounding: null, certified: null, sum: null });
    for (const engine of ['exact', 'folded'] as const) {
      expect(() => openEngine(trainedTicket(), { engine })).toThrow(UsageError);
    }
  });
});

/** The same network with every neuron's edges in the opposite order. */
function reversedProgram(ticket: TrainedTicket): ReturnType<typeof compileTrained> {
  const program = compileTrained(ticket);
  return {
    ...program,
    layers: program.layers.map((layer) => {
      const edges = layer.edges.slice();
      const magnitudes = layer.magnitudes?.slice() ?? null;
      for (let neuron = 0; neuron < layer.outputs; neuron++) {
        const [start, end] = [layer.offsets[neuron], layer.offsets[neuron + 1]];
        edges.subarray(start, end).reverse();
        magnitudes?.subarray(start, end).reverse();
      }
      return { ...layer, edges, magnitudes };
    }),
  };
}
