/**
 * `npm start`: the main job on the example network, as a person would type it: find the digit
 * classifier in a random ±1 network, prove the ticket, run it on the labelled test images.
 */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { root, runNode, shellWord } from './tools.mjs';

const program = 'dist/cli/main.js';
const example = 'examples/digits';
const ticket = path.join(mkdtempSync(path.join(tmpdir(), 'unearth-')), 'digits.ticket');

const commands = [
  ['find', `${example}/digits.onnx`, '--domain', 'box:0,1', '-o', ticket],
  ['verify', ticket, '--model', `${example}/digits.onnx`],
  [
    'run',
    ticket,
    '--input',
    `${example}/test-images-idx3-ubyte.gz`,
    '--divide',
    '255',
    '--labels',
    `${example}/test-labels-idx1-ubyte.gz`,
  ],
];

for (const args of commands) {
  const input = args.find((word) => word.startsWith(example) && !existsSync(path.join(root, word)));
  if (input !== undefined) {
    process.stderr.write(`npm start: ${input} is missing; restore it from the repository\n`);
    process.exit(2);
  }
  process.stdout.write(`$ node ${[program, ...args].map(shellWord).join(' ')}\n`);
  const code = await runNode(path.join(root, program), args);
  if (code !== 0) {
    process.stderr.write(`npm start: 'unearth ${args[0]}' ended with exit code ${code}\n`);
    process.exit(code);
  }
  process.stdout.write('\n');
}
process.stdout.write(`The ticket: ${ticket}\n`);
