/**
 * What a search leaves behind while it runs, kept by the main thread so that it outlives the worker: the
 * checkpoint, newest in memory and on disk after every epoch and every interruption, and the log.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  readSync,
  writeSync,
} from 'node:fs';
import { InputError, withFileName } from '../../core/errors.js';
import { KIND_HEAD_BYTES, refuseOtherKinds } from '../../core/file-kinds.js';
import { CHECKPOINT_HEAD_BYTES, isCheckpoint } from '../../search/checkpoint.js';
import { forgetTemporary, removeAtExit } from '../exit-guard.js';
import type { SearchCheckpoint, SearchNews, SearchReport } from '../jobs/search.js';
import { cannotWrite } from '../system-error.js';
import { counted } from '../text/format.js';
import { readHead } from './open-file.js';
import { type Output, removeOwn, takeAgain, writeParts } from './output-file.js';
import { type FileIdentity, identityAt, type OwnFiles, openInPlace } from './output-place.js';

export const CHECKPOINTS: OwnFiles = {
  what: 'a checkpoint',
  headBytes: CHECKPOINT_HEAD_BYTES,
  is: isCheckpoint,
};

/** How the log of every search begins. */
const LOG_HEAD = '{"search":{';

/** Throws an `InputError` if what is to be resumed from is no checkpoint. */
export function refuseOtherThanCheckpoint(file: string): void {
  const head = readHead(file, KIND_HEAD_BYTES);
  withFileName(file, () => {
    refuseOtherKinds(head, ['checkpoint'], 'the checkpoint of an interrupted search');
    if (isCheckpoint(head)) return;
    throw new InputError({
      place: 'byte 0',
      problem: 'this is no checkpoint',
      remedy: 'give the file that the interrupted search named',
    });
  });
}

/** Throws an `InputError` if a new search would replace, and then remove, what another goes on from. */
export function refuseCheckpointOfOther(file: string): void {
  if (!existsSync(file) || !isCheckpoint(readHead(file, CHECKPOINT_HEAD_BYTES))) return;
  throw new InputError({
    file,
    place: '',
    problem: 'an interrupted search goes on from it',
    remedy: `go on with --resume ${shellWord(file)}, name another with --checkpoint, or give --force to begin anew`,
  });
}

/** A file of JSON lines. */
interface Log {
  /** The search begins: what the file has beyond so many epochs is of a search that was cut off. */
  begin(line: object, epochs: number): void;
  add(line: object): void;
  close(): void;
}

/** The log of a new search, or of one that goes on and adds to its own. Throws an `InputError`. */
export function openLog(file: string, resumed: boolean): Log {
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw cannotWrite(file, error);
    }
  };
  const isNew = identityAt(file) === null;
  const { O_RDWR, O_CREAT, O_EXCL } = constants;
  const handle = attempt(() => openInPlace(file, O_RDWR | (isNew ? O_CREAT | O_EXCL : 0)));
  // Removed again if the search does not begin.
  if (isNew) removeAtExit(file);
  let length = 0;
  const add = (line: object): void =>
    attempt(() => {
      const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(handle, bytes, at, bytes.length - at, length + at);
      }
      length += bytes.length;
    });
  const { size } = attempt(() => fstatSync(handle));
  const old = new Uint8Array(resumed ? Math.min(size, MOST_LOG_BYTES) : 0);
  attempt(() => readSync(handle, old, 0, old.length, 0));
  const text = new TextDecoder().decode(old);
  if (resumed && !isNew && (size > MOST_LOG_BYTES || !text.startsWith(LOG_HEAD))) {
    closeSync(handle);
    throw new InputError({
      file,
      place: '',
      problem: 'it exists and is not the log of a search',
      remedy: 'give the log that the search began, or another name',
    });
  }
  return {
    begin(line, epochs) {
      forgetTemporary(file);
      if (length === 0) {
        length = new TextEncoder().encode(linesUpTo(text, epochs)).length;
        attempt(() => ftruncateSync(handle, length));
      }
      add(line);
    },
    add,
    close: () => closeSync(handle),
  };
}

const MOST_LOG_BYTES = 2 ** 28;

/** The whole lines of a log but those of epochs beyond the first so many. */
function linesUpTo(text: string, epochs: number): string {
  const lines = text.split('\n').slice(0, -1);
  const isKept = (line: string): boolean => {
    const epoch = /^\{"epoch":(\d+),/.exec(line)?.[1];
    return epoch === undefined || Number(epoch) <= epochs;
  };
  return lines
    .filter(isKept)
    .map((line) => `${line}\n`)
    .join('');
}

/** A word as a POSIX shell takes it. */
function shellWord(word: string): string {
  return /^[\w@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export interface SearchFiles {
  hear(news: SearchNews): void;
  /** Writes the newest state; without one, what is on disk stays. */
  save(): void;
  /** The same beside another error, which is the one to be told. */
  saveIfPossible(): void;
  /** What an interrupted search leaves. */
  describe(): string;
  /** The search is done: nothing is left to go on from. */
  finish(): void;
  /** Of the searches that are done, by their numbers; in that order. */
  readonly reports: ReadonlyMap<number, SearchReport>;
}

export interface SearchFilesOptions {
  /** Where the checkpoint goes; none for a sweep. */
  readonly checkpoint?: Output;
  /** The search goes on from that same file. */
  readonly resumed: boolean;
  /** Options besides `--resume` that the command which goes on needs, to be told. */
  readonly goOnWith?: readonly string[];
  readonly log?: Log;
}

export function searchFiles(options: SearchFilesOptions): SearchFiles {
  const { checkpoint, resumed, goOnWith = [], log } = options;
  let place = checkpoint;
  let onDisk: FileIdentity | null = resumed && place ? identityAt(place.file) : null;
  let newest: SearchCheckpoint | null = null;
  let isSaved = true;
  const reports = new Map<number, SearchReport>();
  const save = (): void => {
    if (place === undefined || newest === null || isSaved) return;
    writeParts(place, newest.chunks);
    const { file } = place;
    onDisk = identityAt(file);
    isSaved = true;
    if (onDisk !== null) place = takeAgain(file, onDisk);
  };
  return {
    get reports() {
      return new Map([...reports].sort(([a], [b]) => a - b));
    },
    save,
    saveIfPossible() {
      try {
        save();
      } catch {
        // What an epoch saved before is still there.
      }
    },
    hear(news) {
      switch (news.kind) {
        case 'begin':
          log?.begin({ search: news.search, resumed: news.resumed }, news.epochs);
          break;
        case 'epoch':
          log?.add(news.line);
          break;
        case 'checkpoint': {
          const endsEpoch = newest !== null && news.epochs > newest.epochs;
          newest = news;
          isSaved = false;
          if (endsEpoch) save();
          break;
        }
        case 'report':
          reports.set(news.index, news.report);
      }
    },
    describe() {
      if (checkpoint === undefined) {
        return `interrupted after ${counted(reports.size, 'search', 'searches')} of the sweep; ${reports.size === 1 ? 'its ticket is' : 'their tickets are'} written`;
      }
      if (onDisk === null) return 'interrupted before training began; nothing is left of it';
      const { epochs = 0, steps = 0 } = newest ?? {};
      const part = steps === 0 ? '' : ` and ${counted(steps, 'step')} of the next`;
      const after =
        newest === null ? 'before training went on' : `after ${counted(epochs, 'epoch')}${part}`;
      const words = ['--resume', checkpoint.file, ...goOnWith].map(shellWord);
      return `interrupted ${after}; go on with ${words.join(' ')}`;
    },
    finish() {
      log?.close();
      if (checkpoint !== undefined && onDisk !== null) removeOwn(checkpoint.file, onDisk);
    },
  };
}
