/**
 * The one statement of import directions: the folders of `src/` in order. A file imports from its own
 * folder and from earlier ones only. `node scripts/lint-rules.mjs` writes the linter's rules in
 * `biome.json` from here; `import-rules.test.ts` checks that they are in step, and
 * `imports.test.ts` reads what the linter does not see off the sources.
 */
export const folderOrder: readonly string[] = [
  'core',
  'data',
  'target',
  'integer',
  'precision',
  'attack',
  'source',
  'constructions',
  'ticket',
  'proof',
  'roles',
  'inference',
  'pipeline',
  'export',
  'search',
  'study',
  'figures',
  'api',
  'cluster',
  'cli',
  'entries',
];

/** What a rule forbids (patterns of import specifiers), and what the linter says of it. */
export interface ImportRule {
  readonly group: readonly string[];
  readonly message: string;
}

/** Folders that are held apart from earlier ones too: the checker from what it checks. */
const apart: Readonly<Record<string, readonly ImportRule[]>> = {
  proof: [
    {
      group: ['**/constructions/**'],
      message:
        'proof/ shares no code with what it checks: nothing from constructions/ may be imported here.',
    },
    {
      group: [
        '**/data/**',
        '**/target/**',
        '!**/target/network.js',
        '!**/target/check-network.js',
        '!**/target/input-signs.js',
      ],
      message: 'proof/ takes the network type and its checks and nothing from the readers.',
    },
  ],
};

/** The folders that `folder` may not import from because they come later. */
export function foldersAfter(folder: string): string[] {
  return folderOrder.slice(folderOrder.indexOf(folder) + 1);
}

/** The import rules of one folder; `entries`, the last, has none. */
export function importRules(folder: string): ImportRule[] {
  const own = apart[folder] ?? [];
  const later = foldersAfter(folder).filter((name) =>
    own.every(({ group }) => !group.includes(`**/${name}/**`)),
  );
  if (later.length === 0) return [...own];
  return [
    ...own,
    {
      group: [...later.map((name) => `**/${name}/**`), '../index.js'],
      message: `Imports point one way only: ${folder}/ may import from the folders before it (test/project/folders.ts lists them in order), never from a later one.`,
    },
  ];
}

/** An entry of `overrides` in `biome.json`. */
export interface LintOverride {
  readonly includes: readonly string[];
  readonly linter: {
    readonly rules: { readonly style: { readonly noRestrictedImports: object } };
  };
}

/** What `biome.json` has to hold of import directions: one override a folder, in order. */
export function lintOverrides(): LintOverride[] {
  return folderOrder
    .filter((folder) => importRules(folder).length > 0)
    .map((folder) => ({
      includes: [`src/${folder}/**`],
      linter: {
        rules: {
          style: {
            noRestrictedImports: { level: 'error', options: { patterns: importRules(folder) } },
          },
        },
      },
    }));
}
