/** `unearth attack TICKET`: looks for the input with the largest error. */

import process from 'node:process';
import type { Command } from 'commander';
import type { AttackPhase } from '../../attack/attack.js';
import { memoryOption, wholeNumber } from '../options.js';
import * as format from '../text/format.js';
import { printJson, printLines, printUnproved } from '../text/print.js';
import { readingRows } from '../text/reading-rows.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface AttackFlags {
  readonly memory: number;
  readonly model: string;
  readonly domain?: string;
  readonly seed?: number;
  readonly evaluations?: number;
  readonly json?: true;
}

const PHASES: Readonly<Record<AttackPhase, string>> = {
  random: 'random points',
  corner: 'corners',
  gradient: 'gradient ascent',
  coordinate: 'single coordinates',
};

/** More numbers than a person would type are left to --json. */
const MOST_SHOWN = 16;

function describeInput(input: Float64Array): string {
  return input.length <= MOST_SHOWN
    ? input.join(', ')
    : `${format.grouped(input.length)} numbers; --json prints them`;
}

async function attack(ticket: string, flags: AttackFlags): Promise<void> {
  const { model, domain, seed, evaluations } = flags;
  const result = await runInWorker('attack', {
    ticket,
    model,
    memory: flags.memory,
    ...(domain === undefined ? {} : { domain }),
    ...(seed === undefined ? {} : { seed }),
    ...(evaluations === undefined ? {} : { evaluations }),
  });
  if (!result.proved) {
    printUnproved(ticket, result, flags.json === true);
    return;
  }
  const { measured, certified, violated, input, output, phases, seconds } = result;
  if (violated) process.exitCode = 1;
  if (flags.json) {
    printJson({
      measured,
      certified,
      violated,
      domain: result.domain,
      ...(result.reading === null ? {} : { reading: result.reading }),
      output,
      input: Array.from(input),
      phases,
      evaluations: result.evaluations,
      seconds,
    });
    return;
  }
  const share =
    certified === null || Number(certified) === 0
      ? ''
      : `, ${format.percent(measured / Number(certified))} of it`;
  printLines(
    format.table([
      ['domain', result.domain],
      ...readingRows(result.reading),
      [
        'certified',
        certified === null
          ? 'nothing: the ticket promises no error there'
          : `|model - ticket| <= ${certified}`,
      ],
      ['measured', `${measured.toPrecision(6)} at output ${output}, judged exactly${share}`],
      [
        'searched',
        `${format.grouped(result.evaluations)} evaluations in ${format.duration(seconds)}; ${(
          Object.keys(PHASES) as AttackPhase[]
        )
          .map((phase) => `${PHASES[phase]} ${phases[phase].toPrecision(3)}`)
          .join(', ')}`,
      ],
      ['worst input', describeInput(input)],
      ...(violated ? [['violated', 'YES: the measured error exceeds the certified one']] : []),
    ]),
  );
}

export function configureAttack(command: Command): void {
  command
    .argument('<ticket>', 'a ticket file')
    .requiredOption('--model <file>', 'the model that the ticket was made from')
    .option('--domain <domain>', "search here instead of on the ticket's own domain")
    .option(
      '--evaluations <n>',
      'evaluations of the networks',
      wholeNumber('--evaluations', 10, 1e9),
    )
    .option('--seed <n>', 'of the random points', wholeNumber('--seed', 0, 2 ** 32 - 1))
    .addOption(memoryOption())
    .option('--json', 'print one JSON object')
    .action(attack);
}
