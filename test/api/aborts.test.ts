/** Long work ends by a signal in every stage and at any turn, with the signal's reason, and leaves nothing behind. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { workerThreads } from '../../src/cli/workers/threads.js';
import {
  exportTicket,
  find,
  type Model,
  open,
  plan,
  rolesOf,
  type Stage,
  trace,
  verify,
  type Watch,
} from '../../src/index.js';
import { randomNetwork } from '../networks.js';
import { turnAfterEveryStep } from '../turning-clock.js';

type Work = (watch: Watch) => Promise<unknown>;

const model: Model = {
  network: randomNetwork({ dimensions: [3, 6, 4, 2], seed: 3, bits: 12, places: 10 }),
};
const certified = { epsilon: 0.5, domain: 'box:-1,1' } as const;
const samples = Float64Array.from({ length: 3 * 70 }, (_, index) => ((index * 37) % 64) / 64);

beforeEach(() => {
  turnAfterEveryStep();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Aborts at the first word of a stage; what the work rejects with must be the signal's reason. */
async function endsIn(stage: Stage, work: Work): Promise<void> {
  const controller = new AbortController();
  const after: string[] = [];
  const error = await work({
    signal: controller.signal,
    onProgress(progress) {
      if (controller.signal.aborted) after.push(progress.stage);
      else if (progress.stage === stage) controller.abort();
    },
  }).then(
    () => 'it went through',
    (reason: unknown) => reason,
  );
  expect(error).toBe(controller.signal.reason);
  expect(error).toMatchObject({ name: 'AbortError' });
  expect(after).toEqual([]);
}

/** Aborts at so many turns of the event loop after the work began; false if it was through by then. */
async function endsAtTurn(turns: number, work: Work): Promise<boolean> {
  const controller = new AbortController();
  const reason = new Error(`turn ${turns}`);
  let isThrough = false;
  let left = turns;
  const turn = (): void => {
    if (isThrough) return;
    if (--left === 0) controller.abort(reason);
    else setImmediate(turn);
  };
  setImmediate(turn);
  const ended = await work({ signal: controller.signal }).then(
    () => 'through',
    (error: unknown) => error,
  );
  isThrough = true;
  if (ended === 'through' && left > 0) return false;
  expect(ended).toBe(reason);
  return true;
}

async function foundTicket() {
  const found = await find(model, { domain: 'box:-1,1' });
  if (!found.found) throw new Error('not found');
  return found.ticket;
}

async function certifiedTicket() {
  const found = await find(model, certified);
  if (!found.found) throw new Error('not found');
  return found.ticket;
}

describe('an aborted signal', () => {
  it('ends find and plan in each of their stages', async () => {
    for (const construction of ['horner', 'diamond'] as const) {
      for (const stage of ['quantise', 'plan', 'find', 'prove'] as const) {
        await endsIn(stage, (watch) => find(model, { construction, ...watch }));
      }
    }
    for (const stage of ['analyse', 'allot', 'plan', 'find', 'prove'] as const) {
      await endsIn(stage, (watch) => find(model, { ...certified, ...watch }));
    }
    for (const stage of ['quantise', 'plan'] as const) {
      await endsIn(stage, (watch) => plan(model, watch));
    }
    for (const stage of ['analyse', 'allot', 'plan'] as const) {
      await endsIn(stage, (watch) => plan(model, { ...certified, ...watch }));
    }
  });

  it('ends verify, exports, roles and traces in each of their stages', async () => {
    const ticket = await certifiedTicket();
    for (const stage of ['prove', 'certify'] as const) {
      await endsIn(stage, (watch) => verify(ticket, { model, ...watch }));
    }
    for (const form of ['live', 'full'] as const) {
      await endsIn('compile', (watch) => exportTicket(ticket, { form, ...watch }));
    }
    await endsIn('compile', (watch) => rolesOf(ticket, watch));
    const input = new Float64Array(3).fill(0.5);
    await endsIn('compile', (watch) => trace(ticket, input, watch));
    await endsIn('run', (watch) => trace(ticket, input, watch));
  });

  it.each(['fast', 'float', 'exact', 'folded'] as const)(
    'ends a run by %s, and the next one has all results',
    async (engine) => {
      const ticket = await foundTicket();
      const expected = await open(ticket, { engine }).run(samples);
      const network = open(ticket, { engine });
      for (const stage of ['compile', 'run'] as const) {
        if (engine === 'folded' && stage === 'compile') continue;
        await endsIn(stage, (watch) => network.run(samples, watch));
      }
      expect(await network.run(samples)).toEqual(expected);
    },
  );

  it('ends all of them at any turn', async () => {
    const ticket = await certifiedTicket();
    const works: readonly Work[] = [
      (watch) => find(model, watch),
      (watch) => find(model, { ...certified, construction: 'diamond', ...watch }),
      (watch) => plan(model, { ...certified, ...watch }),
      (watch) => verify(ticket, { model, ...watch }),
      (watch) => exportTicket(ticket, watch),
      (watch) => open(ticket, { engine: 'fast' }).run(samples, watch),
    ];
    for (const work of works) {
      let ended = 0;
      for (const turns of [1, 2, 5, 20, 60, 200]) if (await endsAtTurn(turns, work)) ended++;
      expect(ended).toBeGreaterThan(2);
    }
  });
});

const built = path.resolve(import.meta.dirname, '../../dist/cli/workers/thread.js');

/** Threads, and the ends of all that were started. */
function watchedThreads(count: number) {
  const ends: Promise<unknown>[] = [];
  const threads = workerThreads(count, (start) => {
    const thread = new Worker(built, { workerData: start, transferList: [start.port] });
    ends.push(
      new Promise((resolve, reject) => {
        thread.on('exit', resolve);
        thread.on('error', reject);
      }),
    );
  });
  return { threads, ends };
}

describe('threads', () => {
  it('end with a find that is given up, and are started anew for the next one', async () => {
    const wide: Model = {
      network: randomNetwork({ dimensions: [256, 256, 2], seed: 3, bits: 24, places: 22 }),
    };
    const { threads, ends } = watchedThreads(3);
    await endsWithThreads(threads, (watch) => find(wide, { threads, ...watch }));
    expect(ends).toHaveLength(2);
    expect(await Promise.all(ends)).toEqual([0, 0]);
    const found = await find(wide, { threads });
    expect(found.found && found.verdict.proved).toBe(true);
    threads.release();
    expect(ends.length).toBeGreaterThan(2);
    expect(new Set(await Promise.all(ends))).toEqual(new Set([0]));
  });

  it('end with a run that is given up, and run again', async () => {
    const ticket = await foundTicket();
    const expected = await open(ticket, { engine: 'fast' }).run(samples);
    const { threads, ends } = watchedThreads(2);
    const network = open(ticket, { engine: 'fast', threads });
    await endsWithThreads(threads, (watch) => network.run(samples, watch));
    expect(await Promise.all(ends)).toEqual([0]);
    expect(await network.run(samples)).toEqual(expected);
    threads.release();
    expect(await network.run(samples)).toEqual(expected);
    threads.release();
    expect(await Promise.all(ends)).toEqual([0, 0, 0]);
  });

  it('serve runs of many samples behind a first one of few', async () => {
    const ticket = await foundTicket();
    const { threads, ends } = watchedThreads(2);
    const network = open(ticket, { engine: 'fast', threads });
    await network.run(samples.subarray(0, 3));
    await network.run(samples);
    threads.release();
    expect(ends.length).toBeGreaterThan(0);
    expect(new Set(await Promise.all(ends))).toEqual(new Set([0]));
  });

  it('serve several tickets and runs at a time', async () => {
    const tickets = [await foundTicket(), await certifiedTicket()];
    const expected = await Promise.all(
      tickets.map((ticket) => open(ticket, { engine: 'float' }).run(samples)),
    );
    const { threads, ends } = watchedThreads(2);
    const networks = [...tickets, ...tickets].map((ticket) =>
      open(ticket, { engine: 'fast', threads }),
    );
    for (let round = 0; round < 2; round++) {
      const results = await Promise.all(networks.map((network) => network.run(samples)));
      results.forEach((result, index) => {
        const right = expected[index % 2] as Float64Array;
        result.forEach((value, at) => {
          expect(value).toBeCloseTo(right[at] as number);
        });
      });
    }
    threads.release();
    expect(new Set(await Promise.all(ends))).toEqual(new Set([0]));
  });
});

/** Aborts as soon as the threads have been given something to do. */
async function endsWithThreads(
  threads: ReturnType<typeof workerThreads>,
  work: Work,
): Promise<void> {
  const controller = new AbortController();
  const { run } = threads;
  const given = vi.spyOn(threads, 'run').mockImplementation((...parameters) => {
    controller.abort();
    return run(...parameters);
  });
  const error = await work({ signal: controller.signal }).catch((reason: unknown) => reason);
  given.mockRestore();
  expect(error).toBe(controller.signal.reason);
}
