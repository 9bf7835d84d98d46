/** The fast engine on feature maps: within its bound, exact where it says so, the same however it is run. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Construction } from '../../src/constructions/construction.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { skip } from '../../src/constructions/skip/skip.js';
import { InputError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import type { FastOptions } from '../../src/inference/fast/fast-engine.js';
import { jsMachines } from '../../src/inference/fast/js-kernels.js';
import { mapFastEngine } from '../../src/inference/fast/map-fast-engine.js';
import { mapLayoutSteps } from '../../src/inference/fast/map-layout.js';
import { MAP_FAST_WORK } from '../../src/inference/fast/map-thread-task.js';
import { floatTypes } from '../../src/inference/fast/number-types.js';
import { segmentsOf } from '../../src/inference/fast/segments.js';
import { dividedFastEngine } from '../../src/inference/fast/thread-task.js';
import { mapFastProgram } from '../../src/inference/map-fast-program.js';
import { mapMeasuresSteps } from '../../src/inference/map-measures.js';
import { compileMapsSteps } from '../../src/inference/map-program.js';
import { sizeOf } from '../../src/inference/open-engine.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { findTicket } from '../../src/pipeline/find.js';
import { exactArray } from '../../src/target/exact-array.js';
import type { FeatureShape } from '../../src/target/linear-map.js';
import { convolutionMap } from '../../src/target/make-layers.js';
import type { Network } from '../../src/target/network.js';
import { readOnnx } from '../../src/target/onnx/read-onnx.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomStream } from '../networks.js';
import { sharedFolder, sharedModel } from '../shared-files.js';
import { cloningThreads } from '../threads.js';

type Precision = NonNullable<Parameters<typeof findTicket>[1]>['precision'];

/** Null where the network cannot be laid out. */
function ticketOf(
  network: Network,
  precision?: Precision,
  construction = horner as Construction,
): ConstructedTicket | null {
  try {
    const result = findTicket(network, { construction, ...(precision && { precision }) });
    if (!result.found) throw new Error('not found');
    return result.ticket;
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return null;
  }
}

/** Tickets of the networks of the first so many seeds: every kind of layer, both orders of samples and constructions. */
function* tickets(seeds: number): Generator<readonly [number, ConstructedTicket]> {
  for (let seed = 1; seed <= seeds; seed++) {
    const network = randomMapNetwork({
      ...{
        seed,
        bits: seed % 10 === 0 ? 12 : 2 + (seed % 3),
        layers: 1 + (seed % 4),
        side: 1 + (seed % 6),
      },
      domain: seed % 3 === 0 ? 'all' : 'box',
      channelsLast: seed % 4 === 0,
    });
    const construction = seed % 2 === 0 ? horner : skip;
    const ticket = ticketOf(network, undefined, construction as Construction);
    if (ticket !== null) yield [seed, ticket];
  }
}

/** Bytes, or dyadic fractions, of the signs that the domain has; `wrong`: of any. */
function samplesFor(ticket: ConstructedTicket, count: number, seed: number, wrong = false) {
  const random = randomStream(seed);
  const { inputSigns } = sizeOf(ticket);
  return Float64Array.from({ length: count * inputSigns.length }, (_, at) => {
    const sample = Math.floor(at / inputSigns.length);
    const isByte = (sample + seed) % 3 === 0;
    const value = isByte ? Math.floor(random() * 256) : Math.round(random() * 4096) / 4096;
    if (random() < 0.1) return 0;
    const either = wrong || inputSigns[at % inputSigns.length] === 'signed';
    return either && random() < 0.5 ? -value : value;
  });
}

function programOf(ticket: ConstructedTicket) {
  const { maps } = ticket.target;
  if (maps === undefined) throw new Error('no maps');
  const program = complete(compileMapsSteps(ticket));
  return mapFastProgram(program, ticket, complete(mapMeasuresSteps(ticket, maps)));
}

/** Of planes that take some steps. */
function largeTicket(): ConstructedTicket {
  const image: FeatureShape = { channels: 1, height: 200, width: 150 };
  const map = convolutionMap({
    ...{ input: image, outputChannels: 2, kernel: { height: 3, width: 3 } },
    weights: Float64Array.from({ length: 18 }, (_, at) => (at % 5) - 2),
  });
  const bias = exactArray(new Float64Array(2));
  const layer = { ...map, bias, activation: 'identity' as const };
  const ticket = ticketOf({ layers: [layer], domain: { kind: 'all' } });
  if (ticket === null) throw new Error('refused');
  return ticket;
}

/** Without the sign of zero, which sums of integers do not have. */
const plain = (values: ArrayLike<number>): number[] => Array.from(values, (value) => value + 0);

/** What may be off where the exact values were rounded themselves. */
const rounded = (value: number): number => Math.abs(value) * 2 ** -52 + Number.MIN_VALUE;

describe('the fast engine on random feature maps', () => {
  it('is within what it states, and exact where bits are asked for', () => {
    let done = 0;
    const arithmetics = new Set<string>();
    for (const [seed, ticket] of tickets(40)) {
      done++;
      const count = 1 + ((7 * seed) % 41);
      const batch = samplesFor(ticket, count, seed);
      const divide = seed % 5 === 0 ? 255 : 1;
      const open = (options: Parameters<typeof openEngine>[1]) => {
        const engine = openEngine(ticket, { divide, outside: 'allow', ...options });
        return { values: engine.evaluate(batch, count), report: engine.report() };
      };
      const exact = open({ engine: 'exact' }).values;
      const { values, report } = open({ engine: 'fast' });
      expect(report.engine).toBe('fast');
      arithmetics.add(report.arithmetic);
      const { rounding } = report.error;
      const { outputs } = sizeOf(ticket);
      expect(rounding).toHaveLength(outputs);
      values.forEach((value, at) => {
        const own = exact[at] as number;
        const most = Number(rounding?.[at % outputs]) + rounded(own);
        expect(Math.abs(value - own)).toBeLessThanOrEqual(most);
      });
      const bits = open({ engine: 'fast', exactness: 'bits' });
      expect(plain(bits.values)).toEqual(plain(exact));
      expect(bits.report.arithmetic).toMatch(/exact|BigInt/);
      arithmetics.add(bits.report.arithmetic);
    }
    expect(done).toBeGreaterThan(28);
    const all = [...arithmetics].join('; ');
    const types = ['float64', 'int16, then float', 'int32', 'int64', 'BigInt'];
    for (const type of types) expect(all).toContain(type);
    // Its bound would do for most of them, and it would be off by more than the network in float32.
    expect(all).not.toContain('float32');
  });

  it('computes a sample alike in any batch, on any threads and with either kernels', () => {
    for (const [seed, ticket] of tickets(16)) {
      const count = 1 + ((11 * seed) % 45);
      const program = programOf(ticket);
      const { inputs, outputs, inputSigns } = sizeOf(ticket);
      const batch = samplesFor(ticket, count, seed, seed % 2 === 0);
      for (const exactness of ['float', 'bits'] as const) {
        const options: FastOptions = { exactness, inputSigns };
        const together = [...mapFastEngine(program, options).run(batch, count)];
        const inJavaScript = mapFastEngine(program, { ...options, machines: jsMachines });
        expect(plain(inJavaScript.run(batch, count))).toEqual(plain(together));
        const alone = mapFastEngine(program, options);
        for (let sample = 0; sample < count; sample += 5) {
          const own = batch.subarray(sample * inputs, (sample + 1) * inputs);
          const there = together.slice(sample * outputs, (sample + 1) * outputs);
          expect([...alone.run(own, 1)]).toEqual(there);
        }
        const threads = cloningThreads(3);
        const divided = dividedFastEngine(
          MAP_FAST_WORK,
          program,
          { exactness, inputSigns },
          threads,
        );
        expect([...divided.run(batch, count)]).toEqual(together);
      }
    }
  });

  it('gives the same while another run of it goes on, and after one that was ended', () => {
    const ticket = largeTicket();
    const program = programOf(ticket);
    const engine = mapFastEngine(program, { inputSigns: sizeOf(ticket).inputSigns });
    const [first, second] = [1, 2].map((seed) => samplesFor(ticket, 9, seed));
    const expected = [first, second].map((batch) => [...engine.run(batch, 9)]);
    const steps = [first, second].map((batch) => engine.runSteps(batch, 9));
    const results: number[][] = [];
    while (results.filter(Boolean).length < 2) {
      for (const [index, own] of steps.entries()) {
        const step = own.next();
        if (step.done === true && step.value !== undefined) results[index] = [...step.value];
      }
    }
    expect(results).toEqual(expected);
    const ended = engine.runSteps(first, 9);
    for (let count = 0; count < 3; count++) expect(ended.next().done).toBe(false);
    ended.return(new Float64Array(0));
    expect([...engine.run(second, 9)]).toEqual(expected[1]);
  });

  it('computes the pruned source outside of the signs of the domain too', () => {
    let negative = 0;
    for (const [seed, ticket] of tickets(16)) {
      const batch = samplesFor(ticket, 9, seed, true);
      const open = (engine: 'fast' | 'exact') =>
        openEngine(ticket, { engine, exactness: 'bits', outside: 'allow' });
      const fast = open('fast');
      expect(plain(fast.evaluate(batch, 9))).toEqual(plain(open('exact').evaluate(batch, 9)));
      negative += fast.report().outside.signs;
    }
    expect(negative).toBeGreaterThan(0);
  });

  it('works in steps, in rows of lanes however large the planes are', () => {
    const ticket = largeTicket();
    const program = programOf(ticket);
    const { inputSigns, outputs } = sizeOf(ticket);
    const batch = samplesFor(ticket, 5, 1);
    const engine = mapFastEngine(program, { inputSigns });
    engine.prepare(batch, 5);
    const steps = engine.runSteps(batch, 5);
    let count = 1;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) count++;
    const additions = (engine.additions() ?? 0) * 5;
    expect(count).toBeGreaterThan(additions / 8 / 2 ** 20);
    const folded = openEngine(ticket, { engine: 'folded' }).evaluate(batch, 5);
    expect(plain(step.value.subarray(0, outputs))).toEqual(plain(folded.subarray(0, outputs)));

    const segments = segmentsOf(program, ticket.inputSigns);
    const layoutFor = (bytes?: number) => {
      const types = floatTypes(segments, 'float64', false, false, []);
      return complete(mapLayoutSteps(program, segments, types, bytes));
    };
    expect(layoutFor().samples).toBe(8);
    const small = layoutFor(2 ** 20);
    expect(small.samples).toBeLessThan(5);
    expect(small.bytes).toBeLessThan(layoutFor().bytes / 2);
  });

  it('is what more than a few samples get', () => {
    const [, ticket] = tickets(3).next().value as readonly [number, ConstructedTicket];
    const { engine, reason } = openEngine(ticket, { samples: 33 }).report();
    expect([engine, reason]).toEqual(['fast', 'for more than 32 samples']);
    expect(openEngine(ticket, { samples: 32 }).report().engine).not.toBe('fast');
  });
});

const REAL = ['resnet_2b', 'cifar_base_kw', 'convnet_maxpool', 'cifar10_small_nhwc'];

describe.runIf(sharedFolder !== undefined)('the fast engine on real feature maps', () => {
  it.each(REAL)('is within what it states on %s', (name) => {
    const { network } = readOnnx(readFileSync(sharedModel(`${name}.onnx`)));
    const ticket = ticketOf(network, { mode: 'bits', bits: 12 });
    if (ticket === null) throw new Error('refused');
    const random = randomStream(1);
    const { inputs } = sizeOf(ticket);
    const batch = Float64Array.from({ length: 2 * inputs }, () => Math.round(random() * 255) / 255);
    const fast = openEngine(ticket, { engine: 'fast' });
    const exact = openEngine(ticket, { engine: 'exact' });
    const truth = exact.evaluate(batch, 2);
    const values = fast.evaluate(batch, 2);
    const { arithmetic, error } = fast.report();
    const { rounding } = error;
    expect(arithmetic).toContain('int32, then float64');
    // As near as float32, and not only as near as its bound: some dozen roundings.
    const largest = truth.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const off = truth.map((value, at) => Math.abs(value - (values[at] as number)));
    expect(Math.max(...off)).toBeLessThan(2 ** -19 * largest);
    values.forEach((value, at) => {
      const own = truth[at] as number;
      const most = Number(rounding?.[at % (truth.length / 2)]) + rounded(own);
      expect(Math.abs(value - own)).toBeLessThanOrEqual(most);
    });
  });
});
