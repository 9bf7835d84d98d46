/** The command lines that are attacked: what they read, write and print, and the files that they need. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { maskSizes } from '../../dist/source/shape.js';
import { readTicket } from '../../dist/ticket/read.js';
import { encodeTicket } from '../../dist/ticket/write.js';
import { at, mustWork, root } from './command.mjs';

export const digits = path.join(root, 'examples/digits/digits.onnx');
const images = path.join(root, 'examples/digits/test-images-idx3-ubyte.gz');

export const find = ['find', digits, '--bits', '4', '--domain', 'box:0,1'];
export const run = ['run', 'four.ticket', '--input', images, '--divide', '255', '--limit', '20'];
export const search = ['search', 'digits', '--shape', '64-10', '--epochs', '1', '--limit', '200'];
export const compare = [
  'compare',
  digits,
  '--epsilon',
  '1',
  '--domain',
  'box:0,1',
  '--systems',
  'horner',
];

/** Options that name an output file, behind a command line that works. */
export const OUTPUTS = [
  [...find, '--output'],
  [...run, '--output'],
  ['export', 'four.ticket', '--format', 'onnx', '--output'],
  ['export', 'four.ticket', '--format', 'safetensors', '--folded', '--output'],
  ['plan', digits, '--source'],
  [...compare, '--csv'],
  [...compare, '--html'],
  [...search, '--output'],
  [...search, '--checkpoint'],
  [...search, '--log'],
  [...search, '--figure'],
];

/** Options and arguments that name an input file. */
export const INPUTS = [
  ['find'],
  ['find', digits, '--domain'],
  ['find', digits, '--source'],
  ['plan'],
  ['plan', digits, '--domain'],
  ['inspect'],
  ['verify'],
  ['verify', 'four.ticket', '--model'],
  ['verify', 'learned.ticket', '--data', images, '--labels'],
  ['run', 'four.ticket', '--labels', 'digits/test-labels-idx1-ubyte.gz', '--input'],
  [...run, '--labels'],
  ['export'],
  ['attack', 'four.ticket', '--model'],
  ['attack', '--model', digits],
  ['classes', 'four.ticket', '--model', digits, '--box'],
  ['classes', 'four.ticket', '--model', digits, '--data'],
  ['compare', '--epsilon', '1'],
  ['compare', digits, '--epsilon', '1', '--domain'],
  ['search', 'digits', '--resume'],
  ['search', 'digits', '--shape', '64-10', '--labels'],
  ['search', 'digits', '--shape', '64-10', '--test'],
  ['study', 'figures', '-o', 'drawn', '--ticket'],
];

/** Commands that print, with their exit code. */
export const PRINTING = [
  [['verify', 'four.ticket'], 0],
  [['verify', 'bad.ticket'], 1],
  [['verify', 'bad.ticket', '--json'], 1],
  [['export', 'bad.ticket', '-o', 'no.onnx'], 1],
  [['attack', 'bad.ticket', '--model', digits], 1],
  [['classes', 'four.ticket', '--model', digits, '--box', 'box:0,1'], 1],
  [['inspect', digits], 0],
  [['inspect', 'four.ticket', '--json'], 0],
  [['plan', digits, '--bits', '4'], 0],
  [run, 0],
  [[...run, '--json'], 0],
  [[...run, '--output', '-'], 0],
  [[...find, '-o', 'four.ticket'], 0],
  [[...compare, '--json'], 0],
  [['study', 'expressivity', '-o', 'studied', '--point', '1'], 0],
  [['export', 'four.ticket', '-o', 'printed.onnx'], 0],
  [['--help'], 0],
  [['--version'], 0],
  [['find', '--help'], 0],
  [['search', '--help'], 0],
];
/** Commands that are refused. */
export const REFUSED = [
  ['verify', 'absent'],
  ['fnd'],
  ['find'],
  ['run', 'four.ticket', '--input', 'absent'],
  [],
];

/** What the kinds work on. */
export function prepare() {
  mustWork([...find, '-o', 'four.ticket']);
  const script = path.join(root, 'examples/digits/write-data.mjs');
  spawnSync(process.execPath, [script, at('digits'), '1000']);
  mustWork([...search, '-o', 'learned.ticket']);
  const ticket = readTicket(fs.readFileSync(at('four.ticket')));
  const sizes = maskSizes(ticket.shape);
  const none = {
    columns: new Uint32Array(0),
    offsets: new Uint32Array(1),
    rows: new Uint32Array(0),
  };
  const mask = (t) => ({ kind: 'sparse', ...sizes[t - 1], ...none });
  fs.writeFileSync(at('bad.ticket'), Buffer.concat(encodeTicket({ ...ticket, mask })));
  fs.writeFileSync(at('foreign'), 'mine\n');
  fs.mkdirSync(at('sub'));
  spawnSync('mkfifo', [at('pipe')]);
  fs.symlinkSync('foreign', at('link'));
  fs.symlinkSync('nothing-there', at('dangling'));
  fs.symlinkSync('loop', at('loop'));
  fs.symlinkSync('.', at('same'));
}
