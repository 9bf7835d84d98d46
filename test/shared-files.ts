/** The folder of real models and data that some tests use; they are skipped where it is not given. */
import { join } from 'node:path';

/** Set by the environment variable UNEARTH_SHARED; holds `models/` and `data/`. */
export const sharedFolder: string | undefined = process.env.UNEARTH_SHARED || undefined;

/** Path of a shared model; only for tests that are skipped without the folder. */
export function sharedModel(name: string): string {
  return join(sharedFolder ?? '', 'models', name);
}
