/**
 * What a network has to be to be evaluated: layers of vectors or of feature maps, which may read several
 * earlier ones.
 */
import { shown } from '../core/arguments.js';
import { checkExactArray, refuse } from './check-dense.js';
import { checkMap } from './check-map.js';
import { checkActivation, checkDomain, checkedLayers } from './check-network.js';
import { featureCount, outputShape } from './linear-map.js';
import { inputsOf, type Layer, type Network, readsOf } from './network.js';

/**
 * Throws an `InputError` that names the place unless this is a network: matrices, convolutions, their sums
 * and max pooling, of finite numbers that fit what they read, all but the last with ReLU, and a domain of
 * its inputs.
 */
export function checkLayers(network: Network, argument = 'network'): void {
  const all = checkedLayers(network, argument);
  const read = new Set<number>();
  all.forEach((layer, index) => {
    const place = `${argument}.layers[${index}]`;
    checkMap(layer, place);
    checkReads(all, index, place);
    for (const number of readsOf(layer, index)) read.add(number);
    checkActivation(layer, index === all.length - 1, place);
    const biases = layer.kind === 'max-pooling' ? 0 : outputShape(layer).channels;
    checkExactArray(layer.bias, biases, `${place}.bias`);
  });
  for (let number = 1; number < all.length; number++) {
    if (!read.has(number)) refuse(`${argument}.layers[${number - 1}]`, 'no layer reads it');
  }
  checkDomain(network.domain, inputsOf(all), `${argument}.domain`);
  checkChannelsLast(network, `${argument}.channelsLast`);
}

function checkChannelsLast({ channelsLast, layers }: Network, place: string): void {
  if (channelsLast === undefined) return;
  const sizes: unknown[] = [channelsLast?.channels, channelsLast?.height, channelsLast?.width];
  const whole = sizes.every((size) => Number.isSafeInteger(size) && (size as number) > 0);
  if (whole && featureCount(channelsLast) === inputsOf(layers)) return;
  refuse(place, 'it is no shape of the inputs');
}

/**
 * Earlier layers that have as many outputs together as the layer has inputs; each at most once, or once in
 * each part of a sum.
 */
function checkReads(layers: readonly Layer[], index: number, place: string): void {
  const layer = layers[index];
  const reads: unknown = readsOf(layer, index);
  if (!Array.isArray(reads) || reads.length === 0) {
    refuse(`${place}.reads`, 'it is no list of different layers');
  }
  if (index === 0 && reads[0] !== 0) refuse(`${place}.reads`, 'the first layer reads the input, 0');
  const widths = (reads as unknown[]).map((number) => {
    if (!Number.isInteger(number) || (number as number) < 0 || (number as number) > index) {
      refuse(`${place}.reads`, `${shown(number)} is no layer before it`);
    }
    return number === 0 ? inputsOf(layers) : layers[(number as number) - 1].outputs;
  });
  const outputs = widths.reduce((sum, width) => sum + width, 0);
  if (layer.inputs !== outputs) {
    const what =
      reads.length === 1 && reads[0] === index ? 'the layer before has' : 'what it reads has';
    refuse(place, `${layer.inputs} inputs, ${what} ${outputs} outputs`);
  }
  let next = 0;
  for (const { inputs } of layer.kind === 'sum' ? layer.parts : [layer]) {
    const own = new Set<unknown>();
    let left = inputs;
    while (left > 0) {
      if (own.has(reads[next])) {
        refuse(`${place}.reads`, 'it is no list of different layers');
      }
      own.add(reads[next]);
      left -= widths[next++];
    }
    if (left < 0) refuse(`${place}.parts`, 'one reads a part of a layer only');
  }
}
