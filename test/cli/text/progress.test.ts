/** What is shown of long work: words, counts and times left, on terminals and elsewhere. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bytes, duration } from '../../../src/cli/text/format.js';
import { isRedrawable, progressLine } from '../../../src/cli/text/progress.js';
import { progressTracker } from '../../../src/cli/text/progress-text.js';
import { STAGES, type Stage } from '../../../src/core/progress.js';

const stages = Object.keys(STAGES) as Stage[];

describe('stages', () => {
  it('are told in words of their own, not in the names of the code', () => {
    for (const stage of stages) expect(STAGES[stage].words).toMatch(/^[a-z]+ing [a-z ]{6,30}$/);
  });
});

describe('the tracker', () => {
  it('never goes back, but says that a stage begins again', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            stage: fc.constantFrom<Stage>('find', 'prove', 'allot'),
            done: fc.nat(10),
            total: fc.constantFrom(0, 10, 20),
          }),
        ),
        (reports) => {
          const tracker = progressTracker();
          let words = '';
          let share = 0;
          for (const [time, report] of reports.entries()) {
            tracker.report(report, 1000 * time);
            const state = tracker.state(1000 * time);
            if (state === null) throw new Error('nothing after a report');
            if (state.words === words && state.share !== null) {
              expect(state.share).toBeGreaterThanOrEqual(share);
            }
            words = state.words;
            share = state.share ?? 0;
            expect(share).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
    const tracker = progressTracker();
    for (const done of [0, 4, 3, 0, 2]) tracker.report({ stage: 'find', done, total: 8 }, 0);
    expect(tracker.state(0)).toMatchObject({ words: 'finding the mask, attempt 2', share: 0.25 });
    tracker.report({ stage: 'find', done: 1, total: 8, label: 'diamond' }, 0);
    expect(tracker.state(0)).toMatchObject({ words: 'diamond: finding the mask' });
  });

  it('counts in units, with what belongs to it', () => {
    const tracker = progressTracker();
    const counts = (stage: Stage, done: number, total: number, detail?: string) => {
      tracker.report({ stage, done, total, ...(detail === undefined ? {} : { detail }) }, 0);
      return tracker.state(0)?.counts;
    };
    expect(counts('find', 3.7, 7)).toBe('3 of 7 layers');
    expect(counts('run', 12_000, 60_000)).toBe('12,000 of 60,000 samples');
    expect(counts('write', 1_500_000, 3_000_000)).toBe('1.5 MB of 3.0 MB');
    expect(counts('train', 2, 4, 'loss 0.5')).toBe('2 of 4 steps; loss 0.5');
    expect(counts('read', 0, 0)).toBe('');
    expect(counts('plan', 0, 1)).toBe('');
  });

  it('foretells the end of a stage once that is more than a guess', () => {
    const tracker = progressTracker();
    const left = (done: number, time: number, stage: Stage = 'prove') => {
      tracker.report({ stage, done, total: 100 }, time);
      return tracker.state(time)?.left;
    };
    expect(left(0, 50_000)).toBe('');
    expect(left(50, 51_000)).toBe('');
    expect(left(50, 60_000)).toBe('about 10 s left');
    // By the pace of late, which is slower than that of the whole.
    expect(left(60, 170_000)).toBe('about 7 min 56 s left');
    expect(left(100, 171_000)).toBe('');
    expect(left(0, 200_000, 'certify')).toBe('');
    expect(left(4, 300_000, 'certify')).toBe('');
    expect(left(50, 400_000, 'certify')).toBe('up to about 3 min 20 s left');
  });
});

describe('the progress line', () => {
  let written = '';
  const stream = (isTTY: boolean, columns = 80) => ({
    isTTY,
    columns,
    write: (text: string) => {
      written += text;
    },
  });

  beforeEach(() => {
    written = '';
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('draws itself again on a terminal, in its width, also between reports', () => {
    const line = progressLine(stream(true), { TERM: 'xterm' });
    line.update({ stage: 'find', done: 1, total: 4 });
    expect(written).toBe('');
    vi.advanceTimersByTime(1000);
    expect(written).toBe(
      '\r\x1b[Kfinding the mask [#####...............] 25 %, 1 s, 1 of 4 layers',
    );
    line.update({ stage: 'find', done: 2, total: 4, detail: `\x1b[31m${'x'.repeat(200)}` });
    vi.advanceTimersByTime(1000);
    const last = written.split('\r\x1b[K').at(-1) ?? '';
    expect(last).toHaveLength(79);
    expect(last).toMatch(/^finding the mask \[#{10}\.{10}\] 50 %, 2 s, 2 of 4 layers; \\u001b/);
    line.clear();
    expect(written.endsWith('\r\x1b[K')).toBe(true);
    const length = written.length;
    vi.advanceTimersByTime(10_000);
    expect(written).toHaveLength(length);
  });

  it.each([
    [false, {}],
    [true, { TERM: 'dumb' }],
    [true, { NO_COLOR: '1' }],
    [true, { CI: 'true' }],
  ])('is a plain line every 30 seconds elsewhere (terminal: %j, %j)', (isTTY, environment) => {
    expect(isRedrawable(stream(isTTY), environment)).toBe(false);
    const line = progressLine(stream(isTTY), environment);
    line.update({ stage: 'allot', done: 0, total: 10 });
    vi.advanceTimersByTime(15_000);
    line.update({ stage: 'allot', done: 2.5, total: 10 });
    vi.advanceTimersByTime(14_999);
    expect(written).toBe('');
    vi.advanceTimersByTime(1);
    expect(written).toBe(
      'choosing the bits: 25 %, 2 of 10 candidates, 30 s so far, up to about 1 min 30 s left\n',
    );
    vi.advanceTimersByTime(30_000);
    expect(written.split('\n')).toHaveLength(3);
    line.clear();
    vi.advanceTimersByTime(60_000);
    expect(written.split('\n')).toHaveLength(3);
  });
});

describe('times and sizes', () => {
  it('come in the unit that suits them', () => {
    const times: [number, string][] = [
      [0, '0 s'],
      [1.23e-5, '12.3 µs'],
      [0.000_999_9, '1 ms'],
      [0.0382, '38.2 ms'],
      [0.9996, '1 s'],
      [3.4249, '3.42 s'],
      [59.94, '59.9 s'],
      [59.96, '1 min'],
      [125.4, '2 min 5 s'],
      [3599.7, '1 h'],
      [4320, '1 h 12 min'],
      [360_000, '100 h'],
    ];
    for (const [seconds, text] of times) expect(duration(seconds)).toBe(text);
    expect(bytes(999)).toBe('999 bytes');
    expect(bytes(1234)).toBe('1.2 kB');
    expect(bytes(999_960)).toBe('1.0 MB');
  });
});
