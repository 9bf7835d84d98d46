/** Files of the kind `baseline`: same bytes after a round trip, and every field of a wrong one refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BASELINE_NAMES } from '../../src/constructions/baselines/index.js';
import { concatenate } from '../../src/core/concatenate.js';
import { InputError } from '../../src/core/errors.js';
import { verifyBaselineTicket } from '../../src/proof/verify-baseline.js';
import { encodeBaselineTicket } from '../../src/ticket/baseline.js';
import { isTicket } from '../../src/ticket/file-head.js';
import { ticketOfKind } from '../../src/ticket/kinds.js';
import { readTicket } from '../../src/ticket/read.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/ticket/safetensors.js';
import { foundBaseline, smallNetwork } from '../baseline-tickets.js';

const network = smallNetwork(3);
const files = BASELINE_NAMES.map((name) => ({
  name,
  bytes: concatenate(foundBaseline(name, network).bytes),
}));
const { bytes: sample } = files[2];

/** The sample's file with some metadata or fields of the key `baseline` replaced, and signed anew. */
function edited(
  metadata: Readonly<Record<string, string>>,
  baseline: Readonly<Record<string, unknown>> = {},
): Uint8Array {
  const file = decodeSafetensors(sample);
  const texts: Record<string, string> = Object.fromEntries(file.metadata);
  texts.baseline = JSON.stringify({
    ...(JSON.parse(texts.baseline as string) as object),
    ...baseline,
  });
  Object.assign(texts, metadata);
  const tensors = [...file.tensors.values()].map((tensor) => ({ ...tensor, data: [tensor.data] }));
  return concatenate(encodeSafetensors(texts, tensors));
}

function refused(bytes: Uint8Array): InputError {
  try {
    readTicket(bytes, { ignoreDigest: true });
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('the ticket was read');
}

describe.each(files)('a ticket of $name', ({ bytes }) => {
  it('is written the same again after reading', () => {
    expect(isTicket(bytes)).toBe(true);
    const ticket = ticketOfKind(readTicket(bytes), 'baseline', 'this test');
    const again = concatenate(encodeBaselineTicket(ticket, (t) => ticket.mask(t)));
    expect(again).toEqual(bytes);
  });
});

describe('a baseline file', () => {
  it('is refused for every field that does not fit', () => {
    const uniform = { kind: 'uniform', bits: 24 };
    const bounds = {
      mode: 'certified',
      requested: 0.1,
      certified: '0.1',
      outputs: ['0.1', '0.01'],
      method: 'interval',
    };
    const cases: readonly [Readonly<Record<string, unknown>>, RegExp][] = [
      [{ distributions: [uniform] }, /1 distributions for 4 layers/],
      [
        { distributions: [uniform, uniform, uniform, { kind: 'uniform', bits: 25 }] },
        /distributions/,
      ],
      [{ distributions: new Array(4).fill({ kind: 'normal' }) }, /distributions/],
      [{ distributions: new Array(4).fill({ kind: 'scaled-sign', exponent: 0 }) }, /another kind/],
      [{ distributions: new Array(4).fill({ ...uniform, more: 1 }) }, /distributions/],
      [{ scaleExponents: [1] }, /4 layers for 1 blocks/],
      [{ scaleExponents: [] }, /4 layers for 0 blocks/],
      [{ scaleExponents: [1, 1e9] }, /exponents/],
      [{ constant: false }, /input signs|columns/],
      [{ inputSigns: [['signed', 2]] }, /input signs/],
      [{ inputSigns: [['signed', 3]] }, /target\.1.*columns/],
      [{ activation: 'tanh' }, /activation/],
      [{ precision: { mode: 'lossless' } }, /not certified/],
      [{ precision: { ...bounds, outputs: ['0.1'] } }, /1 bounds for 2 outputs/],
      [{ precision: { ...bounds, certified: '0.2' } }, /certified is 0\.2, the largest .* 0\.1/],
      [{ precision: { ...bounds, requested: 0.05 } }, /above precision\.requested/],
      [{ system: 'A/../b' }, /system/],
      [{ delta: 0 }, /delta/],
      [{ extra: 1 }, /extra/],
    ];
    for (const [fields, message] of cases) {
      const error = refused(edited({}, fields));
      expect(`${error.place}: ${error.problem}`).toMatch(message);
    }
    expect(refused(edited({ weights: 'sign' })).problem).toContain('not known');
    expect(refused(edited({ kind: 'constructed' })).place).not.toBe('');
    expect(refused(edited({ widths: '[4,8,4,8,3]' })).place).not.toBe('');
  });

  it('is read or refused, never more, whatever byte is changed or cut off', () => {
    fc.assert(
      fc.property(
        fc.nat(sample.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (at, change, cut) => {
          const bytes = cut ? sample.slice(0, at) : sample.slice();
          if (!cut) bytes[at] ^= change;
          try {
            const ticket = readTicket(bytes, { ignoreDigest: true });
            if (ticket.kind === 'baseline') verifyBaselineTicket(ticket);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
          expect(() => readTicket(bytes)).toThrow(InputError);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('is told from other kinds', () => {
    expect(() => ticketOfKind(readTicket(sample), 'constructed', 'this test')).toThrow(
      /takes constructed tickets, and this is a baseline one/,
    );
  });
});
