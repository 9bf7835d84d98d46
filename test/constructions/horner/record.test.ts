import { describe, expect, it } from 'vitest';
import { horner } from '../../../src/constructions/horner/horner.js';
import { formatHornerPlan, parseHornerPlan } from '../../../src/constructions/horner/record.js';
import { InputError } from '../../../src/core/errors.js';
import { widthsOf } from '../../../src/source/shape.js';
import { randomStream } from '../../networks.js';

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

const RELEASE_0_1 = `{"format":"unearth-source/1","construction":"horner","dimensions":[1,1],"constant":false,"bits":[2],"inputSigns":[["nonnegative",1]],"blocks":[{"splitWidth":null,"radices":[2,2,2],"carrierCopies":[3,1],"chains":7,"selection":2,"hiddenWidths":[35,40,70],"offsetCopies":8,"outputWidth":1}]}\n`;

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

  it('keeps what a class knows beyond its bits', () => {
    const ranges = [
      { entries: 1n << 4n, unit: 1n << 4n },
      { entries: 7n, unit: 0n },
    ];
    const plan = horner.plan({ ...PLAN.networkClass, bits: [5, 3], ranges }, 1e-4);
    const text = formatHornerPlan(plan);
    expect(text).toContain('"format":"unearth-source/2"');
    expect(text).toContain('{"entries":"16","unit":"16"}');
    expect(parseHornerPlan(text)).toEqual(plan);
    for (const [from, to] of [
      ['"entries":"16"', '"entries":"99"'],
      ['"entries":"16"', '"entries":"0"'],
      ['"unit":"0"', '"unit":"1"'],
      ['"entries":"16"', '"entries":"-16"'],
      ['source/2', 'source/1'],
      [',{"entries":"7","unit":"0"}', ''],
    ]) {
      expect(text).toContain(from);
      expect(() => parseHornerPlan(text.replace(from, to))).toThrow(InputError);
    }
  });

  it('reads what release 0.1 wrote: the same class, shape and masks', () => {
    // One weight of two bits; `plan --source` of 0.1.0 at delta 0.01.
    const plan = parseHornerPlan(RELEASE_0_1);
    expect(plan.networkClass).toEqual({
      dimensions: [1, 1],
      constant: false,
      bits: [2],
      inputSigns: ['nonnegative'],
    });
    expect(widthsOf(plan.shape)).toEqual([1, ...plan.blocks[0].hiddenWidths, 1]);
    expect(plan.failureBound).toBeLessThan(0.01);
    expect(formatHornerPlan(plan)).toBe(RELEASE_0_1);
  });

  it.each([
    [
      'another format',
      (r: Record<string, unknown>) => Object.assign(r, { format: 'unearth-source/3' }),
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
