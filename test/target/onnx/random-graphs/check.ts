/** A random graph read and run, against ONNX Runtime. */
import { InputError } from '../../../../src/core/errors.js';
import { evaluateNetwork } from '../../../../src/target/evaluate.js';
import { readOnnx } from '../../../../src/target/onnx/read-onnx.js';
import { runtimeAllOutputs } from '../../onnx-runtime.js';
import { type RandomGraph, randomGraph, randomMaps } from './random-graph.js';

export { randomGraph, randomMaps };

export type GraphOutcome =
  | { readonly kind: 'right' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The runtime does not take the graph: nothing is said of the reader. */
  | { readonly kind: 'unjudged'; readonly reason: string }
  | { readonly kind: 'wrong'; readonly what: string };

/** Message without names and numbers. */
function reasonOf(message: string): string {
  return message
    .replace(/"[^"]*"/g, '"..."')
    .replace(/-?\d+(\.\d+)?/g, '#')
    .replace(/#(, #)+/g, '#');
}

export async function checkGraph(graph: RandomGraph): Promise<GraphOutcome> {
  let expected: Float64Array[];
  try {
    expected = await runtimeAllOutputs(graph.bytes, graph.inputs, graph.inputDims);
  } catch (error) {
    return { kind: 'unjudged', reason: reasonOf(String(error)).slice(0, 200) };
  }
  try {
    const { network } = readOnnx(graph.bytes);
    for (const [index, input] of graph.inputs.entries()) {
      const ours = evaluateNetwork(network, Float64Array.from(input));
      const same =
        ours.length === expected[index].length &&
        ours.every((value, output) => value === expected[index][output]);
      if (!same) {
        return { kind: 'wrong', what: `${[...input]}: ${[...ours]}, not ${[...expected[index]]}` };
      }
    }
    return { kind: 'right' };
  } catch (error) {
    if (error instanceof InputError) return { kind: 'refused', reason: reasonOf(error.message) };
    throw error;
  }
}
