/** `run` between two pipes: standard input in every format, standard output as it comes. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import { concatenate } from '../../src/core/concatenate.js';
import { readNpy } from '../../src/data/npy.js';
import { findTicket } from '../../src/pipeline/find.js';
import { float64Bytes, idxFile, npyFile, npyHeader } from '../data/writers.js';
import { evaluateDirectly, randomNetwork, randomStream } from '../networks.js';
import { commandLine, program } from './processes.js';

const { folder, unearth, fed } = commandLine('pipes');
const network = randomNetwork({ dimensions: [3, 4, 2], seed: 7, places: 2 });
const random = randomStream(2);
/** Whole bytes, so that every format holds them and the outputs are exact. */
const samples = Array.from({ length: 700 }, () =>
  Array.from({ length: 3 }, () => Math.floor(200 * random())),
);
const expected = samples.map((sample) => evaluateDirectly(network, sample));
const csv = samples.map((sample) => `${sample.join(',')}\n`).join('');
const outputs = expected.map((values) => `${values.join(',')}\n`).join('');
const npy = npyFile(npyHeader('<f8', [700, 3]), float64Bytes(samples.flat(), true));

beforeAll(() => {
  const outcome = findTicket(network, { construction: horner, delta: 1e-2 });
  if (!outcome.found) throw new Error('no seed has the network');
  writeFileSync(path.join(folder, 'net.ticket'), concatenate(outcome.bytes));
});

const piped = ['run', 'net.ticket', '--input', '-', '--output', '-'];

describe('run between pipes', () => {
  it.each([
    ['CSV', csv, []],
    ['packed CSV', gzipSync(csv), []],
    ['CSV by name', csv, ['--format', 'csv', '--batch', '1']],
    ['NPY', npy, []],
    ['NPY by name', npy, ['--format', 'npy']],
    ['JSON', JSON.stringify(samples), ['--format', 'json']],
    ['IDX', idxFile(0x08, [700, 3], Uint8Array.from(samples.flat())), []],
  ] as const)('reads %s and writes CSV', (_, input, flags) => {
    const { status, stdout, stderr } = fed(input, ...piped, ...flags);
    expect(status).toBe(0);
    expect(stdout).toBe(outputs);
    expect(stderr).toMatch(/^(float|fast): [^\n]*; 700 samples in /);
  });

  it('writes NPY, whether the number of samples is known before or not', () => {
    for (const input of [csv, npy]) {
      const { status, bytes } = fed(input, ...piped, '--output-format', 'npy');
      expect(status).toBe(0);
      const { shape, data } = readNpy(bytes);
      expect([...shape]).toEqual([700, 2]);
      expect([...data]).toEqual(expected.flat());
    }
    const limited = fed(npy, ...piped, '--output-format', 'npy', '--limit', '5');
    expect([...readNpy(limited.bytes).shape]).toEqual([5, 2]);
    const file = ['--output', 'as.bin', '--output-format', 'npy'];
    expect(fed(csv, 'run', 'net.ticket', '--input', '-', ...file).stdout).toBe('');
    expect([...readNpy(readFileSync(path.join(folder, 'as.bin'))).data]).toEqual(expected.flat());
  });

  it('says on stderr what it would have said on stdout', () => {
    writeFileSync(path.join(folder, 'labels.csv'), samples.map(() => '0\n').join(''));
    const { status, stdout, stderr } = fed(csv, ...piped, '--labels', 'labels.csv');
    expect({ status, stdout }).toEqual({ status: 0, stdout: outputs });
    expect(stderr).toMatch(/^accuracy .* of 700\)\n(float|fast): /);
    const counted = fed(csv, ...piped.slice(0, 4), '--labels', 'labels.csv');
    expect(counted.stdout).toMatch(/^accuracy /);
  });

  it('answers while its input goes on, and reads no further than it must', async () => {
    const args = [program, ...piped, '--format', 'csv', '--batch', '1', '--limit', '2'];
    const child = spawn(process.execPath, args, { cwd: folder });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    const lines = (async function* () {
      for await (const chunk of child.stdout) yield* String(chunk).split(/(?<=\n)/);
    })();
    // The input stays open: the second sample is sent when the answer to the first is there.
    for (const index of [0, 1]) {
      child.stdin.write(`${samples[index]?.join(',')}\n`);
      expect((await lines.next()).value).toBe(`${expected[index]?.join(',')}\n`);
    }
    expect(await ended).toBe(0);
  });

  it.each([
    [['--json'], '', /--json and --output - both need standard output/],
    [['--labels', '-'], '', /--labels takes a file/],
    [['--format', 'xml'], '', /--format xml: choose csv, npy, json, idx/],
    [['--output-format', 'txt'], '', /--output-format txt: choose csv, npy/],
    [[], '', /standard input: .*no line with numbers/],
    [[], '1,2,3\n1,\u001b[31m,3\n', /standard input: line 2, column 2: '\\u001b\[31m'/],
    [[], '1,2\n', /standard input: first line of numbers: a sample has 2 values/],
    [
      [],
      'version https://git-lfs.github.com/spec/v1\n',
      /standard input: this is a Git LFS pointer/,
    ],
    [['--format', 'npy'], csv, /standard input: /],
    [[], npy.subarray(0, 1000), /standard input: /],
  ] as const)('of case %#, a bad input or flag is refused in one line', (flags, input, message) => {
    const { status, stderr } = fed(input, ...piped, ...flags);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: [^\p{Cc}]*\n$/u);
  });

  it('takes a format for a file, too, and needs an output to give one to', () => {
    writeFileSync(path.join(folder, 'samples.json'), csv);
    const read = ['run', 'net.ticket', '--input', 'samples.json'];
    expect(unearth(...read).status).toBe(2);
    expect(unearth(...read, '--format', 'csv').stdout).toBe(outputs);
    expect(unearth(...read, '--output-format', 'npy').stderr).toMatch(/needs --output/);
  });
});
