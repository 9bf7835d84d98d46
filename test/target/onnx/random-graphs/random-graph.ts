/**
 * Random valid ONNX graphs of all operators that are read, with weights and inputs of so few bits that
 * float32 arithmetic is exact in any order: a runtime's outputs must be the network's, bit for bit.
 */
import { buildModel, node } from '../../onnx-writer.js';
import { ARITHMETIC } from './arithmetic.js';
import { GraphBuilder, randomNumbers, type Step, size } from './builder.js';
import { MOVING } from './moving.js';
import { SHAPES } from './shapes.js';
import { WINDOWS } from './windows.js';

export interface RandomGraph {
  readonly bytes: Uint8Array;
  readonly opset: number;
  readonly inputDims: readonly number[];
  readonly inputs: readonly Float32Array[];
  readonly operators: readonly string[];
}

const STEPS = [...ARITHMETIC, ...MOVING, ...SHAPES];

/** Operators whose versions before 7 the runtime runs no more. */
const RUN_SINCE_7: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Gemm', 'BatchNormalization', 'Dropout', 'PRelu'],
]);

/** The oldest with operators that ONNX Runtime still runs; not `RUN_SINCE_7`. */
export const OLDEST_OPSET = 6;
/** The newest that ONNX Runtime takes. */
export const NEWEST_OPSET = 26;

/** The random graph of a seed, of vectors. */
export function randomGraph(seed: number): RandomGraph {
  return draw(seed, ({ random, chance }) => {
    const rank = 1 + random(4);
    const inputDims = Array.from({ length: rank }, () => 1 + random(4));
    if (rank > 1 && chance(95)) inputDims[0] = 1;
    return inputDims;
  });
}

/** The random graph of a seed, of feature maps; one in four has its inputs channels last. */
export function randomMaps(seed: number): RandomGraph {
  const most = [4, 7, 7];
  return draw(
    seed,
    ({ random, chance }) => {
      const planes = most.slice(0, chance(25) ? 2 : 3).map((size) => 1 + random(size));
      return chance(25) ? [1, ...planes.slice(1), planes[0]] : [1, ...planes];
    },
    [...WINDOWS, ...WINDOWS, ...STEPS],
  );
}

/** A graph of the given steps on an input of dimensions that are drawn first. */
function draw(
  seed: number,
  inputShape: (draws: Pick<GraphBuilder, 'random' | 'chance'>) => number[],
  possible: readonly Step[] = STEPS,
): RandomGraph {
  const random = randomNumbers(seed);
  const opset = OLDEST_OPSET + random(NEWEST_OPSET - OLDEST_OPSET + 1);
  const graph = new GraphBuilder(random, opset);
  const inputDims = inputShape({ random, chance: (percent) => graph.chance(percent) });
  const rank = inputDims.length;
  const symbolic = rank > 1 && inputDims[0] === 1 && graph.chance(30);
  graph.keep('x', inputDims, 1, 4);
  const steps = 1 + random(9);
  for (let taken = 0; taken < steps; ) {
    // Mostly on what was made last; sometimes on an earlier value.
    const { values } = graph;
    const value = graph.chance(75) ? values[values.length - 1] : graph.pick(values);
    const before = [
      graph.nodes.length,
      graph.initializers.length,
      values.length,
      graph.operators.length,
    ];
    const added = graph.pick(possible)(graph, value);
    const runs = opset >= 7 || !graph.operators.slice(before[3]).some((op) => RUN_SINCE_7.has(op));
    if (added && runs) {
      taken++;
      continue;
    }
    graph.nodes.length = before[0];
    graph.initializers.length = before[1];
    values.length = before[2];
    graph.operators.length = before[3];
    taken += 0.2;
  }
  const last = graph.values[graph.values.length - 1];
  const outputs = [last];
  const extra = graph.pick(graph.values);
  if (graph.chance(15) && extra !== last && extra.name !== 'x') outputs.push(extra);
  graph.nodes.push(...outputs.map(({ name }, index) => node('Identity', [name], [`y${index}`])));
  const width = size(inputDims);
  return {
    bytes: buildModel({
      nodes: graph.nodes,
      initializers: graph.initializers,
      inputDims: symbolic ? ['N', ...inputDims.slice(1)] : inputDims,
      outputs: outputs.map((_, index) => `y${index}`),
      opset,
    }),
    opset,
    inputDims,
    inputs: Array.from({ length: 4 }, () =>
      Float32Array.from({ length: width }, () => (random(17) - 8) / 2),
    ),
    operators: graph.operators,
  };
}
