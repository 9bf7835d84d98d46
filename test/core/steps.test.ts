/** Long work in steps: driven at once or beside the event loop, ended by a signal, told as one `Progress`. */
import { describe, expect, it } from 'vitest';
import type { Progress } from '../../src/core/progress.js';
import { complete, counted, perform, retold, type Steps } from '../../src/core/steps.js';

/** Work of so many units; says in `log` how it ended. */
function* units(count: number, log: string[] = []): Steps<string> {
  let done = 0;
  try {
    while (done < count) yield { stage: 'find', done: ++done, total: count };
    return 'result';
  } finally {
    log.push(`ended after ${done}`);
  }
}

/** Units that take a few milliseconds each, and would go on for ever. */
function* endless(log: string[] = []): Steps<never> {
  try {
    for (let done = 1; ; done++) {
      const until = performance.now() + 4;
      while (performance.now() < until);
      yield { stage: 'prove', done, total: 0 };
    }
  } finally {
    log.push('ended');
  }
}

describe('work done at once', () => {
  it('returns its result and tells every step', () => {
    const told: Progress[] = [];
    expect(complete(units(3), { onProgress: (progress) => told.push(progress) })).toBe('result');
    expect(told.map(({ done }) => done)).toEqual([1, 2, 3]);
    expect(complete(units(3))).toBe('result');
  });

  it('ends by a signal that is set from within, with its reason, after cleaning up', () => {
    const log: string[] = [];
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = ({ done }: Progress): void => {
      if (done === 2) controller.abort(reason);
    };
    expect(() => complete(units(9, log), { signal: controller.signal, onProgress })).toThrow(
      reason,
    );
    expect(log).toEqual(['ended after 2']);
  });

  it('does not begin where the signal is aborted already', () => {
    const log: string[] = [];
    expect(() => complete(units(9, log), { signal: AbortSignal.abort('no') })).toThrow('no');
    expect(log).toEqual([]);
  });
});

describe('work done beside the event loop', () => {
  it('returns the same result, or rejects with the error of the work', async () => {
    expect(await perform(units(3))).toBe('result');
    const failing = (function* (): Steps<never> {
      yield;
      throw new RangeError('of the work');
    })();
    await expect(perform(failing)).rejects.toThrow('of the work');
  });

  it('lets timers have their turns, and ends by a signal that one of them aborts', async () => {
    const log: string[] = [];
    const controller = new AbortController();
    let turns = 0;
    const timer = setInterval(() => {
      if (++turns === 3) controller.abort();
    }, 1);
    const ended = await perform(endless(log), { signal: controller.signal }).catch(
      (error: unknown) => error,
    );
    clearInterval(timer);
    expect(ended).toMatchObject({ name: 'AbortError' });
    expect(ended).toBe(controller.signal.reason);
    expect(log).toEqual(['ended']);
  });

  it('rejects at once where the signal is aborted already', async () => {
    const log: string[] = [];
    await expect(perform(units(9, log), { signal: AbortSignal.abort('no') })).rejects.toBe('no');
    expect(log).toEqual([]);
  });

  it('tells begins and ends of stages, and not every unit between', async () => {
    const told: Progress[] = [];
    await perform(units(100_000), { onProgress: (progress) => told.push(progress) });
    expect(told[0]).toEqual({ stage: 'find', done: 1, total: 100_000 });
    expect(told.at(-1)).toEqual({ stage: 'find', done: 100_000, total: 100_000 });
    expect(told.length).toBeLessThan(50_000);
  });

  it('has its turns in a page, too, which has messages for them', async () => {
    const { setImmediate } = globalThis;
    try {
      Object.assign(globalThis, { setImmediate: undefined });
      const controller = new AbortController();
      setTimeout(() => controller.abort('later'), 5);
      await expect(perform(endless(), { signal: controller.signal })).rejects.toBe('later');
    } finally {
      Object.assign(globalThis, { setImmediate });
    }
  });
});

describe('work within larger work', () => {
  it('is told otherwise, and ends with it', () => {
    const log: string[] = [];
    const told: (Progress | undefined)[] = [];
    const steps = retold(units(5, log), (progress) => ({ ...progress, stage: 'certify' }));
    told.push(steps.next().value as Progress, steps.next().value as Progress);
    steps.return('');
    expect(told).toMatchObject([
      { stage: 'certify', done: 1 },
      { stage: 'certify', done: 2 },
    ]);
    expect(log).toEqual(['ended after 2']);
  });

  it('is counted by its units', () => {
    const log: string[] = [];
    const steps = counted(units(3, log), (done) => ({ stage: 'plan', done: 2 * done, total: 6 }));
    const told: number[] = [];
    expect(complete(steps, { onProgress: ({ done }) => told.push(done) })).toBe('result');
    expect(told).toEqual([2, 4, 6]);
    expect(log).toEqual(['ended after 3']);
  });
});
