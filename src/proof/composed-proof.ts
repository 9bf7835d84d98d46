/** The proof of blocks with kernels one behind another, which few tickets have: loaded on demand. */
import { onDemand } from '../core/on-demand.js';
import type { Steps } from '../core/steps.js';
import type { WorkBudget } from './block-rows.js';
import type { ComposedBlock } from './composed-block.js';

/** `checkComposed`. */
export type ComposedProof = (block: ComposedBlock, most: number, budget: WorkBudget) => Steps<void>;

export const composedProof = onDemand<ComposedProof>('a proof of kernels one behind another');
