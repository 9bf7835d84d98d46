/** Exported feature maps in ONNX Runtime, against the exact engine: equal where that is promised. */
import { describe, expect, it } from 'vitest';
import type { Construction } from '../../src/constructions/construction.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { skip } from '../../src/constructions/skip/skip.js';
import { InputError } from '../../src/core/errors.js';
import { type ExportForm, exportTicket } from '../../src/export/export-ticket.js';
import { type Compute, fileBytes } from '../../src/export/exported-file.js';
import { mapLayout } from '../../src/export/map-layout.js';
import { fullTernaryLayers } from '../../src/export/ternary-layers.js';
import { openEngine } from '../../src/inference/open-engine-now.js';
import { findTicket } from '../../src/pipeline/find.js';
import { toSparse } from '../../src/source/mask.js';
import { blockEndsOf, readsBeyondLayered } from '../../src/source/shape.js';
import { featureCount } from '../../src/target/linear-map.js';
import type { Network } from '../../src/target/network.js';
import { readOnnx } from '../../src/target/onnx/read-onnx.js';
import type { ConstructedTicket } from '../../src/ticket/ticket.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomStream } from '../networks.js';
import { edgesOf, sparseMask } from '../pruned-sources.js';
import { runtimeOutputs } from '../target/onnx-runtime.js';

const FORMS: readonly ExportForm[] = ['live', 'full', 'folded'];
const COMPUTES: readonly Compute[] = ['float', 'double'];

/** The ticket of a network; null where a block of it cannot be laid out. */
function ticketOf(
  network: Network,
  construction = horner as Construction,
): ConstructedTicket | null {
  try {
    const outcome = findTicket(network, { construction, delta: 1e-2 });
    if (!outcome.found) throw new Error('no seed has the network');
    return outcome.ticket;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

function randomTicket(seed: number, construction?: Construction): ConstructedTicket | null {
  return ticketOf(
    randomMapNetwork({
      ...{ seed, bits: 2, layers: 1 + (seed % 4), side: 1 + (seed % 5) },
      domain: seed % 3 === 0 ? 'all' : 'box',
      channelsLast: seed % 4 === 0,
    }),
    construction,
  );
}

/** The shape of a batch as the file takes it. */
function shapeOfBatch({ target, channelsLast }: ConstructedTicket, samples: number): number[] {
  const { channels, height, width } = target.maps?.input ?? { channels: 0, height: 0, width: 0 };
  return channelsLast === undefined
    ? [samples, channels, height, width]
    : [samples, height, width, channels];
}

/** Inputs that are multiples of `2^-places`. */
function batchOf(ticket: ConstructedTicket, samples: number, places: number, seed: number) {
  const random = randomStream(seed);
  const low = ticket.inputSigns.includes('signed') ? -1 : 0;
  const size =
    samples * featureCount(ticket.target.maps?.input ?? { channels: 0, height: 0, width: 0 });
  return Float64Array.from(
    { length: size },
    () => Math.round((low + (1 - low) * random()) * 2 ** places) / 2 ** places,
  );
}

async function seenOf(
  ticket: ConstructedTicket,
  file: Uint8Array,
  compute: Compute,
  batch: Float64Array,
): Promise<number[]> {
  const samples = batch.length / featureCount(ticket.target.maps?.input as never);
  const input = compute === 'float' ? Float32Array.from(batch) : batch;
  const [outputs] = await runtimeOutputs(file, [input], shapeOfBatch(ticket, samples));
  // Outputs that are 0 may have either sign.
  return Array.from(outputs as Float64Array, (value) => value + 0);
}

function exactOf(ticket: ConstructedTicket, batch: Float64Array): number[] {
  const samples = batch.length / featureCount(ticket.target.maps?.input as never);
  const values = openEngine(ticket, { engine: 'exact' }).evaluate(batch, samples);
  return Array.from(values, (value) => value + 0);
}

/** A ticket whose first layer reads the constant with a kernel of several taps. */
function withConstantAtTaps(): ConstructedTicket {
  for (let seed = 1; ; seed++) {
    const ticket = randomTicket(seed);
    const kernel = ticket?.target.maps?.blocks[0]?.window?.kernel;
    if (ticket?.target.constant && kernel && kernel.height * kernel.width > 1) return ticket;
  }
}

/** The tensors of a safetensors file of int8 weights. */
function tensorsOf(file: Uint8Array): Map<string, { shape: number[]; values: Int8Array }> {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const { __metadata__: _, ...entries } = JSON.parse(
    new TextDecoder().decode(file.subarray(8, 8 + length)),
  ) as Record<string, { shape: number[]; data_offsets: [number, number] }>;
  const data = file.slice(8 + length);
  return new Map(
    Object.entries(entries).map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]) => [name, { shape, values: new Int8Array(data.buffer, from, to - from) }],
    ),
  );
}

describe('exported feature maps in ONNX Runtime', () => {
  it('are the ticket, bit for bit on the stated inputs, else within the bound', async () => {
    let done = 0;
    let grids = 0;
    for (let seed = 1; seed <= 14; seed++) {
      const ticket = randomTicket(seed, (seed % 2 === 0 ? horner : skip) as Construction);
      if (ticket === null) continue;
      done++;
      const anywhere = batchOf(ticket, 3, 23, seed + 100);
      const wanted = exactOf(ticket, anywhere);
      for (const form of FORMS) {
        for (const compute of COMPUTES) {
          const exported = exportTicket(ticket, { format: 'onnx', form, compute });
          const file = fileBytes(exported);
          expect(file.length).toBe(exported.bytes);
          const { inputPlaces, tolerance } = exported.exactness;
          if (inputPlaces !== null) {
            grids++;
            const places = Math.min(inputPlaces, compute === 'float' ? 20 : 40);
            const onGrid = batchOf(ticket, 2, places, seed);
            const seen = await seenOf(ticket, file, compute, onGrid);
            expect(seen, `seed ${seed}, ${form}, ${compute}`).toEqual(exactOf(ticket, onGrid));
          }
          const near = await seenOf(ticket, file, compute, anywhere);
          expect(near.length).toBe(wanted.length);
          near.forEach((value, at) => {
            expect(Math.abs(value - (wanted[at] as number))).toBeLessThanOrEqual(tolerance);
          });
        }
      }
    }
    expect(done).toBeGreaterThan(9);
    expect(grids).toBeGreaterThan(3 * done);
  });

  it('are read back as the network that they are', () => {
    const ticket = randomTicket(2) as ConstructedTicket;
    const request = { format: 'onnx', form: 'folded', compute: 'float' } as const;
    const { network, notices } = readOnnx(fileBytes(exportTicket(ticket, request)));
    expect(notices).toEqual([]);
    const again = ticketOf({ ...network, domain: ticket.domain }) as ConstructedTicket;
    const batch = batchOf(ticket, 4, 12, 1);
    expect(exactOf(again, batch)).toEqual(exactOf(ticket, batch));
  });

  it('keep what a layer reads beside its window in a tensor of its own', () => {
    let apart = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const ticket = randomTicket(seed, skip as Construction);
      if (ticket === null) continue;
      const request = { format: 'safetensors', form: 'full', compute: 'float' } as const;
      const tensors = tensorsOf(fileBytes(exportTicket(ticket, request)));
      const reads = readsBeyondLayered(ticket.shape);
      const layout = mapLayout(
        ticket.target.maps as never,
        blockEndsOf(ticket.shape),
        false,
        reads,
      );
      fullTernaryLayers(ticket, layout).forEach(({ inputs, outputs, rest, weights }, index) => {
        const name = `layer.${index + 1}`;
        const behind = tensors.get(`${name}.rest`);
        const isApart = index < layout.dense && layout.layers[index]?.window !== null && rest > 0;
        expect(behind !== undefined).toBe(isApart);
        if (behind === undefined) return;
        apart++;
        const first = tensors.get(`${name}.weight`);
        const window = layout.layers[index]?.window?.kernel ?? { height: 0, width: 0 };
        const channels = (inputs - rest) / (window.height * window.width);
        expect(first?.shape).toEqual([outputs, channels, window.height, window.width]);
        expect(behind.shape).toEqual([outputs, rest, 1, 1]);
        const all = weights('outputs-first');
        for (let row = 0; row < outputs; row++) {
          const own = [
            ...(first?.values.subarray(row * (inputs - rest), (row + 1) * (inputs - rest)) ?? []),
            ...behind.values.subarray(row * rest, (row + 1) * rest),
          ];
          expect(own).toEqual([...all.subarray(row * inputs, (row + 1) * inputs)]);
        }
      });
    }
    expect(apart).toBeGreaterThan(10);
  });

  it('refuse a constant that is read where a window reaches beyond the maps', () => {
    const found = withConstantAtTaps();
    const { target, shape } = found;
    const layout = mapLayout(target.maps as never, blockEndsOf(shape), false);
    expect(fullTernaryLayers(found, layout)[0]?.bias).not.toBeNull();
    const mask = found.mask(1);
    const kept = toSparse(mask).columns;
    // The constant's columns are the last; it is read at the anchor alone.
    const free = [mask.inputs - 1, mask.inputs - 2].find((column) => !kept.includes(column));
    const edges = [...edgesOf(mask), [free as number, 0] as [number, number]];
    edges.sort(([a, b], [c, d]) => a - c || b - d);
    const other = sparseMask(mask.inputs, mask.outputs, edges);
    const changed = { ...found, mask: (t: number) => (t === 1 ? other : found.mask(t)) };
    expect(() => fullTernaryLayers(changed, layout)).toThrow(
      /layer 1, tap \d+: the constant is read where a window reaches beyond/,
    );
  });
});
