/** The examples of docs/api.md, compiled strictly and run against the build. */
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(path.join(root, 'docs', 'api.md'), 'utf8');
const examples = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code as string);

/** What each example prints; patterns, since stages and bytes may change. */
const PRINTED = [/^true \d+\ntrue\n$/, /^true float\n$/, /\ntrue\n$/, /^true\n$/];

let folder = '';
const run = promisify(execFile);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unearth-api-'));
  mkdirSync(path.join(folder, 'node_modules', '@types'), { recursive: true });
  symlinkSync(root, path.join(folder, 'node_modules', 'unearth'), 'junction');
  const types = path.join('node_modules', '@types', 'node');
  symlinkSync(path.join(root, types), path.join(folder, types), 'junction');
  copyFileSync(
    path.join(root, 'examples', 'digits', 'digits.onnx'),
    path.join(folder, 'digits.onnx'),
  );
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  examples.forEach((code, index) => {
    writeFileSync(path.join(folder, `example-${index}.ts`), `${code}export {};\n`);
  });
  const compilerOptions = {
    ...{ strict: true, target: 'ES2022', module: 'node16', types: ['node'] },
    ...{ outDir: 'out', rootDir: '.' },
  };
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.ts'] }),
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the examples of docs/api.md', () => {
  it('compile', async () => {
    expect(examples).toHaveLength(PRINTED.length);
    const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = await run(process.execPath, [compiler, '-p', folder]).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).toBe('');
  });

  it.each(PRINTED.map((pattern, index) => [index, pattern] as const))(
    'run (%i)',
    async (index, pattern) => {
      const file = path.join('out', `example-${index}.js`);
      const { stdout } = await run(process.execPath, [file], { cwd: folder });
      expect(stdout).toMatch(pattern);
    },
  );
});
