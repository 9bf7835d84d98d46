/** Constructions over feature maps: what a source of convolutions is planned and searched with. */

import { UsageError } from '../../core/errors.js';
import { complete, type Steps } from '../../core/steps.js';
import { freeRowsOf, type NetworkClass } from '../../integer/network-class.js';
import { provideLowering } from '../../integer/own-lowering.js';
import type { Construction } from '../construction.js';
import { workOfBlocks } from '../find-blocks.js';
import { approximateSize as hornerSize } from '../horner/structures.js';
import { mapConstructions } from '../maps-on-demand.js';
import { approximateSize as skipSize } from '../skip/sizes.js';
import { findMapsSteps } from './find.js';
import { freeDemand, type MapsClass, type MapsPlan, skipDemand } from './plan.js';
import { planMapsSteps } from './search.js';
import { planSkipMapsSteps } from './skip-search.js';

function mapsClassOf(networkClass: NetworkClass): MapsClass {
  const { maps } = networkClass;
  if (maps === undefined) throw new UsageError('class: it is not one of feature maps');
  return { ...networkClass, maps };
}

/** A construction by its plan; `sizeOf` says what about a free block takes. */
function overMaps(
  name: MapsPlan['construction'],
  planSteps: (networkClass: MapsClass, delta: number) => Steps<MapsPlan>,
  sizeOf: (networkClass: MapsClass, index: number) => number,
): Construction<MapsPlan> {
  return {
    name,
    size: (networkClass) => {
      const own = mapsClassOf(networkClass);
      return own.bits.reduce(
        (sum, _, index) => (freeRowsOf(own, index) === 0 ? sum : sum + sizeOf(own, index)),
        0,
      );
    },
    work: workOfBlocks,
    plan: (networkClass, delta) => complete(planSteps(mapsClassOf(networkClass), delta)),
    planSteps: (networkClass, delta) => planSteps(mapsClassOf(networkClass), delta),
    find: (...call) => complete(findMapsSteps(name, ...call)),
    findSteps: (...call) => findMapsSteps(name, ...call),
  };
}

export const hornerMaps = overMaps('horner', planMapsSteps, (networkClass, index) =>
  hornerSize(freeDemand(networkClass, index)),
);

export const skipMaps = overMaps(
  'skip',
  (...request) => planSkipMapsSteps(...request),
  (networkClass, index) => skipSize(skipDemand(networkClass, index, false)),
);

/** Gives these constructions, and lowering, to those who ask for them (`constructionOf`, `lowering`). */
export function provideMapFinding(): void {
  provideLowering();
  mapConstructions.provide(
    new Map([hornerMaps, skipMaps].map((each) => [each.name, each as Construction])),
  );
}
