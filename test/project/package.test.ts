/** What is packed is used: every module of `dist/` is reached from what package.json lets users reach. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly bin: unknown;
  readonly exports: unknown;
  readonly files: readonly string[];
};

/** All files that `exports` or `bin` name, under whatever conditions. */
function filesNamed(value: unknown): string[] {
  if (typeof value === 'string') return [path.posix.normalize(value)];
  return Object.values(value ?? {}).flatMap(filesNamed);
}

/** A module is its code and its types: `core/errors` for `dist/core/errors.js` and `.d.ts`. */
function moduleOf(file: string): string {
  return file.replace(/^dist\//, '').replace(/(\.d\.ts|\.js)$/, '');
}

/** What imports and re-exports, and starts as a worker: `new URL('./worker.js', import.meta.url)`. */
const reference = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)['"](\.{1,2}\/[^'"]+)\.js['"]/g;

function modulesReached(entries: readonly string[], read: (file: string) => string | undefined) {
  const reached = new Set<string>();
  const visit = (module: string): void => {
    if (reached.has(module)) return;
    reached.add(module);
    for (const ending of ['.js', '.d.ts']) {
      const text = read(`${module}${ending}`) ?? '';
      for (const [, target = ''] of text.matchAll(reference)) {
        visit(path.posix.join(path.posix.dirname(module), target));
      }
    }
  };
  for (const entry of entries) visit(entry);
  return reached;
}

const dist = path.join(root, 'dist');
const readBuilt = (file: string): string | undefined =>
  existsSync(path.join(dist, file)) ? readFileSync(path.join(dist, file), 'utf8') : undefined;

/** The modules that the files of the command line are bundled from, which name each before its code. */
function modulesBundled(): string[] {
  return readdirSync(path.join(dist, 'cli'))
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => [...(readBuilt(`cli/${file}`) ?? '').matchAll(/^\/\/ src\/(.+)\.ts$/gm)])
    .map(([, module = '']) => module);
}

describe('the package', () => {
  const entries = filesNamed([manifest.exports, manifest.bin]).filter((file) =>
    file.startsWith('dist/'),
  );

  it('has every file that it names', () => {
    expect(entries.length).toBeGreaterThan(2);
    expect(entries.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it('holds no module that nothing reaches', () => {
    const built = readdirSync(dist, { recursive: true, encoding: 'utf8' })
      .map((file) => file.split(path.sep).join('/'))
      .filter((file) => file.endsWith('.js'))
      .map(moduleOf);
    const bundled = modulesBundled();
    expect(bundled.length).toBeGreaterThan(100);
    const reached = modulesReached([...entries.map(moduleOf), ...bundled], readBuilt);
    expect(built.length).toBeGreaterThan(100);
    const unused = built.filter((module) => !reached.has(module));
    expect(unused).toEqual([]);
    // Workers are started by their file, which no import names.
    expect(reached).toContain('cli/workers/worker');
    expect(reached).toContain('cli/workers/thread');
  });

  it('is what publint finds nothing to say of', async () => {
    const { messages } = await publint({ pkgDir: root, pack: false, strict: true });
    expect(messages).toEqual([]);
  });

  it('has a source map with its sources beside each module', () => {
    for (const entry of entries.filter((file) => file.endsWith('.js'))) {
      const map = JSON.parse(readFileSync(path.join(root, `${entry}.map`), 'utf8')) as {
        readonly sourcesContent: readonly string[];
      };
      expect(map.sourcesContent.join('').length, entry).toBeGreaterThan(100);
    }
  });

  it('leaves nothing of dist/ out by a pattern', () => {
    expect(manifest.files).toContain('dist');
    expect(manifest.files.filter((pattern) => pattern.startsWith('!'))).toEqual([]);
  });
});

describe('the search for what is reached', () => {
  it('follows imports, re-exports, types, imports on demand and workers, and nothing else', () => {
    const texts: Readonly<Record<string, string>> = {
      'index.js': `export { a } from './a.js';\nimport './b/b.js';\nconst text = './unused.js';`,
      'index.d.ts': `import type { T } from './types.js';`,
      'a.js': `const c = await import('./b/c.js');`,
      'b/c.js': `new Worker(new URL('../worker.js', import.meta.url));`,
    };
    expect([...modulesReached(['index'], (file) => texts[file])].sort()).toEqual([
      'a',
      'b/b',
      'b/c',
      'index',
      'types',
      'worker',
    ]);
  });
});
