/**
 * The masks of a planned source for a given network: block by block and input by input, each half of an
 * input solved by the system, the kept edges put into the masks of the block's two layers.
 */
import { checkObject, checkParts, checkSeed } from '../../core/arguments.js';
import { InputError, MisfitError } from '../../core/errors.js';
import type { Watch } from '../../core/progress.js';
import { complete, type Steps } from '../../core/steps.js';
import { halvesOf, type InputHalf } from '../../integer/halves.js';
import type { LayerMask } from '../../source/mask.js';
import { maskBuilder } from '../../source/mask-builder.js';
import { widthOf, widthsOf } from '../../source/shape.js';
import { type LayerWeights, layerWeights } from '../../source/weights.js';
import { checkNetwork } from '../../target/check-network.js';
import { matrixOf, type Network } from '../../target/network.js';
import type { Baseline, BaselineFinding, BaselinePlan, BlockPlan } from './baseline.js';
import { baselineLayout } from './placed.js';
import { baselineShape } from './plan-baseline.js';

export interface FindBaselineOptions {
  /** Hidden neurons per input of each block (default: the plan's). */
  readonly neurons?: readonly number[];
  /** Widths of the result: as given, or the least that hold what was found (default). */
  readonly width?: 'least' | 'given';
}

/** Float64s that grow. */
function growableNumbers() {
  let values = new Float64Array(1024);
  let length = 0;
  return {
    push(value: number): void {
      if (length === values.length) {
        const larger = new Float64Array(2 * length);
        larger.set(values);
        values = larger;
      }
      values[length++] = value;
    },
    sorted: (): Float64Array => values.subarray(0, length).sort(),
  };
}

interface BlockTarget {
  readonly rows: number;
  readonly columns: number;
  /** `[W b; 0 1]`, row-major, the last row and column only with a constant, the row not in the last block. */
  readonly values: Float64Array;
}

/** The real matrices that the blocks stand for. */
export function blockTargets(network: Network, constant: boolean): BlockTarget[] {
  return network.layers.map((layer, index) => {
    const { inputs, outputs } = layer;
    const weights = matrixOf(layer).values;
    const carried = constant ? 1 : 0;
    const columns = inputs + carried;
    const rows = outputs + (index < network.layers.length - 1 ? carried : 0);
    const values = new Float64Array(rows * columns);
    for (let row = 0; row < outputs; row++) {
      values.set(weights.subarray(row * inputs, (row + 1) * inputs), row * columns);
      if (constant) values[row * columns + inputs] = layer.bias.values[row];
    }
    if (rows > outputs) values[rows * columns - 1] = 1;
    return { rows, columns, values };
  });
}

/** The two masks of a block from its kept edges, as sorted keys `neuron * rows + row`. */
function blockMasks(
  edges: Float64Array,
  inputs: number,
  hidden: number,
  rows: number,
): [LayerMask, LayerMask] {
  const second = maskBuilder(hidden, rows);
  const used: number[][] = Array.from({ length: inputs }, () => []);
  let last = -1;
  for (const key of edges) {
    // Exact: the keys are integers below 2^53.
    const neuron = Math.floor(key / rows);
    second.keep(neuron, key - neuron * rows);
    if (neuron === last) continue;
    used[neuron % inputs].push(neuron);
    last = neuron;
  }
  const first = maskBuilder(inputs, hidden);
  used.forEach((neurons, input) => {
    for (const neuron of neurons) first.keep(input, neuron);
  });
  return [first.finish(), second.finish()];
}

function checkWidth(hidden: number, rows: number, block: number): void {
  if (hidden < 2 ** 32 && hidden * rows < 2 ** 53) return;
  throw new InputError({
    place: `block ${block + 1}`,
    problem: `its hidden layer of ${hidden} neurons is wider than a source can be (2^32 - 1)`,
    remedy: 'ask for a larger epsilon',
  });
}

/**
 * Finds the masks for `network`, whose biases must be 0 unless the plan has a constant. Deterministic.
 * Throws an `InputError` where a layer would be wider than a source can be.
 */
export function findBaseline(
  system: Baseline,
  network: Network,
  seed: bigint,
  plan: BaselinePlan,
  options: FindBaselineOptions & Watch = {},
): BaselineFinding {
  return complete(findBaselineSteps(system, network, seed, plan, options), options);
}

/** The same in steps of stage `select`. */
export function* findBaselineSteps(
  system: Baseline,
  network: Network,
  seed: bigint,
  plan: BaselinePlan,
  options: FindBaselineOptions = {},
): Steps<BaselineFinding> {
  checkObject('system', system);
  checkNetwork(network);
  checkSeed(seed);
  checkParts('plan', plan, { blocks: 'list', inputSigns: 'list', constant: 'boolean' });
  const targets = blockTargets(network, plan.constant);
  const given = options.neurons ?? plan.blocks.map(({ neurons }) => neurons);
  plan.blocks.forEach(({ facts }, index) => {
    const { rows, columns } = targets[index] ?? { rows: 0, columns: 0 };
    if (rows !== facts.rows || columns !== facts.inputs) {
      throw new MisfitError(
        `layer ${index + 1} of the network is not the one that was planned for`,
      );
    }
  });
  const total = plan.blocks.reduce((sum, { facts }) => sum + facts.inputs, 0);
  let done = 0;
  yield { stage: 'select', done, total };
  const needed: number[] = [];
  const edgesOf: Float64Array[] = [];
  for (const [index, block] of plan.blocks.entries()) {
    const { inputs, rows } = block.facts;
    const raw = inputs - (plan.constant ? 1 : 0);
    const halves: InputHalf[] =
      index === 0
        ? halvesOf(plan.inputSigns)
        : Array.from({ length: raw }, (_, input) => ({ input, negative: false }));
    if (plan.constant) halves.push({ input: raw, negative: false });
    const edges = growableNumbers();
    const before = done;
    let most = 1;
    for (const [at, half] of halves.entries()) {
      const result = solveHalf(system, block, half, targets[index], {
        seed,
        layer: 2 * index + 1,
        neurons: given[index],
        alreadyNeeded: most,
      });
      if (!result.solved) {
        return {
          found: false,
          unmet: {
            block: index + 1,
            layer: 2 * index + 2,
            demand: `weight (${result.row + 1}, ${half.input + 1}) among ${given[index]} neurons of its input`,
            probability: system.demandFailure(block, given[index]),
          },
        };
      }
      most = Math.max(most, result.needed);
      checkWidth(most * inputs, rows, index);
      result.kept.forEach((neurons, row) => {
        for (const neuron of neurons) edges.push((neuron * inputs + half.input) * rows + row);
      });
      done = before + (inputs * (at + 1)) / halves.length;
      yield { stage: 'select', done, total };
    }
    needed.push(most);
    edgesOf.push(edges.sorted());
  }
  const neurons = options.width === 'given' ? given : needed;
  const shape = baselineShape(plan.blocks, neurons);
  const masks = plan.blocks.flatMap(({ facts }, index) => {
    const hidden = widthOf(shape, 2 * index + 1);
    checkWidth(hidden, facts.rows, index);
    return blockMasks(edgesOf[index], facts.inputs, hidden, facts.rows);
  });
  const { constant, inputSigns } = plan;
  const weights = (t: number): LayerWeights => {
    const { distributions } = plan.blocks[Math.floor((t - 1) / 2)];
    return layerWeights(seed, t, distributions[(t - 1) % 2]);
  };
  const widths = widthsOf(shape);
  const layout = baselineLayout({ widths, masks, weights, constant, inputSigns });
  return { found: true, widths, neurons, needed, masks, layout };
}

function solveHalf(
  system: Baseline,
  block: BlockPlan,
  { input, negative }: InputHalf,
  target: BlockTarget,
  place: { seed: bigint; layer: number; neurons: number; alreadyNeeded: number },
) {
  const { inputs } = block.facts;
  const unit = 2 ** -block.scaleExponent;
  // On x- = s(-x) the weight counts with its sign turned; a power of two scales exactly.
  const factor = negative ? -unit : unit;
  const goals = Float64Array.from(
    { length: target.rows },
    (_, row) => target.values[row * target.columns + input] * factor,
  );
  const hidden = layerWeights(place.seed, place.layer, block.distributions[0]);
  const outer = layerWeights(place.seed, place.layer + 1, block.distributions[1]);
  return system.solve(
    {
      goals,
      tolerance: block.tolerance,
      neurons: place.neurons,
      alreadyNeeded: place.alreadyNeeded,
      first(k) {
        const weight = hidden.weight(input, k * inputs + input);
        return weight < 0 === negative ? Math.abs(weight) : 0;
      },
      second: (k, row) => outer.weight(k * inputs + input, row),
    },
    block,
  );
}
