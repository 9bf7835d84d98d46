/** The stated ranges and error bounds of feature maps, attacked: every sum in any order, at every position. */
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { InputError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import { boxOfTicket } from '../../src/export/input-box.js';
import { liveProgramSteps } from '../../src/export/live-program.js';
import { foldedError, prunedError } from '../../src/export/rounding-error.js';
import { foldedRange, prunedRange } from '../../src/export/value-range.js';
import { blockFactors } from '../../src/inference/block-factors.js';
import { FLOAT32, FLOAT64 } from '../../src/inference/float-format.js';
import {
  compileMapsSteps,
  coordinateOf,
  type MapProgram,
} from '../../src/inference/map-program.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { findTicket } from '../../src/pipeline/find.js';
import { inputsOf } from '../../src/target/network.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomStream } from '../networks.js';

type Round = (value: number) => number;

const BOXES = [
  [0, 1],
  [0.25, 1.5],
  [-1.5, 0.75],
  [-2, -0.25],
] as const;

/** Tickets on boxes of every sign; those that cannot be laid out are left out. */
const cases = Array.from({ length: 20 }, (_, seed): ConstructedTicket | null => {
  const network = randomMapNetwork({
    ...{ seed, bits: 3, layers: 1 + (seed % 3), side: 1 + (seed % 4) },
    channelsLast: seed % 5 === 0,
  });
  const [low, high] = BOXES[seed % BOXES.length] as readonly [number, number];
  const width = inputsOf(network.layers);
  const lower = new Float64Array(width).fill(low);
  const domain = { kind: 'box' as const, lower, upper: new Float64Array(width).fill(high) };
  try {
    const outcome = findTicket({ ...network, domain }, { construction: horner, delta: 1e-2 });
    if (!outcome.found) throw new Error('no seed has the network');
    return outcome.ticket;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}).filter((ticket) => ticket !== null);

interface Rounded {
  /** Channel by channel, of the last layer's neurons. */
  readonly outputs: readonly number[];
  /** The largest magnitude of a partial sum in each block. */
  readonly reach: readonly number[];
}

/** Every input of the first layer at every position; the constant's map is the last. */
function loaded(program: MapProgram, point: Float64Array, round: Round): number[] {
  const { input, constant } = program;
  const area = input.height * input.width;
  const values = Array.from({ length: input.channels * area }, (_, at) =>
    round(point[coordinateOf(program, Math.floor(at / area), at % area)] as number),
  );
  return constant ? [...values, ...new Array<number>(area).fill(1)] : values;
}

/** The pruned source in some arithmetic, the terms of every sum in random order. */
function runRounded(
  program: MapProgram,
  { target }: ConstructedTicket,
  point: Float64Array,
  round: Round,
  random: () => number,
): Rounded {
  const { factors } = blockFactors(target);
  let current = loaded(program, point, round);
  let area = program.input.height * program.input.width;
  let largest = 0;
  const reach: number[] = [];
  for (const [index, { neurons, offsets, edges }] of program.layers.entries()) {
    const block = program.blockEnds.indexOf(index + 1);
    const gather = program.gathers[index];
    const before = area;
    if (gather) area = gather.to;
    const relu = index < program.layers.length - 1 || target.activation === 'relu';
    const next: number[] = [];
    for (let neuron = 0; neuron < neurons.length; neuron++) {
      const own = [...edges.subarray(offsets[neuron], offsets[neuron + 1])];
      for (let position = 0; position < area; position++) {
        const terms = own.map((edge): readonly [number, number] => {
          const from = edge >>> 1;
          const sign = (edge & 1) === 0 ? 1 : -1;
          if (!gather) return [random(), sign * (current[from * area + position] as number)];
          const tap = from % gather.taps;
          const seen = gather.positions[position * gather.taps + tap] as number;
          const map = Math.floor(from / gather.taps);
          return [random(), seen < 0 ? 0 : sign * (current[map * before + seen] as number)];
        });
        let sum = 0;
        for (const [, term] of terms.sort(([first], [second]) => first - second)) {
          sum = round(sum + term);
          largest = Math.max(largest, Math.abs(sum), Math.abs(term));
        }
        const value = relu && sum < 0 ? 0 : sum;
        next.push(block < 0 ? value : value * (factors[block] as number));
      }
    }
    current = next;
    if (block < 0) continue;
    reach.push(largest);
    largest = 0;
  }
  return { outputs: current, reach };
}

describe('of feature maps', () => {
  it('the range holds every partial sum, and the bound every error, in both types', () => {
    const random = randomStream(5);
    expect(cases.length).toBeGreaterThan(12);
    for (const ticket of cases) {
      const { target, assignments } = ticket;
      const maps = complete(compileMapsSteps(ticket));
      const program = complete(liveProgramSteps(ticket));
      const box = boxOfTicket(ticket);
      const range = complete(prunedRange(program, target, assignments, box));
      const folded = complete(foldedRange(target, box));
      const { exponents } = blockFactors(target);
      const engine = openEngine(ticket, { engine: 'exact' });
      const { domain } = ticket;
      if (domain.kind !== 'box') throw new Error('no box');
      for (const [format, round] of [
        [FLOAT32, Math.fround],
        [FLOAT64, (value: number) => value],
      ] as const) {
        const bound = complete(prunedError(program, target, assignments, range, format));
        expect(complete(foldedError(target, folded, format))).toBeGreaterThanOrEqual(0);
        for (let trial = 0; trial < 4; trial++) {
          const point = domain.lower.map((low, input) => {
            const high = domain.upper[input] as number;
            const share = trial === 0 ? 1 : trial === 1 ? Math.round(random()) : random();
            return Math.fround(low + share * (high - low));
          });
          const exact = engine.evaluate(point, 1);
          const { outputs, reach } = runRounded(maps, ticket, point, round, random);
          let places = range.places;
          reach.forEach((largest, block) => {
            const limit = 2 ** ((range.blocks[block]?.bits as number) - places);
            expect(largest).toBeLessThanOrEqual(limit * (1 + 2 ** -10));
            places += exponents[block] as number;
          });
          const { neurons } = maps.layers.at(-1) as (typeof maps.layers)[number];
          const { area } = maps.outputs;
          outputs.forEach((value, at) => {
            const wanted = exact[(neurons[Math.floor(at / area)] as number) * area + (at % area)];
            const slack = 2 ** -52 * Math.abs(wanted as number);
            expect(Math.abs(value - (wanted as number))).toBeLessThanOrEqual(bound + slack);
          });
        }
      }
    }
  });
});
