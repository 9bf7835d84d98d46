/** Exported matrices, run from the file alone by the rules of docs/export.md. */
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { exportTicket, isExport } from '../../src/export/export-ticket.js';
import { fileBytes } from '../../src/export/exported-file.js';
import { exactToNumber, runExact } from '../../src/inference/exact.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { quantizeLossless } from '../../src/integer/quantize.js';
import { findTicket } from '../../src/pipeline/find.js';
import { decodeSafetensors } from '../../src/ticket/safetensors.js';
import { randomNetwork, randomStream } from '../networks.js';
import { findInteger, integersOf } from '../pruned-sources.js';
import { findSkip } from '../skip-sources.js';

/** What the lines of Python in docs/export.md do. */
function runFile(bytes: Uint8Array, input: readonly number[]): number[] {
  const { metadata, tensors } = decodeSafetensors(bytes);
  const numbers = (name: string): number[] | undefined => {
    const tensor = tensors.get(name);
    if (tensor === undefined) return undefined;
    const { dtype, data } = tensor;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const width = data.length / tensor.shape.reduce((product, size) => product * size, 1);
    return Array.from({ length: data.length / width }, (_, index) => {
      if (dtype === 'F64') return view.getFloat64(8 * index, true);
      if (dtype === 'I32') return view.getInt32(4 * index, true);
      if (dtype === 'I16') return view.getInt16(2 * index, true);
      return view.getInt8(index);
    });
  };
  const factors: number[] = JSON.parse(metadata.get('factors') ?? '');
  const reads: number[][] | undefined = JSON.parse(metadata.get('reads') ?? 'null') ?? undefined;
  const layers = [[...input]];
  factors.forEach((factor, index) => {
    const values = (reads?.[index] ?? [index]).flatMap((layer) => layers[layer]);
    const weights = numbers(`layer.${index + 1}.weight`) ?? [];
    const bias = numbers(`layer.${index + 1}.bias`);
    const columns = values.length;
    const next = Array.from({ length: weights.length / columns }, (_, row) => {
      let sum = bias?.[row] ?? 0;
      for (const [column, value] of values.entries())
        sum += weights[row * columns + column] * value;
      const relu = index < factors.length - 1 || metadata.get('unearth.activation') === 'relu';
      return relu ? Math.max(0, sum * factor) : sum * factor;
    });
    layers.push(next);
  });
  return layers[factors.length];
}

describe('matrices as safetensors', () => {
  it.each([
    ['live', true],
    ['full', true],
    ['folded', true],
    ['live', false],
    ['folded', false],
  ] as const)('are the %s network, biases %s', (form, biases) => {
    const activation = biases ? 'identity' : 'relu';
    const network = randomNetwork({ dimensions: [2, 3, 2], seed: 5, biases, activation });
    const domain = { kind: 'ball', radius: 8 } as const;
    const outcome = findTicket(network, { construction: horner, domain, delta: 1e-2 });
    if (!outcome.found) throw new Error('no seed has the network');
    const { ticket } = outcome;
    const file = fileBytes(
      exportTicket(ticket, { format: 'safetensors', form, compute: 'double' }),
    );
    expect(isExport(file.subarray(0, 64))).toBe(true);
    const { metadata, tensors } = decodeSafetensors(file);
    expect(metadata.get('unearth.form')).toBe(form);
    expect(tensors.has('layer.1.bias')).toBe(biases);
    if (form !== 'folded') {
      for (const { dtype, data } of tensors.values()) {
        expect(dtype).toBe('I8');
        expect(new Int8Array(data).every((entry) => Math.abs(entry) <= 1)).toBe(true);
      }
    }
    const random = randomStream(3);
    for (let trial = 0; trial < 20; trial++) {
      const input = Array.from({ length: 2 }, () => Math.floor(random() * 64) / 4 - 8);
      const exact = runExact(compileTicket(ticket), Float64Array.from(input), 1).map(exactToNumber);
      expect(runFile(file, input).map((value) => value + 0)).toEqual(
        exact.map((value) => value + 0),
      );
    }
  });

  it.each(['live', 'full'] as const)('are a skip source, %s', (form) => {
    const network = randomNetwork({ dimensions: [2, 2, 1], seed: 5, bits: 2, places: 1 });
    const domain = { kind: 'ball', radius: 8 } as const;
    const { ticket } = findSkip(quantizeLossless(network), ['signed', 'signed'], domain);
    const file = fileBytes(
      exportTicket(ticket, { format: 'safetensors', form, compute: 'double' }),
    );
    const { metadata } = decodeSafetensors(file);
    const reads = ticket.shape.layers.map(({ reads: own }, index) => own ?? [index]);
    expect(JSON.parse(metadata.get('reads') ?? '')).toEqual(reads);
    const random = randomStream(3);
    for (let trial = 0; trial < 20; trial++) {
      const input = Array.from({ length: 2 }, () => Math.floor(random() * 64) / 4 - 8);
      const exact = runExact(compileTicket(ticket), Float64Array.from(input), 1).map(exactToNumber);
      expect(runFile(file, input).map((value) => value + 0)).toEqual(
        exact.map((value) => value + 0),
      );
    }
  });

  it('hold integers that need 64 bits as the float64 that they are', () => {
    const { ticket } = findInteger(integersOf([[[2n ** 60n, 1]]]), ['signed', 'signed'], 1e-2, 1n);
    const request = { format: 'safetensors', form: 'folded', compute: 'double' } as const;
    const file = fileBytes(exportTicket(ticket, request));
    expect(decodeSafetensors(file).tensors.get('layer.1.weight')?.dtype).toBe('F64');
    expect(runFile(file, [3, 0])).toEqual([3 * 2 ** 60]);
  });
});
