/** The engines of rarer tickets, loaded on demand. */
import { onDemand } from '../core/on-demand.js';
import type { Steps } from '../core/steps.js';
import type { IntegerMaps } from '../integer/block-maps.js';
import type { InputSign } from '../target/network.js';
import type { BaselineTicket, ConstructedTicket, TrainedTicket } from '../ticket/ticket.js';
import type { Core, OpenEngineOptions } from './engine-core.js';
import type { MapFastProgram } from './map-fast-program.js';

export const mapEngines =
  onDemand<
    (ticket: ConstructedTicket, maps: IntegerMaps, options: OpenEngineOptions) => Steps<Core>
  >('running feature maps');

export const fastEngines =
  onDemand<(ticket: ConstructedTicket, options: OpenEngineOptions, why: string) => Steps<Core>>(
    'the fast engine',
  );

export const mapFastEngines = onDemand<
  (
    program: MapFastProgram,
    inputSigns: readonly InputSign[],
    options: OpenEngineOptions,
    why: string,
  ) => Core
>('the fast engine of feature maps');

export const baselineEngines = onDemand<
  (ticket: BaselineTicket, options: OpenEngineOptions) => Steps<Core>
>('running baseline tickets');

export const trainedEngines =
  onDemand<(ticket: TrainedTicket, options: OpenEngineOptions) => Steps<Core>>(
    'running trained tickets',
  );

export const foldedEngines = onDemand<
  (ticket: ConstructedTicket, divide: number, why: string) => Steps<Core>
>('running the folded network');
