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
import { find, readModel } from '../../src/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(path.join(root, 'docs', 'api.md'), 'utf8');
const examples = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code as string);

/** What each example prints; patterns, since stages and bytes may change. */
const PRINTED = [
  /^true \d+\ntrue\n$/,
  /^metadata "digest"\nfalse true\n$/,
  /^(\d+) \d+ true\n$/,
  /^true float\n$/,
  /^64-32-16-10 true\n$/,
  /^3 output 3\n0\.60{15}\d+\ntrue\n$/,
  /\ntrue\n$/,
  /^true\n$/,
];

/** The script of the example page. */
const script = /^```html\n.*?<script type="module">\n(.*?)<\/script>\n```$/ms.exec(
  page,
)?.[1] as string;

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

  it('run in a page', async () => {
    const address = new URL('../../scripts/bundle.mjs', import.meta.url).href;
    const { bundle } = (await import(address)) as { bundle(): Promise<string> };
    writeFileSync(path.join(folder, 'unearth.js'), await bundle());
    const found = await find(readModel(readFileSync(path.join(folder, 'digits.onnx'))));
    if (!found.found) throw new Error('not found');
    writeFileSync(path.join(folder, 'digits.ticket'), found.bytes);
    // What a page has and Node does not, or not for files.
    const page = `import { readFileSync } from 'node:fs';
      const shown = new Set();
      globalThis.fetch = async (file) => new Response(readFileSync(file));
      globalThis.document = { querySelector: () => ({ set textContent(text) { shown.add(text); } }) };
      process.on('exit', () => console.log([...shown].pop(), shown.size > 1));`;
    writeFileSync(path.join(folder, 'page.js'), page);
    writeFileSync(path.join(folder, 'script.js'), `import './page.js';\n${script}`);
    const { stdout } = await run(process.execPath, ['script.js'], { cwd: folder });
    expect(stdout).toMatch(/^proved: -?\d+\.\d\d true\n$/);
  });
});
