/** Exported networks in ONNX Runtime, against the exact engine: equal where that is promised. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { InputError } from '../../src/core/errors.js';
import { type ExportForm, exportTicket, isExport } from '../../src/export/export-ticket.js';
import { type Compute, fileBytes } from '../../src/export/exported-file.js';
import { foldedOnnx } from '../../src/export/folded-onnx.js';
import { onnxFile } from '../../src/export/onnx-file.js';
import { prunedOnnx } from '../../src/export/pruned-onnx.js';
import { exactToNumber, runExact } from '../../src/inference/exact.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { quantizeLossless, truncateDecimal } from '../../src/integer/quantize.js';
import { findTicket } from '../../src/pipeline/find.js';
import { blockEndsOf, layeredShape, widthsOf } from '../../src/source/shape.js';
import type { Activation } from '../../src/target/network.js';
import { TensorProto_DataType as Type } from '../../src/target/onnx/onnx_pb.js';
import { readOnnx } from '../../src/target/onnx/read-onnx.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { partsOf, randomNetwork, randomStream } from '../networks.js';
import { findInteger, integersOf } from '../pruned-sources.js';
import { findSkip } from '../skip-sources.js';
import { runtimeOutputs } from '../target/onnx-runtime.js';

const forms: readonly ExportForm[] = ['live', 'full', 'folded'];
const computes: readonly Compute[] = ['float', 'double'];

function box(inputs: number, lower: number, upper: number): ConstructedTicket['domain'] {
  return {
    kind: 'box',
    lower: new Float64Array(inputs).fill(lower),
    upper: new Float64Array(inputs).fill(upper),
  };
}

/** The forms that do not need a source of moderate size: diamond's are wide. */
const small = forms.filter((form) => form !== 'full');

/** Horner tickets of random networks, signed or not, with and without a constant. */
const cases = [0, 1, 2, 3, 4].map((seed) => {
  const dimensions = [1 + (seed % 3), 3, 1 + ((seed + 1) % 3)];
  const activation: Activation = seed % 2 ? 'relu' : 'identity';
  const network = randomNetwork({
    dimensions,
    seed,
    bits: 3,
    places: seed,
    activation,
    biases: seed % 3 > 0,
  });
  const domain = box(dimensions[0], seed === 2 ? 0 : -3, 3);
  const outcome = findTicket(network, { construction: horner, domain, delta: 1e-2 });
  if (!outcome.found) throw new Error('no seed has the network');
  return { ticket: outcome.ticket, network };
});

async function outputsOf(file: Uint8Array, compute: Compute, batch: Float64Array, width: number) {
  const input = compute === 'float' ? Float32Array.from(batch) : batch;
  const [outputs] = await runtimeOutputs(file, [input], [batch.length / width, width]);
  return outputs;
}

/** The same networks in skip sources: signed inputs, or biases without a split layer. */
const skips = [
  { dimensions: [2, 2, 1], seed: 5, signs: ['signed', 'signed'] as const, low: -3 },
  { dimensions: [2, 3, 2], seed: 6, signs: ['nonnegative', 'nonnegative'] as const, low: 0 },
].map(({ dimensions, seed, signs, low }) => {
  const network = randomNetwork({ dimensions, seed, bits: 2, places: 1 });
  return { ticket: findSkip(quantizeLossless(network), signs, box(2, low, 3)).ticket };
});

describe('an exported network in ONNX Runtime', () => {
  it.each([...cases, ...skips].map(({ ticket }, index) => [index, ticket] as const))(
    'number %i is the pruned source, bit for bit on the stated inputs, else within the bound',
    async (index, ticket) => {
      const width = ticket.inputSigns.length;
      const program = compileTicket(ticket);
      const random = randomStream(index);
      const low = ticket.inputSigns.includes('signed') ? -3 : 0;
      for (const form of forms) {
        for (const compute of computes) {
          const exported = exportTicket(ticket, { format: 'onnx', form, compute });
          const file = fileBytes(exported);
          expect(isExport(file.subarray(0, 64))).toBe(true);
          const { inputPlaces, tolerance } = exported.exactness;
          expect(inputPlaces).not.toBeNull();
          const places = Math.min(inputPlaces ?? 0, compute === 'float' ? 20 : 40);
          const onGrid = Float64Array.from(
            { length: 40 * width },
            () => Math.floor((low + (3 - low) * random()) * 2 ** places) / 2 ** places,
          );
          const exact = runExact(program, onGrid, 40).map(exactToNumber);
          const seen = await outputsOf(file, compute, onGrid, width);
          // Outputs that are 0 may have either sign.
          expect(Array.from(seen, (value) => value + 0)).toEqual(exact.map((value) => value + 0));
          const anywhere = Float64Array.from({ length: 40 * width }, () =>
            Math.fround(low + (3 - low) * random()),
          );
          const wanted = runExact(program, anywhere, 40).map(exactToNumber);
          const near = await outputsOf(file, compute, anywhere, width);
          expect(tolerance).toBeLessThan(compute === 'float' ? 0.1 : 1e-9);
          for (const [at, value] of wanted.entries()) {
            expect(Math.abs(near[at] - value)).toBeLessThanOrEqual(tolerance);
          }
        }
      }
    },
  );

  it.each([true, false])(
    "has the paper's decimal scale as its last multiplication (biases: %s)",
    async (biases) => {
      const real = randomNetwork({ dimensions: [2, 3, 2], seed: 8, bits: 4, places: 5, biases });
      const target = truncateDecimal(real, 2);
      const { ticket: found } = findInteger(target, ['signed', 'signed'], 1e-2, 5n);
      const ticket: ConstructedTicket = { ...found, domain: { kind: 'ball', radius: 2 } };
      const batch = Float64Array.of(1, -2, 0.5, 0.25, -1.75, 1.5);
      const exact = runExact(compileTicket(ticket), batch, 3).map(exactToNumber);
      for (const form of small) {
        const request = { format: 'onnx', form, compute: 'double' } as const;
        if (form === 'folded' && biases) {
          expect(() => exportTicket(ticket, request)).toThrow(
            /decimal scale.*without option "folded"/,
          );
          continue;
        }
        const exported = exportTicket(ticket, request);
        expect(exported.exactness.scaleRounds).toBe(true);
        const seen = await outputsOf(fileBytes(exported), 'double', batch, 2);
        for (const [at, value] of exact.entries()) {
          // The factor has a few roundings itself.
          expect(Math.abs(seen[at] - value)).toBeLessThanOrEqual(11 * 2 ** -53 * Math.abs(value));
          expect(Math.abs(seen[at] - value)).toBeLessThanOrEqual(exported.exactness.tolerance);
        }
      }
    },
  );

  it('has every output, also those that are always 0', async () => {
    for (const matrix of [
      [
        [0, 0],
        [3, -1],
        [0, 0],
      ],
      [[0, 0]],
    ]) {
      const { ticket } = findInteger(integersOf([matrix]), ['signed', 'signed'], 1e-2, 1n);
      const batch = Float64Array.of(2, 5, -1, 4);
      const exact = runExact(compileTicket(ticket), batch, 2).map(exactToNumber);
      for (const form of small) {
        const file = fileBytes(exportTicket(ticket, { format: 'onnx', form, compute: 'float' }));
        const seen = await outputsOf(file, 'float', batch, 2);
        expect(Array.from(seen, (value) => value + 0)).toEqual(exact.map((value) => value + 0));
      }
    }
  });

  it('has only the constant as input where no input matters', async () => {
    const target = { ...integersOf([[[0, 7]]]), constant: true };
    const { ticket } = findInteger(target, ['signed'], 1e-2, 1n);
    const file = fileBytes(prunedOnnx(compileTicket(ticket)));
    expect([...(await outputsOf(file, 'float', Float64Array.of(1, 2), 1))]).toEqual([7, 7]);
  });

  it('needs no ticket: a program or an integer network is enough', async () => {
    const [{ ticket }] = cases;
    const batch = Float64Array.of(1);
    const [first] = await runtimeOutputs(fileBytes(prunedOnnx(compileTicket(ticket))), [
      Float32Array.from(batch),
    ]);
    const [second] = await runtimeOutputs(fileBytes(foldedOnnx(ticket.target)), [
      Float32Array.from(batch),
    ]);
    expect(second).toEqual(first);
  });
});

describe('an exported integer network', () => {
  it('is read back as the same integers', () => {
    for (const { ticket, network } of cases) {
      for (const compute of computes) {
        const file = fileBytes(exportTicket(ticket, { format: 'onnx', form: 'folded', compute }));
        const read = readOnnx(file);
        expect(read.notices).toEqual([]);
        expect(quantizeLossless(read.network)).toEqual(ticket.target);
        read.network.layers.map(partsOf).forEach((layer, index) => {
          const original = partsOf(network.layers[index]);
          // Zeros may differ in sign.
          const plain = (values: Float64Array) => Array.from(values, (value) => value + 0);
          expect(plain(layer.weights)).toEqual(plain(original.weights));
          expect(plain(layer.bias)).toEqual(plain(original.bias));
        });
      }
    }
  });

  it('has integers of any size that its type holds, in the narrowest storage', () => {
    const size = fc.record({
      mantissa: fc.integer({ min: -(2 ** 24) + 1, max: 2 ** 24 - 1 }),
      shift: fc.integer({ min: 0, max: 80 }),
    });
    fc.assert(
      fc.property(fc.array(size, { minLength: 3, maxLength: 3 }), (sizes) => {
        const row = sizes.map(({ mantissa, shift }) => BigInt(mantissa) << BigInt(shift));
        for (const compute of computes) {
          const file = fileBytes(foldedOnnx(integersOf([[row]]), { compute }));
          const [layer] = readOnnx(file).network.layers;
          expect(Array.from(partsOf(layer).weights, BigInt)).toEqual(row);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
    expect(() => foldedOnnx(integersOf([[[1, 2 ** 24 + 1]]]))).toThrow(
      /target layer 1, row 0, column 1: the integer 16777217 is no float32.*option "compute: double"/,
    );
    expect(() => foldedOnnx(integersOf([[[2n ** 53n + 1n]]]), { compute: 'double' })).toThrow(
      InputError,
    );
  });
});

describe('an export', () => {
  const [, { ticket }] = cases;

  it('is the same bytes every time, and states what it is', () => {
    for (const form of forms) {
      const make = () =>
        fileBytes(exportTicket(ticket, { format: 'onnx', form, compute: 'float' }));
      expect(make()).toEqual(make());
      const text = new TextDecoder('latin1').decode(make());
      for (const said of ['unearth.form', 'unearth.tolerance', 'Arithmetic: float32, on ']) {
        expect(text).toContain(said);
      }
    }
  });

  it('leaves out dead neurons, and has them on request', () => {
    const live = exportTicket(ticket, { format: 'onnx', form: 'live', compute: 'float' });
    const full = exportTicket(ticket, { format: 'onnx', form: 'full', compute: 'float' });
    expect(full.widths.slice(1)).toEqual(widthsOf(ticket.shape).slice(1));
    expect(live.bytes).toBeLessThan(full.bytes);
    expect(live.edges).toBe(compileTicket(ticket).liveEdges);
  });

  it('refuses values that its type cannot hold, and says which one can', () => {
    const far: ConstructedTicket = { ...ticket, domain: box(2, -(2 ** 126), 2 ** 126) };
    const request = { format: 'onnx', form: 'live', compute: 'float' } as const;
    expect(() => exportTicket(far, request)).toThrow(/reach 2\^\d+.*option "compute: double"/);
    expect(() => exportTicket(far, { ...request, form: 'full' })).toThrow(InputError);
    expect(exportTicket(far, { ...request, compute: 'double' }).exactness.inputPlaces).toBeNull();
    const steps: ConstructedTicket['target'] = {
      ...integersOf([[[1]]]),
      fractionalPlaces: [200],
      scale: { base: 2, exponent: 200 },
    };
    expect(() => foldedOnnx(steps)).toThrow(/layer.1: its scale .* is beyond float/);
  });

  it('refuses sources too large to write out', () => {
    const wide: ConstructedTicket = {
      ...ticket,
      shape: layeredShape(
        widthsOf(ticket.shape).map(() => 2 ** 20),
        blockEndsOf(ticket.shape),
      ),
    };
    expect(() => exportTicket(wide, { format: 'onnx', form: 'full', compute: 'float' })).toThrow(
      /more than 536870912; leave out option "form: full"/,
    );
    const tensor = { name: 'w', dims: [2 ** 16, 2 ** 16], type: Type.INT8, bytes: 2 ** 32 };
    expect(() => onnxFile({}, {}, [{ ...tensor, data: () => new Uint8Array() }])).toThrow(
      /4294967\d+ bytes, and a protobuf message holds at most 2147483647/,
    );
  });
});
