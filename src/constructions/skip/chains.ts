/** The chains of a block: which outputs they end in, what they hold besides, and how they are grouped. */
import { ceilingLog, type SkipDemand } from './demand.js';
import { type Growth, groupSize } from './growths.js';

/** One chain. Its place in the list divided by the size of a group is its group, the rest its type. */
export interface Chain {
  /** The output that it ends in; -1 for the offset's chains and those that only fill a group. */
  readonly output: number;
  /** What it holds at every input besides the weight, were it to end with the others. */
  readonly base: bigint;
  /** Whether it has digits. */
  readonly hasDigits: boolean;
  /** Which of the offset's chains it is; -1 for the others. */
  readonly offset: number;
  /** Whether its output subtracts the offset. */
  readonly subtracts: boolean;
}

/**
 * Whether the constant's chain holds its own row and no offset: where no order among the chains of a group
 * asks for more.
 */
function isConstantFree({ bits, based }: Growth): boolean {
  return bits === 1 && !based;
}

/**
 * `n`: entries are at most `2^n` in magnitude; see `isConstantFree` for the constant's. Where a level has
 * two digits, as many bits as levels from `head` on have.
 */
export function entryBits(growth: Growth, { entries, unit }: SkipDemand, head: number): number {
  const byEntries = ceilingLog(entries);
  const byUnit = ceilingLog(unit) - (isConstantFree(growth) ? 1 : 0);
  const least = Math.max(byEntries, byUnit, head + growth.bits - 1, growth.based ? 1 : 0);
  return least + ((least - head) % growth.bits);
}

/** Bits by which chains grow from the top that reaches `2^head` times what it must. */
export function growthBits(growth: Growth, demand: SkipDemand, head: number): number {
  const n = entryBits(growth, demand, head);
  if (growth.based) return n;
  return n - head + Math.log2((growth.offsets[0] + 1) / growth.reaches[0]);
}

function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}

/** `J`: chains of a block, those that only fill a group among them. */
export function chainCount(growth: Growth, { outputs }: SkipDemand): number {
  const group = groupSize(growth);
  return roundUp(outputs, group) + roundUp(growth.offsetChains.length, group);
}

/** Groups with an output. */
export function outputGroups(growth: Growth, { outputs }: SkipDemand): number {
  return Math.ceil(outputs / groupSize(growth));
}

/** The chains of a block, group by group. */
export function chainsOf(growth: Growth, demand: SkipDemand, head: number): Chain[] {
  const { outputs, constantOutput } = demand;
  const group = groupSize(growth);
  const scale = 1n << BigInt(entryBits(growth, demand, head));
  const isFree = constantOutput && isConstantFree(growth);
  const base = (at: number): bigint => BigInt(growth.offsets[at % group]) * scale;
  const none = { output: -1, offset: -1, subtracts: false };
  // What fills a group of four must keep to its order; a second of a pair may be 0. (Around a base all
  // integers are counted from -2^n.)
  const filler = (at: number): Chain => ({
    ...none,
    base: growth.bits === 2 ? base(at) : growth.based ? scale : 0n,
    hasDigits: growth.bits === 2,
  });
  const chains = Array.from({ length: outputs }, (_, output): Chain => {
    const isConstant = isFree && output === outputs - 1;
    return {
      output,
      base: isConstant ? 0n : base(output),
      hasDigits: true,
      offset: -1,
      subtracts: !isConstant,
    };
  });
  // The constant's chain is no first of a pair, which is to hold the more.
  if (isFree && group === 2 && outputs % 2 === 1) {
    const [constant] = chains.splice(outputs - 1, 1);
    const [other] = chains.splice(outputs - 2, 1);
    chains.push(constant, { ...other, base: base(outputs - 1) });
  }
  // Groups of the offset's own: its copies read no chain that the last relays read too.
  const first = roundUp(outputs, group);
  while (chains.length < first) chains.push(filler(chains.length));
  growth.offsetChains.forEach((units, offset) => {
    chains.push({
      ...none,
      offset,
      base: growth.based ? scale : BigInt(units) * scale,
      hasDigits: !growth.based,
    });
  });
  while (chains.length % group !== 0) chains.push(filler(chains.length));
  return chains;
}
