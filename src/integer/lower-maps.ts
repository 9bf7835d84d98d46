/**
 * From a target of feature maps to its integer network: a chain of blocks (theory, section 11). Each layer
 * becomes a block whose rows are its channels; maps that later layers still read are handed on through the
 * blocks between, and brought to a common scale before they are added up.
 *
 * What a block of stride s hands on stands in its smaller plane as up to s x s maps, its phases, of which
 * only those that are read later are kept. Where what is handed on needs a larger plane than the block's own maps,
 * these have it too: behind their end it holds anything then, and is cut off before a layer reads zeros there.
 */
import { UsageError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import { checkLayers } from '../target/check-layers.js';
import type { InputSign, Layer, Network } from '../target/network.js';
import type { IntegerNetwork } from './integer-network.js';
import { lowerPool } from './lower-pools.js';
import type { Access } from './map-accesses.js';
import { MapLowering } from './map-lowering.js';
import { isPoolingOf, withSumPooling } from './sum-pooling.js';

/** One layer of the target with its places. */
function lowerLayer(lowering: MapLowering, index: number, places: number, isLast: boolean): void {
  lowering.layer = index;
  const layer = lowering.plan.network.layers[index] as Layer;
  const place = `layer ${index + 1}`;
  const accesses = lowering.plan.accesses[index] as readonly Access[];
  const signals = new Set(accesses.map(({ signal }) => signal));
  lowering.cutFor(index + 1, accesses, place);
  if (layer.kind === 'max-pooling' || (isPoolingOf(layer) && layer.weights.values[0] === 1)) {
    const lags = new Set(
      accesses.flatMap(({ signal }) => lowering.holding(signal).map(({ held }) => held.lag)),
    );
    if (lags.size > 1) lowering.raise(signals, place);
    lowerPool(lowering, layer, index + 1, accesses, place);
    return;
  }
  lowering.raise(signals, place);
  lowering.linear(layer, index + 1, accesses, places, isLast);
}

/**
 * The integer network with `places[i]` binary places in layer i of `withSumPooling(network)`, rounded to
 * nearest, ties to even, for inputs whose channels have these signs. With the lossless places it is exactly
 * the target. In steps of stage `quantise`. Throws an `InputError` for what cannot be laid out.
 */
export function* lowerMapsSteps(
  network: Network,
  places: readonly number[],
  signs: readonly InputSign[],
): Steps<IntegerNetwork> {
  checkLayers(network);
  const pooled = withSumPooling(network);
  const { layers } = pooled;
  if (places.length !== layers.length) {
    throw new UsageError('places: one number for each layer is needed');
  }
  const lowering = new MapLowering(pooled, signs);
  const total = layers.length;
  yield { stage: 'quantise', done: 0, total };
  for (let index = 0; index < total; index++) {
    lowerLayer(lowering, index, places[index] as number, index === total - 1);
    yield { stage: 'quantise', done: index + 1, total };
  }
  return lowering.finish((layers.at(-1) as Layer).activation);
}
