/** The worker's proof of what was opened last: no search that was left ends it, and the page's signal does. */
import { beforeEach, expect, it, vi } from 'vitest';
import { denseLayer, type Network } from '../../src/index.js';
import type { ExampleName, Opened } from '../../web/worker/protocol.js';

/** The network of `conv` comes late. */
const gate = vi.hoisted(() => ({ open: (): void => undefined }));
vi.mock('../../web/worker/networks.js', () => ({
  async networkOf(name: ExampleName): Promise<Network> {
    if (name === 'conv') {
      await new Promise<void>((resolve) => {
        gate.open = resolve;
      });
    }
    const size = name === 'conv' ? 3 : 2;
    const layer = denseLayer({
      ...{ inputs: size, outputs: size, activation: 'identity' },
      ...{ weights: new Float64Array(size * size).fill(0.5), bias: new Float64Array(size) },
    });
    const [lower, upper] = [new Float64Array(size), new Float64Array(size).fill(1)];
    return { layers: [layer], domain: { kind: 'box', lower, upper } };
  },
}));

let example: typeof import('../../web/worker/example.js');
beforeEach(async () => {
  vi.resetModules();
  example = await import('../../web/worker/example.js');
});

const opened = (name: ExampleName, { signal } = new AbortController()): Promise<Opened> =>
  example.open({ example: name, seed: 1n, delta: 1e-6 }, { signal, onStep: () => undefined });
const cancelled = (): DOMException => new DOMException('cancelled', 'AbortError');

it.each([true, false])(
  'is that of the example opened last, whose network came first (the other cancelled: %s)',
  async (isCancelled) => {
    const [left, next] = [new AbortController(), new AbortController()];
    const first = opened('conv', left).catch((error: Error) => error.name);
    if (isCancelled) left.abort(cancelled());
    expect(await opened('digits', next)).toMatchObject({ found: true, verdict: null });
    gate.open();
    expect(await first).toBe('AbortError');
    expect(await example.verdict({}, next)).toMatchObject({ proved: true });
  },
);

it('ends by the signal of whoever waits for it', async () => {
  // A proof that ends by a signal alone: the real one may be over before anybody can ask for it.
  vi.resetModules();
  vi.doMock('../../src/index.js', async (importOriginal) => {
    const library = await importOriginal<typeof import('../../src/index.js')>();
    const endless: typeof library.find = async (model, options) => {
      await library.find(model, options);
      const signal = options?.signal as AbortSignal;
      return new Promise((_, reject) => {
        const end = (): void => reject(signal.reason);
        if (signal.aborted) end();
        else signal.addEventListener('abort', end);
      });
    };
    return { ...library, find: endless };
  });
  try {
    example = await import('../../web/worker/example.js');
    const waiting = new AbortController();
    expect(await opened('digits')).toMatchObject({ found: true, verdict: null });
    const verdict = example.verdict({}, waiting);
    waiting.abort(cancelled());
    await expect(verdict).rejects.toMatchObject({ name: 'AbortError' });
  } finally {
    vi.doUnmock('../../src/index.js');
  }
});
