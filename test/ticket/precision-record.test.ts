/** What a record of precision says must agree with itself and with the ticket it is in. */
import { expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { readTicket } from '../../src/ticket/read.js';
import { encodeTicket } from '../../src/ticket/write.js';
import { changed } from '../ticket-changes.js';
import { joined, sampleTicket } from './sample.js';

/** What reading the sample says once it has been changed; null if it is read. */
function refusal(changes: string): InputError | null {
  try {
    readTicket(changed(joined(encodeTicket(sampleTicket({ seed: 20 }))), changes));
    return null;
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

it('refuses a precision that contradicts itself or the rest of the ticket', () => {
  const target = (base: number, fractionalPlaces = [4, 4]) => ({
    constant: true,
    fractionalPlaces,
    scale: { base, exponent: 8 },
    activation: 'identity',
  });
  const paper = { mode: 'paper', epsilon: 0.1, digits: 4 };
  const certified = {
    mode: 'certified',
    requested: 0.3,
    certified: '0.25',
    outputs: ['0.125', '0.25'],
    method: 'interval',
  };
  const sampled = {
    ...{ epsilon: 0.01, confidence: 0.99, share: 0.001, samples: 10000, exceeding: 2 },
    ...{ data: 'ab'.repeat(32), divide: 255 },
  };
  const ball = (radius: number) => `{"kind":"ball","radius":${radius}}`;
  const box = (bound: number) => `{"kind":"box","lower":[[-${bound},4]],"upper":[[0,4]]}`;
  type Case = readonly [object, number, RegExp | null, (string | undefined)?, number[]?];
  const cases: readonly Case[] = [
    [paper, 10, null],
    [paper, 2, /precision\.mode paper has the base 10, not target\.scale\.base 2/],
    [{ ...paper, digits: 5 }, 10, /precision\.digits is 5, target\.fractionalPlaces\.0 4/],
    [{ ...paper, digits: 8 }, 10, /fractionalPlaces\.1 0/, undefined, [8, 0]],
    [{ ...paper, digits: 8 }, 10, null, undefined, [0, 8]],
    [{ ...paper, epsilon: 2.5 }, 10, null],
    [{ ...paper, epsilon: 2.500001 }, 10, /"precision\.epsilon".*2\.5/],
    [paper, 10, null, ball(1)],
    [paper, 10, /unit ball/, ball(1 + 2 ** -52)],
    [paper, 10, null, box(0.5)],
    [paper, 10, /unit ball/, box(0.5000000000000001)],
    [paper, 10, /unit ball/, '{"kind":"all"}'],
    [{ ...certified, scales: [[1, -64, 0]], boxes: 300 }, 2, null],
    [{ ...certified, scales: [[65]] }, 2, /scales/],
    [{ ...certified, scales: [[0.5]] }, 2, /scales/],
    [{ ...certified, scales: [1] }, 2, /scales/],
    [{ ...certified, scales: [[0], [0]] }, 2, /scales are not of the hidden layers/],
    [{ ...certified, boxes: 0 }, 2, /boxes/],
    [{ ...certified, boxes: 2 ** 24 + 1 }, 2, /boxes/],
    [{ mode: 'bits', bits: 4, sampled }, 2, null],
    [{ mode: 'bits', bits: 4, sampled: { ...sampled, share: 1 } }, 2, /share/],
    [{ mode: 'bits', bits: 4, sampled: { ...sampled, exceeding: -1 } }, 2, /exceeding/],
    [{ mode: 'bits', bits: 4, sampled: { ...sampled, data: 'no digest' } }, 2, /data/],
    [{ ...certified, sampled }, 2, /sampled/],
    [{ mode: 'lossless' }, 2, null],
    [{ mode: 'lossless' }, 10, /base 2, not target\.scale\.base 10/],
    [{ mode: 'lossless', epsilon: 0.1 }, 2, /epsilon/],
    [{ mode: 'bits', bits: 4 }, 2, null],
    [{ mode: 'bits', bits: 4 }, 10, /base 2/],
    [
      { mode: 'bits', bits: 3 },
      2,
      /precision\.bits is 3, the largest of target\.fractionalPlaces 4/,
    ],
    [{ mode: 'bits', bits: 5 }, 2, /bits is 5, the largest .* 4/],
    [{ mode: 'bits', bits: 8 }, 2, null, undefined, [0, 8]],
    [{ mode: 'bits', bits: 8 }, 2, null, undefined, [8, 0]],
    [certified, 2, null],
    [certified, 10, /base 2/],
    [{ ...certified, outputs: ['0.25'] }, 2, /precision\.outputs: 1 bounds for 2 outputs/],
    [{ ...certified, outputs: ['0.25', '0', '0'] }, 2, /3 bounds for 2 outputs/],
    [{ ...certified, outputs: [] }, 2, /0 bounds for 2 outputs/],
    [{ ...certified, certified: '0.26' }, 2, /certified is 0\.26, the largest .* 0\.25/],
    [{ ...certified, certified: '0.24' }, 2, /certified is 0\.24, the largest .* 0\.25/],
    [{ ...certified, certified: '00.2500' }, 2, null],
    [{ ...certified, requested: 0.25 }, 2, null],
    [{ ...certified, requested: 0.2499999999999999 }, 2, /above precision\.requested/],
    // 0.3 as a float64 is a little less than 0.3, and the same number to whoever asked for it.
    [{ ...certified, certified: '0.3', outputs: ['0.3', '0'] }, 2, null],
  ];
  for (const [precision, base, problem, domain, places] of cases) {
    const error = refusal(
      [
        `constructed.precision = ${JSON.stringify(precision)}`,
        `constructed.target = ${JSON.stringify(target(base, places))}`,
        ...(domain === undefined ? [] : [`domain = ${domain}`]),
      ].join('; '),
    );
    if (problem === null) expect(error).toBeNull();
    else {
      expect(error?.problem).toMatch(problem);
      expect(error?.place).toBe('metadata "constructed"');
    }
  }
});
