/**
 * Where the outputs of `run` go, batch by batch: a CSV or NPY file, or memory (for stdout) up to a
 * limit.
 */
import { InputError } from '../../core/errors.js';
import { npyElements, npyFileHeader } from '../../data/npy-writer.js';
import { type Output, openOutput } from './output-file.js';

/** Takes the outputs as they come. */
export interface OutputSink {
  add(values: Float64Array): void;
  /** After the last batch; what is kept in memory, if anything. */
  finish(): Float64Array | null;
  /** Removes what was written, if anything fails. */
  discard(): void;
  /** Whether nobody takes any more. */
  isClosed?(): boolean;
}

export const OUTPUT_FORMATS = ['csv', 'npy'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Takes nothing: only the accuracy is asked for. */
export function noSink(): OutputSink {
  return { add: () => undefined, finish: () => null, discard: () => undefined };
}

/** Most numbers that are printed: more belong in a file. */
const MOST_PRINTED = 2 ** 22;

/** Keeps everything. Throws an `InputError` when it becomes more than anyone prints. */
export function memorySink(input: string): OutputSink {
  const batches: Float64Array[] = [];
  let length = 0;
  return {
    add(values) {
      if (length + values.length > MOST_PRINTED) {
        throw new InputError({
          file: input,
          place: '',
          problem: `its outputs are more than ${MOST_PRINTED} numbers`,
          remedy: 'write them to a file with --output',
        });
      }
      batches.push(values);
      length += values.length;
    },
    finish() {
      const all = new Float64Array(length);
      let at = 0;
      for (const batch of batches) {
        all.set(batch, at);
        at += batch.length;
      }
      return all;
    },
    discard: () => undefined,
  };
}

/** Lines of comma-separated outputs, each number so that it reads back as it was. */
export function* outputLines(values: Float64Array, outputs: number): Generator<string> {
  for (let at = 0; at < values.length; at += outputs) {
    yield values.subarray(at, at + outputs).join(',');
  }
}

/** Outputs as bytes of a file, without its header. */
function encoded(format: OutputFormat, values: Float64Array, outputs: number): Uint8Array {
  if (format === 'npy') return npyElements(values);
  const lines = Array.from(outputLines(values, outputs), (line) => `${line}\n`);
  return new TextEncoder().encode(lines.join(''));
}

/** An NPY file if its name says so, else CSV; written beside its place until all is there. */
export function fileSink(place: Output, outputs: number, format?: OutputFormat): OutputSink {
  const written = format ?? (place.file.toLowerCase().endsWith('.npy') ? 'npy' : 'csv');
  const npy = written === 'npy';
  const output = openOutput(place);
  let rows = 0;
  if (npy) output.write(npyFileHeader(0, outputs));
  return {
    add(values) {
      rows += values.length / outputs;
      output.write(encoded(written, values, outputs));
    },
    finish() {
      if (npy) output.overwrite(npyFileHeader(rows, outputs), 0);
      output.commit();
      return null;
    },
    discard: () => output.discard(),
  };
}

/**
 * Writes batch by batch to a stream, by `print`, which says whether anybody takes more. The header of NPY
 * states the rows: where they are not known before, all outputs are kept until the end. `InputError` where
 * they are more than anyone keeps.
 */
export function streamSink(
  print: (chunk: Uint8Array) => boolean,
  format: OutputFormat,
  outputs: number,
  samples: number | null,
): OutputSink {
  let isOpen = true;
  const write = (chunk: Uint8Array): void => {
    isOpen &&= print(chunk);
  };
  const kept = format === 'npy' && samples === null ? memorySink('standard input') : null;
  if (format === 'npy' && samples !== null) write(npyFileHeader(samples, outputs));
  return {
    add(values) {
      if (kept !== null) kept.add(values);
      else write(encoded(format, values, outputs));
    },
    finish() {
      const all = kept?.finish();
      if (all) {
        write(npyFileHeader(all.length / outputs, outputs));
        write(npyElements(all));
      }
      return null;
    },
    discard: () => undefined,
    isClosed: () => !isOpen,
  };
}
