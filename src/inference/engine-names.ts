/** What an engine and its exactness may be asked for as, for those who need not load the engines. */
import type { Exactness } from './fast/number-types.js';

/** `auto` is the one that suits ticket and number of samples (`openEngine`). */
export const ENGINES = ['auto', 'fast', 'float', 'exact', 'folded'] as const;
export type EngineName = (typeof ENGINES)[number];
/** An engine that computes. */
export type ActualEngine = Exclude<EngineName, 'auto'>;

export const EXACTNESSES = ['float', 'bits'] as const satisfies readonly Exactness[];
