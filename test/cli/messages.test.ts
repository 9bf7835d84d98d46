/**
 * Everything that a user can get wrong, as far as it can be set up here: the answer is one line that
 * names file or option, place and remedy, with exit code 2 and nothing on stdout; whatever names and
 * contents hold, no terminal obeys it.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildModel, chain, floats, node, someFloats } from '../target/onnx-writer.js';
import { commandLine, digits, type Finished, images, program } from './processes.js';

const { folder, shell, unearth } = commandLine('messages');
const evil = 'a\u001b]0;owned\u0007\u001b[31m\nerror: \u009b2J\u202edlog';

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(path.join(folder, name), content);
}

/** An NPY file with this header. */
function npyWith(header: string): Uint8Array {
  const text = `${header}\n`;
  const bytes = Buffer.from(`\u0093NUMPY\u0001\0\0\0${text}`, 'latin1');
  bytes.writeUInt16LE(text.length, 8);
  return bytes;
}

const w = floats('w', [64, 2], someFloats(128, 1));
const run = ['run', 'd.ticket', '--input'];
const find = ['find', digits, '-o', 'x.ticket'];

type Case = readonly [args: readonly string[], message: RegExp];

const CASES: readonly Case[] = [
  // Options.
  [['find', digits, '--bits', evil], /--bits a.*: give a whole number from 0 to 1000/],
  [['find', digits, '--seed', '-1'], /--seed -1: give a whole number/],
  [['find', digits, '--delta', '2'], /--delta 2: give a number between 0 and 1/],
  [['find', digits, '--epsilon', 'no'], /--epsilon no: give a number above 0/],
  [['find', digits, '--threads', '0'], /--threads 0: give a whole number/],
  [['find', digits, '--epsilon', '0.1'], /bounded domain/],
  [['find', digits, '--construction', 'cube'], /choose horner, skip, diamond/],
  [['find', digits, '--precision', 'paper'], /--precision paper needs --epsilon/],
  [['find', digits, '--bits', '3', '--lossless'], /exclude each other/],
  [[...run, images, '--engine', 'warp'], /--engine warp: choose /],
  [[...run, images, '--batch', '0'], /--batch 0: give a whole number/],
  [['search', images, '--shape', '64'], /--shape 64: give widths as in 784-300-100-10/],
  [['search', images, '--keep', '2', '--shape', '64-10'], /--keep 2: give fractions/],
  [['compare', digits, '--epsilon', '0.1', '--systems', 'nobody'], /"nobody" is none; choose/],
  [['classes', 'd.ticket', '--model', digits], /give --data FILE or --box BOX/],
  [['verify', 'd.ticket', '--labels', 'x'], /--labels needs --data/],
  [['export', 'd.ticket', '-o', 'x.txt'], /--format is needed for x\.txt/],
  [['study', 'size', '--constructions', evil], /--constructions .*: choose among/],
  [['study', 'success', '--point', '99999', '--seeds', '1'], /--point 99999: the study has/],
  [['study', 'figures', '--layers', 'x'], /--layers x: give layer numbers/],
  // Domains.
  [[...find, '--domain', 'absent.vnnlib'], /absent\.vnnlib: .*there is no such file/],
  [[...find, '--domain', 'bax:0,1'], /the domain "bax:0,1" is unknown; write box:lo,hi/],
  [[...find, '--domain', 'box:0'], /has 1 numbers; write box:lo,hi/],
  [[...find, '--domain', 'evil.vnnlib'], /evil\.vnnlib: /],
  [[...find, '--domain', 'bounds.txt'], /bounds\.txt: .*there are only 1 of 64 pairs/],
  [[...find, '--domain', 'pointer'], /pointer: this is a Git LFS pointer.*`git lfs pull`/],
  [[...find, '--domain', '.'], /this is a folder; give a \.vnnlib file/],
  // Models.
  [['find', 'absent.onnx'], /absent\.onnx: cannot be read \(ENOENT: there is no such file\)/],
  [
    ['find', 'pointer'],
    /Git LFS pointer.* a model \(\.onnx or \.nnet\) is expected; .*git lfs pull/,
  ],
  [['find', 'd.ticket'], /a ticket of unearth.*; give the model that it was made from/],
  [['find', 'd.checkpoint'], /checkpoint/],
  [['find', 'd.source'], /plan of a source/],
  [['find', 'weights.pt'], /a PyTorch file.*torch\.onnx\.export/],
  [['find', 'page.onnx'], /a web page.*; get the file itself/],
  [['find', 'lost.onnx'], /text that begins with "404: Not Found"/],
  [['find', 'empty.onnx'], /an empty file/],
  [['find', 'cut.onnx'], /cut\.onnx: byte \d+: /],
  [['find', 'evil.onnx'], /evil\.onnx: .*operator "a\\u001b\]0;owned/],
  [['find', 'evil.nnet'], /evil\.nnet: line /],
  [['find', evil], /^error: a\\u001b\]0;owned\\u0007.*\\n.*\\u009b2J\\u202edlog: cannot be read/],
  [['find', '.'], /this is a folder; give a model file/],
  [['inspect', 'nothing.h5'], /HDF5/],
  [['plan', digits, 'absent.nnet'], /absent\.nnet: cannot be read/],
  [['attack', 'd.ticket', '--model', 'other.onnx'], /other\.onnx: the model's digest differs/],
  // Tickets.
  [['verify', digits], /an ONNX model, and a ticket is expected; find its ticket/],
  [['verify', 'd.checkpoint'], /checkpoint of an interrupted search, and a ticket is expected/],
  [['verify', 'd.source'], /plan of a source, and a ticket is expected/],
  [['verify', 'pointer'], /git lfs pull/],
  [['verify', 'damaged.ticket'], /damaged\.ticket: .*damaged/],
  [['export', images], /packed with gzip, and a ticket is expected; unpack it/],
  [['find', digits, '--source', 'd.ticket'], /a ticket of unearth, and a source .*is expected/],
  [
    ['search', images, '--resume', 'd.ticket'],
    /a ticket of unearth, and the checkpoint .* expected/,
  ],
  [['search', images, '--resume', 'weights.pt'], /a PyTorch file .*, and the checkpoint/],
  // Data.
  [[...run, 'absent.csv'], /absent\.csv: cannot be read/],
  [[...run, 'd.ticket'], /a ticket of unearth, and an array .* is expected/],
  [[...run, digits], /an ONNX model.*; give the inputs, not the network/],
  [[...run, 'evil.csv'], /evil\.csv: line 2, column 2: .*\\u001b/],
  [[...run, 'evil.npy'], /evil\.npy: /],
  [[...run, 'evil.json'], /evil\.json: /],
  [[...run, 'short.csv'], /a sample has 2 values, and 64 are needed; give 64 values/],
  [
    [...run, images, '--labels', 'short.csv'],
    /short\.csv: .*these are not labels: a sample has 2 values, and 1 is needed/,
  ],
  [
    [...run, images, '--labels', images],
    /images.*these are not labels: a sample has 64 values, and 1 is needed/,
  ],
  [
    ['search', images, '--labels', images, '--shape', '64-10'],
    /images.*these are not labels: a sample has 64 values, and 1 is needed/,
  ],
  [['search', 'short.csv', '--shape', '2-2'], /give its labels with --labels FILE/],
  [['search', '.', '--shape', '2-2'], /the folder has no train-images/],
  // Outputs.
  [['find', digits, '-o', 'no/where.ticket'], /there is no folder no/],
  [['find', digits, '-o', 'page.onnx'], /page\.onnx: it exists and is not a ticket/],
  [[...run, images, '--output', 'page.onnx'], /page\.onnx: it exists; choose another name/],
  [['export', 'd.ticket', '-o', 'd.ticket', '--format', 'onnx'], /one file: give each its own/],
];

const results = new Map<Case, Finished>();

function finished(args: readonly string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder }, (error, stdout, stderr) => {
      const status = error === null ? 0 : Number(error.code);
      resolve({ status, stdout, stderr });
    });
  });
}

beforeAll(async () => {
  mkdirSync(path.join(folder, 'results'));
  expect(unearth('find', digits, '--domain', 'box:0,1', '-o', 'd.ticket').status).toBe(0);
  const source = ['plan', digits, '--domain', 'box:0,1', '--source', 'd.source'];
  expect(unearth(...source).status).toBe(0);
  const ticket = readFileSync(path.join(folder, 'd.ticket'));
  const at = ticket.length - 40;
  ticket[at] = (ticket[at] ?? 0) ^ 1;
  write('damaged.ticket', ticket);
  write(
    'd.checkpoint',
    `\u0001${'\0'.repeat(7)}{"__metadata__":{"format":"unearth-checkpoint/1"}}`,
  );
  write('pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n');
  write('weights.pt', Buffer.from(`PK\u0003\u0004${'\0'.repeat(26)}model/data.pkl`, 'latin1'));
  write('page.onnx', '<!DOCTYPE html><html></html>');
  write('lost.onnx', '404: Not Found');
  write('empty.onnx', '');
  write('cut.onnx', readFileSync(digits).subarray(0, 1000));
  write('nothing.h5', Buffer.from('\u0089HDF\r\n\u001a\n', 'latin1'));
  write('evil.nnet', `// text\n2,64,2,64,\n64,${evil},2\n`);
  write('evil.vnnlib', `(declare-const X_0 Real)\n(assert (>= X_0 ${evil}))\n`);
  write('bounds.txt', '0 1\n');
  write('evil.csv', '1,2\n3,\u001b[31m4\n');
  write('evil.json', '[[1, 2], [\u001b[31m]]');
  write('evil.npy', npyWith(`{'descr': '\u001b[31m', 'fortran_order': False, 'shape': (1, 64), }`));
  write('short.csv', '1,2\n');
  const evilModel = { inputDims: [1, 64], nodes: [node(evil, ['x'], ['y'], {}, evil)] };
  write('evil.onnx', buildModel(evilModel));
  const other = { inputDims: [1, 64], nodes: chain([['MatMul', ['_', 'w']]]), initializers: [w] };
  write('other.onnx', buildModel(other));
  // As many at a time as the machine of a test has cores.
  const waiting = [...CASES];
  await Promise.all(
    [0, 1].map(async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        results.set(next, await finished(next[0]));
      }
    }),
  );
});

describe('a mistake', () => {
  it.each(CASES)('%j', (...given) => {
    const [args, message] = given;
    const result = results.get(CASES.find(([each]) => each === args) as Case) as Finished;
    const { status, stdout, stderr } = result;
    expect({ status, stdout, stderr }).toMatchObject({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    // One line without control characters or a stack, which says what to do.
    expect(stderr).toMatch(/^error: [^\p{Cc}\u2028-\u202e\u2066-\u2069]*\n$/u);
    expect(stderr).toMatch(/[;:] [^;]+$|needs|give/);
    expect(stderr).not.toMatch(/undefined|\[object|NaN| {4}at |internal error/);
  });
});

describe('what is said of files with names that a terminal would obey', () => {
  it('shows them escaped, on stdout, on stderr and in JSON', () => {
    const name = 'x\u001b[31m\u009b\u202ey.onnx';
    write(name, readFileSync(digits));
    const unsafe = /[^\P{Cc}\n]|[\u2028-\u202e\u2066-\u2069]/u;
    for (const args of [
      ['inspect', name],
      ['inspect', name, '--json'],
      ['find', name, '--bits', '4', '--domain', 'box:0,1'],
      ['find', name, '--bits', '4', '--domain', 'box:0,1', '--json'],
      ['inspect', 'x\u001b[31m\u009b\u202ey.ticket'],
    ]) {
      const { status, stdout, stderr } = unearth(...args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).not.toMatch(unsafe);
      expect(stdout).toContain('\\u001b[31m\\u009b\\u202ey');
      if (args.includes('--json')) expect(stdout).toContain(JSON.stringify(name).slice(1, 12));
    }
  });

  it('tells a wrong model by both digests', () => {
    const { status, stdout } = unearth('verify', 'd.ticket', '--model', 'other.onnx');
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^not proved: the model's digest differs: its SHA-256 is [0-9a-f]{64}, .* digits\.onnx with [0-9a-f]{64}\n$/,
    );
  });
});

it('a folder on standard input is called one', () => {
  const { stderr } = shell("status run d.ticket --input - < '.'");
  expect(stderr).toBe(
    'error: standard input: this is a folder; give a file of samples, or send them through a pipe\n',
  );
});
