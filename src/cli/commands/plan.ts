/** `unearth plan MODEL...`: what each construction would need; builds nothing. */
import type { Command } from 'commander';
import type { Plan } from '../../constructions/construction.js';
import { CONSTRUCTION_NAMES, constructionNamed } from '../../constructions/index.js';
import { countingBound } from '../../pipeline/find.js';
import { joinNetworks } from '../../precision/join-networks.js';
import type { NetworkClass } from '../../precision/network-class.js';
import { networkClassOf } from '../../precision/network-class.js';
import { quantizeLossless, quantizeToBits } from '../../precision/quantize.js';
import { sourceWeights } from '../../source/source.js';
import { inputSigns } from '../../target/network.js';
import * as format from '../format.js';
import { probability, wholeNumber } from '../options.js';
import { printJson, printLine } from '../print.js';
import { readDomain } from '../read-domain.js';
import { readModel } from '../read-model.js';

interface PlanFlags {
  readonly bits?: number;
  readonly domain?: string;
  readonly delta: number;
  readonly json?: true;
}

/** The class that holds every model: one source for all of them. */
function classOf(models: readonly string[], flags: PlanFlags): NetworkClass {
  const members = models.map((file) => {
    const { network } = readModel(file);
    const domain =
      flags.domain === undefined
        ? network.domain
        : readDomain(flags.domain, network.layers[0].inputs, () => undefined);
    const target =
      flags.bits === undefined ? quantizeLossless(network) : quantizeToBits(network, flags.bits);
    return { network: target, inputSigns: inputSigns(domain, network.layers[0].inputs) };
  });
  return members.length === 1
    ? networkClassOf(members[0].network, members[0].inputSigns)
    : joinNetworks(members);
}

/** Rows and columns of the class's integer matrices. */
function matrixSizes({ dimensions, constant }: NetworkClass): { rows: number; columns: number }[] {
  const carried = constant ? 1 : 0;
  return dimensions.slice(1).map((outputs, index) => ({
    rows: outputs + (index < dimensions.length - 2 ? carried : 0),
    columns: dimensions[index] + carried,
  }));
}

function describe(plan: Plan, bound: number) {
  const weights = sourceWeights(plan.shape);
  return {
    construction: plan.construction,
    depth: plan.shape.widths.length - 1,
    widths: plan.shape.widths,
    weights: weights.toString(),
    overCountingBound: Number(weights) / bound,
    failureBound: plan.failureBound,
  };
}

function planCommand(models: readonly string[], flags: PlanFlags): void {
  const networkClass = classOf(models, flags);
  const bound = countingBound(matrixSizes(networkClass), networkClass.bits);
  const plans = CONSTRUCTION_NAMES.flatMap((name) => {
    const plan = constructionNamed(name)?.plan(networkClass, flags.delta);
    return plan === undefined ? [] : [describe(plan, bound)];
  });
  if (flags.json) {
    printJson({ models, networkClass, countingBound: Math.ceil(bound).toString(), plans });
    return;
  }
  printLine(
    `class: ${networkClass.dimensions.join('-')}, integers of ${networkClass.bits.join(', ')} bits, ${format.runs(networkClass.inputSigns)} inputs${networkClass.constant ? ', biases' : ''}`,
  );
  printLine(`counting bound: ${format.count(Math.ceil(bound))} source weights`);
  const rows = plans.map((plan) => [
    plan.construction,
    String(plan.depth),
    format.grouped(Math.max(...plan.widths)),
    format.count(BigInt(plan.weights)),
    plan.overCountingBound.toPrecision(4),
    plan.failureBound.toExponential(2),
  ]);
  printLine('');
  printLine(
    format.table(
      [['construction', 'layers', 'widest', 'source weights', '/ bound', 'fails at most'], ...rows],
      [false, true, true, true, true, true],
    ),
  );
}

export function addPlan(program: Command): void {
  program
    .command('plan')
    .description('the source each construction would need, with its failure bound; builds nothing')
    .argument(
      '<models...>',
      '.onnx or .nnet files; with several, one source that holds all of them',
    )
    .option(
      '--bits <n>',
      'n fractional bits in every layer (default: lossless)',
      wholeNumber('--bits', 0, 1000),
    )
    .option(
      '--domain <domain>',
      'all, box:lo,hi, ball:r, a .vnnlib file or a file of "lo hi" lines',
    )
    .option('--delta <p>', 'failure probability', probability('--delta'), 1e-6)
    .option('--json', 'print one JSON object')
    .action(planCommand);
}
