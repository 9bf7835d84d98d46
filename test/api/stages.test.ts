/** What long work says of itself: every stage begins with 0, never falls back and ends with its total. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  exportTicket,
  find,
  type Model,
  open,
  type Progress,
  plan,
  readTicket,
  rolesOf,
  STAGES,
  type Ticket,
  trace,
  verify,
  type Watch,
} from '../../src/index.js';
import { foundBaseline, smallNetwork } from '../baseline-tickets.js';
import { randomNetwork } from '../networks.js';
import { trainedBytes } from '../ticket/trained-sample.js';
import { turnAfterEveryStep } from '../turning-clock.js';

const small: Model = {
  network: randomNetwork({ dimensions: [3, 6, 4, 2], seed: 3, bits: 12, places: 10 }),
};
const REQUESTS = [
  { construction: 'horner' },
  { construction: 'horner', bits: 3 },
  { construction: 'horner', epsilon: 0.5, domain: 'box:-1,1' },
  { construction: 'diamond', delta: 0.999 },
  { construction: 'diamond', epsilon: 0.5, domain: 'ball:1' },
] as const;

beforeEach(() => {
  turnAfterEveryStep();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** The stages of a piece of work in the order of their ends, each checked as far as it goes. */
async function stagesOf(
  work: (watch: Watch) => Promise<unknown>,
  mayBreakOff: readonly string[] = [],
): Promise<string[]> {
  const told: Progress[] = [];
  await work({ onProgress: (progress) => told.push(progress) });
  const ended: string[] = [];
  let current: Progress | undefined;
  for (const progress of told) {
    const { stage, done, total } = progress;
    expect(Object.keys(STAGES)).toContain(stage);
    expect(total).toBeGreaterThan(0);
    if (current?.stage === stage && (done > 0 || current.done === 0)) {
      expect(total).toBe(current.total);
      expect(done).toBeGreaterThanOrEqual(current.done);
      expect(done).toBeLessThanOrEqual(total);
    } else {
      // Another stage, or the same once more: the one before is over.
      if (!mayBreakOff.includes(current?.stage ?? '')) expect(current?.done).toBe(current?.total);
      expect(done).toBe(0);
    }
    if (done === total) ended.push(stage);
    current = progress;
  }
  expect(current?.done).toBe(current?.total);
  return ended.filter((stage, index) => stage !== ended[index - 1]);
}

const foundWith = async (request: (typeof REQUESTS)[number]) => {
  const found = await find(small, request);
  if (!found.found) throw new Error('not found');
  return found.ticket;
};

describe('stages', () => {
  it.each(REQUESTS)('of find and plan: %o', async (request) => {
    const choosing = 'epsilon' in request ? ['analyse', 'allot'] : ['quantise'];
    const proving = ['plan', 'find', 'prove'];
    // A seed that lacks the network is given up in the middle.
    expect(await stagesOf((watch) => find(small, { ...request, ...watch }), ['find'])).toEqual([
      ...choosing,
      ...proving,
    ]);
    expect(await stagesOf((watch) => plan(small, { ...request, ...watch }))).toEqual([
      ...choosing,
      'plan',
    ]);
  });

  it.each(REQUESTS)('of verify: %o', async (request) => {
    const ticket = await foundWith(request);
    const certified = 'epsilon' in request;
    expect(await stagesOf((watch) => verify(ticket, watch))).toEqual(['prove']);
    expect(await stagesOf((watch) => verify(ticket, { model: small, ...watch }))).toEqual(
      certified ? ['prove', 'certify'] : ['prove'],
    );
    const [first] = ticket.target.matrices;
    const values = Float64Array.from(first.values as Float64Array);
    values[0] += 1;
    const matrices = [{ ...first, values }, ...ticket.target.matrices.slice(1)];
    const wrong = { ...ticket, target: { ...ticket.target, matrices } };
    expect(await stagesOf((watch) => verify(wrong, watch))).toEqual(['prove']);
  });

  it.each(['malach', 'pensia', 'orseau', 'diffenderfer'] as const)(
    'of verify and run: a ticket by %s',
    async (system) => {
      const network = smallNetwork(1);
      const { ticket } = foundBaseline(system, network);
      expect(await stagesOf((watch) => verify(ticket, { model: { network }, ...watch }))).toEqual([
        'prove',
        'certify',
      ]);
      expect(await stagesOf((watch) => run(ticket, 'auto', 40, watch))).toEqual(['compile', 'run']);
    },
  );

  it('of verify and run: a trained ticket', async () => {
    const ticket = readTicket(trainedBytes());
    expect(await stagesOf((watch) => verify(ticket, watch))).toEqual(['compile']);
    expect(await stagesOf((watch) => run(ticket, 'auto', 40, watch))).toEqual(['compile', 'run']);
  });

  it.each(['auto', 'fast', 'float', 'exact', 'folded'] as const)('of run: %s', async (engine) => {
    const ticket = await foundWith(REQUESTS[0]);
    for (const samples of [1, 70]) {
      const stages = await stagesOf((watch) => run(ticket, engine, samples, watch));
      expect(stages).toEqual(engine === 'folded' ? ['run'] : ['compile', 'run']);
    }
  });

  it('of exportTicket, rolesOf and trace', async () => {
    const ticket = await foundWith(REQUESTS[0]);
    for (const form of ['live', 'full'] as const) {
      for (const format of ['onnx', 'safetensors'] as const) {
        const stages = await stagesOf((watch) => exportTicket(ticket, { form, format, ...watch }));
        expect(stages).toEqual(['compile']);
      }
    }
    expect(await stagesOf((watch) => rolesOf(ticket, watch))).toEqual(['compile']);
    const input = new Float64Array(3).fill(0.5);
    expect(await stagesOf((watch) => trace(ticket, input, watch))).toEqual(['compile', 'run']);
  });
});

function run(
  ticket: Ticket,
  engine: 'auto' | 'fast' | 'float' | 'exact' | 'folded',
  samples: number,
  watch: Watch,
): Promise<Float64Array> {
  const opened = open(ticket, { engine, outside: 'allow' });
  const values = Float64Array.from(
    { length: samples * opened.inputs },
    (_, index) => ((index * 37) % 64) / 64,
  );
  return opened.run(values, watch);
}

it('tells of the ticket when it is written, before its proof begins', async () => {
  const told: string[] = [];
  const found = await find(small, {
    onWritten: ({ ticket, bytes, layout }) => {
      told.push('written');
      expect(ticket.kept).toEqual(readTicket(bytes).kept);
      expect(layout.layer(1).layer).toBe(1);
    },
    onProgress: ({ stage, done }) => {
      if (stage === 'prove' && done === 0) told.push('proof');
    },
  });
  expect(told).toEqual(['written', 'proof']);
  expect(found.found && found.verdict.proved).toBe(true);
});
