/**
 * What the page says of a proof that is under way, fails, ends early or comes too late: never that anything
 * is proved, equal or exact but what is shown, nor before its proof. The page's elements are stand-ins.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { About } from '../../web/page/stage.js';
import type { Found, Outcome } from '../../web/page/state.js';
import type { WorkerClient } from '../../web/page/worker-client.js';
import type { Verdict } from '../../web/worker/protocol.js';

interface Element {
  textContent: string;
  className: string;
  value: string;
  listeners: Map<string, () => unknown>;
}
const elements = vi.hoisted(() => new Map<string, Element>());
vi.mock('../../web/page/dom.js', () => ({
  byId: (id: string) => {
    const listeners = new Map<string, () => unknown>();
    const made = {
      ...{ textContent: '', className: '', value: '', options: [{ value: '0.000001' }] },
      ...{ listeners, querySelector: () => null, append: () => undefined },
      addEventListener: (name: string, listener: () => unknown) => listeners.set(name, listener),
    };
    if (!elements.has(id)) elements.set(id, made);
    return elements.get(id);
  },
  fill: (element: Element, ...children: readonly string[]) => {
    element.textContent = children.join('');
  },
  bold: (text: string) => text,
  make: () => ({}),
  ...{ bytes: String, grouped: String, seconds: String },
}));
const section = (name: string) => ({
  [name]: () => ({ setTrace: () => undefined, setLadder: () => undefined }),
});
vi.mock('../../web/sections/map.js', () => section('startMap'));
vi.mock('../../web/sections/weight.js', () => section('startWeight'));
vi.mock('../../web/page/glossary.js', () => ({ setTerm: () => undefined }));
vi.mock('../../web/page/drops.js', () => ({ takeDrops: () => undefined }));
vi.mock('../../web/page/scheme.js', () => ({ shown: String }));
vi.mock('../../web/page/save.js', () => ({ offerSaving: () => undefined }));
vi.mock('../../web/page/zoom.js', () => ({
  ...{
    followButtons: () => undefined,
    followKeys: () => undefined,
    followPointers: () => undefined,
  },
}));
vi.mock('../../web/page/canvas.js', () => ({
  surface: () => ({ redraw: () => undefined, width: () => 100, height: () => 100 }),
}));
const found = (seed: bigint, verdict: Verdict | null = null): Found =>
  ({
    ...{ found: true, seed, weights: 9n, kept: 3, parameters: 4, ticketBytes: 5, verdict },
    ...{ lower: new Float64Array(64), upper: new Float64Array(64).fill(1), domain: 'a box' },
    map: { blocks: [1], layers: [1, 2, 3] },
    matrices: [{ rows: 9, columns: 9 }],
  }) as unknown as Found;

/** A worker's answers by hand: each call waits until it is told how it ends. */
function fakeWorker() {
  const calls: {
    readonly task: string;
    readonly signal: AbortSignal | undefined;
    readonly resolve: (result: unknown) => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  const worker = {
    call: (task: string, _: unknown, options?: { readonly signal?: AbortSignal }) =>
      new Promise((resolve, reject) => {
        calls.push({ task, signal: options?.signal, resolve, reject });
      }),
    end: () => undefined,
  } as unknown as WorkerClient;
  const of = (task: string) => calls.filter((call) => call.task === task);
  const last = (task: string) => {
    const call = of(task).at(-1);
    if (call === undefined) throw new Error(`no call of ${task}`);
    return call;
  };
  return { worker, of, last };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const text = (id: string): string => elements.get(id)?.textContent ?? '';
const act = (id: string, name: string): unknown => elements.get(id)?.listeners.get(name)?.();
const EXACT: Verdict = { proved: true, epsilon: null, seconds: 1 };
const PROMISES = /exactly|at most|Proved\.|and proved|= equal|≈/;
const said = (): string => ['lead-how', 'status', 'proof', 'equal', 'seed-words'].map(text).join();

async function startPage() {
  vi.resetModules();
  elements.clear();
  vi.stubGlobal('document', { readyState: 'complete' });
  vi.stubGlobal('location', { hash: '', pathname: '/', search: '', href: '' });
  vi.stubGlobal('history', { replaceState: () => undefined });
  const observer = class {
    observe = (): void => undefined;
  };
  vi.stubGlobal('IntersectionObserver', observer);
  // Of this section only what says whether the outputs are equal, of the same page.
  vi.doMock('../../web/sections/input.js', async () => {
    const { startOutputs } = await import('../../web/sections/outputs.js');
    return { startInput: startOutputs };
  });
  const { startExplorer } = await import('../../web/explore.js');
  const [stage, state] = [
    await import('../../web/page/stage.js'),
    await import('../../web/page/state.js'),
  ];
  const fake = fakeWorker();
  // Rejects as an unhandled rejection of the page would.
  const started = startExplorer(fake.worker, Promise.resolve());
  await settled();
  return { ...fake, started, stage, state };
}

let page: Awaited<ReturnType<typeof startPage>>;
const open = async (seed: bigint): Promise<void> => {
  page.last('open').resolve(found(seed));
  await settled();
};

beforeEach(async () => {
  // No address is written after a test, nor anything said but what is answered.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  page = await startPage();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what the page says of a proof', () => {
  it('promises nothing before the proof, and then what was proved', async () => {
    await open(1n);
    expect(text('lead-how')).toBe('its proof is to come');
    expect(text('status')).toBe('Found on your machine; proving it …');
    expect(text('proof')).toBe('Proving …');
    page.last('verdict').resolve(EXACT);
    await page.started;
    expect(text('lead-how')).toBe('not nearly, but exactly');
    expect(text('status')).toMatch(/^Found and proved on your machine just now/);
    expect(text('proof')).toMatch(/^Proved\./);
    // Another example: of that nothing is proved yet.
    (elements.get('example') as Element).value = 'toy';
    act('example', 'change');
    await open(1n);
    expect(said()).not.toMatch(PROMISES);
    page.last('verdict').resolve({ ...EXACT, epsilon: '0.01' });
    await settled();
    expect(text('lead-how')).toBe('up to an error of at most 0.01');
  });

  it.each<[string, Outcome | Error]>([
    ['is not proved', { proved: false, epsilon: null, seconds: 1 }],
    ['is not proved with an error', { proved: false, epsilon: '0.1', seconds: 1 }],
    ['has no proof, since that failed', new Error('out of memory')],
  ])('says it everywhere where it %s', async (_, outcome) => {
    await open(1n);
    const { resolve, reject } = page.last('verdict');
    if (outcome instanceof Error) reject(outcome);
    else resolve(outcome);
    await page.started;
    expect(text('lead-how')).toBe('NOT proved');
    expect(text('status')).toMatch(/NOT proved/);
    expect(text('proof')).toMatch(/^NOT proved/);
    expect(said()).not.toMatch(PROMISES);
    if (outcome instanceof Error) expect(text('proof')).toContain('out of memory');
  });

  it('does not take the verdict of an example for that of the visitor’s network shown meanwhile', async () => {
    await open(1n);
    const verdict: Verdict = { proved: false, epsilon: '0.1', seconds: 7 };
    page.state.view.example = 'own';
    page.stage.show(found(5n, verdict), fakeWorker().worker, { what: 'own' } as About);
    expect(page.last('verdict').signal?.aborted).toBe(true);
    page.last('verdict').resolve(EXACT);
    await page.started;
    expect(page.state.verdictNow()).toEqual(verdict);
    expect(said()).not.toMatch(PROMISES);
  });

  it('ends the search for an example that would come after the visitor’s network is shown', async () => {
    const own = found(5n, EXACT);
    page.state.view.example = 'own';
    page.stage.show(own, fakeWorker().worker, { what: 'own' } as About);
    expect(page.last('open').signal?.aborted).toBe(true);
    await open(1n);
    expect(page.state.foundNow()).toBe(own);
    expect(page.of('verdict')).toEqual([]);
  });

  it('takes a verdict for what is shown only', () => {
    const [first, second] = [found(1n), found(2n)];
    page.state.setFound(first);
    page.state.setFound(second);
    expect(page.state.settle(first, EXACT)).toBe(false);
    expect(page.state.verdictNow()).toBeNull();
    expect(page.state.settle(second, EXACT)).toBe(true);
    expect(page.state.verdictNow()).toEqual(EXACT);
  });

  it('says that there is no proof where a search that finds nothing ended it', async () => {
    await open(1n);
    const first = page.last('verdict');
    act('seed-next', 'click');
    expect(first.signal?.aborted).toBe(true);
    first.reject(new Error('cancelled'));
    await page.started;
    page.last('open').resolve({ found: false, seed: 2n, reason: 'seed 2 lacks it' });
    await settled();
    expect(text('seed-words')).toBe('Not found: seed 2 lacks it.');
    expect(page.state.view.seed).toBe(1n);
    expect(text('lead-how')).toBe('NOT proved');
    expect(text('proof')).toBe('NOT proved: another search ended the proof.');
  });

  it('shows what the worker holds, without a proof, where a search was left as it came', async () => {
    await open(1n);
    act('seed-next', 'click');
    const second = page.last('open');
    act('seed-next', 'click');
    second.resolve(found(2n));
    await settled();
    expect(page.state.foundNow()?.seed).toBe(2n);
    expect(said()).not.toMatch(PROMISES);
    expect(page.of('verdict')).toHaveLength(1);
  });

  it('says of the outputs only what was run and proved', async () => {
    const trace = { pruned: ['1'], trained: ['1'], difference: 0, answer: 0, values: [1] };
    await open(1n);
    const equal = elements.get('equal') as Element;
    equal.textContent = '= equal, exactly';
    page.stage.show(found(2n), page.worker, { what: 'another' } as About);
    expect(equal.textContent).toBe('');
    for (const call of page.of('trace')) call.resolve(trace);
    await settled();
    page.last('trace').reject(new Error('out of memory'));
    await settled();
    expect(equal.textContent).toBe('It could not be run: out of memory');
  });

  it('says again of an edge that is cut only what its own proof says', async () => {
    await open(1n);
    page.last('verdict').resolve(EXACT);
    await page.started;
    act('undo', 'click');
    expect(text('proof')).toBe('Proving …');
    page.last('prove').reject(new Error('the worker failed'));
    await settled();
    expect(text('proof')).toBe('NOT proved: the worker failed.');
  });
});

describe('what the page says of the proof of the visitor’s network', () => {
  it('promises nothing where it is not proved, found anew or not', async () => {
    const own = fakeWorker();
    vi.doMock('../../examples/digits/digits-conv.onnx?url', () => ({ default: '' }));
    vi.doMock('../../web/page/worker-client.js', () => ({
      ...{ startWorker: () => own.worker, TaskError: Error },
    }));
    (await import('../../web/sections/own.js')).startOwn();
    Object.assign(elements.get('file') as Element, { files: [new File(['x'], 'mine.onnx')] });
    act('file', 'change');
    // The file is read meanwhile.
    const planned = await vi.waitFor(() => own.last('plan'));
    planned.resolve({ weights: 9n, depth: 3, parameters: 4, failureBound: 0, seconds: 1 });
    await settled();
    for (const again of [false, true]) {
      act(again ? 'seed-next' : 'own-find', 'click');
      const verdict: Verdict = { proved: false, epsilon: again ? '0.1' : null, seconds: 1 };
      const bytes = new Uint8Array(3);
      await settled();
      own.last('find').resolve({ found: true, bytes, kept: 3, seed: again ? 6n : 5n, ...verdict });
      await settled();
      own.last('show').resolve(found(again ? 6n : 5n, verdict));
      await settled();
      expect(text('own-words')).toMatch(
        /^Found, NOT proved under seed [56] in 1: 3 edges kept\. The/,
      );
      expect(text('seed-words')).toMatch(again ? /^Found and NOT proved under seed 6/ : /^$/);
      expect(text('own-words') + said()).not.toMatch(/equals|off by|exactly|at most|and proved/);
    }
    act('seed-next', 'click');
    own.last('find').reject(new Error('out of memory'));
    await settled();
    expect(text('seed-words')).toBe('It failed: out of memory');
    expect(text('status')).toBe('It failed: out of memory');
  });
});

describe('a certified error', () => {
  it('is one of a proof, and 0 only by its digits', async () => {
    const { certifiedError } = await import('../../web/page/verdict.js');
    const of = (epsilon: string | null, proved = true) => certifiedError({ proved, epsilon });
    expect([of(null), of('0'), of('0.000'), of('0e5')]).toEqual(['0', '0', '0', '0']);
    expect(of('0.25')).toBe('0.25');
    expect(of(`0.${'0'.repeat(400)}1`)).not.toBe('0');
    expect(of('1e-400')).toBe('1e-400');
    expect([of(null, false), of('0.1', false), certifiedError(null)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
