/** The example and real trained networks: exported, run in ONNX Runtime, compared with the engines. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/cli/files/read-model.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { complete } from '../../src/core/steps.js';
import { exportTicket } from '../../src/export/export-ticket.js';
import { type Compute, fileBytes } from '../../src/export/exported-file.js';
import { exactToNumber, runExact } from '../../src/inference/exact.js';
import { floatEngine } from '../../src/inference/float.js';
import { runFoldedExact } from '../../src/inference/folded.js';
import { runMapsFoldedExactSteps } from '../../src/inference/map-engines.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { findTicket } from '../../src/pipeline/find.js';
import type { PrecisionRequest } from '../../src/precision/precision.js';
import { parseDomain } from '../../src/target/domain.js';
import { featureCount } from '../../src/target/linear-map.js';
import { readOnnx } from '../../src/target/onnx/read-onnx.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { randomStream } from '../networks.js';
import { sharedFolder, sharedModel } from '../shared-files.js';
import { runtimeOutputs } from '../target/onnx-runtime.js';

function ticketOf(file: string, domain: string, precision?: PrecisionRequest): ConstructedTicket {
  const { network } = readModel(file);
  const outcome = findTicket(network, {
    construction: horner,
    domain: parseDomain(domain, network.layers[0].inputs),
    ...(precision && { precision }),
  });
  if (!outcome.found) throw new Error('no seed has the network');
  return outcome.ticket;
}

/** Largest difference between ONNX Runtime and `wanted`, next to the bound that the export states. */
async function difference(
  ticket: ConstructedTicket,
  form: 'live' | 'folded',
  compute: Compute,
  batch: Float64Array,
  wanted: ArrayLike<number>,
) {
  const exported = exportTicket(ticket, { format: 'onnx', form, compute });
  const input = compute === 'float' ? Float32Array.from(batch) : batch;
  const samples = wanted.length / (ticket.target.matrices.at(-1)?.rows ?? 1);
  const dims = shapeOfBatch(ticket, samples);
  const [outputs] = await runtimeOutputs(fileBytes(exported), [input], dims);
  const differences = Array.from(outputs, (value, index) => Math.abs(value - wanted[index]));
  return { seen: Math.max(...differences), ...exported.exactness };
}

/** The shape of a batch as the file takes it. */
function shapeOfBatch({ target, channelsLast, inputSigns }: ConstructedTicket, samples: number) {
  if (target.maps === undefined) return [samples, inputSigns.length];
  const { channels, height, width } = target.maps.input;
  return channelsLast === undefined
    ? [samples, channels, height, width]
    : [samples, height, width, channels];
}

function randomBatch(length: number, low: number, high: number, places: number): Float64Array {
  const random = randomStream(1);
  const unit = 2 ** places;
  return Float64Array.from(
    { length },
    () => Math.floor((low + (high - low) * random()) * unit) / unit,
  );
}

describe('the digits example', () => {
  const model = path.resolve(import.meta.dirname, '../../examples/digits/digits.onnx');

  it('with 6 fractional bits is exact in float64 on a grid, and close in float32', async () => {
    const ticket = ticketOf(model, 'box:0,1', { mode: 'bits', bits: 6 });
    const batch = randomBatch(20 * 64, 0, 1, 16);
    const exact = runExact(compileTicket(ticket), batch, 20).map(exactToNumber);
    for (const form of ['live', 'folded'] as const) {
      const double = await difference(ticket, form, 'double', batch, exact);
      expect(double.inputPlaces).toBeGreaterThanOrEqual(16);
      expect(double.seen).toBe(0);
      const float = await difference(ticket, form, 'float', batch, exact);
      expect(float.seen).toBeLessThan(1e-2);
      expect(float.seen).toBeLessThanOrEqual(float.tolerance);
    }
  });

  it('found losslessly keeps its error bounds, and folds back to the model itself', async () => {
    const ticket = ticketOf(model, 'box:0,1');
    const batch = randomBatch(20 * 64, 0, 1, 23);
    const exact = runFoldedExact(ticket.target, batch, 20).map(exactToNumber);
    for (const form of ['live', 'folded'] as const) {
      for (const compute of ['float', 'double'] as const) {
        const { seen, tolerance } = await difference(ticket, form, compute, batch, exact);
        expect(seen).toBeLessThanOrEqual(tolerance);
        expect(seen).toBeLessThan(compute === 'float' ? 1e-2 : 1e-11);
      }
    }
    const folded = exportTicket(ticket, { format: 'onnx', form: 'folded', compute: 'float' });
    const { layers } = readOnnx(fileBytes(folded)).network;
    const original = readModel(model).network.layers;
    expect(layers).toEqual(original);
  });
});

const where = sharedFolder === undefined ? ' (skipped: UNEARTH_SHARED is not set)' : '';

describe.skipIf(sharedFolder === undefined)(`real models${where}`, () => {
  it('ACAS Xu, losslessly', async () => {
    const ticket = ticketOf(sharedModel('acasxu_1_1.onnx'), 'box:-0.6,0.7');
    const batch = randomBatch(20 * 5, -0.6, 0.7, 23);
    const exact = runFoldedExact(ticket.target, batch, 20).map(exactToNumber);
    for (const form of ['live', 'folded'] as const) {
      for (const compute of ['float', 'double'] as const) {
        const { seen, tolerance } = await difference(ticket, form, compute, batch, exact);
        expect(seen).toBeLessThanOrEqual(tolerance);
        expect(seen).toBeLessThan(compute === 'float' ? 1e-2 : 1e-9);
      }
    }
  });

  it('mnist_256x2 with 13 fractional bits', async () => {
    const domain = 'box:0,1';
    const ticket = ticketOf(sharedModel('mnist_256x2.onnx'), domain, { mode: 'bits', bits: 13 });
    const batch = randomBatch(4 * 784, 0, 1, 23);
    const float64 = floatEngine(compileTicket(ticket))(batch, 4);
    const live = await difference(ticket, 'live', 'float', batch, float64);
    expect(live.seen).toBeLessThan(1e-2);
    const grid = randomBatch(4 * 784, 0, 1, 4);
    const exact = runFoldedExact(ticket.target, grid, 4).map(exactToNumber);
    const folded = await difference(ticket, 'folded', 'double', grid, exact);
    expect(folded.inputPlaces).toBeGreaterThanOrEqual(4);
    expect(folded.seen).toBe(0);
  });

  it.each([
    ['resnet_2b', { mode: 'bits', bits: 12 }],
    ['cifar_base_kw', { mode: 'lossless' }],
    ['convnet_maxpool', { mode: 'bits', bits: 8 }],
    ['cifar10_small_nhwc', { mode: 'bits', bits: 8 }],
  ] as const)('%s, feature maps', async (name, precision) => {
    const ticket = ticketOf(sharedModel(`${name}.onnx`), 'box:0,1', precision);
    const { maps } = ticket.target;
    if (maps === undefined) throw new Error('no feature maps');
    const batch = randomBatch(2 * featureCount(maps.input), 0, 1, 8);
    const channelsLast = ticket.channelsLast !== undefined;
    const steps = runMapsFoldedExactSteps({ ...ticket.target, maps }, channelsLast, batch, 2);
    const exact = complete(steps).map(exactToNumber);
    for (const form of ['live', 'folded'] as const) {
      for (const compute of ['float', 'double'] as const) {
        const { seen, tolerance } = await difference(ticket, form, compute, batch, exact);
        expect(seen).toBeLessThanOrEqual(tolerance);
        expect(seen).toBeLessThan(compute === 'float' ? 1e-2 : 1e-9);
      }
    }
  });
});
