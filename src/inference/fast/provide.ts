/** The fast engine for those who ask for it (`fastEngines`): in a page, a file of its own. */
import { fastEngines } from '../cores-on-demand.js';
import { threadedFastEngine } from './thread-task.js';

export function provideFastEngine(): void {
  fastEngines.provide(threadedFastEngine);
}
