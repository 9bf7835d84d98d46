/** Integer networks of feature maps at inputs of sixteenths, exactly. */
import { type Dyadic, dyadic } from '../src/core/dyadic.js';
import { complete } from '../src/core/steps.js';
import { channelSigns } from '../src/integer/channel-signs.js';
import { evaluateMapsSteps } from '../src/integer/evaluate-maps.js';
import type { IntegerNetwork } from '../src/integer/integer-network.js';
import { lowerMapsSteps } from '../src/integer/lower-maps.js';
import { inputShapeOf, inputSigns, inputsOf, type Network } from '../src/target/network.js';

/** What a network becomes at these places of `withSumPooling(network)`. */
export function loweredAt(network: Network, places: readonly number[]): IntegerNetwork {
  const signs = channelSigns(
    inputSigns(network.domain, inputsOf(network.layers)),
    inputShapeOf(network),
    network.channelsLast !== undefined,
  );
  return complete(lowerMapsSteps(network, places, signs));
}

/** Sixteenths of an input, channel by channel, and the constant's map. */
function integersOf(network: Network, target: IntegerNetwork, input: Float64Array): bigint[] {
  const { channels, height, width } = inputShapeOf(network);
  const area = height * width;
  const values = Array.from({ length: channels * area }, (_, at) => {
    const position = at % area;
    const from = network.channelsLast ? position * channels + Math.floor(at / area) : at;
    return BigInt(16 * (input[from] as number));
  });
  if (target.constant) values.push(...new Array<bigint>(area).fill(16n));
  return values;
}

/** Outputs of the integer network, scale applied. */
export function integerOutputs(
  network: Network,
  target: IntegerNetwork,
  input: Float64Array,
): Dyadic[] {
  const { maps } = target;
  if (maps === undefined) throw new Error('no maps');
  const values = complete(
    evaluateMapsSteps({ ...target, maps }, integersOf(network, target, input)),
  );
  return values.map((value) => dyadic(value, -target.scale.exponent - 4));
}
