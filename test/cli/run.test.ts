/** `run` as a job: input formats, batches, labels, outputs, and everything that can be wrong with them. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { giveUp, takeOutput } from '../../src/cli/files/output-file.js';
import { memorySink } from '../../src/cli/files/run-output.js';
import { type RunJobOptions, runJob } from '../../src/cli/jobs/run.js';
import { horner } from '../../src/constructions/horner/horner.js';
import { InputError } from '../../src/core/errors.js';
import { DEFAULT_MEMORY } from '../../src/core/limits.js';
import { readNpy } from '../../src/data/npy.js';
import { ENGINES } from '../../src/inference/engine-names.js';
import { findTicket } from '../../src/pipeline/find.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { Domain } from '../../src/target/network.js';
import { foundBaseline, smallNetwork } from '../baseline-tickets.js';
import { float64Bytes, idxFile, npyFile, npyHeader } from '../data/writers.js';
import { evaluateDirectly, randomNetwork, randomStream } from '../networks.js';
import { commandLine } from './processes.js';

const { folder, unearth } = commandLine('run files');
const ticket = path.join(folder, 'net.ticket');
const network = randomNetwork({ dimensions: [3, 4, 2], seed: 7, places: 2 });
const context = {
  onProgress: () => undefined,
  notice: () => undefined,
  launchThread: () => undefined,
  openQueue: () => undefined,
  print: () => true,
};

const random = randomStream(1);
/** Whole numbers, so that every format holds them and every engine is exact. */
const samples = Array.from({ length: 11 }, () =>
  Array.from({ length: 3 }, () => Math.floor(200 * random())),
);
const expected = samples.map((sample) => evaluateDirectly(network, sample));
const classes = expected.map(([first, second]) => (second > first ? 1 : 0));
const csv = samples.map((sample) => sample.join(',')).join('\n');

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** Runs with defaults; an output's name is enough. */
async function run(input: string, options: Partial<RunJobOptions> & { readonly to?: string } = {}) {
  const { to, ...rest } = options;
  const output =
    to === undefined
      ? undefined
      : takeOutput({ option: '--output', file: path.join(folder, to), force: true });
  try {
    return await runJob(
      {
        ticket,
        input,
        divide: 1,
        engine: 'float',
        exactness: 'float',
        threads: 1,
        batch: 4,
        memory: DEFAULT_MEMORY,
        ...(output && { output }),
        ...rest,
      },
      context,
    );
  } catch (error) {
    // As the end of the process does.
    if (output !== undefined) giveUp(output);
    throw error;
  }
}

beforeAll(() => {
  const outcome = findTicket(network, { construction: horner, delta: 1e-2 });
  if (!outcome.found) throw new Error('no seed has the network');
  writeFileSync(ticket, Buffer.concat(outcome.bytes));
});

const flat = samples.flat();
const npy = npyFile(npyHeader('<f8', [11, 3]), float64Bytes(flat, true));
const columns = [0, 1, 2].flatMap((column) => samples.map((sample) => sample[column]));
const fortran = npyFile(npyHeader('<f8', [11, 3], true), float64Bytes(columns, true));
const idx = idxFile(8, [11, 3, 1], Uint8Array.from(flat));

describe('run', () => {
  it.each([
    ['in.npy', npy],
    ['in.npy.gz', gzipSync(npy)],
    ['fortran.npy', fortran],
    ['in-idx3-ubyte', idx],
    ['in-idx3-ubyte.gz', gzipSync(idx)],
    ['in.csv', csv],
    ['in.csv.gz', gzipSync(csv)],
    ['in.tsv', `a\tb\tc\n${csv.replaceAll(',', '\t')}\n`],
    ['in.json', JSON.stringify(samples)],
    ['in.json.gz', gzipSync(JSON.stringify(samples))],
  ])('reads %s, in batches of any size', async (name, content) => {
    const input = write(name, content);
    for (const batch of [1, 4, 11, 1000]) {
      const result = await run(input, { batch });
      expect(result.samples).toBe(11);
      expect([...(result.values ?? [])]).toEqual(expected.flat());
    }
  });

  it('divides, stops at a limit, and gives the same with every engine', async () => {
    const input = write('in.csv', csv);
    for (const engine of ENGINES) {
      const { values, arithmetic } = await run(input, { engine, divide: 4, limit: 6 });
      const wanted = samples.slice(0, 6).flatMap((sample) =>
        evaluateDirectly(
          network,
          sample.map((value) => value / 4),
        ),
      );
      expect([...(values ?? [])]).toEqual(wanted);
      expect(arithmetic).not.toBe('');
    }
  });

  it('counts labels that come in any format, and keeps no outputs then', async () => {
    const input = write('in.csv', csv);
    const wrong = classes.map((label, index) => (index < 3 ? 1 - label : label));
    for (const [name, content] of [
      ['labels.csv', wrong.join('\n')],
      ['labels.json', JSON.stringify(wrong)],
      ['labels-idx1-ubyte', idxFile(8, [11], Uint8Array.from(wrong))],
    ] as const) {
      const result = await run(input, { labels: write(name, content) });
      expect(result).toMatchObject({ samples: 11, correct: 8, values: null });
    }
    const labels = write('labels.csv', wrong.join('\n'));
    expect(await run(input, { labels, limit: 4 })).toMatchObject({ samples: 4, correct: 1 });
  });

  it('writes CSV and NPY files that hold the outputs exactly', async () => {
    const input = write('in.csv', csv);
    expect((await run(input, { to: 'out.npy' })).values).toBeNull();
    const bytes = readFileSync(path.join(folder, 'out.npy'));
    expect(readNpy(bytes)).toEqual({ shape: [11, 2], data: Float64Array.from(expected.flat()) });
    const labels = write('labels.csv', classes.join('\n'));
    expect((await run(input, { to: 'out.csv', labels })).correct).toBe(11);
    const lines = readFileSync(path.join(folder, 'out.csv'), 'utf8').trim().split('\n');
    expect(lines.map((line) => line.split(',').map(Number))).toEqual(expected);
  });

  it.each<[string, string | Uint8Array, Partial<RunJobOptions>, RegExp]>([
    ['w.csv', '1,2\n', {}, /w\.csv: .*2 values, and 3 are needed/],
    ['w.npy', npyFile(npyHeader('<f8', [1, 2]), float64Bytes([1, 2], true)), {}, /3 are needed/],
    ['nan.csv', '1,2,3\n4,NaN,6', { batch: 1 }, /nan\.csv: line 2, column 2/],
    [
      'inf.npy',
      npyFile(
        npyHeader('<f8', [2, 3]),
        float64Bytes([1, 2, 3, 4, 5, Number.POSITIVE_INFINITY], true),
      ),
      { batch: 1 },
      /inf\.npy: value \[1, 2\]: Infinity is not a finite number/,
    ],
    ['empty.csv', '', {}, /empty\.csv: line 1: no line with numbers/],
    ['empty.npy', npyFile(npyHeader('<f8', [0, 3]), new Uint8Array()), {}, /0x3 holds no values/],
    ['cut.npy', npy.subarray(0, npy.length - 5), {}, /cut\.npy: .*more values than the file/],
    [
      'cut.npy.gz',
      gzipSync(npy.subarray(0, npy.length - 30)),
      { batch: 1 },
      /cut\.npy\.gz: byte 362: the file ends in sample 9 of 11/,
    ],
    ['gz.npy.gz', gzipSync(npy).subarray(0, 150), { batch: 1 }, /gz\.npy\.gz: gzip stream: cut/],
    ['ragged.csv', '1,2,3\n4,5,6\n7,8\n', { batch: 1 }, /ragged\.csv: line 3: 2 cells/],
    ['json.json', '[[1,2,3],[4,5]]', {}, /json\.json: entry \[1\]/],
    ['far.csv', '1,2,3\n1e300,2,3', { divide: 1e-300 }, /sample 1, value 0: 1e\+300 divided by/],
    ['binary.csv', Uint8Array.of(0x31, 0xff, 0xfe), {}, /not UTF-8 text/],
  ])(
    'refuses %s, names file and place, and leaves nothing',
    async (name, content, options, told) => {
      const input = write(name, content);
      const attempt = () => run(input, { ...options, to: 'refused.npy' });
      await expect(attempt()).rejects.toThrow(InputError);
      await expect(attempt()).rejects.toThrow(told);
      expect(existsSync(path.join(folder, 'refused.npy'))).toBe(false);
      expect(readdirSync(folder).filter((file) => file.endsWith('.part'))).toEqual([]);
    },
  );

  it.each([
    ['few.json', '[0,1]', /few\.json: 2 labels for more samples/],
    ['many.csv', `${'0\n'.repeat(11)}0\n`, /many\.csv: more labels for 11 samples/],
    [
      'row.csv',
      '0,1,0\n',
      /row\.csv: .*these are not labels: a sample has 3 values, and 1 is needed/,
    ],
    ['class.csv', `0\n1\n0\n0\n0\n2\n${'0\n'.repeat(5)}`, /class\.csv: label \[5\]: 2 is not/],
    ['half.csv', '0\n1\n.5\n', /half\.csv: label \[2\]: 0\.5 is not/],
  ])('refuses the labels %s', async (name, content, told) => {
    const labels = write(name, content);
    await expect(run(write('in.csv', csv), { labels })).rejects.toThrow(told);
  });

  it('compares counts before it runs where both files tell them', async () => {
    const labels = write('two-idx1-ubyte', idxFile(8, [2], Uint8Array.of(0, 1)));
    await expect(run(write('in.npy', npy), { labels })).rejects.toThrow(
      /two-idx1-ubyte: 2 labels for 11 samples/,
    );
  });
});

describe('what run says of its outputs', () => {
  const diagonal = path.join(folder, 'diagonal.ticket');
  const unit = path.join(folder, 'unit.ticket');
  beforeAll(() => {
    const save = (file: string, weights: Float64Array, domain: Domain): void => {
      const layers = [denseLayer({ inputs: 2, outputs: 2, weights, activation: 'identity' })];
      const outcome = findTicket({ layers, domain }, { construction: horner, delta: 1e-2 });
      if (!outcome.found) throw new Error('no seed has the network');
      writeFileSync(file, Buffer.concat(outcome.bytes));
    };
    save(diagonal, Float64Array.of(Math.fround(1e8), 0, 0, Math.fround(0.7)), { kind: 'all' });
    const ones = Float64Array.of(1, 1);
    const box: Domain = { kind: 'box', lower: new Float64Array(2), upper: ones };
    save(unit, Float64Array.of(1, -1, 1, 0), box);
  });

  it('tells engine, reason and errors, to people and as JSON', () => {
    const args = ['run', diagonal, '--input', write('pair.csv', '0.25,1\n0.001,0.5\n')];
    const { status, stdout, stderr } = unearth(...args);
    expect(status).toBe(0);
    expect(stdout).toBe('25000000,0.699999988079071\n100000,0.3499999940395355\n');
    const [summary, errors] = stderr.trim().split('\n');
    expect(summary).toMatch(
      /^exact: BigInt .* \(for at most 32 samples; output 1 could be off by /,
    );
    expect(errors).toMatch(
      /^rounding is at most \S+ at any output; the ticket is certified to 0 of its model; together at most \S+$/,
    );
    const report = JSON.parse(unearth(...args, '--json', '--engine', 'fast').stdout);
    expect(report).toMatchObject({
      engine: 'fast',
      arithmetic: 'BigInt additions and subtractions',
      reason: expect.stringMatching(/in float32.*in float64/),
      error: { certified: ['0', '0'], rounding: [expect.any(String), expect.any(String)] },
      outside: { samples: 0, signs: 0, first: null, divisor: null },
    });
    expect(report.error.sum).toEqual(report.error.rounding);
  });

  it('refuses samples outside the signs, with file, sample, coordinate and value', () => {
    const input = write('signs.csv', '0.5,0.5\n0.5,0.25\n0.5,-1\n');
    const output = path.join(folder, 'signs.out.csv');
    const args = ['run', unit, '--input', input, '--batch', '1', '--output', output];
    const { status, stdout, stderr } = unearth(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/signs\.csv: sample 2, value 1: -1 is outside .*--outside allow\n$/);
    expect(existsSync(output)).toBe(false);
    const allowed = unearth(...args, '--outside', 'allow');
    expect(allowed.status).toBe(0);
    expect(allowed.stderr).toMatch(/note: 1 of 3 samples are outside .* sample 2, which has -1/);
  });

  it('counts samples outside the box, and asks for a forgotten divisor', () => {
    const input = write('bytes.csv', '255,3\n0,128\n');
    const args = ['run', unit, '--input', input, '--json'];
    const { status, stdout, stderr } = unearth(...args);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).outside).toEqual({
      ...{ samples: 2, signs: 0, divisor: 255 },
      first: { sample: 0, coordinate: 0, value: 255 },
    });
    expect(stderr).toMatch(/note: 2 of 2 samples are outside .*; did you forget --divide 255\?\n/);
    const divided = unearth(...args, '--divide', '255');
    expect(JSON.parse(divided.stdout).outside.samples).toBe(0);
    expect(divided.stderr).not.toMatch(/outside/);
  });

  it.each(ENGINES)('prints no number that is none: %s', (engine) => {
    const args = ['run', diagonal, '--batch', '1', '--engine', engine, '--json', '--input'];
    const fits = unearth(...args, write('fits.csv', '1e299,-5e307\n'));
    expect(fits.status).toBe(0);
    const [[first, second]] = JSON.parse(fits.stdout).outputs;
    expect(first).toBe(1e299 * 1e8);
    expect(second / -5e307).toBeCloseTo(0.7, 7);
    const { status, stdout, stderr } = unearth(...args, write('over.csv', '1,1\n1,2\n1e301,1\n'));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/over\.csv: sample 2, output 0: its value is beyond float64; /);
  });
});

describe('a ticket of a baseline', () => {
  it('is refused by the engine that only adds, which names the one to use', () => {
    write('pensia.ticket', Buffer.concat(foundBaseline('pensia', smallNetwork(3)).bytes));
    write('in.csv', '0.5,0.25,-1\n');
    const args = ['run', 'pensia.ticket', '--input', 'in.csv', '--engine'];
    const { status, stdout, stderr } = unearth(...args, 'fast');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(
      'error: --engine fast: it only adds, and this ticket has real weights; give float\n',
    );
    expect(unearth(...args, 'float').status).toBe(0);
  });
});

describe('outputs that are kept for printing', () => {
  it('are refused beyond what anyone reads, with the remedy', () => {
    const sink = memorySink('in.csv');
    for (let batch = 0; batch < 4; batch++) sink.add(new Float64Array(2 ** 20));
    expect(() => sink.add(new Float64Array(1))).toThrow(
      /in\.csv: its outputs are more than 4194304 numbers; .*--output/,
    );
    expect(sink.finish()).toHaveLength(2 ** 22);
  });
});
