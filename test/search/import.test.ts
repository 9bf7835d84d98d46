/** Masks of PyTorch's codes: what becomes of scores and weights, and what is no such checkpoint. */
import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import { trainedEngine } from '../../src/inference/trained.js';
import { compileTrained } from '../../src/inference/trained-layers.js';
import { verifyTrained } from '../../src/inference/verify-trained.js';
import { modulesWith } from '../../src/search/checkpoint-layers.js';
import { type ImportRequest, importSteps, importTicket } from '../../src/search/import.js';
import { parseShape } from '../../src/search/shape-text.js';
import type { StoredTensor } from '../../src/ticket/safetensors.js';
import { mapStages, type TrainedMaps } from '../../src/ticket/trained-maps.js';
import { channelMaps } from '../../src/ticket/trained-normalization.js';
import { randomStream } from '../networks.js';
import { plainOutputs } from './map-reference.js';
import { file, type Numbers, numbers, SIZES, TEXT } from './torch-checkpoint.js';

const STANDARDIZATION = { mean: Float64Array.of(1, 2), deviation: Float64Array.of(3, 4) };
const KEEP = 0.6;

function imported(of: Numbers, given: Partial<ImportRequest> = {}) {
  return complete(
    importSteps({
      ...{ bytes: file(of), method: 'edge-popup', shape: parseShape(TEXT), keep: [KEEP] },
      ...{ activation: 'relu', standardization: STANDARDIZATION },
      ...given,
    }),
  );
}

/** Weights as the plain network takes them, tap by tap, of the edges that the codes keep. */
function plainWeights(of: Numbers, name: keyof typeof SIZES, taps: number): Float64Array {
  const { values: scores } = of[`${name}.scores`] as Numbers[string];
  const { values } = of[`${name}.weight`] as Numbers[string];
  const order = Array.from(scores.keys()).sort(
    (one, other) => Math.abs(scores[one] as number) - Math.abs(scores[other] as number),
  );
  const dropped = new Set(order.slice(0, Math.trunc((1 - KEEP) * scores.length)));
  const outputs = SIZES[name][0];
  const inputs = scores.length / outputs;
  const weights = new Float64Array(scores.length);
  for (let column = 0; column < inputs; column++) {
    const row = (column % taps) * (inputs / taps) + Math.floor(column / taps);
    for (let output = 0; output < outputs; output++) {
      const at = output * inputs + column;
      weights[row * outputs + output] = dropped.has(at) ? 0 : (values[at] as number);
    }
  }
  return weights;
}

describe('an imported mask', () => {
  const own = numbers();
  const { ticket, layers, notices } = imported(own);

  it('computes what its code computes, from signs that are stored', () => {
    expect(layers).toEqual(['convs.0', 'linear.0', 'linear.10']);
    expect(notices).toEqual([]);
    expect(ticket.scales).toEqual([0.25, 0.25, 0.25]);
    expect(ticket.signs?.map(({ length }) => length)).toEqual([7, 8, 2]);
    const verdict = verifyTrained(ticket);
    expect(verdict).toMatchObject({ proved: true, signsStored: true });
    const stages = mapStages(ticket.widths, ticket.maps as TrainedMaps);
    const weights = [
      plainWeights(own, 'convs.0', 9),
      plainWeights(own, 'linear.0', 4),
      plainWeights(own, 'linear.10', 1),
    ];
    const maps = (ticket.normalizations ?? []).map((each) => each && channelMaps(each));
    // Of (z - mean) / sqrt(variance + 1e-5), to a byte.
    expect(maps[0]?.factors[2]).toBeCloseTo(1 / Math.sqrt(2), 1);
    expect(maps[0]?.shifts[0]).toBeCloseTo(-0.5, 1);
    const random = randomStream(2);
    const raw = Float64Array.from({ length: 32 }, () => 10 * random());
    const input = raw.map((value, at) => (value - (at % 2) - 1) / (3 + (at % 2)));
    const wanted = plainOutputs(stages, weights, [1, 1, 1], input, { channelMaps: maps });
    const outputs = trainedEngine(compileTrained(ticket))(raw, 1);
    outputs.forEach((value, at) => {
      expect(value).toBeCloseTo(wanted[at] as number, 10);
    });
  });

  it('has biprop scales, of all sizes of the weights that are kept', () => {
    const normal = numbers();
    const { values } = normal['linear.10.weight'] as Numbers[string];
    values.forEach((value, at) => {
      values[at] = value * (1 + at);
    });
    expect(() => imported(normal)).toThrow(/sizes from/);
    const { ticket: other } = imported(normal, { method: 'biprop' });
    const { values: scores } = normal['linear.10.scores'] as Numbers[string];
    const order = Array.from(scores.keys()).sort(
      (one, two) => Math.abs(scores[two] as number) - Math.abs(scores[one] as number),
    );
    const kept = order.slice(0, 15 - Math.trunc((1 - KEEP) * 15));
    const sum = kept.reduce((total, at) => total + Math.abs(values[at] as number), 0);
    expect(other.scales[2]).toBeCloseTo(sum / Math.trunc(KEEP * 15), 10);
  });

  it('tells of scores that are equal where the mask ends, and takes fixed masks as they are', () => {
    const equal = numbers();
    (equal['linear.0.scores'] as Numbers[string]).values.fill(0.5);
    expect(imported(equal).notices[0]).toMatch(/linear\.0: 24 scores/);
    const fixed = numbers();
    const { values } = fixed['linear.0.scores'] as Numbers[string];
    values.fill(0).fill(1, 0, 7);
    const { masks, notices: none } = imported(fixed);
    expect(masks.kept[1]).toBe(7);
    expect(none).toEqual([]);
  });

  it.each([
    ['linear.0.weight', null, /missing/],
    ['linear.0.scores', null, /scores of 2 layers/],
    ['convs.1.running_var', null, /0 normalisations/],
    ['convs.1.running_mean', null, /missing/],
    ['linear.0.weight', { shape: [3], values: Float32Array.of(1, 1, 1) }, /not 60 numbers/],
    ['convs.1.running_var', { shape: [3], values: Float32Array.of(-2, 1, 1) }, /NaN/],
    ['convs.1.weight', { shape: [3], values: Float32Array.of(1, -1, 1) }, /multiplied by -/],
    ['linear.10.scores', { shape: [15], values: new Float32Array(15).fill(Number.NaN) }, /NaN/],
    ['linear.10.weight', { shape: [15], values: new Float32Array(15) }, /is 0/],
  ] as const)('is refused with another %s', (name, tensor, problem) => {
    const changed = numbers();
    if (tensor === null) delete changed[name];
    else changed[name] = tensor;
    expect(() => imported(changed)).toThrow(InputError);
    expect(() => imported(changed)).toThrow(problem);
  });

  it('is refused of other requests', () => {
    expect(() => imported(own, { keep: [0.5, 0.5] })).toThrow(UsageError);
    expect(() => imported(own, { keep: [0] })).toThrow(UsageError);
    expect(() => imported(own, { shape: parseShape('4x4x2-conv3-pool-5-3') })).toThrow(/norm/);
    const names = { layers: ['linear.0', 'convs.0', 'linear.10'] };
    expect(() => imported(own, names)).toThrow(/numbers of/);
    expect(() => imported(own, { bytes: new Uint8Array(5) })).toThrow(InputError);
  });

  it('is refused of what is no request, by a typed error', async () => {
    const standardization = { mean: new Float64Array(2), deviation: new Float64Array(2).fill(1) };
    const right = {
      ...{ bytes: new Uint8Array(9), method: 'edge-popup', shape: { widths: [2, 2] } },
      ...{ keep: [0.5], activation: 'relu', standardization },
    };
    const parts = Object.keys(right).map((name) => ({ ...right, [name]: 7 }));
    for (const request of [
      null,
      undefined,
      7,
      'x',
      [],
      {},
      ...parts,
      { ...right, layers: [7] },
      right,
    ]) {
      await expect(importTicket(request as never)).rejects.toThrow(
        expect.objectContaining({ name: expect.stringMatching(/^(?:UsageError|InputError)$/) }),
      );
    }
  });
});

describe('modules', () => {
  it('are in the order of their layers', () => {
    const names = [
      ...['fc', 'layer2.0.shortcut.0', 'layer10.0.conv1', 'layer2.0.conv2', 'layer2.0.conv1'],
      ...['conv1', 'layer2.1.conv1'],
    ];
    const tensors = new Map(names.map((name) => [`${name}.scores`, {} as StoredTensor]));
    expect(modulesWith(tensors, 'scores')).toEqual([
      ...['conv1', 'layer2.0.conv1', 'layer2.0.shortcut.0', 'layer2.0.conv2', 'layer2.1.conv1'],
      ...['layer10.0.conv1', 'fc'],
    ]);
  });
});
