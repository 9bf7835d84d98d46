/**
 * `npm run bench [case ...] [--seconds N]`: installs the peers of bench/ (with scripts off; their
 * binaries are in the packages) if its lockfile changed, and runs the comparison of engines.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { benchRequestOrExit } from '../bench/engines/cases.mjs';
import { root } from './tools.mjs';

process.chdir(root);
// Before anything is installed.
benchRequestOrExit(process.argv.slice(2));

const folder = path.join(root, 'bench');
const lock = path.join(folder, 'package-lock.json');
const installed = path.join(folder, 'node_modules', '.package-lock.json');

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  process.stdout.write('unearth bench: installing ONNX Runtime\n');
  const npm = process.env.npm_execpath;
  const options = { cwd: folder, stdio: 'inherit' };
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status } =
    npm === undefined
      ? spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
      : spawnSync(process.execPath, [npm, ...args], options);
  if (status !== 0) process.exit(status ?? 1);
}
const script = path.join(folder, 'run-engines.mjs');
const { status } = spawnSync(process.execPath, ['--expose-gc', script, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
