/** `unearth study` as its users meet it: processes, exit codes, files; killed and continued. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertWellFormed } from '../figures/drawing.js';
import { commandLine, digits } from './processes.js';

const { folder, unearth, start } = commandLine('study');

function study(...args: string[]) {
  return unearth('study', ...args);
}

function fileOf(...parts: string[]): string {
  return readFileSync(path.join(folder, ...parts), 'utf8');
}

/** Starts a study and interrupts it once its results file has so many lines. */
async function interrupted(args: string[], file: string, lines: number): Promise<number | null> {
  const { child, ended } = start('study', ...args);
  const timer = setInterval(() => {
    if (existsSync(file) && readFileSync(file, 'utf8').split('\n').length > lines) {
      clearInterval(timer);
      child.kill('SIGINT');
    }
  }, 2);
  const code = await ended;
  clearInterval(timer);
  return code;
}

const success = ['success', '--constructions', 'diffenderfer', '--seeds', '40'];

describe('unearth study', () => {
  it('runs, writes results for people and programs, and figures', () => {
    const { status, stdout, stderr } = study(...success, '-o', 'whole', '--json');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ study: 'success', resumed: 0, bound: { above: [] } });
    expect(summary.files).toEqual(
      readdirSync(path.join(folder, 'whole'))
        .map((name) => path.join('whole', name))
        .sort((a, b) => summary.files.indexOf(a) - summary.files.indexOf(b)),
    );
    const lines = fileOf('whole', 'success.jsonl').trimEnd().split('\n');
    expect(JSON.parse(lines[0])).toEqual({ unearth: 'study', study: 'success', version: 1 });
    expect(lines).toHaveLength(summary.points + 1);
    expect(JSON.parse(lines[1]).point).toMatchObject({ firstSeed: 0, seeds: 40 });
    expect(fileOf('whole', 'success.csv').trimEnd().split('\n')).toHaveLength(summary.points + 1);
    for (const name of ['success-diffenderfer-width.svg', 'success-bounds.svg']) {
      assertWellFormed(fileOf('whole', name));
    }
  });

  it('continues where it was interrupted, to the same files on any number of threads', async () => {
    const file = path.join(folder, 'parts', 'success.jsonl');
    for (const lines of [4, 20]) {
      const args = [...success, '-o', 'parts', '--threads', lines === 4 ? '2' : '1'];
      expect([0, 130]).toContain(await interrupted(args, file, lines));
      // As a kill in the middle of a line leaves it.
      appendFileSync(file, '{"point":{"construction":"diff');
    }
    const before = fileOf('parts', 'success.jsonl').split('\n').length;
    expect(before).toBeGreaterThan(20);
    const { status, stdout } = study(...success, '-o', 'parts', '--threads', '3', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout).resumed).toBeGreaterThan(0);
    for (const name of readdirSync(path.join(folder, 'whole'))) {
      expect(fileOf('parts', name)).toBe(fileOf('whole', name));
    }
    expect(readdirSync(path.join(folder, 'parts'))).toEqual(
      readdirSync(path.join(folder, 'whole')),
    );
  });

  it('computes the points in shards, and unites them to the files of one run', () => {
    for (const shard of ['2/3', '3/3']) {
      const { status, stdout, stderr } = study(...success, '-o', 'shards', '--shard', shard);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(stdout).toContain(`shard ${shard[0]} of 3: `);
    }
    const merge = [...success, '--merge', 'shards', '-o', 'merged'];
    const early = study(...merge);
    expect(early.status).toBe(2);
    expect(early.stderr).toMatch(/shards: \d+ of \d+ points are in none of its 2 results files/);
    expect(existsSync(path.join(folder, 'merged'))).toBe(false);
    // The third on another machine, whose folder is put beside them.
    study(...success, '-o', path.join('shards', 'other'), '--shard', '1/3');
    expect(readdirSync(path.join(folder, 'shards')).sort()).toEqual([
      'other',
      'success.2-of-3.jsonl',
      'success.3-of-3.jsonl',
    ]);
    expect(study(...merge, '--json').status).toBe(0);
    for (const name of readdirSync(path.join(folder, 'whole'))) {
      expect(fileOf('merged', name)).toBe(fileOf('whole', name));
    }
    const others = [...success.slice(0, -1), '2', '--shard', '1/3'];
    study(...others, '-o', path.join('shards', 'fewer'));
    expect(study(...merge).stderr).toMatch(/note: \d+ points of other options in shards are left/);
    const file = path.join(folder, 'shards', 'success.2-of-3.jsonl');
    const failures = /"failures":\d+/;
    const again = path.join(folder, 'shards', 'other', 'success.2-of-3.jsonl');
    writeFileSync(again, readFileSync(file, 'utf8').replace(failures, '"failures":39'));
    const differing = study(...merge);
    expect(differing.status).toBe(2);
    expect(differing.stderr).toMatch(/another result than in .*--point/);
    writeFileSync(again, 'rubbish\n');
    expect(study(...merge).stderr).toMatch(/line 1: .*compute this shard again, or take its file/);
  });

  it.each(['1', '3'])(
    'ends at a signal in the midst of its points, on %s threads',
    async (threads) => {
      const file = path.join(folder, `many-${threads}`, 'universality.jsonl');
      const args = ['universality', '--targets', '5000', '-o', path.dirname(file)];
      expect(await interrupted([...args, '--threads', threads], file, 3)).toBe(130);
      const lines = readFileSync(file, 'utf8').split('\n');
      expect(lines.pop()).toBe('');
      expect(lines.length).toBeGreaterThan(2);
      for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
      expect(readdirSync(path.dirname(file))).toEqual(['universality.jsonl']);
    },
  );

  it('computes any point alone, to the line that is recorded', () => {
    const lines = fileOf('whole', 'success.jsonl').trimEnd().split('\n');
    for (const number of [1, 7, lines.length - 1]) {
      const { status, stdout } = study(...success, '--point', String(number));
      expect(status).toBe(0);
      expect(stdout).toBe(`${lines[number]}\n`);
    }
  });

  it('proves many networks in one source, and keeps results of other seeds', () => {
    const first = study('universality', '--targets', '3', '-o', 'many', '--threads', '1');
    expect(first.status).toBe(0);
    expect(first.stdout).toMatch(/horner +322,260 +3 +3 +3/);
    expect(first.stdout).toMatch(/skip +102,444 +3 +3 +3/);
    const six = ['universality', '--targets', '6', '-o', 'many', '--threads', '1', '--json'];
    const more = JSON.parse(study(...six).stdout);
    expect(more).toMatchObject({ points: 18, resumed: 9 });
    const other = study(...six, '--seed', '2');
    expect(JSON.parse(other.stdout)).toMatchObject({ points: 18, resumed: 0 });
    expect(fileOf('many', 'universality.jsonl').trimEnd().split('\n')).toHaveLength(1 + 36);
  });

  it("draws the paper's figures, and the masks of a ticket", () => {
    expect(unearth('find', digits, '--bits', '4', '-o', 'd.ticket').status).toBe(0);
    const { status, stdout } = study(
      'figures',
      '--ticket',
      'd.ticket',
      '--layers',
      '1,3',
      '--json',
    );
    expect(status).toBe(0);
    const { files } = JSON.parse(stdout);
    expect(files).toHaveLength(6);
    for (const file of files) assertWellFormed(fileOf(file));
    expect(fileOf('study', 'mask-heat-map.svg')).toContain('layer 3, block 1');
  });

  it.each([
    [['success', '--constructions', 'square'], /choose among horner, diamond, malach/],
    [['success', '--seeds', '0'], /--seeds 0/],
    [['success', '--shard', '0/3'], /--shard 0\/3: give i\/n/],
    [['success', '--shard', '4/3'], /--shard 4\/3: give i\/n/],
    [['success', '--shard', '1/2', '--merge', 'x'], /cannot be used with/],
    [['success', '--shard', '1/2', '--point', '1'], /cannot be used with/],
    [['success', '--seed', '9999999999'], /seeds up to 2\^31/],
    [['expressivity', '--point', '9999'], /--point 9999: the study has \d+ points/],
    [['universality', '-o', 'file'], /file: this is a file/],
    [['universality', '-o', 'no/such'], /the folder cannot be made/],
    [
      ['expressivity', '-o', 'foreign'],
      /expressivity\.csv: it exists and is not a table of this study/,
    ],
    [['size', '-o', 'foreign'], /size\.jsonl: line 1: this is no results file/],
    [
      ['figures', '-o', 'foreign'],
      /figure-2\.svg: it exists and is not a figure written by unearth/,
    ],
    [['figures', '--layers', '1'], /give --ticket/],
    [['figures', '--ticket', 'd.ticket', '--layers', '1000'], /layers 1 to \d+, not 1000/],
    [['curves'], /unknown command/],
  ] as const)('%j is bad usage or input, in one line', (args, message) => {
    const foreign = path.join(folder, 'foreign');
    mkdirSync(foreign, { recursive: true });
    writeFileSync(path.join(folder, 'file'), '');
    writeFileSync(path.join(foreign, 'expressivity.csv'), 'my own table\n');
    writeFileSync(path.join(foreign, 'size.jsonl'), '{"mine":1}\n');
    writeFileSync(path.join(foreign, 'figure-2.svg'), '<svg>mine</svg>');
    const { status, stdout, stderr } = study(...args);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(readdirSync(foreign).sort()).toEqual(['expressivity.csv', 'figure-2.svg', 'size.jsonl']);
  });
});
