/** The fast engine of feature maps on several threads. */
import { mapFastEngine } from './map-fast-engine.js';
import { fastWork } from './thread-task.js';

export const MAP_FAST_WORK = fastWork('fast inference of feature maps', mapFastEngine);
