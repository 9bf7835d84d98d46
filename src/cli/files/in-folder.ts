/**
 * Paths made of a folder and a name. `path.join` and `path.resolve` strike out `link/..`, which the system
 * follows to the folder that holds what the link leads to: they name another file.
 */
import { realpathSync } from 'node:fs';
import path from 'node:path';

/** A file in a folder, as the system takes it. */
export function inFolder(folder: string, name: string): string {
  if (folder === '.' || folder === '') return name;
  return /[\\/]$/.test(folder) ? `${folder}${name}` : `${folder}/${name}`;
}

/** A file beside another. */
export function beside(file: string, name: string): string {
  return inFolder(path.dirname(file), name);
}

/** Where a file or folder is, without links. Throws where there is none. */
export function realPlace(file: string): string {
  // The system's own: the other one strikes out `link/..` as well.
  return realpathSync.native(file);
}
