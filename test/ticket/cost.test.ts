/** What a ticket may cost is refused from its sizes alone: a few bytes never become gigabytes. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import {
  DEFAULT_MEMORY,
  memoryText,
  mostFindSteps,
  mostSteps,
  requireMemory,
  requireSteps,
} from '../../src/core/limits.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { compileTrained } from '../../src/inference/trained-layers.js';
import { verifyTrained } from '../../src/inference/verify-trained.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { layeredShape } from '../../src/source/shape.js';
import { admitTicket } from '../../src/ticket/cost.js';
import type { ConstructedTicket, TrainedTicket } from '../../src/ticket/ticket.js';
import { encodeTicket } from '../../src/ticket/write.js';
import { joined, readConstructed, sampleTicket } from './sample.js';
import { sampleTrained } from './trained-sample.js';

/** A ticket that states these sizes; its masks must never be asked for. */
function stated(
  widths: readonly number[],
  kept: readonly number[],
  fileBytes = 1000,
): ConstructedTicket {
  const sample = sampleTicket({ seed: 1 });
  return {
    ...sample,
    shape: layeredShape(widths),
    kept,
    fileBytes,
    mask: () => {
      throw new Error('a mask was decoded');
    },
  };
}

function trained(widths: readonly number[], kept: readonly number[]): TrainedTicket {
  return {
    ...sampleTrained().head,
    widths,
    kept,
    scales: kept.map(() => 1),
    probeOutputs: new Float64Array(widths.at(-1) as number),
    fileBytes: 2500,
    mask: () => {
      throw new Error('a mask was decoded');
    },
  };
}

const full = (widths: readonly number[]): number[] =>
  widths.slice(1).map((width, index) => width * (widths[index] as number));

describe('admitTicket', () => {
  it.each([
    ['one full layer of 2^28 edges', [2 ** 14, 2 ** 14]],
    ['thirty full layers, none of them large', Array<number>(31).fill(11_585)],
    ['a thousand full layers of a million edges', Array<number>(1001).fill(1024)],
  ])('refuses %s for a proof and a program', (_name, widths) => {
    const ticket = stated(widths, full(widths));
    for (const work of [verifyTicket, compileTicket]) {
      expect(() => work(ticket)).toThrow(InputError);
      expect(() => work(ticket)).toThrow(/over the limit of/);
    }
  });

  it('refuses trained tickets whose widths no mask justifies', () => {
    const ticket = trained([4, 2 ** 27, 2 ** 27, 3], [4, 4, 4]);
    for (const work of [verifyTrained, compileTrained]) {
      expect(() => work(ticket)).toThrow(/needs about \d.*over the limit of 2G/);
    }
  });

  it('refuses probes of a network that would take minutes each', () => {
    const ticket = {
      ...trained([4096, 4096, 1], full([4096, 4096, 1])),
      probeOutputs: new Float64Array(4096),
    };
    expect(() => admitTicket(ticket, 'proof')).toThrow(/steps, over the limit/);
    expect(() => admitTicket(ticket, 'program')).not.toThrow();
  });

  it('says how much memory would do, and takes it', () => {
    const widths = [2 ** 13, 2 ** 13];
    const ticket = stated(widths, full(widths), 2 ** 24);
    let remedy = '';
    try {
      admitTicket(ticket, 'proof');
    } catch (error) {
      remedy = (error as InputError).remedy;
    }
    const asked = /option "memory" to \d+ \((\d+)G\)/.exec(remedy)?.[1];
    expect(() => admitTicket(ticket, 'proof', Number(asked) * 2 ** 30)).not.toThrow();
    expect(() => admitTicket(ticket, 'proof', (Number(asked) - 1) * 2 ** 30)).toThrow(InputError);
  });

  it('asks nothing of neurons without edges', () => {
    const ticket = stated([3, 2 ** 32 - 1, 2 ** 32 - 1, 2], [3, 3, 3]);
    expect(() => admitTicket(ticket, 'proof')).not.toThrow();
  });

  it('leaves the proof less where the masks take more', () => {
    const small = admitTicket(stated([10, 10], [50]), 'proof');
    const large = admitTicket(stated([4000, 4000], [8_000_000]), 'proof');
    expect(large.memory).toBeLessThan(small.memory);
    expect(large.steps).toBeLessThan(small.steps);
  });
});

describe('readTicket', () => {
  it('refuses integers that would not fit into memory, before it decodes them', () => {
    const bytes = joined(encodeTicket(sampleTicket({ seed: 1 })));
    expect(() => readConstructed(bytes, { memory: 2 ** 20 })).toThrow(/reading this ticket needs/);
    expect(readConstructed(bytes).fileBytes).toBe(bytes.length);
  });
});

describe('limits', () => {
  it('are written as the option takes them, rounded up', () => {
    expect(memoryText(DEFAULT_MEMORY)).toBe('2G');
    expect(memoryText(2 ** 31 + 1)).toBe('2.1G');
    expect(memoryText(300 * 2 ** 20)).toBe('300M');
    expect(() => requireMemory(2 ** 31 + 1, 2 ** 31, 'x', 'it')).toThrow(
      '"memory" to 3221225472 (3G) or more',
    );
    expect(mostSteps(1000) - mostSteps(0)).toBe(1_024_000);
    expect(mostFindSteps(1000) - mostFindSteps(0)).toBe(8_192_000);
  });

  it('allow work in proportion to the memory above the default, and say how much would do', () => {
    for (const most of [mostSteps, mostFindSteps]) {
      expect(most(1000, 3 * DEFAULT_MEMORY)).toBe(3 * most(1000));
      expect(most(1000, DEFAULT_MEMORY / 4)).toBe(most(1000));
    }
    const limit = { most: 1000, memory: DEFAULT_MEMORY };
    expect(() => requireSteps(1000, limit, 'x', 'it')).not.toThrow();
    expect(() => requireSteps(4500, limit, 'x', 'it')).toThrow(
      '"memory" to 9663676416 (9G) or more',
    );
  });
});
