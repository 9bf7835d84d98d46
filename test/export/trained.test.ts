/** Exported trained tickets in ONNX Runtime, against the ticket's own engine. */
import { describe, expect, it } from 'vitest';
import { isExport } from '../../src/export/export-ticket.js';
import { exportTrained } from '../../src/export/export-trained.js';
import { type Compute, fileBytes } from '../../src/export/exported-file.js';
import { trainedEngine } from '../../src/inference/trained.js';
import { compileTrained } from '../../src/inference/trained-layers.js';
import { keptCount } from '../../src/source/mask.js';
import { decodeSafetensors } from '../../src/ticket/safetensors.js';
import type { TrainedHead, TrainedTicket } from '../../src/ticket/trained.js';
import { randomStream } from '../networks.js';
import { runtimeOutputs } from '../target/onnx-runtime.js';
import { sampleTrained } from '../ticket/trained-sample.js';

function ticketOf(given: Partial<TrainedHead>): TrainedTicket {
  const { head, mask } = sampleTrained(given);
  const kept = head.widths.slice(1).map((_, index) => keptCount(mask(index + 1)));
  return { ...head, kept, mask };
}

const uneven = {
  mean: new Float64Array(6),
  deviation: Float64Array.of(1, 2, 3, 4, 0.1, 7),
};

describe.each([
  ['ternary', {}],
  ['ternary, sign', { activation: 'sign' }],
  ['normal weights', { weights: 'normal' }],
  ['an input scale each', { standardization: uneven }],
] as const)('a trained ticket as ONNX: %s', (_, given) => {
  const ticket = ticketOf(given);
  const random = randomStream(4);
  const batch = Float64Array.from({ length: 25 * 6 }, () => 8 * random() - 4);
  const expected = trainedEngine(compileTrained(ticket))(batch, 25);

  it.each(['float', 'double'] as const)(
    'computes the same but for rounding (%s)',
    async (compute: Compute) => {
      const file = exportTrained(ticket, { format: 'onnx', compute });
      const bytes = fileBytes(file);
      expect(bytes.length).toBe(file.bytes);
      expect(isExport(bytes)).toBe(true);
      const input = compute === 'float' ? Float32Array.from(batch) : batch;
      const [outputs] = await runtimeOutputs(bytes, [input], [25, 6]);
      // A sign that float32 turns would differ by whole numbers; these samples have none.
      outputs?.forEach((value, index) => {
        expect(Math.abs(value - (expected[index] as number))).toBeLessThan(
          (compute === 'float' ? 2e-5 : 1e-12) * Math.max(1, Math.abs(expected[index] as number)),
        );
      });
    },
  );

  it('as safetensors: the same matrices', () => {
    const file = exportTrained(ticket, { format: 'safetensors', compute: 'double' });
    const { metadata, tensors } = decodeSafetensors(fileBytes(file));
    const factors = JSON.parse(metadata.get('factors') as string) as number[];
    let current = Array.from({ length: 6 }, (_, index) => batch[index] as number);
    factors.forEach((factor, index) => {
      const weight = tensors.get(`layer.${index + 1}.weight`);
      const bias = tensors.get(`layer.${index + 1}.bias`);
      if (weight === undefined) throw new Error('no matrix');
      const numbers = (data: Uint8Array, dtype: string): ArrayLike<number> =>
        dtype === 'I8' ? new Int8Array(data.slice().buffer) : new Float64Array(data.slice().buffer);
      const matrix = numbers(weight.data, weight.dtype);
      const shift = bias && numbers(bias.data, bias.dtype);
      const [outputs = 0, inputs = 0] = weight.shape;
      const sums = Array.from({ length: outputs }, (_, v) => {
        let sum = shift?.[v] ?? 0;
        for (let c = 0; c < inputs; c++)
          sum += (matrix[v * inputs + c] as number) * (current[c] as number);
        return sum * factor;
      });
      const hidden = index < factors.length - 1;
      current = sums.map((sum) => {
        if (!hidden) return sum;
        return ticket.activation === 'relu' ? Math.max(0, sum) : sum < 0 ? -1 : 1;
      });
    });
    current.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index] as number, 9);
    });
  });
});
