/**
 * What a network and a domain have to be, checked where callers pass them: a network of the wrong form
 * would be found, and "proved", as something else. Readers make them right.
 */
import { InputError, MisfitError, UsageError } from '../core/errors.js';
import type { Domain, Layer, Network } from './network.js';

const REMEDY = 'give a network as the readers of models make it';

function refuse(place: string, problem: string): never {
  throw new InputError({ place, problem, remedy: REMEDY });
}

function isWidth(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}

/** Numbers of the right length, finite but where an exact value stands for them. */
function checkValues(layer: Layer, part: 'weights' | 'bias', length: number, place: string): void {
  const values: unknown = layer[part];
  if (!(values instanceof Float64Array)) refuse(`${place}.${part}`, 'it is no Float64Array');
  if (values.length !== length) {
    refuse(`${place}.${part}`, `${values.length} numbers, the layer has ${length}`);
  }
  for (let index = 0; index < length; index++) {
    if (Math.abs(values[index]) <= Number.MAX_VALUE) continue;
    if (layer.exact?.[part].has(index) === true && !Number.isNaN(values[index])) continue;
    refuse(`${place}.${part}[${index}]`, `${values[index]} is no finite number`);
  }
}

/**
 * Throws an `InputError` that names the place unless this is a network: layers that fit each other, of
 * finite numbers, all but the last with ReLU, and a domain of its inputs.
 */
export function checkNetwork(network: Network, argument = 'network'): void {
  const layers: unknown = (network as Network | undefined | null)?.layers;
  if (!Array.isArray(layers) || layers.length === 0) {
    refuse(argument, 'it has no layers');
  }
  const all = layers as readonly Layer[];
  all.forEach((layer, index) => {
    const place = `${argument}.layers[${index}]`;
    if (typeof layer !== 'object' || layer === null) refuse(place, 'it is no layer');
    const { inputs, outputs, activation } = layer;
    if (!isWidth(inputs) || !isWidth(outputs)) {
      refuse(place, `${String(inputs)} inputs and ${String(outputs)} outputs`);
    }
    if (index > 0 && inputs !== all[index - 1].outputs) {
      refuse(place, `${inputs} inputs, the layer before has ${all[index - 1].outputs} outputs`);
    }
    if (activation !== 'relu' && activation !== 'identity') {
      refuse(`${place}.activation`, `${String(activation)} is neither relu nor identity`);
    }
    if (activation !== 'relu' && index < all.length - 1) {
      refuse(`${place}.activation`, 'an inner layer without ReLU');
    }
    checkValues(layer, 'weights', inputs * outputs, place);
    checkValues(layer, 'bias', outputs, place);
  });
  checkDomain(network.domain, all[0].inputs, `${argument}.domain`);
}

/**
 * Throws a `UsageError` unless this is a domain, and a `MisfitError` unless it has so many coordinates.
 */
export function checkDomain(domain: Domain, inputs: number, option = 'domain'): void {
  switch ((domain as Domain | undefined | null)?.kind) {
    case 'all':
      return;
    case 'ball': {
      const { radius } = domain as Extract<Domain, { kind: 'ball' }>;
      if (radius >= 0 && Number.isFinite(radius)) return;
      throw new UsageError(`${option}: a ball of radius ${radius}`);
    }
    case 'box':
      checkBox(domain as Extract<Domain, { kind: 'box' }>, inputs, option);
      return;
    default:
      throw new UsageError(`${option}: it is neither all, a ball nor a box`);
  }
}

function checkBox(
  { lower, upper }: Extract<Domain, { kind: 'box' }>,
  inputs: number,
  option: string,
): void {
  if (!(lower instanceof Float64Array) || !(upper instanceof Float64Array)) {
    throw new UsageError(`${option}: the bounds of a box are two Float64Arrays`);
  }
  for (const bounds of [lower, upper]) {
    if (bounds.length === inputs) continue;
    throw new MisfitError(
      `${option}: a box of ${bounds.length} coordinates, the network has ${inputs} inputs`,
    );
  }
  for (let input = 0; input < inputs; input++) {
    if (lower[input] <= upper[input]) continue;
    throw new UsageError(
      `${option}: coordinate ${input + 1} lies nowhere, from ${lower[input]} to ${upper[input]}`,
    );
  }
}
