/**
 * The lint rules bite: a copy of biome.json is run once on a folder of files that break each rule,
 * and of files that break none.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOrder, foldersAfter } from './folders.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const biome = path.join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');

interface Diagnostic {
  readonly category: string;
  readonly severity: string;
  readonly location: { readonly path: string };
}

let folder = '';
let diagnostics: readonly Diagnostic[] = [];

/** One file per pair, so that every diagnostic belongs to exactly one import. */
function importing(folderName: string, specifier: string): [string, string] {
  const name = specifier.replaceAll(/[^a-z]+/g, '-').replaceAll(/^-|-$/g, '');
  const file = `src/${folderName}/takes-${name}.ts`;
  return [file, `import { something } from '${specifier}';\n\nexport const result = something;\n`];
}

function rulesHit(file: string): string[] {
  return diagnostics
    .filter((diagnostic) => diagnostic.location.path === file && diagnostic.severity === 'error')
    .map((diagnostic) => diagnostic.category);
}

const restrictedImports = 'lint/style/noRestrictedImports';
const libraryFolders = folderOrder.filter((name) => name !== 'entries');
const inProof = ['../constructions/diamond.js', '../data/idx.js', '../target/onnx/read-onnx.js'];
const node = (body: string): [string, string] => ['src/source/snippet.ts', body];

const snippets: readonly [string, string, string][] = [
  [
    'lint/correctness/noNodejsModules',
    ...node("import path from 'node:path';\nexport { path };\n"),
  ],
  ['lint/correctness/noProcessGlobal', 'src/source/a.ts', 'export const home = process.env;\n'],
  ['lint/style/noRestrictedGlobals', 'src/source/b.ts', 'export const empty = Buffer.from([]);\n'],
  ['lint/suspicious/noConsole', 'src/source/c.ts', "console.log('found');\n"],
  ['lint/suspicious/noExplicitAny', 'src/source/d.ts', 'export const value: any = 1;\n'],
  [
    'lint/style/noParameterAssign',
    'src/source/e.ts',
    'export function next(count: number): number {\n  count = count + 1;\n  return count;\n}\n',
  ],
  [
    'lint/correctness/noUndeclaredDependencies',
    'src/source/f.ts',
    "import fc from 'fast-check';\n\nexport { fc };\n",
  ],
  [
    'lint/style/useImportType',
    'src/source/g.ts',
    "import { Dyadic } from '../core/dyadic.js';\n\nexport type Exact = Dyadic;\n",
  ],
  ['lint/suspicious/noFocusedTests', 'test/h.test.ts', "it.only('one', () => undefined);\n"],
  ['lint/suspicious/noSkippedTests', 'test/i.test.ts', "it.skip('one', () => undefined);\n"],
];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'unearth lint '));
  for (const file of ['biome.json', 'package.json'])
    cpSync(path.join(root, file), path.join(folder, file));
  // The configuration names its schema there.
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  const files: [string, string][] = [];
  for (const from of libraryFolders) {
    for (const to of folderOrder) {
      if (to !== from) files.push(importing(from, `../${to}/module.js`));
    }
    files.push(importing(from, '../index.js'), importing(from, '../../core/deep.js'));
  }
  files.push(...inProof.map((specifier) => importing('proof', specifier)));
  files.push(importing('proof', '../target/network.js'));
  files.push(importing('cli', 'node:fs'), ['src/index.ts', "export const version = '1';\n"]);
  for (const [, file, body] of snippets) files.push([file, body]);
  for (const [file, body] of files) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), body);
  }
  const args = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'];
  const run = promisify(execFile)(process.execPath, [biome, ...args], {
    cwd: folder,
    maxBuffer: 2 ** 26,
  });
  // It exits with 1 because of the errors; the report is on stdout all the same.
  const output = await run.catch((failure: { stdout: string }) => failure);
  diagnostics = (JSON.parse(output.stdout) as { diagnostics: Diagnostic[] }).diagnostics;
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('import directions', () => {
  it.each(libraryFolders)(
    '%s/ may import from no later folder and from every earlier one',
    (from) => {
      const forbidden = new Set<string>(foldersAfter(from));
      // The checker is held apart from what it checks, and from readers.
      if (from === 'proof')
        for (const name of ['data', 'target', 'constructions']) forbidden.add(name);
      for (const to of folderOrder) {
        if (to === from) continue;
        const [file] = importing(from, `../${to}/module.js`);
        expect(rulesHit(file), file).toEqual(forbidden.has(to) ? [restrictedImports] : []);
      }
      const [deep] = importing(from, '../../core/deep.js');
      expect(rulesHit(deep)).toEqual([]);
    },
  );

  it.each(libraryFolders)('%s/ does not import the public API', (from) => {
    expect(rulesHit(importing(from, '../index.js')[0])).toEqual([restrictedImports]);
  });

  it.each(inProof)('proof/ does not import %s', (specifier) => {
    expect(rulesHit(importing('proof', specifier)[0])).toEqual([restrictedImports]);
  });

  it('proof/ may import the network type', () => {
    expect(rulesHit(importing('proof', '../target/network.js')[0])).toEqual([]);
  });

  it('cli/ may import from Node', () => {
    expect(rulesHit(importing('cli', 'node:fs')[0])).toEqual([]);
  });
});

describe('other rules', () => {
  it.each(snippets)('%s', (rule, file) => {
    expect(rulesHit(file)).toContain(rule);
  });
});
