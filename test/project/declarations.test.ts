/**
 * The declarations in dist/ compile for a user who has nothing but ES2022: no DOM, no Node types, every
 * library file checked. They mention no other package, whose declarations may need more, and none of the
 * generic typed arrays that TypeScript knows only from 5.7 on (checked by hand with 5.4 and 5.9).
 */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const dist = path.join(root, 'dist');
const entries = [
  'index.d.ts',
  path.join('search', 'index.d.ts'),
  ...['constructions', 'figures', 'inference', 'precision', 'study'].map((name) =>
    path.join('entries', `${name}.d.ts`),
  ),
];

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unearth-declarations-'));
  const installed = path.join(folder, 'node_modules', 'unearth');
  mkdirSync(installed, { recursive: true });
  symlinkSync(dist, path.join(installed, 'dist'), 'junction');
  writeFileSync(
    path.join(installed, 'package.json'),
    readFileSync(path.join(root, 'package.json'), 'utf8'),
  );
  writeFileSync(
    path.join(folder, 'main.mts'),
    `import * as unearth from 'unearth';
import * as constructions from 'unearth/constructions';
import * as figures from 'unearth/figures';
import * as inference from 'unearth/inference';
import * as precision from 'unearth/precision';
import * as search from 'unearth/search';
import * as study from 'unearth/study';
export const network: unearth.Network | undefined = undefined;
export const used = [unearth.find, unearth.verify, search.searchTicket, precision.certify];
export const more = [constructions.horner, figures.plotFigure, inference.openEngine, study.sizeStudy];
// @ts-expect-error: types are seen at all, so that this test can fail
export const wrong: string = unearth.plan;
`,
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function compile(module: string, moduleResolution: string): Promise<string> {
  const compilerOptions = {
    ...{ noEmit: true, strict: true, skipLibCheck: false, preserveSymlinks: true },
    ...{ types: [], lib: ['ES2022'], target: 'ES2022', module, moduleResolution },
  };
  const project = path.join(folder, `${module}.json`);
  writeFileSync(project, JSON.stringify({ compilerOptions, files: ['main.mts'] }));
  try {
    await promisify(execFile)(process.execPath, [compiler, '-p', project]);
    return '';
  } catch (error) {
    return String((error as { stdout?: string }).stdout);
  }
}

/** The entries and every declaration file that they reach. */
function reached(): Map<string, string> {
  const texts = new Map<string, string>();
  const open = entries.map((entry) => path.join(dist, entry));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (texts.has(file)) continue;
    const text = readFileSync(file, 'utf8');
    texts.set(file, text);
    for (const [, specifier] of text.matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)) {
      if (!specifier.startsWith('.')) continue;
      open.push(path.join(path.dirname(file), specifier.replace(/\.js$/, '.d.ts')));
    }
  }
  return texts;
}

describe('declarations for users', () => {
  it.each([
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('compile with ES2022 alone, module %s', async (module, resolution) => {
    expect(await compile(module, resolution)).toBe('');
  });

  it('mention no other package and no generic typed array', () => {
    const texts = reached();
    expect(texts.size).toBeGreaterThan(50);
    for (const [file, text] of texts) {
      expect(existsSync(file)).toBe(true);
      const packages = [...text.matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)]
        .map(([, specifier]) => specifier)
        .filter((specifier) => !specifier.startsWith('.'));
      expect(packages, file).toEqual([]);
      expect(text, file).not.toMatch(/\b(?:Float|Int|Uint|BigInt|BigUint)\w*Array</);
    }
  });
});
