/** The view in the address, the worker's protocol over a channel, and strokes of the pen. */
import { describe, expect, it } from 'vitest';
import { inkStroke } from '../../web/drawing/ink.js';
import { readView, view, writeView } from '../../web/page/state.js';
import { TaskError, workerClient } from '../../web/page/worker-client.js';

describe('the address', () => {
  it('brings a view back', () => {
    Object.assign(view, {
      example: 'digits',
      seed: 77n,
      delta: 0.5,
      block: 2,
      row: 3,
      column: 4,
      layer: 55,
      sorted: true,
    });
    view.input = Uint8Array.from({ length: 64 }, (_, at) => (at * 37) % 256);
    const address = writeView();
    const before = { ...view };
    Object.assign(view, {
      seed: 1n,
      delta: 1e-6,
      block: 1,
      row: 0,
      column: 0,
      layer: 1,
      sorted: false,
    });
    view.input = new Uint8Array(64);
    expect(readView(`#${address}`).hasInput).toBe(true);
    expect(view).toEqual(before);
  });

  it('leaves out what makes no sense', () => {
    const before = { ...view };
    for (const hash of [
      '#seed=-1',
      '#seed=99999999999999999999',
      '#block=x',
      '#input=0',
      '#layer=1e9',
      '#delta=2',
      '#delta=none',
      '#row=%zz',
    ]) {
      expect(readView(hash).hasInput).toBe(false);
      expect({ ...view, sorted: before.sorted }).toEqual(before);
    }
  });
});

/** A worker's side by hand. */
function fakeWorker() {
  const listeners = new Map<string, (event: unknown) => void>();
  const posted: { kind: string; id: number }[] = [];
  const worker = {
    addEventListener: (name: string, listener: (event: unknown) => void) =>
      listeners.set(name, listener),
    postMessage: (message: { kind: string; id: number }) => posted.push(message),
    terminate: () => undefined,
  } as unknown as Worker;
  const say = (data: unknown): void => listeners.get('message')?.({ data });
  return { worker, posted, say, fail: (message: string) => listeners.get('error')?.({ message }) };
}

describe('the page’s calls', () => {
  it('are answered one by one, with steps, in any order', async () => {
    const { worker, posted, say } = fakeWorker();
    const client = workerClient(worker);
    const steps: number[] = [];
    const first = client.call('layer', { layer: 1 }, { onStep: ({ done }) => steps.push(done) });
    const second = client.call('layer', { layer: 2 });
    say({ kind: 'step', id: posted[0].id, step: { words: 'x', done: 0.5 } });
    say({ kind: 'done', id: posted[1].id, result: 'second' });
    say({ kind: 'done', id: posted[0].id, result: 'first' });
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect(steps).toEqual([0.5]);
  });

  it('fail with the problem and the remedy, are cancelled, and all fail with the worker', async () => {
    const { worker, posted, say, fail } = fakeWorker();
    const client = workerClient(worker);
    const controller = new AbortController();
    const call = client.call('layer', { layer: 1 }, { signal: controller.signal });
    controller.abort();
    expect(posted.map(({ kind }) => kind)).toEqual(['call', 'cancel']);
    const error = { name: 'InputError', message: 'm', problem: 'p', remedy: 'r' };
    say({ kind: 'failed', id: posted[0].id, error });
    await expect(call).rejects.toMatchObject({ problem: 'p', remedy: 'r', name: 'InputError' });
    const others = [client.call('layer', { layer: 2 }), client.call('layer', { layer: 3 })];
    fail('out of memory');
    for (const other of others) await expect(other).rejects.toBeInstanceOf(TaskError);
  });
});

describe('a stroke', () => {
  it('inks what it passes, more in the middle, and never bleaches', () => {
    const image = new Uint8Array(64).fill(9);
    inkStroke(image, [4.5, 0.5], [4.5, 7.5]);
    for (let row = 0; row < 8; row++) {
      expect(image[8 * row + 4]).toBe(255);
      expect(image[8 * row + 3]).toBeLessThan(255);
      expect(image[8 * row]).toBe(9);
    }
    const before = image.slice();
    inkStroke(image, [4.5, 4.5], [4.5, 4.5]);
    expect(image).toEqual(before);
  });
});
