/** What the pages refer to is there: links to files and headings, and paths of the project in code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { folderOrder } from '../project/folders.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = ['.', 'docs', 'examples']
  .flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => path.join(folder, name)))
  .filter((file) => file.endsWith('.md'));

function read(page: string): string {
  return readFileSync(path.join(root, page), 'utf8');
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the pages', () => {
  it('are found', () => {
    expect(pages).toContain('README.md');
    expect(pages.length).toBeGreaterThan(20);
  });

  it.each(pages)('%s links to what is there', (page) => {
    const broken: string[] = [];
    for (const [, link = ''] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [name = '', anchor] = link.split('#');
      const file = name === '' ? page : path.join(path.dirname(page), name);
      if (!existsSync(path.join(root, file))) broken.push(link);
      else if (anchor !== undefined && !anchors(file).includes(anchor)) broken.push(link);
    }
    expect(broken).toEqual([]);
  });

  it.each(pages)('%s names files and folders of the project that exist', (page) => {
    const paths = [
      ...read(page).matchAll(/`((?:src|test|bench|scripts|docs|python)\/[\w./-]*\w[/\w]*)[ `]/g),
    ].map(([, name = '']) => name);
    expect(paths.filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
  });

  it('give each statement of theory.md the file that implements it', () => {
    const rows = read('docs/theory.md')
      .split('\n')
      .filter((line) => /^\| .*\| .*(?:\.ts`|none: ).*\|/.test(line));
    expect(rows.length).toBeGreaterThanOrEqual(8);
    for (const row of rows) {
      const [, , files = '', tests = ''] = row.split('|');
      const missing = [...files.matchAll(/`([^`]+\.ts)`/g)]
        .map(([, name = '']) => path.join('src', name))
        .filter((name) => !existsSync(path.join(root, name)));
      expect(missing, row).toEqual([]);
      expect(tests, row).toMatch(/test/);
    }
  });

  it('tell contributors of every folder of src/, in order', () => {
    const named = [...read('CONTRIBUTING.md').matchAll(/^\| `([a-z]+)\/` \|/gm)].map(
      ([, folder = '']) => folder,
    );
    expect(named).toEqual([...folderOrder]);
  });
});
