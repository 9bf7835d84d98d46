/** What `run --engine` and `--exactness` may be, for those who need not load the engines. */
import type { Exactness } from '../../inference/fast/fast-engine.js';

export const ENGINES = ['fast', 'float', 'exact', 'folded'] as const;
export type EngineName = (typeof ENGINES)[number];

export const EXACTNESSES = ['float', 'bits'] as const satisfies readonly Exactness[];
