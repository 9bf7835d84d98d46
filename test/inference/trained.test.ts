/** The engine for trained tickets against plain evaluation, and its verdict against mutations. */
import { describe, expect, it } from 'vitest';
import type { LabelledData } from '../../src/data/labelled.js';
import { dataDigest } from '../../src/data/labelled.js';
import { argMax } from '../../src/inference/arg-max.js';
import { trainedEngine } from '../../src/inference/trained.js';
import { compileTrained, probeInputs } from '../../src/inference/trained-layers.js';
import { verifyTrained } from '../../src/inference/verify-trained.js';
import { type DenseMask, keptCount, toSparse } from '../../src/source/mask.js';
import { layerMagnitudes } from '../../src/source/normal.js';
import { layeredShape } from '../../src/source/shape.js';
import { createSource } from '../../src/source/source.js';
import type { TrainedHead, TrainedTicket } from '../../src/ticket/trained.js';
import { randomStream } from '../networks.js';
import { sampleTrained } from '../ticket/trained-sample.js';

function ticketOf(given: Partial<TrainedHead> = {}): TrainedTicket {
  const { head, mask } = sampleTrained(given);
  const kept = head.widths.slice(1).map((_, index) => keptCount(mask(index + 1)));
  return { ...head, kept, mask };
}

/** The definition, edge by edge. */
function evaluate(ticket: TrainedTicket, raw: readonly number[]): number[] {
  const { seed, widths, weights, activation, scales, standardization } = ticket;
  const source = createSource(seed, layeredShape(widths));
  let current = raw.map(
    (value, index) =>
      (value - (standardization.mean[index] as number)) /
      (standardization.deviation[index] as number),
  );
  scales.forEach((scale, index) => {
    const { columns, offsets, rows } = toSparse(ticket.mask(index + 1));
    const sums = new Array<number>(widths[index + 1] as number).fill(0);
    const signs = source.layer(index + 1);
    const magnitude = weights === 'sign' ? () => 1 : layerMagnitudes(seed, index + 1);
    columns.forEach((column, at) => {
      for (let edge = offsets[at] as number; edge < (offsets[at + 1] as number); edge++) {
        const row = rows[edge] as number;
        sums[row] += signs.sign(column, row) * magnitude(column, row) * (current[column] as number);
      }
    });
    const hidden = index < scales.length - 1;
    current = sums.map((sum) => {
      const value = sum * scale;
      if (!hidden) return value;
      return activation === 'relu' ? Math.max(0, value) : value < 0 ? -1 : 1;
    });
  });
  return current;
}

const KINDS: readonly Partial<TrainedHead>[] = [
  {},
  { activation: 'sign' },
  { weights: 'normal' },
  { weights: 'normal', activation: 'sign', widths: [5, 70, 33, 2] },
];

describe('the engine of trained tickets', () => {
  it.each(KINDS)('gives what the definition says, bit for bit: %j', (given) => {
    const ticket = ticketOf(given);
    const program = compileTrained(ticket);
    const engine = trainedEngine(program);
    const random = randomStream(6);
    const samples = 70;
    const batch = Float64Array.from({ length: samples * program.inputs }, () => 9 * random() - 4);
    const outputs = engine(batch, samples);
    for (let sample = 0; sample < samples; sample++) {
      const raw = Array.from(
        batch.subarray(sample * program.inputs, (sample + 1) * program.inputs),
      );
      const row = outputs.subarray(sample * program.outputs, (sample + 1) * program.outputs);
      expect(Array.from(row)).toEqual(evaluate(ticket, raw));
    }
  });

  it('a neuron without edges is 0, and 1 under sign', () => {
    const widths = [2, 2, 1];
    const { head } = sampleTrained({ widths, scales: [1, 1] });
    const none: DenseMask = { kind: 'dense', inputs: 2, outputs: 2, words: new Uint32Array(2) };
    const all: DenseMask = { kind: 'dense', inputs: 2, outputs: 1, words: Uint32Array.of(1, 1) };
    const mask = (t: number): DenseMask => (t === 1 ? none : all);
    const signs = createSource(head.seed, layeredShape(widths, [2])).layer(2);
    const sum = signs.sign(0, 0) + signs.sign(1, 0);
    for (const [activation, expected] of [
      ['relu', 0],
      ['sign', sum],
    ] as const) {
      const engine = trainedEngine(compileTrained({ ...head, activation, kept: [0, 2], mask }));
      expect(engine(Float64Array.of(3, -4), 1)[0]).toBe(expected);
    }
  });

  it('probe inputs lie within two deviations of the mean and reach every coordinate', () => {
    const { seed, standardization } = ticketOf();
    const { mean, deviation } = standardization;
    const probes = probeInputs(seed, standardization, 50);
    expect(probeInputs(seed, standardization, 20)).toEqual(probes.subarray(0, 20 * mean.length));
    probes.forEach((value, index) => {
      const input = index % mean.length;
      const spread = (value - (mean[input] as number)) / (deviation[input] as number);
      expect(Math.abs(spread)).toBeLessThanOrEqual(2);
      expect(spread).not.toBe(0);
    });
    expect(Array.from(probeInputs(1n, standardization, 1))).toMatchInlineSnapshot(`
      [
        1.274517958983779,
        0.3571685432855572,
        2.6787355516904165,
        0.22255883033254314,
        -2.28204226068088,
        2.9348578175662885,
      ]
    `);
  });
});

describe('the verdict on a trained ticket', () => {
  const ticket = ticketOf();

  it.each(KINDS)('holds for a true one: %j', (given) => {
    const verdict = verifyTrained(ticketOf(given));
    expect(verdict).toMatchObject({ equal: true, proved: true, accuracy: null, probes: 3 });
  });

  it('fails if any kept edge, scale, seed or recorded output is another', () => {
    const wrong = (part: Partial<TrainedTicket>) => verifyTrained({ ...ticket, ...part });
    const broken: Partial<TrainedTicket>[] = [
      { seed: ticket.seed ^ 1n },
      { scales: [0.3, 1.3000000000000003] },
      { activation: 'sign' },
      { weights: 'normal' },
      {
        standardization: {
          ...ticket.standardization,
          mean: ticket.standardization.mean.map((value) => value + 1e-9),
        },
      },
      { probeOutputs: ticket.probeOutputs.map((value, at) => (at === 5 ? value + 1e-15 : value)) },
    ];
    for (const part of broken) {
      const verdict = wrong(part);
      expect(verdict).toMatchObject({ equal: false, proved: false });
      expect(verdict.failure?.reason).toMatch(/output \d+ of probe \d+/);
    }
    expect(wrong({ probeOutputs: new Float64Array(0) }).failure?.reason).toMatch(/no outputs/);
    // Every edge of the last layer that comes from a neuron some probe turns on.
    const last = ticket.mask(2) as DenseMask;
    let noticed = 0;
    for (let column = 0; column < last.inputs; column++) {
      const words = last.words.slice();
      words[column] ^= 1;
      const mask = (t: number) => (t === 2 ? { ...last, words } : ticket.mask(t));
      if (!wrong({ mask }).equal) noticed++;
    }
    expect(noticed).toBeGreaterThan(0.8 * last.inputs);
  });

  it('measures accuracy again, and compares it for the same data alone', () => {
    const random = randomStream(8);
    const values = Float64Array.from({ length: 30 * 6 }, random);
    const outputs = trainedEngine(compileTrained(ticket))(values, 30);
    // The last three labels are made wrong.
    const labels = Uint32Array.from({ length: 30 }, (_, sample) => {
      const right = argMax(outputs, 3 * sample, 3);
      return sample < 27 ? right : (right + 1) % 3;
    });
    const data: LabelledData = { count: 30, inputs: 6, classes: 3, values, labels };
    expect(verifyTrained(ticket, { data })).toMatchObject({
      proved: true,
      accuracy: { correct: 27, samples: 30, matches: null },
    });
    const recorded = (correct: number): TrainedTicket => ({
      ...ticket,
      accuracy: { correct, samples: 30, data: dataDigest(data) },
    });
    expect(verifyTrained(recorded(27), { data })).toMatchObject({
      proved: true,
      accuracy: { matches: true },
    });
    expect(verifyTrained(recorded(28), { data })).toMatchObject({
      equal: true,
      proved: false,
      accuracy: { matches: false },
      failure: { reason: '27 of 30 samples are right, the ticket records 28 of 30' },
    });
  });
});
