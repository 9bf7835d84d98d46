/**
 * Whether imported tickets compute what PyTorch computes: networks as the public codes have them (edge-popup, biprop
 * with signs and normalisation, a residual network), written, imported, verified and run. The factors and shifts of
 * normalisations are rounded to a byte each, so outputs behind them differ by more than rounding. `/usr/bin/python3`
 * needs Debian's python3-torch.
 *
 *   node bench/import-agreement.mjs [PYTHON]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const [python = '/usr/bin/python3'] = process.argv.slice(2);
const here = import.meta.dirname;
const folder = mkdtempSync(path.join(os.tmpdir(), 'import-'));
const unearth = (...args) =>
  execFileSync(process.execPath, [path.join(here, '../dist/cli/main.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

const NETWORKS = {
  plain: ['--shape', '8x8x3-conv6-conv8-pool-12-5', '--keep', '0.4'],
  signs: [
    ...['--shape', '8x8x3-conv6-norm-conv8-pool-norm-12-norm-5', '--keep', '0.7'],
    ...['--method', 'biprop', '--activation', 'sign'],
  ],
  residual: ['--shape', '8x8x3-conv4-norm-res4-res6s2-average-5'],
};
const INPUTS = ['--mean', '0.49,0.48,0.45', '--deviation', '0.25,0.24,0.26', '--divide', '255'];

try {
  execFileSync(python, [path.join(here, 'import-agreement.py'), folder]);
  for (const [name, options] of Object.entries(NETWORKS)) {
    unearth('import', `${name}.safetensors`, ...options, ...INPUTS);
    const { proved } = JSON.parse(unearth('verify', `${name}.ticket`, '--json'));
    const run = ['run', `${name}.ticket`, '--input', 'inputs.csv', '--json', '--layout', 'nhwc'];
    const { outputs } = JSON.parse(unearth(...run));
    const wanted = JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8'));
    const largest = Math.max(...wanted.flat().map(Math.abs));
    let most = 0;
    let same = 0;
    wanted.forEach((row, sample) => {
      const own = outputs[sample];
      row.forEach((value, at) => {
        most = Math.max(most, Math.abs(value - own[at]));
      });
      if (row.indexOf(Math.max(...row)) === own.indexOf(Math.max(...own))) same++;
    });
    console.log(
      `${name}: ${proved ? 'verified' : 'not verified'}; outputs differ by at most ${(most / largest).toExponential(1)} of the largest, ${same} of ${wanted.length} classes are the same`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
