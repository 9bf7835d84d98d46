import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner.js';
import { formatHornerPlan, parseHornerPlan } from '../../src/constructions/horner-record.js';
import { InputError } from '../../src/core/errors.js';
import { randomStream } from '../networks.js';

const PLAN = horner.plan(
  {
    dimensions: [3, 4, 2],
    constant: true,
    bits: [5, 4],
    inputSigns: ['signed', 'signed', 'nonnegative'],
  },
  1e-4,
);
const TEXT = formatHornerPlan(PLAN);

/** The text with one value changed by a function of the parsed record. */
function changed(
  change: (record: Record<string, unknown> & { blocks: Record<string, unknown>[] }) => void,
): string {
  const record = JSON.parse(TEXT);
  change(record);
  return JSON.stringify(record);
}

describe('the record of a Horner plan', () => {
  it('reads back as the same plan', () => {
    expect(parseHornerPlan(TEXT)).toEqual(PLAN);
  });

  it.each([
    [
      'another format',
      (r: Record<string, unknown>) => Object.assign(r, { format: 'unearth-source/2' }),
    ],
    ['an unknown key', (r: Record<string, unknown>) => Object.assign(r, { seed: 1 })],
    [
      'too few signs',
      (r: Record<string, unknown>) => Object.assign(r, { inputSigns: [['signed', 2]] }),
    ],
    [
      'signs without end',
      (r: Record<string, unknown>) => Object.assign(r, { inputSigns: [['signed', 1e15]] }),
    ],
    ['bits for another depth', (r: Record<string, unknown>) => Object.assign(r, { bits: [5] })],
    ['no blocks', (r: Record<string, unknown>) => Object.assign(r, { blocks: [] })],
  ])('is refused with %s', (_, change) => {
    expect(() => parseHornerPlan(changed(change))).toThrow(InputError);
  });

  it.each([
    [
      'a layer too narrow',
      { hiddenWidths: PLAN.blocks[0].hiddenWidths.map(() => 3) },
      /hiddenWidths/,
    ],
    ['no split layer', { splitWidth: null }, /splitWidth/],
    ['too few chains', { chains: 2 }, /chains/],
    ['a selection too late', { selection: 60 }, /selection/],
    [
      'too few layers',
      { radices: [2, 2], hiddenWidths: [99, 99], carrierCopies: [1], selection: 1 },
      /need not hold/,
    ],
    ['outputs that do not fit', { outputWidth: 3 }, /outputWidth/],
    ['a growth of 1', { radices: PLAN.blocks[0].radices.map(() => 1) }, /radices/],
  ])('names the place of %s', (_, change, place) => {
    const text = changed(({ blocks }) => Object.assign(blocks[0], change));
    expect(() => parseHornerPlan(text)).toThrow(InputError);
    expect(() => parseHornerPlan(text)).toThrow(place);
  });

  it('meets damage with typed errors only', () => {
    const random = randomStream(4);
    for (let trial = 0; trial < 2000; trial++) {
      const at = Math.floor(random() * TEXT.length);
      const text =
        trial % 2
          ? TEXT.slice(0, at)
          : `${TEXT.slice(0, at)}${String.fromCharCode(32 + Math.floor(random() * 95))}${TEXT.slice(at + 1)}`;
      try {
        const plan = parseHornerPlan(text);
        expect(plan.failureBound).toBeLessThan(1);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }
  });
});
