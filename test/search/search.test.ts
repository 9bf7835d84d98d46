/** Whole searches on small problems: they learn, repeat to the byte, stop and go on. */
import { describe, expect, it } from 'vitest';
import { concatenate } from '../../src/core/concatenate.js';
import { InputError, UsageError } from '../../src/core/errors.js';
import { dataDigest } from '../../src/data/labelled.js';
import { verifyTrained } from '../../src/inference/verify-trained.js';
import { decodeCheckpoint } from '../../src/search/checkpoint.js';
import type { Backend } from '../../src/search/network.js';
import type { SearchOptions } from '../../src/search/options.js';
import {
  type SearchHooks,
  type SearchOutcome,
  type SearchTask,
  searchTicket,
} from '../../src/search/search.js';
import { clusters, smallSearch } from './problems.js';

const data = clusters(1500, 1);
const test = clusters(400, 2);

type Finished = Extract<SearchOutcome, { finished: true }>;

async function finished(task: Omit<SearchTask, 'data'>, hooks?: SearchHooks): Promise<Finished> {
  const outcome = await searchTicket({ data, ...task }, hooks);
  if (!outcome.finished) throw new Error('the search stopped');
  return outcome;
}

const METHODS: readonly Partial<SearchOptions>[] = [
  { method: 'edge-popup' },
  { method: 'edge-popup', weights: 'kaiming-normal', keep: [0.4], keepScope: 'global' },
  {
    method: 'edge-popup',
    keep: [0.2],
    keepRamp: 2,
    schedule: 'constant',
    validation: 0.2,
    patience: 2,
  },
  { method: 'biprop' },
  { method: 'biprop', activation: 'sign' },
  { method: 'supermask', learningRate: 30, epochs: 6 },
  { method: 'supermask', weights: 'glorot-normal', learningRate: 30, epochs: 6, validation: 0.1 },
];

describe('a search', () => {
  it.each(METHODS)('learns, and its ticket is measured by the engine: %j', async (given) => {
    const outcome = await finished({ options: smallSearch(given), test });
    const { ticket, test: measured, trainerTest, history } = outcome;
    expect(measured?.correct).toBeGreaterThan(0.85 * 400);
    // Float32 against float64 may turn a tie or two.
    expect(Math.abs((measured?.correct ?? 0) - (trainerTest?.correct ?? 0))).toBeLessThanOrEqual(2);
    expect(ticket.accuracy).toEqual({ ...measured, data: dataDigest(test) });
    expect(history.at(-1)?.loss).toBeLessThan(history[0]?.loss as number);
    const verdict = verifyTrained(ticket, { data: test });
    expect(verdict).toMatchObject({ equal: true, proved: true, accuracy: { matches: true } });
  });

  it('makes the same bytes twice, and others for another seed', async () => {
    const bytes = async (seed: bigint): Promise<string> => {
      const options = smallSearch({ method: 'supermask', seed, epochs: 1 });
      return Buffer.from(concatenate((await finished({ options, test })).bytes)).toString('hex');
    };
    const first = await bytes(3n);
    expect(await bytes(3n)).toBe(first);
    expect(await bytes(4n)).not.toBe(first);
  });

  it.each(METHODS)('ends with the same bytes if it was stopped on the way: %j', async (given) => {
    const options = smallSearch({ ...given, epochs: 3 });
    const straight = await finished({ options, test });
    let steps = 0;
    let checkpoint: Uint8Array | undefined;
    // Stopped in the second epoch, at the end of it, and while the result is measured; through the
    // file each time.
    const perEpoch = Math.ceil((1500 * (1 - options.validation)) / options.batch);
    for (const stopAt of [perEpoch + 13, 2 * perEpoch + 1, 3 * perEpoch + 1]) {
      const controller = new AbortController();
      const outcome = await searchTicket(
        { data, options, test, ...(checkpoint && { checkpoint: decodeCheckpoint(checkpoint) }) },
        {
          signal: controller.signal,
          onProgress() {
            if (steps++ === stopAt) controller.abort();
          },
        },
      );
      if (outcome.finished) throw new Error('it was to stop');
      checkpoint = concatenate(outcome.checkpoint);
    }
    const resumed = await finished({
      options,
      test,
      checkpoint: decodeCheckpoint(checkpoint as Uint8Array),
    });
    expect(resumed.history).toEqual(straight.history);
    expect(concatenate(resumed.bytes)).toEqual(concatenate(straight.bytes));
  });

  it.each([METHODS[0], METHODS[2], METHODS[5]])(
    'goes on to the same bytes from the state before and after any step: %j',
    async (given) => {
      const options = smallSearch({ ...given, epochs: 2 });
      const perEpoch = Math.ceil((1500 * (1 - options.validation)) / options.batch);
      const taken = new Map<number, Uint8Array[]>();
      const straight = await finished(
        { options, test },
        {
          onBegin(done, total, checkpoint) {
            expect({ done, total }).toEqual({ done: 0, total: 2 * perEpoch });
            taken.set(done, checkpoint());
          },
          onStep(done, _total, _loss, _accuracy, checkpoint) {
            // In the midst of an epoch, before its samples are measured, and after the last step.
            if ([3, perEpoch, perEpoch + 1, 2 * perEpoch].includes(done)) {
              taken.set(done, checkpoint());
            }
          },
        },
      );
      expect(taken.size).toBe(5);
      for (const [steps, chunks] of taken) {
        // Training went on meanwhile, and changed nothing of what was handed out.
        const checkpoint = decodeCheckpoint(concatenate(chunks));
        expect(checkpoint.state.epoch * perEpoch + checkpoint.state.step).toBe(steps);
        const begun: number[] = [];
        const resumed = await finished(
          { options, test, checkpoint },
          { onBegin: (done) => void begun.push(done) },
        );
        expect(begun).toEqual([steps]);
        expect(concatenate(resumed.bytes)).toEqual(concatenate(straight.bytes));
      }
    },
  );

  it('refuses a backend that is none, or that is not there', async () => {
    const on = (backend: unknown) =>
      searchTicket({ data, options: smallSearch(), backend: backend as Backend });
    await expect(on('cuda')).rejects.toThrow(UsageError);
    await expect(on('webgpu')).rejects.toThrow(/not available here/);
  });

  it('stops early and takes the best epoch', async () => {
    const noisy = smallSearch({
      epochs: 40,
      validation: 0.2,
      patience: 2,
      learningRate: 3,
      schedule: 'constant',
    });
    const { history, ticket } = await finished({ options: noisy });
    const accuracies = history.map(({ validation }) => validation as number);
    const best = accuracies.indexOf(Math.max(...accuracies)) + 1;
    expect(history.length).toBeLessThan(40);
    expect(history.length).toBe(best + 2);
    expect(ticket.training.epochsUsed).toBe(best);
    expect(ticket.accuracy).toBeUndefined();
  });

  it('hands out a checkpoint after every epoch', async () => {
    const epochs: number[] = [];
    await finished(
      { options: smallSearch() },
      {
        onCheckpoint: (chunks) => {
          epochs.push(decodeCheckpoint(concatenate(chunks)).state.epoch);
        },
      },
    );
    expect(epochs).toEqual([1, 2, 3]);
  });

  it('refuses shapes, data and checkpoints that do not fit', async () => {
    const rejection = async (task: SearchTask): Promise<unknown> =>
      searchTicket(task, { signal: AbortSignal.abort() }).then(
        () => 'nothing was refused',
        (error: unknown) => error,
      );
    const options = smallSearch();
    expect(await rejection({ data, options: smallSearch({ widths: [11, 4] }) })).toBeInstanceOf(
      UsageError,
    );
    expect(await rejection({ data, options: smallSearch({ widths: [12, 5] }) })).toBeInstanceOf(
      UsageError,
    );
    expect(await rejection({ data, options, test: clusters(10, 3, 11) })).toBeInstanceOf(
      InputError,
    );
    expect(
      await rejection({ data: clusters(2, 1), options: smallSearch({ validation: 0.1 }) }),
    ).toBeInstanceOf(InputError);
    // Inputs whose products overflow float32.
    const large = { ...data, values: Float32Array.from(data.values, (value) => value * 1e36) };
    const raw = smallSearch({ standardization: 'none' });
    expect(
      await searchTicket({ data: large, options: raw }).catch((error) => error),
    ).toBeInstanceOf(UsageError);
    // Before any weight is drawn: there would be half a billion.
    const widths = [12, ...new Array<number>(5).fill(11_000), 4];
    const tooLarge = await rejection({ data, options: smallSearch({ widths }) });
    expect(tooLarge).toBeInstanceOf(UsageError);
    expect(String(tooLarge)).toMatch(/5\.\d GiB/);
    const stopped = await searchTicket({ data, options }, { signal: AbortSignal.abort() });
    if (stopped.finished) throw new Error('it was to stop');
    const checkpoint = decodeCheckpoint(concatenate(stopped.checkpoint));
    expect(await rejection({ data: clusters(1500, 9), options, checkpoint })).toBeInstanceOf(
      InputError,
    );
  });
});
