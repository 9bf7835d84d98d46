/**
 * Success of the other systems of Table 1 by their hidden neurons per input: the share of seeds with
 * which a random network, another one for each seed, is found with every weight within its tolerance.
 */
import type { Baseline, BaselineName, BlockPlan } from '../constructions/baselines/baseline.js';
import { findBaseline } from '../constructions/baselines/find-masks.js';
import { baselineNamed } from '../constructions/baselines/index.js';
import {
  baselineClass,
  baselineShape,
  leastNeurons,
} from '../constructions/baselines/plan-baseline.js';
import { depthOf, sourceWeights, widthsOf } from '../source/shape.js';
import { denseLayer } from '../target/make-layers.js';
import type { Network } from '../target/network.js';
import { uniformStream } from './random-integers.js';
import { classOfShape, SUCCESS_SHAPES, type TargetShape } from './shape.js';
import type { SuccessSystem, Trial } from './success-system.js';

/** Where the curves end: the width that theory plans for this probability of failure. */
const LAST_BOUND = 0.002;
/** Seeds whose least widths say where success goes from rare to common. */
const PILOT_SEEDS = 20;
/** Points over that range, and from there to where the curves end. */
const PILOT_POINTS = 8;
const LATER_POINTS = 5;
/** Malach's search goes through about `8 / tolerance^2` neurons: finer tolerances take hours. */
const MALACH_BITS = 1;

/** Tolerance of weights in [-1, 1]: half a step of `2^-bits`, as integers of so many bits have it. */
function toleranceOf(bits: number): number {
  return 2 ** -(bits + 1);
}

function describe({ dimensions, bits, inputs }: TargetShape): string {
  const tolerances = [...new Set(bits)].map((each) => `1/${1 / toleranceOf(each)}`).join(', ');
  const sign = inputs === 'signed' ? 'signed' : 'non-negative';
  return `${dimensions.join('-')}, within ${tolerances}, ${sign} inputs`;
}

/** A network of the shape with weights uniform on [-1, 1]. */
function randomNetwork({ dimensions }: TargetShape, seed: number): Network {
  const uniform = uniformStream(seed);
  const layers = dimensions.slice(1).map((outputs, index) =>
    denseLayer({
      inputs: dimensions[index],
      outputs,
      weights: Float64Array.from({ length: outputs * dimensions[index] }, () => 2 * uniform() - 1),
      activation: index < dimensions.length - 2 ? 'relu' : 'identity',
    }),
  );
  return { layers, domain: { kind: 'all' } };
}

/** The blocks with as many hidden neurons per input everywhere. */
function blocksOf(system: Baseline, shape: TargetShape, neurons: number): BlockPlan[] {
  const { dimensions, bits } = shape;
  const { blocks } = baselineClass({
    dimensions,
    inputSigns: classOfShape(shape).inputSigns,
    constant: false,
    magnitudes: bits.map(() => 1),
    tolerances: bits.map(toleranceOf),
  });
  return blocks.map((facts) => {
    const setting = system.setting(facts);
    const failureBound = Math.min(1, system.demandFailure(setting, neurons) * facts.demands);
    return { ...setting, neurons, failureBound };
  });
}

function trialOf(system: Baseline, shape: TargetShape, neurons: number) {
  const blocks = blocksOf(system, shape, neurons);
  const failureBound = blocks.reduce((sum, block) => sum + block.failureBound, 0);
  const plan = {
    system: system.name,
    blocks,
    inputSigns: classOfShape(shape).inputSigns,
    constant: false,
    failureBound,
  };
  const find = (seed: bigint) =>
    findBaseline(system, randomNetwork(shape, Number(seed)), seed, plan, { width: 'given' });
  return { blocks, failureBound, find };
}

/** The least number of neurons with a failure bound of at most `bound`, as the planner divides it. */
function plannedNeurons(system: Baseline, shape: TargetShape, bound: number): number {
  const blocks = blocksOf(system, shape, 1);
  const demands = blocks.reduce((sum, { facts }) => sum + facts.demands, 0);
  return Math.max(...blocks.map((block) => leastNeurons(system, block, bound / demands).neurons));
}

/** Evenly on a logarithmic axis, both ends included. */
function spaced(first: number, last: number, points: number): number[] {
  return Array.from({ length: points }, (_, index) =>
    Math.round(first * (last / first) ** (index / (points - 1))),
  );
}

/** From what the luckiest of a few seeds needs to what the unluckiest does, and on to what is planned. */
function valuesOf(system: Baseline, shape: TargetShape): number[] {
  const last = plannedNeurons(system, shape, LAST_BOUND);
  const { find } = trialOf(system, shape, last);
  const needed: number[] = [];
  for (let seed = 0; seed < PILOT_SEEDS; seed++) {
    const finding = find(BigInt(seed));
    if (finding.found) needed.push(Math.max(...finding.needed));
  }
  const first = Math.min(last, ...needed);
  const common = Math.max(first, ...needed);
  const values = [...spaced(first, common, PILOT_POINTS), ...spaced(common, last, LATER_POINTS)];
  return [...new Set(values)].sort((a, b) => a - b);
}

export function baselineSuccess(name: BaselineName): SuccessSystem {
  const system = baselineNamed(name);
  const coarse = SUCCESS_SHAPES.map((shape) => ({
    ...shape,
    bits: shape.bits.map(() => MALACH_BITS),
  }));
  return {
    construction: name,
    varied: 'neurons per input',
    variedWords: 'the number of hidden neurons for each input',
    axis: 'width',
    event:
      'a random network with weights in [−1, 1], another for each seed, every weight within its tolerance',
    ...(name === 'malach' ? { shapes: coarse } : {}),
    describe,
    shapeWords:
      'dimensions of the network looked for, tolerance of each weight, signs of its inputs',
    values: (shape) => valuesOf(system, shape),
    trial(shape, neurons): Trial {
      const { blocks, failureBound, find } = trialOf(system, shape, neurons);
      const source = baselineShape(
        blocks,
        blocks.map(() => neurons),
      );
      return {
        width: Math.max(...widthsOf(source)),
        depth: depthOf(source),
        weights: sourceWeights(source),
        failureBound,
        holds: (seed) => find(seed).found,
      };
    },
  };
}
