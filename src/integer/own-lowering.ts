/** What lowering feature maps takes, given to those who ask for it (`lowering`). */
import { checkLayers } from '../target/check-layers.js';
import { lowerMapsSteps } from './lower-maps.js';
import { lowering } from './lowering.js';
import { losslessMapPlaces, mapPlacesWithin } from './map-places.js';
import { withSumPooling } from './sum-pooling.js';

export function provideLowering(): void {
  lowering.provide({
    check: checkLayers,
    steps: lowerMapsSteps,
    losslessPlaces: (network) => losslessMapPlaces(withSumPooling(network)),
    placesWithin: mapPlacesWithin,
  });
}
