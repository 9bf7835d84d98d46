/** The library speaks of its options, never of flags and commands: those are the command line's words. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const sources = path.resolve(import.meta.dirname, '../../src');

/** Texts of a source: what stands between quotes, comments left out. */
function textsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g)].map(
    ([text]) => text,
  );
}

/** A flag that is named to someone; in style sheets a colon or a bracket tells names from flags. */
const FLAG = /(?<![\w(-])--[a-z][a-z-]*(?![a-z-]*\s*[:)])/;
const COMMAND = /`unearth |unearth (find|verify|run|plan|inspect|export|attack|search|classes)\b/;

describe('texts of the library', () => {
  const files = readdirSync(sources, { encoding: 'utf8', recursive: true }).filter(
    // The reports are pages of the command line's.
    (file) =>
      file.endsWith('.ts') &&
      !file.startsWith('cli/') &&
      !['figures/comparison-report.ts', 'figures/find-report.ts'].includes(file),
  );

  it('are found at all, and told from comments', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(textsOf("/* 'no' */ const a = 'give --full'; // 'not this'")).toContain("'give --full'");
    expect(textsOf("/* 'no' */ const a = 1;")).toEqual([]);
    expect(FLAG.test("'give --full'")).toBe(true);
    expect(FLAG.test("'{ --paper: #fff; color: var(--ink) }'")).toBe(false);
  });

  it.each(files)('of %s name no flag and no command', (file) => {
    const texts = textsOf(readFileSync(path.join(sources, file), 'utf8'));
    expect(texts.filter((text) => FLAG.test(text) || COMMAND.test(text))).toEqual([]);
  });
});
