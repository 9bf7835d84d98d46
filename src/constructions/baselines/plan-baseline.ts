/**
 * Plans for the other systems of Table 1: the least number of hidden neurons per input at which a union
 * bound over all weights stays below delta, from public facts alone.
 */
import { checkObject, checkParts, checkProbability } from '../../core/arguments.js';
import { UsageError } from '../../core/errors.js';
import { halvesOf } from '../../integer/halves.js';
import { layeredShape, type SourceShape } from '../../source/shape.js';
import type { InputSign } from '../../target/network.js';
import type {
  Baseline,
  BaselineClass,
  BaselinePlan,
  BlockFacts,
  BlockPlan,
  BlockSetting,
} from './baseline.js';

/** Far beyond any source; a probability that is still too large there does not fall at all. */
const MOST_NEURONS = 2 ** 500;

/** The scale 2^s, s least, with `magnitude <= 2^s * reach`. */
export function scaleFor(magnitude: number, reach: number): number {
  let exponent = Math.ceil(Math.log2(magnitude / reach)) - 1;
  // The logarithm may be off by an ulp; the comparison is exact.
  while (magnitude > 2 ** exponent * reach) exponent++;
  return exponent;
}

/** Facts in the units of the source for a given reach. */
export function scaled(
  facts: BlockFacts,
  reach: number,
): Pick<BlockSetting, 'facts' | 'scaleExponent' | 'magnitude' | 'tolerance'> {
  const scaleExponent = scaleFor(facts.magnitude, reach);
  const unit = 2 ** -scaleExponent;
  return {
    facts,
    scaleExponent,
    magnitude: facts.magnitude * unit,
    tolerance: facts.tolerance * unit,
  };
}

/** Least `neurons` at which a fixed weight is missed with probability at most `allowed`. */
export function leastNeurons(
  system: Baseline,
  setting: BlockSetting,
  allowed: number,
): { readonly neurons: number; readonly failure: number } {
  let high = 1;
  while (system.demandFailure(setting, high) > allowed) {
    high *= 2;
    if (high > MOST_NEURONS) return { neurons: high, failure: 1 };
  }
  let low = high / 2;
  for (;;) {
    // Beyond 2^53 there need not be an integer between two neighbours.
    const middle = Math.floor(low + (high - low) / 2);
    if (middle <= low || middle >= high) break;
    if (system.demandFailure(setting, middle) > allowed) low = middle;
    else high = middle;
  }
  return { neurons: high, failure: system.demandFailure(setting, high) };
}

/** Throws a `UsageError` for a delta outside (0, 1) and for facts that are none. */
export function planBaseline(
  system: Baseline,
  baselineClass: BaselineClass,
  delta: number,
): BaselinePlan {
  checkParts('system', system, { setting: 'function', demandFailure: 'function' });
  checkParts('class', baselineClass, { blocks: 'list', inputSigns: 'list' });
  checkProbability('delta', delta);
  const { inputSigns, constant } = baselineClass;
  const demands = baselineClass.blocks.reduce((sum, block) => sum + block.demands, 0);
  const blocks = baselineClass.blocks.map((facts): BlockPlan => {
    if (!(facts.magnitude > 0 && facts.tolerance > 0)) {
      throw new UsageError('magnitudes, tolerances: a block needs positive ones');
    }
    const setting = system.setting(facts);
    const { neurons, failure } = leastNeurons(system, setting, delta / demands);
    return { ...setting, neurons, failureBound: Math.min(1, failure * facts.demands) };
  });
  const failureBound = blocks.reduce((sum, block) => sum + block.failureBound, 0);
  return { system: system.name, blocks, inputSigns, constant, failureBound };
}

/** Widths of the source for `neurons[b]` hidden neurons per input in block b. */
export function baselineShape(
  blocks: readonly { readonly facts: Pick<BlockFacts, 'inputs' | 'rows'> }[],
  neurons: readonly number[],
): SourceShape {
  const widths: number[] = [];
  blocks.forEach(({ facts }, index) => {
    if (index === 0) widths.push(facts.inputs);
    widths.push(facts.inputs * neurons[index], facts.rows);
  });
  return layeredShape(
    widths,
    blocks.map((_, index) => 2 * index + 2),
  );
}

/** The public facts of a network with these dimensions, magnitudes and tolerances per layer. */
export function baselineClass(facts: {
  readonly dimensions: readonly number[];
  readonly inputSigns: readonly InputSign[];
  readonly constant: boolean;
  readonly magnitudes: readonly number[];
  readonly tolerances: readonly number[];
}): BaselineClass {
  checkObject('facts', facts);
  const { dimensions, inputSigns, constant, magnitudes, tolerances } = facts;
  const depth = dimensions?.length - 1;
  if (
    !(depth >= 1) ||
    !dimensions.every((width) => Number.isInteger(width) && width > 0) ||
    inputSigns?.length !== dimensions[0] ||
    magnitudes?.length !== depth ||
    tolerances?.length !== depth
  ) {
    throw new UsageError('dimensions, input signs, magnitudes and tolerances: they disagree');
  }
  const carried = constant ? 1 : 0;
  const layers = dimensions.length - 1;
  const blocks = Array.from({ length: layers }, (_, index): BlockFacts => {
    const inputs = dimensions[index];
    const halves = (index === 0 ? halvesOf(inputSigns).length : inputs) + carried;
    const rowOfConstant = index < layers - 1 ? carried : 0;
    return {
      inputs: inputs + carried,
      halves,
      rows: dimensions[index + 1] + rowOfConstant,
      demands: halves * dimensions[index + 1] + rowOfConstant,
      magnitude: magnitudes[index],
      tolerance: tolerances[index],
    };
  });
  return { blocks, inputSigns, constant };
}
