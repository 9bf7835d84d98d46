/**
 * A dense network of random float32 weights as large as the largest of the verification benchmarks (24
 * million weights), through the command line: `find` and its peak memory. Needs the build. Usage:
 * node bench/large-network.mjs [widths] [options of find ...]
 * (2000-4000-4000-1, lossless on the box [0, 1], files in a temporary folder that is removed).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { onnxModel } from '../examples/digits/onnx.mjs';

const [shape = '2000-4000-4000-1', ...options] = process.argv.slice(2);
const widths = shape.split('-').map(Number);

let state = 12345;
function uniform() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return (state + 0.5) / 2 ** 32;
}
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

const layers = widths.slice(1).map((outputs, index) => {
  const inputs = widths[index];
  const deviation = Math.sqrt(2 / inputs);
  return {
    inputs,
    outputs,
    weights: Float32Array.from({ length: inputs * outputs }, () => deviation * normal()),
    bias: Float32Array.from({ length: outputs }, () => 0.1 * normal()),
  };
});

const folder = mkdtempSync(path.join(tmpdir(), 'unearth-large-network-'));
try {
  const model = path.join(folder, 'large.onnx');
  writeFileSync(model, onnxModel(layers));
  const peak = path.join(folder, 'peak.json');
  const watch = fileURLToPath(new URL('hostile/peak.mjs', import.meta.url));
  const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const ticket = path.join(folder, 'large.ticket');
  const { status } = spawnSync(
    process.execPath,
    ['--import', watch, command, 'find', model, '--domain', 'box:0,1', '-o', ticket, ...options],
    { stdio: 'inherit', env: { ...process.env, UNEARTH_PEAK_FILE: peak } },
  );
  const { bytes, cpuSeconds } = JSON.parse(readFileSync(peak, 'utf8'));
  process.stdout.write(
    `peak memory ${(bytes / 1e9).toFixed(2)} GB, ${cpuSeconds.toFixed(0)} s of processor time\n`,
  );
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
