/**
 * The package as users get it: packed by npm, unpacked beside a strict page outside of the repository,
 * compiled with both ways of resolving modules, and run. Its bundle is held to a size in bytes.
 */
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageResult } from './page.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
let folder = '';
let packed: string[] = [];

/** The files of an uncompressed tar archive, written below a folder without their first folder. */
function unpack(archive: Uint8Array, into: string): string[] {
  const text = (from: number, length: number): string =>
    new TextDecoder().decode(archive.subarray(from, from + length)).replace(/\0.*$/s, '');
  const names: string[] = [];
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const name = [text(at + 345, 155), text(at, 100)].filter((part) => part !== '').join('/');
    const size = Number.parseInt(text(at + 124, 12), 8);
    if (archive[at + 156] === 0x30) {
      const file = name.replace(/^[^/]*\//, '');
      mkdirSync(path.dirname(path.join(into, file)), { recursive: true });
      writeFileSync(path.join(into, file), archive.subarray(at + 512, at + 512 + size));
      names.push(file);
    }
    at += 512 + 512 * Math.ceil(size / 512);
  }
  return names;
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'unearth-package-'));
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // The tests' set-up has built dist/ already.
  await run(npm, ['pack', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    shell: process.platform === 'win32',
  });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  const installed = path.join(folder, 'node_modules', 'unearth');
  packed = unpack(gunzipSync(readFileSync(path.join(folder, archive))), installed);
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    const place = path.join(folder, 'node_modules', name);
    mkdirSync(path.dirname(place), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', name), place, 'junction');
  }
  copyFileSync(fileURLToPath(new URL('page.ts', import.meta.url)), path.join(folder, 'page.ts'));
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What the compiler says of the page, which it writes to a folder of its own. */
async function compile(module: string, moduleResolution: string): Promise<string> {
  const compilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ target: 'ES2022', lib: ['ES2022', 'DOM'], types: [], skipLibCheck: false },
    ...{ module, moduleResolution, outDir: moduleResolution, rootDir: '.', preserveSymlinks: true },
  };
  const project = path.join(folder, `${moduleResolution}.json`);
  writeFileSync(project, JSON.stringify({ compilerOptions, files: ['page.ts'] }));
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  try {
    await run(process.execPath, [compiler, '-p', project]);
    return '';
  } catch (error) {
    return String((error as { stdout?: string }).stdout);
  }
}

describe('the packed package', () => {
  it('has what its exports name, and none of the sources or drawings of the documentation', () => {
    const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      exports: Record<string, string | { types: string; default: string }>;
    };
    const named = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : [entry.types, entry.default],
    );
    for (const file of named) expect(packed).toContain(file.replace('./', ''));
    expect(packed.filter((file) => /^(src|test|scripts|bench)\//.test(file))).toEqual([]);
  });

  it.each([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])(
    'compiles and runs a strict page with the root API alone (module %s, resolution %s)',
    async (module, resolution) => {
      expect(await compile(module, resolution)).toBe('');
      const page = pathToFileURL(path.join(folder, resolution, 'page.js')).href;
      const digits = path.join(root, 'examples', 'digits', 'digits.onnx');
      const script = `import { readFileSync } from 'node:fs';
        const { visit } = await import(${JSON.stringify(page)});
        console.log(JSON.stringify(await visit(readFileSync(${JSON.stringify(digits)}))));`;
      const { stdout } = await run(
        process.execPath,
        ['--input-type=module', '--preserve-symlinks', '-e', script],
        { cwd: folder },
      );
      const result = JSON.parse(stdout) as PageResult;
      expect(result).toMatchObject({ proved: true, again: true, cancelled: true, afterAbort: 0 });
      expect(result.outputs).toHaveLength(10);
      expect(result.stages).toContain('finding the mask');
      expect(result.refused).toBe('give the bytes of an .onnx or .nnet file');
    },
  );
});
