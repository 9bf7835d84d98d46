/** Certificates of integers in other units of neurons, and of boxes with ranges by rows: found, proved again, attacked. */
import { describe, expect, it } from 'vitest';
import { attack } from '../../src/attack/attack.js';
import { createJudge, exceeds } from '../../src/attack/judge.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { complete } from '../../src/core/steps.js';
import { rescaledNetwork } from '../../src/integer/neuron-scales.js';
import { quantize, quantizeLossless } from '../../src/integer/quantize.js';
import { findTicket } from '../../src/pipeline/find.js';
import { chooseBits } from '../../src/precision/allot-bits.js';
import { averagePlaces } from '../../src/precision/average-places.js';
import { differenceLayers } from '../../src/precision/bounds/difference-layers.js';
import { centred } from '../../src/precision/bounds/region.js';
import { rowRanges } from '../../src/precision/bounds/row-ranges.js';
import { certify, recertify } from '../../src/precision/certificate.js';
import { boxesWithin } from '../../src/precision/effort.js';
import { inRecordedUnits } from '../../src/precision/precision.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { evaluateNetwork } from '../../src/target/evaluate.js';
import type { Domain } from '../../src/target/network.js';
import { readTicket } from '../../src/ticket/read.js';
import { randomNetwork, randomStream } from '../networks.js';
import { cloningThreads } from '../threads.js';
import { changed as changedBytes } from '../ticket-changes.js';

const cube = (inputs: number): Extract<Domain, { kind: 'box' }> => ({
  kind: 'box',
  lower: new Float64Array(inputs),
  upper: new Float64Array(inputs).fill(1),
});
/** Neurons of very different sizes, as training leaves them. */
const uneven = rescaledNetwork(
  randomNetwork({ dimensions: [2, 6, 5, 2], seed: 11, bits: 10, places: 9 }),
  [
    [4, -3, 0, 5, -4, 2],
    [-4, 0, 3, -2, 4],
  ],
);

describe('integers in other units of neurons', () => {
  const options = { rescale: true, rows: true, boxes: 9 } as const;
  const chosen = chooseBits(uneven, cube(2), 0.05, options);

  it('are shorter for the same epsilon', () => {
    const plain = chooseBits(uneven, cube(2), 0.05, { ...options, rescale: false });
    const longest = ({ integerNetwork }: typeof plain): number =>
      integerNetwork.matrices.reduce(
        (sum, { values }) =>
          sum + Math.log2(Math.max(...[...values].map((own) => Math.abs(Number(own))))),
        0,
      );
    expect(plain.scales).toBeUndefined();
    expect(chosen.scales).toBeDefined();
    expect(longest(chosen)).toBeLessThan(longest(plain) - 2);
    expect(chosen.certificate.epsilon).toBeLessThanOrEqual(0.05);
    // Units of neurons do not change what a weight's last bit is worth, on average over rows and columns.
    expect(averagePlaces(uneven, chosen.places, chosen.scales)).toBe(chosen.averagePlaces);
  });

  it('are the model where nothing less will do, in its own units where those cost no more', () => {
    const even = randomNetwork({
      dimensions: [2, 4, 2],
      seed: 5,
      bits: 3,
      places: 3,
      biases: false,
    });
    const dear = {
      ...options,
      cost: (_: readonly number[], own: object) => (own === even ? 1 : 2),
    };
    const { scales, integerNetwork } = chooseBits(even, cube(2), 1e-300, dear);
    expect(scales).toBeUndefined();
    expect(integerNetwork).toEqual(quantizeLossless(even));
    expect(chooseBits(uneven, cube(2), 1e-300, options).certificate.epsilon).toBe(0);
  });

  it('are held against the model itself', () => {
    const { input, measured } = attack(
      inRecordedUnits(uneven, { ...record(), scales: chosen.scales }),
      chosen.integerNetwork,
      cube(2),
      { evaluations: 500 },
    );
    const errors = createJudge(uneven, chosen.integerNetwork)(input);
    errors.forEach((error, output) => {
      expect(exceeds(error, chosen.certificate.outputs[output])).toBe(false);
    });
    expect(measured).toBeGreaterThan(0);
  });

  function record() {
    const { decimal, outputDecimals, method } = chosen.certificate;
    return {
      mode: 'certified' as const,
      ...{ requested: 0.05, certified: decimal, outputs: outputDecimals, method },
    };
  }

  it('are recorded in a ticket, which stands for the model with just these units', () => {
    const precision = { mode: 'certified', epsilon: 0.05 } as const;
    const found = findTicket(uneven, { construction: horner, domain: cube(2), precision });
    if (!found.found) throw new Error('not found');
    expect(found.verdict.proved).toBe(true);
    const own = found.ticket.precision;
    if (own.mode !== 'certified' || own.scales === undefined) throw new Error('no units');
    const ticket = readTicket(found.bytes[0]);
    if (ticket.kind !== 'constructed') throw new Error('another kind');
    const model = { network: uneven };
    expect(verifyTicket(ticket, { model })).toMatchObject({ proved: true, modelMatches: true });
    const changed = (scales: unknown) => {
      const bytes = changedBytes(
        found.bytes[0],
        `constructed.precision.scales = ${JSON.stringify(scales)}`,
      );
      const other = readTicket(bytes);
      if (other.kind !== 'constructed') throw new Error('another kind');
      return verifyTicket(other, { model });
    };
    const [first, ...rest] = own.scales;
    expect(
      changed([first.map((scale, j) => (j === 0 ? scale + 1 : scale)), ...rest]),
    ).toMatchObject({
      proved: false,
      modelMatches: false,
    });
    expect(changed([first.slice(1), ...rest]).failure?.reason).toMatch(/scales/);
    expect(() => changed([...(own.scales ?? []), [0], [0]])).toThrow(/scales/);
    expect(() => changed([[0.5]])).toThrow(/scales/);
  });
});

describe('ranges by rows', () => {
  it('hold what neurons are at, on boxes and balls', () => {
    const network = randomNetwork({ dimensions: [3, 6, 5, 4, 2], seed: 21, bits: 8, places: 6 });
    const layers = differenceLayers(network, quantize(network, [3, 3, 3, 3]));
    const random = randomStream(3);
    for (const region of [cube(3), { kind: 'ball' as const, radius: 0.7 }]) {
      const ranges = complete(rowRanges(layers, region));
      expect(ranges).toHaveLength(3);
      const { centre, radius, ball } = centred(region, 3);
      for (let trial = 0; trial < 200; trial++) {
        const point = centre.map((middle, k) => middle + (2 * random() - 1) * radius[k]);
        const length = Math.hypot(...point);
        const inside = ball && length > 0.7 ? point.map((own) => (own * 0.7) / length) : point;
        ranges.forEach(({ lower, upper }, index) => {
          // The layer's pre-activations are the outputs of the network that ends there.
          const layer = { ...network.layers[index], activation: 'identity' as const };
          const until = { ...network, layers: [...network.layers.slice(0, index), layer] };
          evaluateNetwork(until, inside).forEach((value, neuron) => {
            expect(value).toBeGreaterThanOrEqual(lower[neuron] - 1e-9);
            expect(value).toBeLessThanOrEqual(upper[neuron] + 1e-9);
          });
        });
      }
    }
  });

  it('certify the same again, with the boxes that are recorded, whatever the threads', () => {
    const network = randomNetwork({ dimensions: [2, 50, 40, 1], seed: 6, bits: 10, places: 9 });
    const rounded = quantize(network, [5, 5, 5]);
    const whole = certify(network, rounded, cube(2), {
      methods: ['ellipsoid'],
      rows: true,
      boxes: 1,
    });
    const goal = 0.8 * whole.epsilon;
    const split = { goal, rows: true, boxes: 60, methods: ['ellipsoid'] as const };
    const own = certify(network, rounded, cube(2), split);
    expect(own.epsilon).toBeLessThanOrEqual(goal);
    expect(own.boxes).toBeGreaterThan(1);
    expect(certify(network, rounded, cube(2), { ...split, threads: cloningThreads(2) })).toEqual(
      own,
    );
    const claim = {
      ...{ requested: goal, certified: own.decimal, outputs: own.outputDecimals, boxes: own.boxes },
    };
    expect(recertify(network, rounded, cube(2), claim).holds).toBe(true);
    expect(recertify(network, rounded, cube(2), { ...claim, boxes: 1 }).holds).toBe(false);
  });

  it('certify again what was claimed before multipliers were kept apart', () => {
    const network = randomNetwork({ dimensions: [2, 20, 16, 12, 1], seed: 6, bits: 10, places: 9 });
    const rounded = quantize(network, [5, 5, 5, 5]);
    const whole = { methods: ['ellipsoid'] as const, rows: true, boxes: 1 };
    const before = certify(network, rounded, cube(2), whole);
    const now = certify(network, rounded, cube(2), { ...whole, apart: true });
    // Neither is always the better one; here it is the former.
    expect(before.epsilon).toBeLessThan(now.epsilon);
    const claim = { certified: before.decimal, outputs: before.outputDecimals, boxes: 1 };
    const again = { ...claim, requested: before.epsilon };
    expect(recertify(network, rounded, cube(2), again).holds).toBe(true);
  });

  it('meet with more boxes what they meet with fewer', () => {
    const network = randomNetwork({ dimensions: [2, 8, 6, 1], seed: 4, bits: 10, places: 9 });
    let before = Number.POSITIVE_INFINITY;
    for (const boxes of [9, 21, 45]) {
      const { averagePlaces: own } = chooseBits(network, cube(2), 0.02, { rows: true, boxes });
      expect(own).toBeLessThanOrEqual(before);
      before = own;
    }
    const counts = [1, 5, 60, 600, 3600].map((seconds) => boxesWithin(network, seconds));
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });
});
