/** Which types the declarations of an entry mention, read off the text of `dist/**.d.ts`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A name as it is declared in a file. */
export interface Declared {
  readonly file: string;
  readonly name: string;
}

interface DeclarationFile {
  /** Statements by the name that they declare; overloads together. */
  readonly declared: ReadonlyMap<string, string>;
  /** Names of other files, by how they are called here: imports and re-exports. */
  readonly imported: ReadonlyMap<string, Declared>;
  readonly reexported: ReadonlyMap<string, Declared>;
  readonly all: readonly string[];
}

const files = new Map<string, DeclarationFile>();

const DECLARATION =
  /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class|function\*?|const|enum)\s+(\w+)/;

/** Texts without comments and literals, in which a word is a name. */
function namesOnly(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}

function read(file: string): DeclarationFile {
  const known = files.get(file);
  if (known !== undefined) return known;
  const text = namesOnly(readFileSync(file, 'utf8'));
  const target = (specifier: string): string =>
    path.join(path.dirname(file), specifier.replace(/\.js$/, '.d.ts'));
  const imported = new Map<string, Declared>();
  const reexported = new Map<string, Declared>();
  const all: string[] = [];
  const lists = /(import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*['"](\.[^'"]+)['"]/g;
  for (const [, kind, list = '', specifier = ''] of text.matchAll(lists)) {
    for (const item of list.split(',')) {
      const [name = '', alias = name] = item
        .trim()
        .replace(/^type\s+/, '')
        .split(/\s+as\s+/);
      if (name === '') continue;
      const from = { file: target(specifier), name };
      (kind === 'import' ? imported : reexported).set(alias, from);
    }
  }
  for (const [, specifier = ''] of text.matchAll(/export\s+\*\s+from\s*['"](\.[^'"]+)['"]/g)) {
    all.push(target(specifier));
  }
  // `export type { A, B };` of what was imported.
  for (const [, list = ''] of text.matchAll(/export\s+(?:type\s+)?\{([^}]*)\};/g)) {
    for (const item of list.split(',')) {
      const name = item.trim().replace(/^type\s+/, '');
      const from = imported.get(name);
      if (from !== undefined) reexported.set(name, from);
    }
  }
  const declared = new Map<string, string>();
  for (const statement of text.split(/^(?=export |declare |interface |type |import )/m)) {
    const name = DECLARATION.exec(statement)?.[1];
    if (name !== undefined) declared.set(name, (declared.get(name) ?? '') + statement);
  }
  const result = { declared, imported, reexported, all };
  files.set(file, result);
  return result;
}

/** Where a name that a file exports is declared. */
function resolve({ file, name }: Declared): Declared {
  const { declared, reexported, all } = read(file);
  if (declared.has(name)) return { file, name };
  const from = reexported.get(name);
  if (from !== undefined) return resolve(from);
  const owner = all.find((other) => exportsOf(other).has(name));
  if (owner === undefined) throw new Error(`${file} does not export ${name}`);
  return resolve({ file: owner, name });
}

/** The exported names of a declaration file, with where each is declared. */
export function exportsOf(file: string): Map<string, Declared> {
  const { declared, reexported, all } = read(file);
  const names = new Map<string, Declared>();
  for (const other of all) for (const [name, from] of exportsOf(other)) names.set(name, from);
  for (const [name, statement] of declared) {
    if (statement.startsWith('export ')) names.set(name, { file, name });
  }
  for (const [name, from] of reexported) names.set(name, resolve(from));
  return names;
}

/** Types that a declaration mentions, but for the platform's own. */
export function mentionedBy({ file, name }: Declared): Declared[] {
  const { declared, imported } = read(file);
  const statement = declared.get(name) ?? '';
  const words = statement.replace(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g, '').match(/\b[A-Z]\w*\b/g) ?? [];
  const mentioned: Declared[] = [];
  for (const word of new Set(words)) {
    const from = imported.get(word);
    if (from !== undefined) mentioned.push(resolve(from));
    else if (word !== name && declared.has(word)) mentioned.push({ file, name: word });
  }
  return mentioned;
}
