/** The example networks that come with the page. */
import { denseLayer, type Network } from '../../src/index.js';
import digits from '../data/digits.json';
import type { ExampleName } from './protocol.js';

interface StoredLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: 'relu' | 'identity';
  readonly weights: string;
  readonly bias: string;
}

function unpacked(text: string): Float64Array {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(4 * at, true));
}

/** The trained network of an example; its domain is the unit box. */
export async function networkOf(name: ExampleName): Promise<Network> {
  if (name === 'conv') return (await import('./convolutional.js')).convolutional();
  // From the numbers of their ONNX files, which take no reader.
  const { layers } = (name === 'digits' ? digits : (await import('../data/toy.json')).default) as {
    readonly layers: readonly StoredLayer[];
  };
  const [first, ...others] = layers.map(({ weights, bias, ...layer }) =>
    denseLayer({ ...layer, weights: unpacked(weights), bias: unpacked(bias) }),
  );
  const lower = new Float64Array(layers[0].inputs);
  return {
    layers: [first, ...others],
    domain: { kind: 'box', lower, upper: lower.map(() => 1) },
  };
}
