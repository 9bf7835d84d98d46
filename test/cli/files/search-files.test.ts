/** Checkpoint and log of a search that runs, as the main thread keeps them. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { takeOutput } from '../../../src/cli/files/output-file.js';
import {
  CHECKPOINTS,
  openLog,
  refuseCheckpointOfOther,
  searchFiles,
} from '../../../src/cli/files/search-files.js';
import type { SearchReport } from '../../../src/cli/jobs/search.js';
import { concatenate } from '../../../src/core/concatenate.js';
import { encodeCheckpoint } from '../../../src/search/checkpoint.js';
import { createLayers } from '../../../src/search/layer.js';
import { initialState } from '../../../src/search/train.js';
import { smallSearch } from '../../search/problems.js';

const folder = mkdtempSync(path.join(tmpdir(), 'unearth-search-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const checkpoint = path.join(folder, 'x.checkpoint');
const log = path.join(folder, 'x.jsonl');

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(path.join(folder, name));
});

const place = (force = false) =>
  takeOutput({ option: '--checkpoint', file: checkpoint, force, own: CHECKPOINTS });

/** A real checkpoint, told as the worker does; `tag` makes it another. */
function told(epochs: number, steps: number, tag = 0) {
  const options = smallSearch();
  const state = { ...initialState(), lossSum: tag };
  const chunks = encodeCheckpoint(options, 'ab'.repeat(32), state, createLayers(options));
  return { kind: 'checkpoint' as const, chunks, epochs, steps };
}

const begin = (epochs = 0) => ({
  kind: 'begin' as const,
  search: { method: 'edge-popup' },
  resumed: epochs > 0,
  epochs,
});
const lines = (): unknown[] =>
  readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('the checkpoint', () => {
  it('goes to disk after every epoch and at an interruption, newest state first', () => {
    const files = searchFiles({ checkpoint: place(), resumed: false });
    files.hear(begin());
    files.hear(told(0, 0));
    files.hear(told(0, 5, 5));
    expect(existsSync(checkpoint)).toBe(false);
    expect(files.describe()).toBe('interrupted before training began; nothing is left of it');
    const epoch = told(1, 0, 10);
    files.hear(epoch);
    expect(readFileSync(checkpoint)).toEqual(Buffer.from(concatenate(epoch.chunks)));
    const newest = told(1, 3, 13);
    files.hear(newest);
    files.save();
    expect(readFileSync(checkpoint)).toEqual(Buffer.from(concatenate(newest.chunks)));
    expect(files.describe()).toBe(
      `interrupted after 1 epoch and 3 steps of the next; go on with --resume ${checkpoint}`,
    );
    const { mtimeNs } = statSync(checkpoint, { bigint: true });
    files.save();
    expect(statSync(checkpoint, { bigint: true }).mtimeNs).toBe(mtimeNs);
    files.finish();
    expect(existsSync(checkpoint)).toBe(false);
  });

  it('of another search is refused with the ways on, and left alone', () => {
    writeFileSync(checkpoint, concatenate(told(1, 0).chunks));
    expect(() => refuseCheckpointOfOther(checkpoint)).toThrow(
      /x\.checkpoint: an interrupted search goes on from it; .*--resume .*--checkpoint.*--force/,
    );
    writeFileSync(checkpoint, 'a text');
    refuseCheckpointOfOther(checkpoint);
    expect(() => place()).toThrow(/not a checkpoint written by unearth/);
  });

  it('that somebody else wrote meanwhile is neither replaced nor removed', () => {
    const files = searchFiles({ checkpoint: place(), resumed: false });
    files.hear(told(0, 0));
    files.hear(told(1, 0, 1));
    rmSync(checkpoint);
    writeFileSync(checkpoint, 'of another');
    expect(() => files.hear(told(2, 0, 2))).toThrow(/somebody else wrote it/);
    files.saveIfPossible();
    files.finish();
    expect(readFileSync(checkpoint, 'utf8')).toBe('of another');
  });

  it('that a search was resumed from stays until it is done', () => {
    writeFileSync(checkpoint, concatenate(told(1, 0).chunks));
    const files = searchFiles({ checkpoint: place(), resumed: true });
    expect(files.describe()).toBe(
      `interrupted before training went on; go on with --resume ${checkpoint}`,
    );
    files.finish();
    expect(existsSync(checkpoint)).toBe(false);
  });

  it('is told with all that the search needs to go on, as a shell takes it', () => {
    writeFileSync(checkpoint, concatenate(told(1, 0).chunks));
    const goOnWith = ['--log', "it's.jsonl", '-o', 'a b$.ticket', '--force'];
    const files = searchFiles({ checkpoint: place(), resumed: true, goOnWith });
    expect(files.describe()).toBe(
      `interrupted before training went on; go on with --resume ${checkpoint} --log 'it'\\''s.jsonl' -o 'a b$.ticket' --force`,
    );
  });

  it('is not made by a sweep, which tells how many tickets there are', () => {
    const files = searchFiles({ resumed: false });
    files.hear(told(1, 0));
    files.save();
    files.hear({
      kind: 'report',
      index: 0,
      data: '',
      testData: null,
      report: { method: 'edge-popup' } as SearchReport,
    });
    expect(files.describe()).toBe('interrupted after 1 search of the sweep; its ticket is written');
    files.finish();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the log', () => {
  it('goes on without the epochs that the checkpoint has not, and without half a line', () => {
    const first = searchFiles({ resumed: false, log: openLog(log, false) });
    first.hear(begin());
    for (const epoch of [1, 2, 3]) first.hear({ kind: 'epoch', line: { epoch, loss: epoch } });
    first.finish();
    writeFileSync(log, '{"epoch":4,"lo', { flag: 'a' });
    const second = searchFiles({ resumed: false, log: openLog(log, true) });
    second.hear(begin(2));
    second.hear({ kind: 'epoch', line: { epoch: 3, loss: 33 } });
    second.finish();
    expect(lines()).toEqual([
      { search: { method: 'edge-popup' }, resumed: false },
      { epoch: 1, loss: 1 },
      { epoch: 2, loss: 2 },
      { search: { method: 'edge-popup' }, resumed: true },
      { epoch: 3, loss: 33 },
    ]);
  });

  it.each(['mine\n', '{"epoch":1}\n', ''])('is not added to a file of %j', (content) => {
    writeFileSync(log, content);
    expect(() => openLog(log, true)).toThrow(/x\.jsonl: it exists and is not the log of a search/);
    expect(readFileSync(log, 'utf8')).toBe(content);
  });

  it('keeps what --force replaces until the search begins', () => {
    writeFileSync(log, 'an old one, which is longer than what comes');
    const opened = openLog(log, false);
    expect(readFileSync(log, 'utf8')).toMatch(/^an old one/);
    opened.begin({ search: {} }, 0);
    opened.close();
    expect(readFileSync(log, 'utf8')).toBe('{"search":{}}\n');
  });
});
