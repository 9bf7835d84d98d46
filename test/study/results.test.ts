import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { DEFAULT_EXPRESSIVITY, expressivityStudy } from '../../src/study/expressivity.js';
import {
  readResults,
  recordLine,
  recordsToCsv,
  resultsHead,
  writeResults,
} from '../../src/study/results.js';
import { pointKey } from '../../src/study/study.js';

const planned = expressivityStudy.plan(DEFAULT_EXPRESSIVITY).slice(0, 9);
const records = planned.map((point) => ({ point, result: expressivityStudy.run(point) }));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const whole = writeResults('expressivity', records, []);
const read = (text: string) => readResults(bytes(text), expressivityStudy, planned);

describe('results files', () => {
  it('read back what was written', () => {
    const { found, others, wholeLength } = read(whole);
    expect([...found.values()]).toEqual(records);
    expect(others).toEqual([]);
    expect(wholeLength).toBe(bytes(whole).length);
  });

  it('cut anywhere keep their whole lines and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length }), (length) => {
        const cut = whole.slice(0, length);
        const { found, wholeLength } = read(cut);
        expect(wholeLength).toBe(cut.lastIndexOf('\n') + 1);
        expect(found.size).toBe(Math.max(0, cut.split('\n').length - 2));
        // What is missing, appended where the whole lines end, makes the same results again.
        const missing = records.filter(({ point }) => !found.has(pointKey(point)));
        const head = wholeLength === 0 ? `${resultsHead('expressivity')}\n` : '';
        const lines = missing.map((record) => `${recordLine(record)}\n`).join('');
        expect(cut.slice(0, wholeLength) + head + lines).toBe(whole);
      }),
      { seed: 8, numRuns: 200 },
    );
  });

  it('keep points that are not planned, in any order', () => {
    const other = recordLine({
      point: { functions: 'formula', m: 77, d: 1 },
      result: { pruned: 1, text: 'ε' },
    });
    const [head, ...lines] = whole.trimEnd().split('\n');
    const mixed = [head, other, ...lines.reverse()].map((line) => `${line}\n`).join('');
    const { found, others, wholeLength } = read(mixed);
    expect(others).toEqual([other]);
    expect(wholeLength).toBe(bytes(mixed).length);
    expect(writeResults('expressivity', records, others)).toBe(`${whole}${other}\n`);
    expect(found.size).toBe(planned.length);
  });

  it.each<[string, string, RegExp]>([
    ['another file', 'a,b\n1,2\n', /line 1: this is no results file/],
    ['another file without a line end', 'hello', /line 1: this is no results file/],
    [
      'another study',
      `${resultsHead('size')}\n`,
      /line 1: this is no results file of the study exp/,
    ],
    ['damage', `${resultsHead('expressivity')}\n{"point":{"d":1}\n`, /line 2: not a point/],
    ['an empty line', whole.replace('\n{', '\n\n{'), /line 2: not a point/],
    ['a wrong result', whole.replace('"pruned":', '"prunes":'), /line 2: not a result/],
    [
      'a result of another type',
      whole.replace(/"pruned":\d+/, '"pruned":"2"'),
      /line 2: not a res/,
    ],
    [
      'deep nesting',
      `${resultsHead('expressivity')}\n{"point":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}},"result":{}}\n`,
      /line 2: not a point/,
    ],
  ])('refuse %s', (_, text, message) => {
    expect(() => read(text)).toThrow(InputError);
    expect(() => read(text)).toThrow(message);
  });

  it('become CSV with a head line, lists separated by spaces, text quoted where needed', () => {
    expect(recordsToCsv(records.slice(0, 2))).toBe(
      'functions,m,d,pruned,unpruned,prunedFormula,unprunedFormula,drawLeast,drawMean,drawMost\n' +
        'formula,1,1,2,2,2,2,,,\nformula,2,1,3,2,3,2,,,\n',
    );
    const odd = [{ point: { a: 'x,"y"', list: [1, 2] }, result: { none: null, yes: true } }];
    expect(recordsToCsv(odd)).toBe('a,list,none,yes\n"x,""y""",1 2,,true\n');
    expect(recordsToCsv([])).toBe('\n');
  });
});
