/**
 * What the lint rules do not see, read off the sources themselves: re-exports (`export ... from`),
 * and what `proof/` reaches through other files when it runs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { folderOrder, foldersAfter } from './folders.js';

const source = fileURLToPath(new URL('../../src', import.meta.url));

interface Import {
  /** The imported file, relative to `src/` (`core/errors.ts`), or the package or built-in's name. */
  readonly target: string;
  /** Gone at run time. */
  readonly typeOnly: boolean;
}

const statement =
  /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(source, file), 'utf8');
  return [...text.matchAll(statement)].map((match) => {
    const specifier = match[2] ?? match[3] ?? '';
    const local = path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts');
    return {
      target: specifier.startsWith('.') ? local : specifier,
      typeOnly: match[1] !== undefined,
    };
  });
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => file.endsWith('.ts'))
  .sort();

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
}

/** All files that run when `file` does. */
function reachedFrom(file: string, reached: Set<string>): void {
  if (reached.has(file)) return;
  reached.add(file);
  for (const { target, typeOnly } of importsOf(file)) {
    if (!typeOnly && files.includes(target)) reachedFrom(target, reached);
  }
}

/** Groups of names that reach each other over `next`, or themselves (Tarjan's algorithm). */
function circles(names: readonly string[], next: (name: string) => readonly string[]): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const open: string[] = [];
  const visit = (name: string): number => {
    const number = order.size;
    order.set(name, number);
    open.push(name);
    let low = number;
    for (const other of next(name)) {
      if (!order.has(other)) low = Math.min(low, visit(other));
      else if (open.includes(other)) low = Math.min(low, order.get(other) ?? number);
    }
    if (low === number) {
      const group = open.splice(open.indexOf(name));
      if (group.length > 1 || next(name).includes(name)) found.push(group.sort());
    }
    return low;
  };
  for (const name of names) if (!order.has(name)) visit(name);
  return found;
}

describe('the search for circles', () => {
  const within = (graph: Readonly<Record<string, readonly string[]>>): string[][] =>
    circles(Object.keys(graph), (name) => graph[name]);

  it('sees none where there is none', () => {
    expect(within({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })).toEqual([]);
  });

  it('sees one of one, of two, and of many behind others', () => {
    expect(within({ a: ['a'] })).toEqual([['a']]);
    expect(within({ a: ['b'], b: ['a', 'c'], c: [] })).toEqual([['a', 'b']]);
    expect(within({ a: ['b'], b: ['c'], c: ['d', 'e'], d: ['b'], e: ['f'], f: ['e'] })).toEqual([
      ['e', 'f'],
      ['b', 'c', 'd'],
    ]);
  });
});

describe('the sources', () => {
  it('lie in the folders whose order is known', () => {
    const known = new Set<string>([...folderOrder, '']);
    expect(files.filter((file) => !known.has(folderOf(file)))).toEqual([]);
    expect(files.length).toBeGreaterThan(20);
  });

  it('import and re-export in one direction only', () => {
    const wrong: string[] = [];
    for (const file of files) {
      const later = folderOf(file) === '' ? ['cli'] : foldersAfter(folderOf(file));
      for (const { target } of importsOf(file)) {
        if (files.includes(target) && later.includes(folderOf(target))) {
          wrong.push(`${file} imports ${target}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('import each other in no circle, not even for types', () => {
    const next = (file: string): string[] =>
      importsOf(file).flatMap(({ target }) => (files.includes(target) ? [target] : []));
    expect(circles(files, next)).toEqual([]);
  });

  it('reach no built-in of Node outside cli/', () => {
    const wrong = files
      .filter((file) => !['cli', 'cluster'].includes(folderOf(file)))
      .filter((file) => importsOf(file).some(({ target }) => target.startsWith('node:')));
    expect(wrong).toEqual([]);
  });

  it('load jax-js on demand alone: nothing but a search on WebGPU pays for it', () => {
    const texts = files.map((file) => ({
      file,
      text: readFileSync(path.join(source, file), 'utf8'),
    }));
    const users = texts.filter(({ text }) => text.includes("'@jax-js/jax'"));
    expect(users.map(({ file }) => file)).toEqual(['search/jax-network.ts']);
    expect(users[0]?.text.match(/^import .*'@jax-js\/jax'/gm)).toEqual([
      "import type * as Jax from '@jax-js/jax'",
    ]);
  });

  it('let proof/ run without any code of constructions/ or of a reader', () => {
    const reached = new Set<string>();
    for (const file of files.filter((name) => folderOf(name) === 'proof')) {
      reachedFrom(file, reached);
    }
    const forbidden = [...reached].filter((file) =>
      ['constructions', 'data', 'pipeline', 'cli'].includes(folderOf(file)),
    );
    expect(forbidden).toEqual([]);
  });
});
