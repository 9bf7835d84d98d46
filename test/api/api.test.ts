/** The verbs of the public API: what they do by default, what they refuse, and how they end by a signal. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import {
  exportTicket,
  find,
  InputError,
  type Model,
  type Network,
  open,
  type Progress,
  plan,
  readModel,
  readTicket,
  rolesOf,
  trace,
  UsageError,
  verify,
  type Watch,
} from '../../src/index.js';
import { trace as traceAtOnce } from '../../src/inference/trace.js';
import { findTicket } from '../../src/pipeline/find.js';
import { rolesOf as rolesAtOnce } from '../../src/roles/roles-of-now.js';
import { denseLayer } from '../../src/target/make-layers.js';
import { foundBaseline, smallNetwork } from '../baseline-tickets.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomNetwork } from '../networks.js';

const small: Model = {
  network: randomNetwork({ dimensions: [3, 6, 2], seed: 3, bits: 6, places: 4 }),
};
const digits = readFileSync(new URL('../../examples/digits/digits.onnx', import.meta.url));

async function foundSmall() {
  const found = await find(small);
  if (!found.found) throw new Error('not found');
  return found;
}

/** A signal that a timer aborts, and the stages that were told before and after. */
function timed() {
  const controller = new AbortController();
  const before: string[] = [];
  const after: string[] = [];
  setTimeout(() => controller.abort(), 5);
  const onProgress = ({ stage }: Progress): void => {
    (controller.signal.aborted ? after : before).push(stage);
  };
  return { controller, before, after, watch: { signal: controller.signal, onProgress } };
}

/**
 * A signal that is aborted when the event loop has turned so often after the work was first heard of, and
 * the turns that there were. Every look at the clock finds it a second later, so that the loop has its turn
 * after each step, however quick the machine is.
 */
function abortedAfterTurns(count: number) {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 1000;
    return now;
  });
  const controller = new AbortController();
  const seen = { turns: 0, stages: new Set<string>() };
  const turn = (): void => {
    seen.turns++;
    if (seen.turns === count) controller.abort();
    else setImmediate(turn);
  };
  const onProgress = ({ stage }: Progress): void => {
    if (seen.stages.size === 0) setImmediate(turn);
    seen.stages.add(stage);
  };
  return { controller, seen, watch: { signal: controller.signal, onProgress } };
}

afterEach(() => {
  vi.restoreAllMocks();
});

async function foundDigits() {
  const found = await find(readModel(digits), { domain: 'box:0,1', seed: 1n });
  if (!found.found) throw new Error('not found');
  return found;
}

describe('readModel', () => {
  it('reads ONNX, with name and digest', () => {
    const model = readModel(digits, { name: 'digits.onnx' });
    expect(model.name).toBe('digits.onnx');
    expect(model.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(model.network.layers[0].inputs).toBe(64);
  });

  it('reads .nnet, and refuses the rest with the name it was given', () => {
    const nnet = '// a network\n1,1,1,1,\n1,1,\n0,\n-1,\n1,\n0,0,\n1,1,\n2.0,\n0.5,\n';
    const model = readModel(new TextEncoder().encode(nnet));
    expect(model.network.layers).toHaveLength(1);
    const packed = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0);
    expect(() => readModel(packed, { name: 'a.onnx.gz' })).toThrow(/^a\.onnx\.gz: .*gunzip$/);
    expect(() => readModel(Uint8Array.of(1, 2, 3))).toThrow(InputError);
    expect(() => readModel(digits.subarray(0, 900))).toThrow(InputError);
    expect(() => readModel('model.onnx' as unknown as Uint8Array)).toThrow(UsageError);
  });
});

describe('find', () => {
  it('is horner and lossless by default, and its bytes are a ticket', async () => {
    const { ticket, bytes, verdict } = await foundSmall();
    expect(verdict).toMatchObject({ equal: true, proved: true, epsilon: '0' });
    expect(ticket).toMatchObject({ construction: 'horner', precision: { mode: 'lossless' } });
    expect(readTicket(bytes).seed).toBe(ticket.seed);
  });

  it('takes an error on a domain, bits, a construction, a seed and the name of the model', async () => {
    const model = { ...small, name: 'small.onnx', sha256: 'ab'.repeat(32) };
    const certified = await find(model, {
      epsilon: 0.5,
      domain: 'box:-1,1',
      construction: 'diamond',
    });
    if (!certified.found) throw new Error('not found');
    expect(certified.ticket).toMatchObject({
      ...{ construction: 'diamond', model: { name: 'small.onnx' } },
      precision: { mode: 'certified', requested: 0.5 },
    });
    expect(certified.verdict.proved).toBe(true);
    const rounded = await find(model, { bits: 2, seed: 9n });
    if (!rounded.found) throw new Error('not found');
    expect(rounded.ticket).toMatchObject({ seed: 9n, precision: { mode: 'bits', bits: 2 } });
  });

  it.each([
    [{ epsilon: 1, bits: 2 }, /"epsilon" and "bits"/],
    [{ epsilon: 0, domain: 'box:0,1' }, /^option "epsilon": .* give one, or leave it out$/],
    [{ epsilon: 0.1 }, /bounded/],
    [{ bits: 1.5 }, /^option "bits": .* give one, or leave it out$/],
    [{ domain: 'box:1' }, /box:lo,hi/],
    [
      { construction: 'other' as 'horner' },
      /^option "construction": .* give one, or leave it out$/,
    ],
    [{ delta: 2 }, /^option "delta": .* give one, or leave it out$/],
    [{ seed: -1n }, /^option "seed": .* give one, or leave it out$/],
  ] as const)('refuses what makes no sense (%#)', async (options, message) => {
    const error = await find(small, options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(message);
  });

  it('refuses what is no model', async () => {
    for (const model of [null, undefined, 3, {}, { network: null }, { network: {} }]) {
      const error = await find(model as unknown as Model).catch((thrown: unknown) => thrown);
      expect(error instanceof UsageError || error instanceof InputError).toBe(true);
    }
  });

  it('ends by a signal that a timer aborts, with its reason, and tells of stages before', async () => {
    const { controller, before, after, watch } = timed();
    const model = readModel(digits);
    const error = await find(model, watch).catch((thrown: unknown) => thrown);
    expect(error).toBe(controller.signal.reason);
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(before[0]).toBe('quantise');
    expect(after).toEqual([]);
  });
});

describe('plan', () => {
  it('is of the source that find draws', async () => {
    const planned = await plan(small);
    const { ticket } = await foundSmall();
    expect(planned.construction).toBe('horner');
    expect(planned.widths).toHaveLength(planned.depth + 1);
    expect(planned.weights).toBeGreaterThan(0n);
    expect(planned.overCountingBound).toBeGreaterThan(1);
    expect(planned.failureBound).toBeLessThanOrEqual(1e-6);
    expect(ticket.kept).toHaveLength(planned.depth);
  });

  it('is of feature maps too, with an error bound if wanted', async () => {
    const network = randomMapNetwork({ seed: 9, bits: 6, layers: 2 });
    const lossless = await plan({ network });
    const certified = await plan({ network }, { epsilon: 4, domain: 'box:0,1' });
    expect(certified.weights).toBeLessThan(lossless.weights);
    const found = await find({ network }, { epsilon: 4, domain: 'box:0,1' });
    expect(found.found && found.ticket.kept).toHaveLength(certified.depth);
    const diamond = plan({ network }, { construction: 'diamond' });
    await expect(diamond).rejects.toThrow(/diamond is for fully connected networks/);
  });

  it('ends by a signal', async () => {
    const { controller, watch } = timed();
    const { network } = readModel(digits);
    const error = await plan({ network }, { ...watch, epsilon: 0.01, domain: 'box:0,1' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBe(controller.signal.reason);
  });
});

describe('verify', () => {
  it('takes every kind of ticket, and ends by a signal', async () => {
    const { ticket } = await foundSmall();
    expect(await verify(ticket, { model: small })).toMatchObject({ proved: true, epsilon: '0' });
    const network = smallNetwork(1);
    const { ticket: baseline } = foundBaseline('diffenderfer', network);
    expect(await verify(baseline, { model: { network } })).toMatchObject({ proved: true });
    await expect(verify(ticket, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
  });
});

describe("verify of a ticket of the paper's precision", () => {
  it('loads what a model is compared by', async () => {
    const network = (last: number): Network => ({
      layers: [
        denseLayer({
          inputs: 2,
          outputs: 2,
          weights: [0.5, 0.25, -0.5, 0.125],
          activation: 'relu',
        }),
        denseLayer({ inputs: 2, outputs: 1, weights: [0.5, last], activation: 'identity' }),
      ],
      domain: { kind: 'ball', radius: 1 },
    });
    const precision = { mode: 'paper', epsilon: 0.125 } as const;
    const found = findTicket(network(0.5), { construction: horner, precision });
    if (!found.found) throw new Error('not found');
    const { ticket } = found;
    const verdict = await verify(ticket, { model: { network: network(0.5) } });
    expect(verdict).toMatchObject({ proved: true, epsilon: '0.125' });
    const other = await verify(ticket, { model: { network: network(0.25) } });
    expect(other).toMatchObject({ equal: true, proved: false, modelMatches: false });
  });
});

describe('open', () => {
  it('runs one sample or many, the same in whatever batches they come', async () => {
    const { ticket } = await foundSmall();
    const opened = open(ticket);
    expect([opened.inputs, opened.outputs]).toEqual([3, 2]);
    expect(opened.report()).toBeNull();
    const values = Float64Array.from(
      { length: 3 * 50 },
      (_, index) => ((index * 37) % 64) / 32 - 1,
    );
    const together = await opened.run(values);
    expect(opened.report()?.engine).toBe('fast');
    const alone: number[] = [];
    for (let from = 0; from < values.length; from += 3) {
      alone.push(...(await opened.run([...values.subarray(from, from + 3)])));
    }
    expect(alone).toEqual([...together]);
    const exactly = open(ticket, { engine: 'exact', exactness: 'bits' });
    expect([...(await exactly.run(values))]).toEqual([...together]);
  });

  it('opens baseline tickets, too', async () => {
    const { ticket } = foundBaseline('diffenderfer', smallNetwork(1));
    const [first] = await open(ticket).run([0.5, 0.25, -1]);
    expect(first).toEqual(expect.any(Number));
  });

  it('refuses samples that are not whole, options that make no sense, and ends by a signal', async () => {
    const { ticket } = await foundSmall();
    await expect(open(ticket).run([1, 2])).rejects.toThrow(UsageError);
    await expect(open(ticket).run([])).rejects.toThrow(UsageError);
    expect(() => open(ticket, { engine: 'other' as 'fast' })).toThrow(UsageError);
    expect(() => open(null as never)).toThrow(UsageError);
    const signal = AbortSignal.abort('enough');
    await expect(open(ticket).run([1, 2, 3], { signal })).rejects.toBe('enough');
  });

  it('ends by a signal while it makes its engine ready, and can be run after that', async () => {
    const { ticket } = await foundDigits();
    const network = open(ticket, { engine: 'fast' });
    const sample = new Float64Array(64).fill(0.3);
    const { controller, seen, watch } = abortedAfterTurns(200);
    const error = await network.run(sample, watch).catch((reason: unknown) => reason);
    expect(error).toBe(controller.signal.reason);
    expect(seen.turns).toBe(200);
    expect(seen.stages).toContain('compile');
    const exact = open(ticket, { engine: 'exact' });
    const [computed, expected] = [await network.run(sample), await exact.run(sample)];
    for (const [output, value] of computed.entries()) expect(value).toBeCloseTo(expected[output]);
  });
});

describe('rolesOf and trace', () => {
  it('give what the subpaths give', async () => {
    const { ticket } = await foundSmall();
    const input = Float64Array.of(0.5, -0.25, 1);
    expect(await rolesOf(ticket)).toEqual(rolesAtOnce(ticket));
    expect(await trace(ticket, input)).toEqual(traceAtOnce(ticket, input));
  });

  it('end by a signal after turns of the event loop, with its reason', async () => {
    const { ticket } = await foundDigits();
    const input = new Float64Array(64).fill(0.5);
    for (const work of [
      (watch: Watch) => rolesOf(ticket, watch),
      (watch: Watch) => trace(ticket, input, watch),
    ]) {
      const { controller, seen, watch } = abortedAfterTurns(100);
      expect(await work(watch).catch((reason: unknown) => reason)).toBe(controller.signal.reason);
      expect(seen.turns).toBe(100);
    }
  });

  it('reject what makes no sense', async () => {
    const { ticket } = await foundSmall();
    const input = new Float64Array(3);
    await expect(rolesOf(null as never)).rejects.toThrow(UsageError);
    await expect(rolesOf(ticket, null as never)).rejects.toThrow(UsageError);
    await expect(trace(null as never, input)).rejects.toThrow(UsageError);
    await expect(trace(ticket, input, null as never)).rejects.toThrow(UsageError);
    await expect(trace(ticket, new Float64Array(4))).rejects.toThrow(InputError);
  });
});

describe('exportTicket', () => {
  it('is ONNX of the live neurons by default, and ends by a signal', async () => {
    const { ticket } = await foundSmall();
    const file = await exportTicket(ticket);
    const bytes = Uint8Array.from([...file.parts()].flatMap((part) => [...part]));
    expect(bytes).toHaveLength(file.bytes);
    expect(readModel(bytes).network.layers.length).toBeGreaterThan(1);
    const signal = AbortSignal.abort('enough');
    await expect(exportTicket(ticket, { signal })).rejects.toBe('enough');
  });
});
