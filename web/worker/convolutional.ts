/** The convolutional example, from its ONNX file: reader and file are loaded when it is chosen. */
import address from '../../examples/digits/digits-conv.onnx?url';
import { type Network, parseDomain, readModel } from '../../src/index.js';
import { inputsOf } from '../library.js';

export async function convolutional(): Promise<Network> {
  const answer = await fetch(new URL(address, import.meta.url));
  const { network } = readModel(new Uint8Array(await answer.arrayBuffer()));
  return { ...network, domain: parseDomain('box:0,1', inputsOf(network.layers)) };
}
