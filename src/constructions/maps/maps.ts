/** Horner over feature maps as a construction: what a source of convolutions is planned and searched with. */

import { UsageError } from '../../core/errors.js';
import { complete } from '../../core/steps.js';
import { freeRowsOf, type NetworkClass } from '../../integer/network-class.js';
import { provideLowering } from '../../integer/own-lowering.js';
import type { Construction } from '../construction.js';
import { workOfBlocks } from '../find-blocks.js';
import { approximateSize } from '../horner/structures.js';
import { mapConstruction } from '../maps-on-demand.js';
import { findMapsSteps } from './find.js';
import { freeDemand, type MapsClass, type MapsPlan } from './plan.js';
import { planMapsSteps } from './search.js';

function mapsClassOf(networkClass: NetworkClass): MapsClass {
  const { maps } = networkClass;
  if (maps === undefined) throw new UsageError('class: it is not one of feature maps');
  return { ...networkClass, maps };
}

export const hornerMaps: Construction<MapsPlan> = {
  name: 'horner',
  size: (networkClass) => {
    const own = mapsClassOf(networkClass);
    return own.bits.reduce(
      (sum, _, index) =>
        freeRowsOf(own, index) === 0 ? sum : sum + approximateSize(freeDemand(own, index)),
      0,
    );
  },
  work: workOfBlocks,
  plan: (networkClass, delta) => complete(planMapsSteps(mapsClassOf(networkClass), delta)),
  planSteps: (networkClass, delta) => planMapsSteps(mapsClassOf(networkClass), delta),
  find: (...call) => complete(findMapsSteps(...call)),
  findSteps: findMapsSteps,
};

/** Gives this construction, and lowering, to those who ask for them (`constructionOf`, `lowering`). */
export function provideMapFinding(): void {
  provideLowering();
  mapConstruction.provide(hornerMaps as Construction);
}
