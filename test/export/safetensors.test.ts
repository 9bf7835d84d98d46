/** Exported matrices, run from the file alone by the rules of docs/export.md. */
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { InputError } from '../../src/core/errors.js';
import { exportTicket, isExport } from '../../src/export/export-ticket.js';
import { fileBytes } from '../../src/export/exported-file.js';
import { exactToNumber, runExact } from '../../src/inference/exact.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { quantizeLossless } from '../../src/integer/quantize.js';
import { findTicket } from '../../src/pipeline/find.js';
import { inputsOf } from '../../src/target/network.js';
import { decodeSafetensors } from '../../src/ticket/safetensors.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomNetwork, randomStream } from '../networks.js';
import { findInteger, integersOf } from '../pruned-sources.js';
import { findSkip } from '../skip-sources.js';

type Tensors = ReturnType<typeof decodeSafetensors>['tensors'];

function tensorOf(tensors: Tensors, name: string) {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`no tensor ${name}`);
  const { dtype, data, shape } = tensor;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const width = data.length / shape.reduce((product, size) => product * size, 1);
  const numbers = Array.from({ length: data.length / width }, (_, index) => {
    if (dtype === 'F64') return view.getFloat64(8 * index, true);
    if (dtype === 'I64') return Number(view.getBigInt64(8 * index, true));
    if (dtype === 'I32') return view.getInt32(4 * index, true);
    if (dtype === 'I16') return view.getInt16(2 * index, true);
    return view.getInt8(index);
  });
  return { numbers, shape };
}

/** What the lines of Python in docs/export.md do. */
function runFile(bytes: Uint8Array, input: readonly number[]): number[] {
  const { metadata, tensors } = decodeSafetensors(bytes);
  const numbers = (name: string): number[] | undefined =>
    tensors.has(name) ? tensorOf(tensors, name).numbers : undefined;
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

/** What they do of feature maps, a layer at a time: positions of a window, or of a vector. */
function runMapsFile(bytes: Uint8Array, input: readonly number[]): number[] {
  const { metadata, tensors } = decodeSafetensors(bytes);
  const maps = JSON.parse(metadata.get('maps') ?? 'null');
  const factors: number[] = JSON.parse(metadata.get('factors') ?? '');
  const [channels, height, width] = maps.input as [number, number, number];
  let plane = { height, width };
  let values = maps.channelsLast
    ? Array.from({ length: channels * height * width }, (_, at) => {
        const area = height * width;
        return input[(at % area) * channels + Math.floor(at / area)] as number;
      })
    : [...input];
  factors.forEach((factor, index) => {
    const { numbers, shape } = tensorOf(tensors, `layer.${index + 1}.weight`);
    const bias = tensors.has(`layer.${index + 1}.bias`)
      ? tensorOf(tensors, `layer.${index + 1}.bias`).numbers
      : [];
    const [outputs = 0, read = 0, kernelHeight = 1, kernelWidth = 1] = shape;
    const window = maps.layers[index];
    expect(shape.length).toBe(window === null ? 2 : 4);
    const { stride, pads, dilation } = window ?? { stride: [1, 1], pads: [0, 0, 0, 0] };
    const before = window === null ? { height: 1, width: 1 } : plane;
    const length = (size: number, padding: number, kernel: number, axis: 0 | 1): number =>
      Math.floor((size + padding - (dilation?.[axis] ?? 1) * (kernel - 1) - 1) / stride[axis]) + 1;
    const after = {
      height: length(before.height, pads[0] + pads[2], kernelHeight, 0),
      width: length(before.width, pads[1] + pads[3], kernelWidth, 1),
    };
    const next: number[] = [];
    for (let row = 0; row < outputs; row++) {
      for (let y = 0; y < after.height; y++) {
        for (let x = 0; x < after.width; x++) {
          let sum = bias[row] ?? 0;
          numbers.slice(row * read * kernelHeight * kernelWidth).forEach((weight, at) => {
            if (at >= read * kernelHeight * kernelWidth) return;
            const channel = Math.floor(at / (kernelHeight * kernelWidth));
            const a = Math.floor(at / kernelWidth) % kernelHeight;
            const from = y * stride[0] - pads[0] + a * (dilation?.[0] ?? 1);
            const column = x * stride[1] - pads[1] + (at % kernelWidth) * (dilation?.[1] ?? 1);
            if (from < 0 || from >= before.height || column < 0 || column >= before.width) return;
            const { height: rows, width: columns } = before;
            sum += weight * (values[(channel * rows + from) * columns + column] as number);
          });
          const relu = index < factors.length - 1 || metadata.get('unearth.activation') === 'relu';
          next.push(relu ? Math.max(0, sum * factor) : sum * factor);
        }
      }
    }
    values = next;
    plane = after;
  });
  return values;
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

  it.each(['live', 'full', 'folded'] as const)('are feature maps, %s', (form) => {
    let done = 0;
    for (let seed = 1; seed <= 14; seed++) {
      const network = randomMapNetwork({
        ...{ seed, bits: 2, layers: 1 + (seed % 3), side: 1 + (seed % 4) },
        channelsLast: seed % 2 === 0,
      });
      let ticket: ConstructedTicket;
      try {
        const found = findTicket(network, { construction: horner, delta: 1e-2 });
        if (!found.found) throw new Error('not found');
        ticket = found.ticket;
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        continue;
      }
      const request = { format: 'safetensors', form, compute: 'double' } as const;
      const file = fileBytes(exportTicket(ticket, request));
      const random = randomStream(seed);
      const input = Float64Array.from(
        { length: inputsOf(network.layers) },
        () => Math.round(16 * random()) / 16,
      );
      const exact = openEngine(ticket, { engine: 'exact' }).evaluate(input, 1);
      const seen = runMapsFile(file, [...input]);
      expect(seen.map((value) => value + 0)).toEqual(Array.from(exact, (value) => value + 0));
      done++;
    }
    expect(done).toBeGreaterThan(9);
  });

  it('hold integers that need 64 bits as the float64 that they are', () => {
    const { ticket } = findInteger(integersOf([[[2n ** 60n, 1]]]), ['signed', 'signed'], 1e-2, 1n);
    const request = { format: 'safetensors', form: 'folded', compute: 'double' } as const;
    const file = fileBytes(exportTicket(ticket, request));
    expect(decodeSafetensors(file).tensors.get('layer.1.weight')?.dtype).toBe('F64');
    expect(runFile(file, [3, 0])).toEqual([3 * 2 ** 60]);
  });
});
