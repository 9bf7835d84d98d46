/** Output files as a user, or somebody else in the same folder, meets them: places, names, collisions. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { giveUp, openOutput, takeOutput, writeParts } from '../../src/cli/files/output-file.js';
import { commandLine, digits, examples, images } from './processes.js';

const { folder, unearth } = commandLine('outputs');
const at = (...names: string[]): string => path.join(folder, ...names);
const isPosix = process.platform !== 'win32';

const find = ['find', digits, '--bits', '4', '--domain', 'box:0,1'];
const run = ['run', 'four.ticket', '--input', images, '--divide', '255', '--limit', '3'];
const search = ['search', 'digits', '--shape', '64-10', '--epochs', '1', '--limit', '200'];
const compare = ['compare', digits, '--epsilon', '1', '--domain', 'box:0,1', '--systems', 'horner'];

/** Everything in the folder and what is in it. */
function contents(): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const status = lstatSync(at(name));
      if (status.isSymbolicLink()) return [name, `-> ${readlinkSync(at(name))}`];
      return [name, status.isFile() ? readFileSync(at(name)).toString('base64') : ''];
    }),
  );
}

/** Exit code 2 and one line, and nothing in the folder has changed. */
function expectRefused(args: readonly string[], message: RegExp): void {
  const before = contents();
  const { status, stdout, stderr } = unearth(...args);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(contents()).toEqual(before);
}

beforeAll(() => {
  expect(unearth(...find, '-o', 'four.ticket').status).toBe(0);
  const script = path.join(examples, 'write-data.mjs');
  expect(spawnSync(process.execPath, [script, at('digits'), '300']).status).toBe(0);
  writeFileSync(at('foreign'), 'mine\n');
  mkdirSync(at('sub'));
  if (!isPosix) return;
  expect(spawnSync('mkfifo', [at('pipe')]).status).toBe(0);
  symlinkSync('foreign', at('link'));
  symlinkSync('nothing-there', at('dangling'));
  symlinkSync('.', at('same-folder'));
});

describe.runIf(isPosix)('a place through a link and up', () => {
  beforeAll(() => {
    mkdirSync(at('far', 'sub'), { recursive: true });
    symlinkSync(at('far', 'sub'), at('near'));
  });

  it('is where the system finds it', () => {
    const file = `${folder}/near/../one`;
    const output = takeOutput({ option: '--output', file, force: true });
    writeParts(output, [Uint8Array.of(0x61)]);
    expect(readFileSync(at('far', 'one'), 'utf8')).toBe('a');
    expect(existsSync(at('one'))).toBe(false);
    rmSync(at('far', 'one'));
  });

  it('is the same as that place by its own name', () => {
    expectRefused(
      [...search, '-o', 'near/../x', '--log', 'far/x', '--force'],
      /far\/x.* are one file/,
    );
    expectRefused(
      [...compare, '--csv', 'near/../c', '--html', 'far/c', '--force'],
      /far\/c.* are one file/,
    );
  });

  it('is where tickets of a comparison go', () => {
    mkdirSync(at('far', 'tickets'));
    const { status } = unearth(...compare, '--tickets', 'near/../tickets');
    expect(status).toBe(0);
    expect(readdirSync(at('far', 'tickets'))).toEqual(['digits.horner.ticket']);
    rmSync(at('far', 'tickets'), { recursive: true });
  });
});

describe('a temporary file', () => {
  const request = (file: string) => ({ option: '--output', file, force: true });

  it('has a short random name beside its output, and the mode that umask leaves', () => {
    const one = takeOutput(request(at('x'.repeat(255))));
    const other = takeOutput(request(at('x'.repeat(255))));
    expect(path.dirname(one.temporary)).toBe(folder);
    expect(path.basename(one.temporary)).toMatch(/^\.unearth-[\w-]{12}\.part$/);
    expect(other.temporary).not.toBe(one.temporary);
    const plain = at('plain');
    writeFileSync(plain, '');
    expect(statSync(one.temporary).mode).toBe(statSync(plain).mode);
    rmSync(plain);
    for (const output of [one, other]) giveUp(output);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it.runIf(isPosix)('is not written through a link, or into a file, that took its place', () => {
    for (const plant of [symlinkSync, linkSync]) {
      const output = takeOutput(request(at('planted')));
      rmSync(output.temporary);
      plant(at('foreign'), output.temporary);
      expect(() => writeParts(output, [Uint8Array.of(1)])).toThrow(
        /planted: (it cannot be written \(ELOOP\)|its temporary file .* was exchanged)/,
      );
      giveUp(output);
      expect(readFileSync(at('foreign'), 'utf8')).toBe('mine\n');
      expect(existsSync(at('planted'))).toBe(false);
    }
  });

  it('does not replace what appeared, or was changed, meanwhile', () => {
    const own = { what: 'a text', headBytes: 1, is: () => true };
    const file = at('late');
    const late = { option: '--output', file, force: false, own };
    const first = openOutput(takeOutput(late));
    writeFileSync(file, 'of another');
    expect(() => first.commit()).toThrow(/late: somebody else wrote it while this ran/);
    first.discard();
    const second = openOutput(takeOutput(late));
    writeFileSync(file, 'of another, again');
    expect(() => second.commit()).toThrow(/somebody else wrote it/);
    second.discard();
    expect(readFileSync(file, 'utf8')).toBe('of another, again');
    writeParts(takeOutput(late), [Uint8Array.of(0x61)]);
    expect(readFileSync(file, 'utf8')).toBe('a');
    const vanishing = openOutput(takeOutput(late));
    rmSync(file);
    vanishing.commit();
    expect(readFileSync(file, 'utf8')).toBe('');
    const forced = openOutput(takeOutput({ ...late, force: true }));
    writeFileSync(file, 'of another');
    forced.commit();
    rmSync(file);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('places of outputs', () => {
  it('may have names of 255 bytes, and no more', () => {
    const name = `${'n'.repeat(248)}.ticket`;
    expect(unearth(...find, '-o', name).status).toBe(0);
    expect(existsSync(at(name))).toBe(true);
    rmSync(at(name));
    expectRefused([...find, '-o', `n${name}`], /it cannot be written \(ENAMETOOLONG\)/);
  });

  const commands: readonly (readonly [string, readonly string[]])[] = [
    ['find -o', [...find, '--output']],
    ['run --output', [...run, '--output']],
    ['export -o', ['export', 'four.ticket', '--format', 'onnx', '--output']],
    ['plan --source', ['plan', digits, '--source']],
    ['compare --csv', [...compare, '--csv']],
    ['compare --html', [...compare, '--html']],
    ['search -o', [...search, '--output']],
    ['search --checkpoint', [...search, '--checkpoint']],
    ['search --log', [...search, '--log']],
    ['search --figure', [...search, '--figure']],
  ];

  it.each(commands)('%s refuses places that cannot be written, before the work', (_, args) => {
    expectRefused([...args, 'foreign'], /foreign: it exists/);
    expectRefused([...args, 'foreign/x', '--force'], /foreign\/x\S*: foreign is not a folder/);
    if (isPosix) expectRefused([...args, 'pipe', '--force'], /pipe: this is a pipe/);
  });

  it('are no folders, and nothing but files', () => {
    const take = (file: string, force: boolean) => () =>
      takeOutput({ option: '--output', file: path.isAbsolute(file) ? file : at(file), force });
    for (const force of [false, true]) {
      expect(take('sub', force)).toThrow(/sub: this is a folder/);
      expect(take('no/such', force)).toThrow(/such: there is no folder .*no; make it first/);
      expect(() => takeOutput({ option: '--output', file: '', force })).toThrow(
        /no name of a file/,
      );
      expect(() => takeOutput({ option: '--output', file: 'x/', force })).toThrow(
        /no name of a file/,
      );
      if (!isPosix) continue;
      expect(take('pipe', force)).toThrow(/pipe: this is a pipe/);
      expect(take('/dev/null', force)).toThrow(/\/dev\/null: this is a device/);
      expect(take('/dev/stdout', force)).toThrow(/\/dev\/stdout: this is a (pipe|device|socket)/);
    }
    if (!isPosix) return;
    expect(take('link', false)).toThrow(/link: it is a link, which is not followed/);
    expect(take('dangling', false)).toThrow(/dangling: it is a link/);
  });

  it.runIf(isPosix)('replaces a link itself where --force is given, not what it leads to', () => {
    symlinkSync('foreign', at('forced'));
    expect(unearth(...find, '-o', 'forced', '--force').status).toBe(0);
    expect(lstatSync(at('forced')).isFile()).toBe(true);
    expect(readFileSync(at('foreign'), 'utf8')).toBe('mine\n');
    rmSync(at('forced'));
  });

  it.each([
    [['find', digits, '-o', digits, '--force'], /--output .* and the model .* one file/],
    [[...run, '--output', 'four.ticket', '--force'], /--output .* and the ticket .* one file/],
    [['export', 'four.ticket', '--format', 'onnx', '-o', './four.ticket', '--force'], /one file/],
    [['plan', digits, '--source', digits, '--force'], /--source .* and the model .* one file/],
    [[...compare, '--csv', 'x', '--html', 'x'], /--html x and --csv x are one file/],
    [[...compare, '--csv', 'x', '--html', 'sub/../x'], /one file/],
    [[...compare, '--tickets', '.', '--csv', 'digits.horner.ticket'], /one file/],
    [[...search, '-o', 'x', '--checkpoint', 'x'], /one file: give each its own/],
    [[...search, '-o', 'x', '--figure', './x'], /one file/],
    [[...search, '-o', 'x', '--log', 'x'], /one file/],
    [[...search, '--log', 'x', '--checkpoint', 'x'], /one file/],
    [[...search, '-o', 'x.ticket', '--log', 'x.checkpoint'], /one file/],
    [[...search, '--log', 'digits/train-labels-idx1-ubyte.gz', '--force'], /labels .* one file/],
    [['search', 'digits', '--shape', '64-10', '--sweep', '0.5,0.50'], /twice/],
  ] as const)('%j names one file twice', (args, message) => {
    expectRefused(args, message);
  });

  it.runIf(isPosix)('sees one file through links of both kinds', () => {
    expectRefused([...compare, '--csv', 'x', '--html', 'same-folder/x'], /one file/);
    writeFileSync(at('one.csv'), readFileSync(at('foreign')));
    linkSync(at('one.csv'), at('two.csv'));
    expectRefused(
      [...compare, '--csv', 'one.csv', '--html', 'two.csv', '--force'],
      /--html two\.csv and --csv one\.csv are one file/,
    );
    linkSync(at('four.ticket'), at('hard.ticket'));
    expectRefused([...run, '--output', 'hard.ticket', '--force'], /one file/);
    for (const name of ['one.csv', 'two.csv', 'hard.ticket']) rmSync(at(name));
  });
});

describe('pipes and devices as inputs', () => {
  it.runIf(isPosix).each([
    ['inspect', 'pipe'],
    ['inspect', '/dev/zero'],
    ['find', 'pipe'],
    ['find', digits, '--domain', 'pipe'],
    ['find', digits, '--source', 'pipe'],
    ['verify', 'pipe'],
    ['run', 'four.ticket', '--input', images, '--labels', 'pipe'],
    ['search', 'digits', '--resume', 'pipe'],
    ['search', 'digits', '--resume', '/dev/zero'],
    ['export', '/dev/zero'],
    ['attack', 'pipe', '--model', digits],
  ])('%s %s %s is refused in one line', (...args) => {
    expectRefused(args, /pipe|device|regular file|text file/);
  });
});

describe('a ticket that is there', () => {
  it('is replaced by the same request, and by another one only with --force', () => {
    const output = ['-o', 'there.ticket'];
    expect(unearth(...find, ...output).status).toBe(0);
    const before = readFileSync(at('there.ticket'));
    expect(unearth(...find, ...output, '--seed', '1').status).toBe(0);
    expect(readFileSync(at('there.ticket'))).toEqual(before);
    const model = path.join(examples, 'digits.onnx');
    const other = at('other.onnx');
    // Another model to the digest: a trailing field that readers pass over.
    writeFileSync(other, Buffer.concat([readFileSync(model), Buffer.from([0x1a, 0x01, 0x78])]));
    for (const [args, told] of [
      [
        ['find', digits, '--bits', '5', '--domain', 'box:0,1'],
        /another precision \(bits 4, .* 5\)/,
      ],
      [['find', digits, '--bits', '4', '--domain', 'box:0,2'], /another domain/],
      [[...find, '--seed', '2'], /another seed/],
      [[...find, '--construction', 'diamond'], /another construction/],
      [[...find, '--delta', '0.001'], /another delta/],
      [['find', other, '--bits', '4', '--domain', 'box:0,1'], /another model/],
      [[...search, '--labels', 'digits/train-labels-idx1-ubyte.gz'], /constructed ticket/],
    ] as const) {
      expectRefused([...args, ...output], told);
    }
    expect(unearth(...find, '--seed', '2', ...output, '--force').status).toBe(0);
    // Without --seed the answer is seed 1, as is known when it is found.
    expectRefused([...find, ...output], /another seed \(2, and asked for 1\)/);
    writeFileSync(at('there.ticket'), before.subarray(0, 200));
    expectRefused([...find, ...output], /it is a ticket that cannot be read/);
    rmSync(at('there.ticket'));
    rmSync(other);
  });

  it('is likewise kept from another search, and by compare', () => {
    const output = ['-o', 'learned.ticket'];
    expect(unearth(...search, ...output).status).toBe(0);
    expect(unearth(...search, ...output).status).toBe(0);
    expectRefused([...search, '--seed', '2', ...output], /another seed/);
    expectRefused([...search, '--keep', '0.3', ...output], /another keep/);
    expectRefused([...search, '--standardize', 'none', ...output], /another standardization/);
    expectRefused([...search.slice(0, -1), '100', ...output], /another data/);
    expectRefused([...find, ...output], /trained ticket/);
    rmSync(at('learned.ticket'));
    const tickets = ['--tickets', 'sub'];
    expect(unearth(...compare, ...tickets).status).toBe(0);
    expect(unearth(...compare, ...tickets).status).toBe(0);
    expectRefused([...compare, '--seed', '2', ...tickets], /another seed/);
    rmSync(at('sub', 'digits.horner.ticket'));
  });

  it('is not what its export is called: every form has a name of its own', () => {
    expect(unearth('export', 'four.ticket').status).toBe(0);
    expect(unearth('export', 'four.ticket', '--folded').status).toBe(0);
    expect(unearth('export', 'four.ticket', '--format', 'safetensors').status).toBe(0);
    for (const name of ['pruned.onnx', 'folded.onnx', 'pruned.safetensors']) {
      expect(existsSync(at(`four.${name}`))).toBe(true);
      rmSync(at(`four.${name}`));
    }
  });
});
