/** The engines of rarer tickets and of large batches, loaded on demand. */
import { onDemand } from '../core/on-demand.js';
import type { Steps } from '../core/steps.js';
import type { IntegerMaps } from '../integer/block-maps.js';
import type { BaselineTicket, ConstructedTicket, TrainedTicket } from '../ticket/ticket.js';
import type { Core, OpenEngineOptions } from './engine-core.js';
import type { threadedFastEngine } from './fast/thread-task.js';

export const mapEngines =
  onDemand<
    (ticket: ConstructedTicket, maps: IntegerMaps, options: OpenEngineOptions) => Steps<Core>
  >('running feature maps');

export const baselineEngines = onDemand<
  (ticket: BaselineTicket, options: OpenEngineOptions) => Steps<Core>
>('running baseline tickets');

export const trainedEngines =
  onDemand<(ticket: TrainedTicket, options: OpenEngineOptions) => Steps<Core>>(
    'running trained tickets',
  );

export const fastEngines = onDemand<typeof threadedFastEngine>('running many samples');

export const foldedEngines = onDemand<
  (ticket: ConstructedTicket, divide: number, why: string) => Steps<Core>
>('running the folded network');
