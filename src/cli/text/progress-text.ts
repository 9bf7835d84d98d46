/** What is known of the work that goes on, from the reports of its stages, and how it is put in words. */
import { type Stage, stageEntry } from '../../core/progress.js';
import { bytes, duration, grouped } from './format.js';

export interface ProgressReport {
  readonly stage: Stage;
  readonly done: number;
  /** 0: nobody knows. */
  readonly total: number;
  readonly detail?: string;
  /** Which of several alike jobs this is. */
  readonly label?: string;
}

export interface ProgressState {
  /** What goes on, in words. */
  readonly words: string;
  /** 0 to 1; null where nobody knows. */
  readonly share: number | null;
  /** Counts and detail, as `3 of 7 layers`; may be empty. */
  readonly counts: string;
  /** How long the stage may still take, in words; empty while that would be guessing. */
  readonly left: string;
}

export interface ProgressTracker {
  /** `now` is in milliseconds, on any clock. */
  report(report: ProgressReport, now: number): void;
  /** Null before the first report. */
  state(now: number): ProgressState | null;
}

/** A stage is timed for so long, and so far, before its end is foretold. */
const TELLING_MILLISECONDS = 3000;
const TELLING_SHARE = 0.05;
/**
 * The pace is that of the whole stage or of so long a time before now, whichever is slower; where a bound
 * is told, the slowest of any part of that time that is worth telling.
 */
const RECENT_MILLISECONDS = 10_000;
/** Reports closer to each other are one for the pace. */
const APART_MILLISECONDS = 500;

interface Moment {
  readonly time: number;
  readonly share: number;
}

/** Follows one job after another. A stage never goes back, unless it begins again: that is counted. */
export function progressTracker(): ProgressTracker {
  let current: ProgressReport | null = null;
  let begun = 0;
  let again = 1;
  let moments: Moment[] = [];
  /** How often each stage of the job has begun. */
  const times = new Map<Stage, number>();

  function begin(report: ProgressReport, now: number): void {
    if (current === null || report.label !== current.label) times.clear();
    again = (times.get(report.stage) ?? 0) + 1;
    times.set(report.stage, again);
    begun = now;
    current = report;
    moments = [];
    remember(now);
  }

  /** Keeps the moments of the recent time, and the last one before it. */
  function remember(time: number): void {
    const last = moments.at(-1);
    if (current === null || (last !== undefined && time - last.time < APART_MILLISECONDS)) return;
    moments.push({ time, share: shareOf(current) });
    const second = moments[1];
    if (second !== undefined && time - second.time >= RECENT_MILLISECONDS) moments.shift();
  }

  function remaining(share: number | null, now: number): string {
    if (current === null || share === null || share < TELLING_SHARE || share >= 1) return '';
    const elapsed = now - begun;
    if (elapsed < TELLING_MILLISECONDS) return '';
    const { atMost } = stageEntry(current.stage);
    const slowest = slowestPace(moments, atMost ? TELLING_MILLISECONDS : RECENT_MILLISECONDS);
    // A standstill foretells nothing.
    if (slowest <= 0) return '';
    const seconds = (1 - share) / Math.min(share / elapsed, slowest) / 1000;
    return `${atMost ? 'up to about' : 'about'} ${duration(Math.max(1, Math.round(seconds)))} left`;
  }

  return {
    report(report, now) {
      const before = current;
      if (before === null || report.stage !== before.stage || report.label !== before.label) {
        begin(report, now);
        return;
      }
      if (report.done === 0 && before.done > 0) {
        begin(report, now);
        return;
      }
      current = shareOf(report) < shareOf(before) ? { ...report, ...measureOf(before) } : report;
      remember(now);
    },
    state(now) {
      if (current === null) return null;
      const { stage, label, detail, done, total } = current;
      const { words, unit } = stageEntry(stage);
      const share = total > 0 ? shareOf(current) : null;
      const before = label === undefined ? '' : `${label}: `;
      const attempt = again > 1 ? `, attempt ${again}` : '';
      const counts = [countsOf(unit, done, total), detail ?? ''].filter((part) => part !== '');
      return {
        words: `${before}${words}${attempt}`,
        share,
        counts: counts.join('; '),
        left: remaining(share, now),
      };
    },
  };
}

/** The slowest pace, in shares a millisecond, from a moment at least so long ago to the last one. */
function slowestPace(moments: readonly Moment[], span: number): number {
  const last = moments.at(-1);
  const paces = moments.flatMap(({ time, share }) =>
    last === undefined || last.time - time < span
      ? []
      : [(last.share - share) / (last.time - time)],
  );
  return Math.min(Number.POSITIVE_INFINITY, ...paces);
}

function shareOf({ done, total }: ProgressReport): number {
  return total > 0 ? Math.min(1, done / total) : done;
}

function measureOf({ done, total }: ProgressReport): Pick<ProgressReport, 'done' | 'total'> {
  return { done, total };
}

/** One of one says nothing. */
function countsOf(unit: string, done: number, total: number): string {
  if (unit === 'bytes') return total > 0 ? `${bytes(done)} of ${bytes(total)}` : '';
  if (total > 1) return `${grouped(Math.floor(done))} of ${grouped(total)} ${unit}`;
  return total === 0 && done >= 1 ? `${grouped(Math.floor(done))} ${unit}` : '';
}
