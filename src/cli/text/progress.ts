/**
 * Progress on stderr: on a terminal one line that is drawn again, for what takes over a second; elsewhere,
 * and where escape codes are not wanted, a line every 30 seconds.
 */
import process from 'node:process';
import { safeText } from '../../core/safe-text.js';
import { duration } from './format.js';
import { type ProgressReport, type ProgressState, progressTracker } from './progress-text.js';

export interface ProgressLine {
  update(report: ProgressReport): void;
  /** Removes the line, so that other output starts clean; nothing is shown until the next update. */
  clear(): void;
}

/** What is written to, as `process.stderr`. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const QUIET_MILLISECONDS = 700;
const REDRAW_MILLISECONDS = 80;
const TICK_MILLISECONDS = 1000;
const PLAIN_MILLISECONDS = 30_000;
const BAR = 20;

/** Whether a line can be drawn again and again there, by escape codes. */
export function isRedrawable(
  stream: ProgressStream,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== '';
  return stream.isTTY === true && environment.TERM !== 'dumb' && !isSet('NO_COLOR') && !isSet('CI');
}

/**
 * Progress on a stream. The time that is shown is the process's own (`performance.now()`): it does not
 * start again with the next job of the same command.
 */
export function progressLine(
  stream: ProgressStream,
  environment: Readonly<Record<string, string | undefined>>,
): ProgressLine {
  return isRedrawable(stream, environment) ? drawnLine(stream) : plainLines(stream);
}

let shared: ProgressLine | undefined;

/** The one progress line of this process, on stderr. */
export function sharedProgressLine(): ProgressLine {
  shared ??= progressLine(process.stderr, process.env);
  return shared;
}

function drawnLine(stream: ProgressStream): ProgressLine {
  const tracker = progressTracker();
  let drawn = 0;
  let isActive = false;
  let isShown = false;
  const draw = (): void => {
    const now = performance.now();
    const state = isActive ? tracker.state(now) : null;
    if (state === null || now < QUIET_MILLISECONDS || now - drawn < REDRAW_MILLISECONDS) return;
    drawn = now;
    isShown = true;
    // A line that wraps could not be removed. Terminals that do not know their width say 0.
    const text = drawnText(state, now).slice(0, Math.max(10, (stream.columns || 80) - 1));
    stream.write(`\r\x1b[K${text}`);
  };
  // Between reports, for the time to go on.
  setInterval(draw, TICK_MILLISECONDS).unref();
  return {
    update(report) {
      isActive = true;
      tracker.report(report, performance.now());
      draw();
    },
    clear() {
      if (isShown) stream.write('\r\x1b[K');
      isShown = false;
      isActive = false;
    },
  };
}

function plainLines(stream: ProgressStream): ProgressLine {
  const tracker = progressTracker();
  let isActive = false;
  setInterval(() => {
    const now = performance.now();
    const state = isActive ? tracker.state(now) : null;
    if (state !== null) stream.write(`${plainText(state, now)}\n`);
  }, PLAIN_MILLISECONDS).unref();
  return {
    update(report) {
      isActive = true;
      tracker.report(report, performance.now());
    },
    clear() {
      isActive = false;
    },
  };
}

function percentage(share: number): string {
  return `${Math.floor(100 * share)} %`;
}

/** The parts that there are, with commas. */
function listed(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ');
}

function drawnText({ words, share, counts, left }: ProgressState, now: number): string {
  const time = duration(Math.round(now / 1000));
  const filled = Math.floor((share ?? 0) * BAR);
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] `;
  const measure = share === null ? '' : `${bar}${percentage(share)}, `;
  return safeText(`${words} ${measure}${listed(time, left, counts)}`);
}

function plainText({ words, share, counts, left }: ProgressState, now: number): string {
  const measure = share === null ? '' : percentage(share);
  const time = `${duration(Math.round(now / 1000))} so far`;
  return safeText(`${words}: ${listed(measure, counts, time, left)}`);
}
