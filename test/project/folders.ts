/**
 * The order of the folders in `src/`, once more and independently of the lint rules: a file imports
 * from its own folder and from earlier ones only.
 */
export const folderOrder: readonly string[] = [
  'core',
  'data',
  'target',
  'precision',
  'source',
  'constructions',
  'ticket',
  'proof',
  'inference',
  'pipeline',
  'export',
  'search',
  'study',
  'figures',
  'cli',
];

/** The folders that `folder` may not import from. */
export function foldersAfter(folder: string): string[] {
  return folderOrder.slice(folderOrder.indexOf(folder) + 1);
}
