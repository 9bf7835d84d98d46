/** Trained tickets of feature maps: engine, bound, verdict, export and reader. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import { exportTrained } from '../../src/export/export-trained.js';
import { fileBytes } from '../../src/export/exported-file.js';
import { jsMachines } from '../../src/inference/fast/js-kernels.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { trainedEngine } from '../../src/inference/trained.js';
import { compileTrained } from '../../src/inference/trained-layers.js';
import { trainedMapEngineSteps } from '../../src/inference/trained-map-engine.js';
import type { TrainedProgram } from '../../src/inference/trained-program.js';
import { verifyTrained } from '../../src/inference/verify-trained.js';
import { keptCount } from '../../src/source/mask.js';
import { layerMagnitudes } from '../../src/source/normal.js';
import { maskSizes } from '../../src/source/shape.js';
import { layerSigns } from '../../src/source/source.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import { decodeSafetensors } from '../../src/ticket/safetensors.js';
import { type TrainedHead, type TrainedTicket, trainedShape } from '../../src/ticket/trained.js';
import { type MapStage, mapStages, type TrainedMaps } from '../../src/ticket/trained-maps.js';
import { channelMaps } from '../../src/ticket/trained-normalization.js';
import { randomStream } from '../networks.js';
import { plainOutputs } from '../search/map-reference.js';
import { runtimeOutputs } from '../target/onnx-runtime.js';
import { BEHIND, MAPS, sampleTrained, trainedBytes } from '../ticket/trained-sample.js';

const INPUTS = 8 * 7 * 3;
const SAMPLES = 21;

function ticketOf(given: Partial<TrainedHead> = {}): TrainedTicket {
  const { head, mask } = sampleTrained(given);
  const kept = head.widths.slice(1).map((_, index) => keptCount(mask(index + 1)));
  return { ...head, kept, mask };
}

/** The weights from masks, signs and magnitudes, as the plain network takes them: tap by tap. */
function plainWeights(ticket: TrainedTicket, stages: readonly MapStage[]): Float64Array[] {
  return maskSizes(trainedShape(ticket)).map(({ inputs, outputs }, index) => {
    const mask = ticket.mask(index + 1);
    if (mask.kind !== 'dense') throw new Error('a dense mask is expected');
    const { kernel, inputChannels } = stages[index] as MapStage;
    const taps = kernel.height * kernel.width;
    const signs = layerSigns(ticket.seed, index + 1);
    const magnitudes = layerMagnitudes(ticket.seed, index + 1);
    const weights = new Float64Array(inputs * outputs);
    for (let column = 0; column < inputs; column++) {
      const row = (column % taps) * inputChannels + Math.floor(column / taps);
      for (let channel = 0; channel < outputs; channel++) {
        if (((mask.words[column] as number) >>> channel) % 2 === 0) continue;
        const size = ticket.weights === 'sign' ? 1 : magnitudes(column, channel);
        weights[row * outputs + channel] = signs.sign(column, channel) * size;
      }
    }
    return weights;
  });
}

const random = randomStream(12);
const batch = Float64Array.from({ length: SAMPLES * INPUTS }, () => 10 * random() - 3);

describe.each([
  ['weights +-1', { ...MAPS, weights: 'sign' }],
  ['normal weights', { ...MAPS, weights: 'normal' }],
  ['normalised, residual', { ...BEHIND, weights: 'normal' }],
  ['signs, normalised, residual', { ...BEHIND, activation: 'sign' }],
] as [string, Partial<TrainedHead>][])('a ticket of feature maps: %s', (_name, given) => {
  const ticket = ticketOf(given);
  const stages = mapStages(ticket.widths, ticket.maps as TrainedMaps);
  const program = compileTrained(ticket);

  it('computes what the format says, to the bit', () => {
    const outputs = trainedEngine(program)(batch, SAMPLES);
    const { mean, deviation } = ticket.standardization;
    const own = plainWeights(ticket, stages);
    for (let sample = 0; sample < SAMPLES; sample++) {
      const raw = batch.subarray(sample * INPUTS, (sample + 1) * INPUTS);
      const input = raw.map(
        (value, at) => (value - (mean[at % 3] ?? 0)) / (deviation[at % 3] ?? 1),
      );
      const wanted = plainOutputs(stages, own, ticket.scales, input, {
        activation: ticket.activation,
        channelMaps: (ticket.normalizations ?? []).map((each) => each && channelMaps(each)),
      });
      expect(Array.from(outputs.subarray(3 * sample, 3 * sample + 3))).toEqual(wanted);
    }
  });

  it('in JavaScript too', () => {
    const maps = program as TrainedProgram & { stages: readonly MapStage[] };
    const plain = complete(trainedMapEngineSteps(maps, { machines: jsMachines })(batch, SAMPLES));
    expect(plain).toEqual(trainedEngine(program)(batch, SAMPLES));
  });

  it('is exported to ONNX and computes the same but for rounding', async () => {
    const file = exportTrained(ticket, { format: 'onnx', compute: 'float' });
    const shape = [SAMPLES, 8, 7, 3];
    const [outputs] = await runtimeOutputs(fileBytes(file), [Float32Array.from(batch)], shape);
    trainedEngine(program)(batch, SAMPLES).forEach((value, at) => {
      const off = Math.abs((outputs?.[at] as number) - value);
      expect(off).toBeLessThan(2e-5 * Math.max(10, Math.abs(value)));
    });
    expect(() => exportTrained(ticket, { format: 'onnx', compute: 'double' })).toThrow(InputError);
    const stored = decodeSafetensors(
      fileBytes(exportTrained(ticket, { format: 'safetensors', compute: 'double' })),
    );
    expect(stored.tensors.get('layer.1.weight')?.shape).toEqual([...[ticket.widths[1], 3, 3, 3]]);
    expect(JSON.parse(stored.metadata.get('maps') ?? '')).toMatchObject({ input: [8, 7, 3] });
  });

  it('has an error bound that no sample breaks', () => {
    const engine = openEngine(ticket, { samples: SAMPLES });
    engine.evaluate(batch, SAMPLES);
    const error = engine.report().error.rounding;
    if (ticket.activation === 'sign') {
      expect(error).toBeNull();
      return;
    }
    expect(error?.every((text) => Number(text) > 0 && Number(text) < 1e-6)).toBe(true);
  });
});

describe('the verdict', () => {
  it('holds on the bytes as written, and not with a mask bit, a scale or a pad changed', () => {
    const bytes = trainedBytes(MAPS);
    const ticket = ticketOfKind(readTicket(bytes), 'trained', 'this test');
    expect(ticket.maps).toEqual(MAPS.maps);
    expect(verifyTrained(ticket).proved).toBe(true);
    const changed = (t: number) => {
      const mask = ticket.mask(t);
      if (mask.kind !== 'dense') return mask;
      const words = mask.words.slice();
      words[5] ^= 2;
      return { ...mask, words };
    };
    expect(verifyTrained({ ...ticket, mask: changed }).proved).toBe(false);
    expect(verifyTrained({ ...ticket, scales: [0.3, 1.4, 2.3, 3.3] }).proved).toBe(false);
    const layers = (ticket.maps as TrainedMaps).layers.map((each, index) =>
      index === 1 ? { ...each, pad: 0 } : each,
    );
    const input = { height: 9, width: 8 };
    expect(verifyTrained({ ...ticket, maps: { input, layers } }).proved).toBe(false);
  });

  it('holds on a normalised residual network, and not with a code or a shortcut changed', () => {
    const ticket = ticketOfKind(readTicket(trainedBytes(BEHIND)), 'trained', 'this test');
    expect(ticket.maps).toEqual(BEHIND.maps);
    expect(ticket.normalizations).toEqual(BEHIND.normalizations);
    expect(verifyTrained(ticket).proved).toBe(true);
    const codes = ticket.normalizations?.[1]?.codes.slice() as Uint8Array;
    codes[2] ^= 1;
    const normalizations = (ticket.normalizations ?? []).map((each, index) =>
      each !== null && index === 1 ? { ...each, codes } : each,
    );
    expect(verifyTrained({ ...ticket, normalizations }).proved).toBe(false);
    const { input, layers } = ticket.maps as TrainedMaps;
    const apart = layers.map((each, index) =>
      index === 2 ? { ...each, linear: undefined } : each,
    );
    const changed = { input, layers: apart as TrainedMaps['layers'] };
    expect(verifyTrained({ ...ticket, maps: changed }).proved).toBe(false);
  });

  it('is none where a sign would hide what is no number', () => {
    const { head, mask } = sampleTrained({ ...BEHIND, activation: 'sign' });
    const kept = head.widths.slice(1).map((_, index) => keptCount(mask(index + 1)));
    const deviation = new Float64Array(3).fill(1e-300);
    const standardization = { mean: new Float64Array(3), deviation };
    const program = compileTrained({ ...head, standardization, kept, mask });
    const large = new Float64Array(INPUTS).fill(1e200);
    expect(() => trainedEngine(program)(large, 1)).toThrow(/beyond float64/);
  });
});

describe('a sum beyond float64', () => {
  /** Two rows of one column that a layer of a kernel of 2 by 1 adds up, and two layers behind it. */
  const layer = (height: number) => ({ kernel: { height, width: 1 }, pad: 0, pool: 1 });
  const maps = { input: { height: 2, width: 1 }, layers: [layer(2), layer(1), layer(1)] };
  const standardization = { mean: new Float64Array(1), deviation: new Float64Array(1).fill(1) };
  const seedOf = (sign: number): bigint => {
    for (let seed = 0n; ; seed++) {
      const signs = layerSigns(seed, 1);
      if ([0, 1].every((column) => signs.sign(column, 0) === sign)) return seed;
    }
  };
  const programOf = (sign: number) => {
    const { head } = sampleTrained({ widths: [1, 2, 1, 1], maps, standardization });
    const masks = maskSizes(trainedShape(head)).map(({ inputs, outputs }) => {
      const words = new Uint32Array(inputs).fill(2 ** outputs - 1);
      return { kind: 'dense', inputs, outputs, words } as const;
    });
    const kept = masks.map(keptCount);
    const scales = [1, 1, 1];
    const mask = (t: number) => masks[t - 1] as (typeof masks)[0];
    return compileTrained({ ...head, scales, seed: seedOf(sign), kept, mask });
  };

  it.each([-1, 1])(
    'is refused in a plain layer, where ReLU would hide %d times infinity',
    (sign) => {
      const program = programOf(sign);
      const stages = program as TrainedProgram & { stages: readonly MapStage[] };
      for (const run of [
        (batch: Float64Array) => trainedEngine(program)(batch, 1),
        (batch: Float64Array) =>
          complete(trainedMapEngineSteps(stages, { machines: jsMachines })(batch, 1)),
      ]) {
        expect(() => run(Float64Array.of(1.7e308, 1.7e308))).toThrow(/layer 1: a sum is beyond/);
        // Large, and finite.
        const [output] = run(Float64Array.of(sign * 3e307, sign * 1e307));
        expect(Math.abs(output as number)).toBeLessThan(1e308);
      }
    },
  );
});

describe('what a ticket may cost', () => {
  const layer = (height: number, width: number, pad: number, pool: number) => ({
    kernel: { height, width },
    pad,
    pool,
  });
  it('admits no network whose maps would not fit', () => {
    const input = { height: 3840, width: 3840 };
    const maps = { input, layers: [layer(3, 3, 1, 16), layer(240, 240, 0, 1)] };
    const { head, mask } = sampleTrained();
    const large = { ...head, widths: [1, 1, 1], maps, scales: [1, 1], kept: [1, 1], mask };
    const standardization = { mean: new Float64Array(1), deviation: new Float64Array(1).fill(1) };
    const ticket: TrainedTicket = { ...large, standardization, probeOutputs: new Float64Array(2) };
    expect(() => compileTrained(ticket)).toThrow(/memory/);
  });
});
