/** Whole searches on feature maps: they learn, repeat to the byte, stop and go on. */
import { describe, expect, it } from 'vitest';
import { concatenate } from '../../src/core/concatenate.js';
import { UsageError } from '../../src/core/errors.js';
import type { LabelledData } from '../../src/data/labelled.js';
import { verifyTrained } from '../../src/inference/verify-trained.js';
import { decodeCheckpoint } from '../../src/search/checkpoint.js';
import { type SearchOptions, searchOptions } from '../../src/search/options.js';
import { type SearchHooks, type SearchTask, searchTicket } from '../../src/search/search.js';
import { parseShape } from '../../src/search/shape-text.js';
import { randomStream } from '../networks.js';

/** Images of 8 by 8 with a bright bar: upright, lying, or one of the two diagonals; at a random place. */
function bars(count: number, seed: number): LabelledData {
  const random = randomStream(seed);
  const values = new Uint8Array(count * 64);
  const labels = new Uint32Array(count);
  for (let sample = 0; sample < count; sample++) {
    const label = Math.floor(random() * 4);
    labels[sample] = label;
    const [top, left] = [1 + Math.floor(random() * 4), 1 + Math.floor(random() * 4)];
    for (let at = 0; at < 64; at++) values[sample * 64 + at] = 60 * random();
    for (let step = 0; step < 4; step++) {
      const row = top + (label === 0 ? 0 : label === 3 ? 3 - step : step) - 1;
      const column = left + (label === 1 ? 0 : step) - 1;
      values[sample * 64 + row * 8 + column] = 200 + 50 * random();
    }
  }
  return { count, inputs: 64, classes: 4, values, labels };
}

const data = bars(1200, 1);
const test = bars(300, 2);

function options(given: Partial<SearchOptions> = {}): SearchOptions {
  const shape = parseShape('8x8-conv8-conv8-pool-16-4');
  return searchOptions({ method: 'edge-popup', ...shape, epochs: 4, batch: 48, ...given });
}

/** Convolutions with pooling before normalisation, as biprop's with sign activations. */
const NORMALISED = parseShape('8x8-conv8-norm-conv8-pool-norm-16-norm-4');
const RESIDUAL = parseShape('8x8-conv8-norm-res8-res12s2-average-4');

async function finished(task: Omit<SearchTask, 'data'>, hooks?: SearchHooks) {
  const outcome = await searchTicket({ data, ...task }, hooks);
  if (!outcome.finished) throw new Error('the search stopped');
  return outcome;
}

describe('a search on feature maps', () => {
  it.each([
    { method: 'edge-popup' },
    { method: 'edge-popup', weights: 'kaiming-normal', keep: [0.4], keepScope: 'global' },
    { method: 'biprop', learningRate: 1 },
    { method: 'supermask', learningRate: 30, epochs: 8 },
    { method: 'biprop', activation: 'sign', learningRate: 1, ...NORMALISED },
    { method: 'edge-popup', ...RESIDUAL, augmentation: { shift: 1, flip: false } },
  ] as Partial<SearchOptions>[])(
    'learns, and the engine measures the ticket: %j',
    async (given) => {
      const outcome = await finished({ options: options(given), test });
      const { ticket, test: measured, trainerTest } = outcome;
      expect(measured?.correct).toBeGreaterThan(0.7 * 300);
      expect(Math.abs((measured?.correct ?? 0) - (trainerTest?.correct ?? 0))).toBeLessThanOrEqual(
        2,
      );
      expect(ticket.training.backend).toBe('kernels');
      expect(verifyTrained(ticket, { data: test })).toMatchObject({
        proved: true,
        accuracy: { matches: true },
      });
    },
  );

  it.each([
    {},
    {
      ...NORMALISED,
      ...{ activation: 'sign', validation: 0.25, patience: 5 },
      augmentation: { shift: 2, flip: true },
    },
  ] as Partial<SearchOptions>[])(
    'makes the same bytes when it was stopped and went on: %j',
    async (given) => {
      const searched = options({ epochs: 2, ...given });
      const unbroken = await finished({ options: searched });
      let steps = 0;
      const signal = { aborted: false };
      const stopped = await searchTicket(
        { data, options: searched },
        {
          signal,
          onStep: () => {
            signal.aborted = ++steps === 30;
          },
        },
      );
      if (stopped.finished) throw new Error('it did not stop');
      const checkpoint = decodeCheckpoint(concatenate(stopped.checkpoint));
      expect(checkpoint.options).toEqual(searched);
      const resumed = await finished({ options: checkpoint.options, checkpoint });
      expect(concatenate(resumed.bytes)).toEqual(concatenate(unbroken.bytes));
    },
  );

  it('refuses what does not fit', async () => {
    const wide = searchOptions({ method: 'edge-popup', ...parseShape('9x9-conv2-pool-4') });
    await expect(finished({ options: wide })).rejects.toThrow(UsageError);
    await expect(searchTicket({ data, options: options(), backend: 'webgpu' })).rejects.toThrow(
      /networks of widths/,
    );
    const flat = { method: 'edge-popup', widths: [64, 4] } as const;
    expect(() => searchOptions({ ...flat, augmentation: { shift: 1, flip: true } })).toThrow(
      /images/,
    );
    expect(() => options({ augmentation: { shift: 0, flip: false } })).toThrow(/nothing/);
    expect(() => options({ augmentation: { shift: 99, flip: false } })).toThrow(UsageError);
    expect(() => options({ standardization: 'feature' })).toThrow(/channel/);
  });
});
