/** A progress line on stderr, only where that is a terminal, and only for what takes over a second. */
import process from 'node:process';

export interface ProgressLine {
  update(stage: string, done: number, total: number, detail?: string): void;
  /** Removes the line, so that other output starts clean. */
  clear(): void;
}

const BAR = 24;
const QUIET_MILLISECONDS = 700;
const REDRAW_MILLISECONDS = 80;

export function progressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  const nothing = (): void => undefined;
  if (!stream.isTTY) return { update: nothing, clear: nothing };
  const start = Date.now();
  let drawn = 0;
  let shown = false;
  return {
    update(stage, done, total, detail = '') {
      const now = Date.now();
      if (now - start < QUIET_MILLISECONDS || now - drawn < REDRAW_MILLISECONDS) return;
      drawn = now;
      shown = true;
      const part = total > 0 ? done / total : 0;
      const filled = Math.round(part * BAR);
      const bar = '#'.repeat(filled) + '.'.repeat(BAR - filled);
      const elapsed = Math.round((now - start) / 1000);
      stream.write(
        `\r\x1b[K${stage.padEnd(9)} [${bar}] ${Math.floor(100 * part)} %  ${elapsed} s  ${detail}`,
      );
    },
    clear() {
      if (shown) stream.write('\r\x1b[K');
      shown = false;
    },
  };
}
