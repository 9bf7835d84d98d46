/** `import`, then all that is done with a ticket: verified, run, exported, and run by ONNX Runtime. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { randomStream } from '../networks.js';
import { file, type Numbers, numbers, TEXT } from '../search/torch-checkpoint.js';
import { runtimeOutputs } from '../target/onnx-runtime.js';
import { commandLine } from './processes.js';

const { folder, unearth } = commandLine('import');
const at = (name: string): string => path.join(folder, name);
const SHAPE = ['--shape', TEXT, '--keep', '0.6', '--mean', '0.1,0.2', '--deviation', '0.3,0.4'];
const SAMPLES = 20;

it('makes a ticket whose export ONNX Runtime runs to the same outputs', async () => {
  writeFileSync(at('net.safetensors'), file(numbers()));
  const { status, stdout } = unearth('import', 'net.safetensors', ...SHAPE, '--divide', '10');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^signs +stored, a bit a weight/m);
  const verified = unearth('verify', 'net.ticket', '--json');
  expect(JSON.parse(verified.stdout)).toMatchObject({ proved: true, signsStored: true });
  const random = randomStream(4);
  const raw = Float32Array.from({ length: 32 * SAMPLES }, () => 10 * random());
  const rows = Array.from({ length: SAMPLES }, (_, row) => raw.slice(32 * row, 32 * (row + 1)));
  writeFileSync(at('inputs.csv'), `${rows.map((row) => row.join(',')).join('\n')}\n`);
  const run = unearth('run', 'net.ticket', '--input', 'inputs.csv', '--layout', 'nhwc', '--json');
  const { outputs } = JSON.parse(run.stdout) as { outputs: number[][] };
  const largest = Math.max(...outputs.flat().map(Math.abs));
  const exported = unearth('export', 'net.ticket', '-o', 'net.onnx');
  expect({ status: exported.status, stderr: exported.stderr }).toEqual({ status: 0, stderr: '' });
  const [ofRuntime] = await runtimeOutputs(readFileSync(at('net.onnx')), [raw], [SAMPLES, 4, 4, 2]);
  const off = outputs
    .flat()
    .map((value, index) => Math.abs(value - (ofRuntime?.[index] as number)));
  expect(Math.max(...off) / largest).toBeLessThan(2e-6);
});

it('refuses weights that are no signed constants, and writes nothing', () => {
  const normal = numbers();
  const { values } = normal['linear.0.weight'] as Numbers[string];
  values.forEach((value, index) => {
    values[index] = value * (1 + index);
  });
  writeFileSync(at('normal.safetensors'), file(normal));
  const { status, stdout, stderr } = unearth('import', 'normal.safetensors', ...SHAPE);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(
    /^error: normal\.safetensors: tensor "linear\.0\.weight": .*sizes from .*signed_constant/,
  );
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(existsSync(at('normal.ticket'))).toBe(false);
});
