/**
 * What becomes of stdout and stderr that cannot be written, for every command: a reader that has closed
 * its pipe changes nothing, neither the work nor the verdict; a full disk behind stdout is exit code 2.
 */
import process from 'node:process';
import { remedyOf, systemCode } from './system-error.js';

/** Reported by a pipe whose reader has gone, and by what is written after that. */
const READER_GONE: readonly string[] = ['EPIPE', 'ERR_STREAM_DESTROYED'];

let readerGone = false;
let outputLost = false;

/** Whether nobody reads stdout any more: what only streams there can stop. */
export function outputIsClosed(): boolean {
  return readerGone || outputLost;
}

/**
 * Files throw out of `write`, pipes report to listeners: both end in `failed`. This is done to the
 * stream itself because everything that prints goes through it, also Node's own warnings.
 */
function guard(stream: NodeJS.WriteStream, failed: (error: unknown) => void): void {
  const write = stream.write.bind(stream) as (...parts: unknown[]) => boolean;
  stream.write = (...parts: unknown[]): boolean => {
    try {
      return write(...parts);
    } catch (error) {
      failed(error);
      // A caller that waits for the text to be written must not wait for ever.
      const written = parts.at(-1);
      if (typeof written === 'function') process.nextTick(written, error);
      return false;
    }
  };
  stream.on('error', failed);
}

/** Guards both streams for the life of the process. Call once, before anything is written. */
export function guardStreams(): void {
  guard(process.stdout, (error) => {
    const code = systemCode(error);
    if (READER_GONE.includes(code)) readerGone = true;
    else if (!outputLost) {
      outputLost = true;
      const reason = code === '' ? String(error) : code;
      process.stderr.write(
        `error: standard output: it cannot be written (${reason}); ${remedyOf(code)}\n`,
      );
    }
  });
  // There is nowhere to tell it.
  guard(process.stderr, () => undefined);
  process.on('exit', (code) => {
    if (outputLost && code < 2) process.exitCode = 2;
  });
}
