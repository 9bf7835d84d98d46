/** The signs of what a source reads, by the domain. */
import {
  type Domain,
  hasMaps,
  type InputSign,
  inputShapeOf,
  inputSigns,
  inputsOf,
  type Network,
} from '../target/network.js';
import { channelSigns } from './channel-signs.js';

/** Of the coordinates of vectors, of the channels of feature maps. */
export function signsOf(network: Network, domain: Domain): InputSign[] {
  const coordinates = inputSigns(domain, inputsOf(network.layers));
  if (!hasMaps(network)) return coordinates;
  return channelSigns(coordinates, inputShapeOf(network), network.channelsLast !== undefined);
}
