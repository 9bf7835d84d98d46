/**
 * Skip's success by the width and by the depth of its source, for each scheme of its blocks, whatever the
 * planner would choose. The first block of a shape is of the scheme; a second one is of twin.
 */

import { growthBits } from '../constructions/skip/chains.js';
import { type SkipDemand, skipDemands } from '../constructions/skip/demand.js';
import type { GatheredBlock } from '../constructions/skip/gathered.js';
import type { GrownBlock } from '../constructions/skip/grown-block.js';
import { GROWTHS } from '../constructions/skip/growths.js';
import { leastSizes } from '../constructions/skip/least-sizes.js';
import { type SkipBlock, type SkipPlan, skipPlanOf } from '../constructions/skip/plan.js';
import { planSkip, type SchemeName } from '../constructions/skip/search.js';
import { layoutSkip } from '../constructions/skip/skip.js';
import { plannedSuccess, planOnce, SLACK_WORDS, SLACKS, slackScale } from './planned-success.js';
import { describeShape, SHAPE_WORDS, type TargetShape } from './shape.js';
import type { SuccessSystem } from './success-system.js';

/** Levels of growth more than planned, two layers each. */
const LEVELS = [-2, -1, 0, 1, 2];

/** What one scheme is measured on. */
interface SchemeShapes {
  readonly scheme: SchemeName;
  readonly widths: readonly TargetShape[];
  /** None where the integers decide how many levels there are. */
  readonly depths: readonly TargetShape[];
}

/** Shapes that Horner is measured on, as far as a scheme can be their first block's. */
const TINY: TargetShape = { dimensions: [2, 2], bits: [3], inputs: 'signed' };
const WIDE: TargetShape = { dimensions: [12, 8], bits: [5], inputs: 'nonnegative' };
const INNER: TargetShape = { dimensions: [4, 6, 2], bits: [4, 3], inputs: 'signed' };
/** Levels are worth their layers only where integers are long. */
const INNER_LONG: TargetShape = { ...INNER, bits: [8, 3] };
/** Of quads, a group of outputs and the constant besides. */
const FOURS: TargetShape = { dimensions: [6, 8, 2], bits: [6, 3], inputs: 'nonnegative' };
const MANY_OUTPUTS: TargetShape = { dimensions: [4, 12, 2], bits: [4, 3], inputs: 'nonnegative' };

const SCHEME_SHAPES: readonly SchemeShapes[] = [
  { scheme: 'twin', widths: [TINY, WIDE], depths: [WIDE] },
  { scheme: 'relay', widths: [INNER], depths: [INNER_LONG] },
  { scheme: 'relay2', widths: [INNER], depths: [INNER_LONG] },
  { scheme: 'pairs', widths: [WIDE], depths: [WIDE] },
  { scheme: 'quads', widths: [FOURS], depths: [{ ...FOURS, bits: [10, 3] }] },
  { scheme: 'based', widths: [INNER], depths: [] },
  { scheme: 'gathered', widths: [MANY_OUTPUTS], depths: [] },
];

type Scaled = ReturnType<typeof slackScale>;

/** The chains of the top and the copies, then every width beyond what those use. */
function grownWithSlack(demand: SkipDemand, block: GrownBlock, scaled: Scaled): GrownBlock {
  const used = leastSizes(demand, block);
  const copies = {
    chains: scaled(used.chains, block.chains),
    offsetCopies: scaled(1, block.offsetCopies),
    baseCopies: scaled(used.baseCopies, block.baseCopies),
  };
  const least = leastSizes(demand, { ...block, ...copies });
  const width = (key: keyof GrownBlock & `${string}Width`): number =>
    least[key] + scaled(0, block[key] - used[key]);
  return {
    ...block,
    ...copies,
    splitWidth: width('splitWidth'),
    totalWidth: width('totalWidth'),
    baseWidth: width('baseWidth'),
    doublingWidth: width('doublingWidth'),
    unitWidth: width('unitWidth'),
    relayWidth: width('relayWidth'),
    accumulatorWidth: width('accumulatorWidth'),
    lastWidth: width('lastWidth'),
    outputWidth: width('outputWidth'),
  };
}

/** The copies of the last doubling, then every width beyond what those use. */
function gatheredWithSlack(
  demand: SkipDemand,
  block: GatheredBlock,
  scaled: Scaled,
): GatheredBlock {
  const used = leastSizes(demand, block);
  const units = scaled(1, block.units);
  const least = leastSizes(demand, { ...block, units });
  const width = (key: keyof GatheredBlock & `${string}Width`): number =>
    least[key] + scaled(0, block[key] - used[key]);
  return {
    ...block,
    units,
    splitWidth: width('splitWidth'),
    relayWidth: width('relayWidth'),
    unitWidth: width('unitWidth'),
    outputWidth: width('outputWidth'),
  };
}

/**
 * The plan with every slack multiplied by `percent / 100`: neurons beyond those that are used, chains
 * beyond those that go on, copies (of the offset, the base, the last doubling) beyond one.
 */
function withSlack({ networkClass, blocks }: SkipPlan, percent: number): SkipPlan {
  const scaled = slackScale(percent);
  const demands = skipDemands(networkClass);
  const changed = blocks.map(
    (block, index): SkipBlock =>
      block.scheme === 'gathered'
        ? gatheredWithSlack(demands[index], block, scaled)
        : grownWithSlack(demands[index], block, scaled),
  );
  return skipPlanOf(networkClass, changed);
}

/**
 * The plan whose first block has as many levels more or fewer: its top, with the digits that it has, must
 * reach so many times less or more. Null if no top reaches less than it must already, or no level is left.
 */
function withLevels({ networkClass, blocks }: SkipPlan, more: number): SkipPlan | null {
  const [block, ...others] = blocks;
  const [demand] = skipDemands(networkClass);
  if (block.scheme === 'gathered') return null;
  const growth = GROWTHS[block.scheme];
  const head = block.head - more * growth.bits;
  if (head < 0) return null;
  const levels = growthBits(growth, demand, head) / growth.bits;
  if (levels !== block.levels + more || levels < 1) return null;
  return skipPlanOf(networkClass, [{ ...block, head, levels }, ...others]);
}

function ofScheme({ scheme, widths, depths }: SchemeShapes): SuccessSystem[] {
  const common = {
    construction: 'skip',
    describe: (shape: TargetShape) => `${scheme}: ${describeShape(shape)}`,
    shapeWords: `scheme of the first block, ${SHAPE_WORDS}`,
    plan: planOnce((networkClass, delta) =>
      planSkip(networkClass, delta, (block) => [block === 0 ? scheme : 'twin']),
    ),
    layout: layoutSkip,
  };
  return [
    plannedSuccess<SkipPlan>({
      ...common,
      varied: `slack percent of ${scheme}`,
      variedWords: SLACK_WORDS,
      axis: 'width',
      shapes: widths,
      values: SLACKS,
      change: withSlack,
    }),
    plannedSuccess<SkipPlan>({
      ...common,
      varied: `levels beyond the plan of ${scheme}`,
      variedWords:
        'the number of levels (two layers each) in which chains of the first block grow, around the planned one',
      axis: 'depth',
      shapes: depths,
      values: LEVELS,
      change: withLevels,
    }),
  ];
}

/** Curves of every scheme against the width, then of those whose depth can vary against that. */
export const skipSuccess: readonly SuccessSystem[] = SCHEME_SHAPES.flatMap(ofScheme)
  .filter(({ shapes }) => shapes?.length !== 0)
  .sort((a, b) => Number(a.axis === 'depth') - Number(b.axis === 'depth'));
