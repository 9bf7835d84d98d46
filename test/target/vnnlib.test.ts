/** The input box of VNN-LIB properties. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { readVnnlibBox } from '../../src/target/vnnlib.js';
import { readOrRefuse, spoiled } from './fuzzing.js';

const property = `; a property
(set-logic QF_LRA)
(declare-const X_0 Real)
(declare-fun X_1 () Real)
(declare-const |X_2| Real)
(declare-const Y_0 Real) (declare-const Y_1 Real)
(assert (<= X_0 0.75)) ; from above
(assert (>= X_0 -0.5))
(assert (and (<= -1 X_1) (>= 2 X_1) (<= X_1 (- 0.5))))
(assert (or (and (= |X_2| 0.25))))
(assert (or (and (<= Y_0 Y_1)) (and (>= Y_0 3.5))))
(assert (<= Y_0 0.1))
(check-sat)
`;

describe('readVnnlibBox', () => {
  it('takes bounds in all their forms and ignores what is said of outputs', () => {
    const { domain, notices } = readVnnlibBox(property, 3);
    expect([...domain.lower]).toEqual([-0.5, -1, 0.25]);
    expect([...domain.upper]).toEqual([0.75, -0.5, 0.25]);
    expect(notices).toEqual(['only the input box is used: 2 output constraints are ignored']);
  });

  it('takes the hull of several boxes, with a notice', () => {
    const text = `
      (assert (>= X_1 -3)) (assert (<= X_1 3))
      (assert (or
        (and (>= X_0 0) (<= X_0 0.25) (>= X_1 1) (<= X_1 2))
        (and (>= X_0 -2) (<= X_0 -1) (<= X_1 0) (>= Y_0 1))))`;
    const { domain, notices } = readVnnlibBox(text, 2);
    expect([...domain.lower]).toEqual([-2, -3]);
    expect([...domain.upper]).toEqual([0.25, 2]);
    expect(notices).toEqual([
      'line 3: the inputs are in one of 2 boxes, and the smallest box around them is taken',
      'only the input box is used: 1 output constraints are ignored',
    ]);
  });

  it('rounds decimals outwards', () => {
    const { domain } = readVnnlibBox('(assert (and (>= X_0 0.1) (<= X_0 0.3)))', 1);
    expect([...domain.lower]).toEqual([0.09999999999999999]);
    expect([...domain.upper]).toEqual([0.30000000000000004]);
  });

  it('intersects bounds that are given twice, and takes strict ones as closed', () => {
    const { domain } = readVnnlibBox(
      '(assert (> X_0 0))(assert (>= X_0 -1))(assert (< X_0 1))(assert (< X_0 2))',
      1,
    );
    expect([domain.lower[0], domain.upper[0]]).toEqual([0, 1]);
  });

  it.each([
    ['(assert (>= X_0 0))', 'X_0: it has no upper bound'],
    ['(assert (<= X_0 0))', 'X_0: it has no lower bound'],
    ['(assert (and (>= X_0 1) (<= X_0 0)))', 'X_0: its lower bound is above its upper bound'],
    ['\n(assert (or (<= X_0 0) (>= X_0 1)))', 'X_0: it has no lower bound'],
    ['(assert (or (and (<= X_0 0) (<= Y_0 0)) (<= Y_0 1)))', 'X_0: it has no lower bound'],
    [
      '(assert (or (<= X_0 0) (and (or (<= X_0 1) (<= X_0 2)))))',
      'a disjunction over inputs inside of another',
    ],
    ['(assert (<= X_0 X_1))', 'does not bound a single input by a number'],
    ['(assert (<= (+ X_0 X_1) 1))', 'does not bound a single input by a number'],
    ['(assert (not (<= X_0 1)))', 'does not bound a single input'],
    ['(assert (<= X_0 Y_0))', 'does not bound a single input by a number'],
    ['(assert (<= X_0 1 2))', 'does not bound a single input'],
    ['(assert (<= X_3 1))', 'line 1: X_3 is bounded, but the network has 1 inputs'],
    ['(assert (<= X_0 NaN))', 'does not bound a single input by a number'],
    ['(assert (<= Z_0 1))', 'names no input and no output'],
    ['(assert)', '"(assert)" is not understood'],
    ['(define-fun f () Real 1)', 'is not understood'],
    ['(assert (<= X_0 1)', 'line 1: a "(" is never closed'],
    ['(assert (<= X_0 1))\n)', 'line 2: there is a ")" without'],
    ['X_0 <= 1', '"X_0" stands outside of parentheses'],
    ['(assert (<= |X_0 1))', 'a | is never closed'],
    ['', 'X_0: it has no lower bound'],
  ])('refuses %j', (text, part) => {
    expect(() => readVnnlibBox(text, 1)).toThrow(InputError);
    expect(() => readVnnlibBox(text, 1)).toThrow(part);
  });

  it('refuses a command of more parts than any property has, without a tree of them', () => {
    expect(() => readVnnlibBox('('.repeat(5_000_000), 1)).toThrow('more than 4194304 parts');
    const small = '(assert (<= X_0 1)) (assert (>= X_0 0))\n';
    expect(readVnnlibBox(small.repeat(20_000), 1).domain.upper).toEqual(Float64Array.of(1));
  });

  it('counts the lines inside of quoted names', () => {
    const text = '(set-info |a\nb\n|)\n(assert (<= X_0 true))';
    expect(() => readVnnlibBox(text, 1)).toThrow('line 4');
  });

  it('is not slowed or stopped by deep nesting', () => {
    const depth = 200_000;
    const deep = (word: string, inner: string): string =>
      `(assert ${`(${word} `.repeat(depth)}${inner}${')'.repeat(depth)})`;
    const inner = '(<= X_0 1)';
    expect(() => readVnnlibBox(deep('and', inner), 1)).toThrow('X_0: it has no lower bound');
    expect(() => readVnnlibBox(deep('or', inner), 1)).toThrow('X_0: it has no lower bound');
    expect(() => readVnnlibBox(deep('not', inner), 1)).toThrow('does not bound a single input');
    expect(() => readVnnlibBox('('.repeat(depth), 1)).toThrow('never closed');
    const wide = `(assert (and ${'(>= X_0 0) '.repeat(depth)}))`;
    expect(() => readVnnlibBox(wide, 1)).toThrow('X_0: it has no upper bound');
  });

  it('gives typed errors or a box for thousands of spoiled texts', () => {
    let read = 0;
    for (const copy of spoiled(new TextEncoder().encode(property), 4000, 3)) {
      const result = readOrRefuse(() => readVnnlibBox(new TextDecoder().decode(copy), 3));
      if (result === undefined) continue;
      read++;
      const { lower, upper } = result.domain;
      expect(lower.every((low, index) => low <= upper[index])).toBe(true);
      expect([...lower, ...upper].every(Number.isFinite)).toBe(true);
    }
    expect(read).toBeGreaterThan(200);
  });
});
