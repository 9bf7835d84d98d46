/** Places and names: outputs where none can be, inputs that are no files, options that name one file. */
import fs from 'node:fs';
import { at, expectRefused, folder, judge, NOBODY, unearth } from './command.mjs';
import { compare, digits, INPUTS, OUTPUTS, run, search } from './lines.mjs';

/** Places where no output can or may be. */
export function paths() {
  const long = 'n'.repeat(256);
  for (const output of OUTPUTS) {
    for (const force of [[], ['--force']]) {
      const places = ['sub', 'sub/', '.', '..', '', 'no/such', 'foreign/x', 'pipe', '/dev/null'];
      const devices = ['/dev/stdout', '/dev/full', `${long}`, `no/${'x/'.repeat(3000)}y`, 'loop/x'];
      for (const place of [...places, ...devices]) expectRefused([...output, place, ...force]);
    }
    for (const place of ['foreign', 'link', 'dangling', 'loop']) expectRefused([...output, place]);
    const place = `${'n'.repeat(243)}.${output.includes('--folded') ? 'st' : 'ticket'}`;
    const { status, stderr } = unearth([...output, place]);
    judge([...output, 'a name of 250 bytes'].join(' '), status === 0 ? null : stderr);
    fs.rmSync(at(place), { force: true });
    for (const name of fs.readdirSync(folder)) {
      if (/^(digits|four)\.(ticket|checkpoint)$/.test(name) && name !== 'four.ticket') {
        fs.rmSync(at(name));
      }
    }
  }
  for (const study of [['figures'], ['expressivity']]) {
    for (const place of ['foreign', 'no/such', 'pipe', '/dev/null', 'loop', long]) {
      expectRefused(['study', ...study, '-o', place]);
    }
  }
}

/** Folders without rights, as a user who has none. */
export function rights() {
  const options = { ...NOBODY, cwd: folder };
  fs.chmodSync(folder, 0o755);
  const readable = at('others');
  fs.mkdirSync(readable);
  for (const [name, mode] of [
    ['unsearchable', 0o600],
    ['unwritable', 0o555],
    ['unreadable', 0o333],
  ]) {
    fs.mkdirSync(at(name));
    fs.writeFileSync(at(name, 'there'), '0 1\n');
    fs.chmodSync(at(name), mode);
  }
  fs.writeFileSync(at('secret'), '0 1\n', { mode: 0o000 });
  for (const output of OUTPUTS) {
    for (const place of ['unsearchable/x', 'unwritable/x', 'unsearchable/there', 'x']) {
      expectRefused([...output, place], /./, options);
    }
  }
  for (const input of INPUTS) {
    for (const file of ['secret', 'unsearchable/there']) {
      expectRefused([...input, file], /./, options);
    }
  }
  for (const place of ['unsearchable', 'unreadable', 'unwritable', 'unsearchable/x', 'x']) {
    expectRefused(['study', 'expressivity', '-o', place], /./, options);
    expectRefused(['study', 'figures', '-o', place], /./, options);
  }
  for (const name of ['unsearchable', 'unwritable', 'unreadable']) fs.chmodSync(at(name), 0o755);
}

/** Inputs that are no regular files: none may be waited for, or read for ever. */
export function inputs() {
  for (const input of INPUTS) {
    for (const file of ['pipe', '/dev/zero', '/dev/tty', 'sub', 'dangling', 'loop', 'absent', '']) {
      // DATA may be a folder, and an empty --domain is a specification, not a file.
      expectRefused([...input, file]);
    }
  }
}

/** Two options that name one file, in every spelling. */
export function options() {
  const same = (name) => [name, `./${name}`, `same/${name}`, `sub/../${name}`, at(name)];
  const searchOptions = ['--output', '--checkpoint', '--log', '--figure'];
  for (const first of searchOptions) {
    for (const second of searchOptions) {
      if (first === second) continue;
      for (const name of same('x')) {
        expectRefused([...search, first, 'x', second, name], /one file/);
      }
    }
  }
  for (const name of same('x')) {
    expectRefused([...compare, '--csv', 'x', '--html', name], /one file/);
    expectRefused(
      [...search, '--output', 'x.ticket', '--log', name.replace(/x$/, 'x.checkpoint')],
      /one file/,
    );
  }
  fs.writeFileSync(at('hard-1'), 'mine\n');
  fs.linkSync(at('hard-1'), at('hard-2'));
  expectRefused([...compare, '--csv', 'hard-1', '--html', 'hard-2', '--force'], /one file/);
  for (const name of same('four.ticket')) {
    expectRefused([...run, '--output', name, '--force'], /one file/);
    expectRefused(['export', 'four.ticket', '--format', 'onnx', '-o', name, '--force'], /one file/);
  }
  fs.copyFileSync(digits, at('model.onnx'));
  fs.writeFileSync(at('domain.txt'), '0 1\n'.repeat(64));
  for (const name of same('model.onnx')) {
    expectRefused(['find', 'model.onnx', '-o', name, '--force'], /one file/);
    expectRefused(['plan', 'model.onnx', '--source', name, '--force'], /one file/);
    expectRefused(
      [...compare.map((word) => (word === digits ? 'model.onnx' : word)), '--csv', name, '--force'],
      /one file/,
    );
  }
  for (const name of same('domain.txt')) {
    expectRefused(['find', digits, '--domain', 'domain.txt', '-o', name, '--force'], /one file/);
  }
  for (const file of ['train-images-idx3-ubyte.gz', 'test-labels-idx1-ubyte.gz']) {
    for (const option of searchOptions) {
      expectRefused([...search, option, `digits/${file}`, '--force'], /one file/);
    }
  }
  expectRefused(['search', 'digits', '--shape', '64-10', '--sweep', '0.5,0.50'], /one file/);
  expectRefused([...compare, '--tickets', '.', '--csv', 'digits.horner.ticket'], /one file/);
}
