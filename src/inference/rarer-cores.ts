/** The engines of tickets of feature maps, of baselines and of trained tickets, and the folded one: few pages need them. */
import { baselineCore } from './baseline-core.js';
import { baselineEngines, foldedEngines, mapEngines, trainedEngines } from './cores-on-demand.js';
import { foldedCore } from './folded-core.js';
import { mapCore } from './map-core.js';
import { trainedCore } from './trained-core.js';

/** Gives them to those who ask for them (`openEngineSteps`). */
export function provideRarerEngines(): void {
  mapEngines.provide(mapCore);
  baselineEngines.provide(baselineCore);
  trainedEngines.provide(trainedCore);
  foldedEngines.provide(foldedCore);
}
