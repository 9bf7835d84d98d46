/** The networks that engines are compared on, and the arguments of the comparison. Node's own modules only. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const lossless = { mode: 'lossless' };

/** All cases; those beyond the examples read real models, from `models/` in the folder UNEARTH_SHARED. */
function allCases(shared) {
  const model = (name) => path.join(shared ?? 'UNEARTH_SHARED', 'models', name);
  return [
    {
      name: 'digits',
      title: 'digits 64-32-16-10, lossless',
      file: 'examples/digits/digits.onnx',
      domain: 'box:0,1',
      precision: lossless,
    },
    {
      name: 'mnist-13',
      title: 'MNIST 784-256-256-10 at 13 bits',
      file: model('mnist_256x2.onnx'),
      domain: 'box:0,1',
      precision: { mode: 'bits', bits: 13 },
    },
    {
      name: 'mnist-lossless',
      title: 'MNIST 784-256-256-10, lossless',
      file: model('mnist_256x2.onnx'),
      domain: 'box:0,1',
      precision: lossless,
    },
    {
      name: 'acasxu',
      title: 'ACAS Xu 1_1, lossless',
      file: model('acasxu_1_1.onnx'),
      domain: model('acasxu.domain.txt'),
      precision: lossless,
    },
  ];
}

/** Thrown for arguments that make no sense; the exit code is 2. */
export class BenchUsageError extends Error {}

/**
 * What is asked for: the cases (all that are available, if none is named), the seconds for each engine, and
 * a pattern of engines' names. Throws a `BenchUsageError` that lists what there is.
 */
export function benchRequest(args, shared = process.env.UNEARTH_SHARED, root = process.cwd()) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        seconds: { type: 'string', default: '20' },
        engines: { type: 'string', default: '' },
      },
    });
  } catch (error) {
    throw new BenchUsageError(error.message.replace(/\. To specify .*$/s, ''));
  }
  const { positionals, values } = parsed;
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds < 1e6)) {
    throw new BenchUsageError(`--seconds ${values.seconds}: give a number above 0`);
  }
  let engines;
  try {
    engines = new RegExp(values.engines);
  } catch {
    throw new BenchUsageError(`--engines ${values.engines}: give a regular expression`);
  }
  const cases = allCases(shared);
  const isThere = (file) => existsSync(path.resolve(root, file));
  const missing = ({ file, domain }) =>
    [file, ...(domain.endsWith('.txt') ? [domain] : [])].find((each) => !isThere(each));
  const available = cases.filter((each) => missing(each) === undefined);
  const list = `available: ${available.map(({ name }) => name).join(', ') || 'none'}`;
  for (const name of positionals) {
    const found = cases.find((each) => each.name === name);
    if (found === undefined) {
      const names = cases.map((each) => each.name).join(', ');
      throw new BenchUsageError(`there is no case ${JSON.stringify(name)}, only ${names}; ${list}`);
    }
    const file = missing(found);
    if (file !== undefined) {
      throw new BenchUsageError(
        `the case ${name} needs ${file}: set UNEARTH_SHARED to a folder that has it; ${list}`,
      );
    }
  }
  const chosen =
    positionals.length === 0
      ? available
      : available.filter(({ name }) => positionals.includes(name));
  if (chosen.length === 0) throw new BenchUsageError('no case is available');
  return { cases: chosen, seconds, engines };
}

/** The same, or the end of the process with one line. */
export function benchRequestOrExit(args) {
  try {
    return benchRequest(args);
  } catch (error) {
    if (!(error instanceof BenchUsageError)) throw error;
    process.stderr.write(`error: bench: ${error.message}\n`);
    process.exit(2);
  }
}
