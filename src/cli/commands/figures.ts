/** `unearth figures TICKET`: its pictures as SVG files in a folder. */
import path from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../core/errors.js';
import { type ChosenWeight, FIGURE_NAMES } from '../../figures/ticket-figures.js';
import { giveUp, takeOutputs, writeParts } from '../files/output-file.js';
import { figureRequest, prepareFolder } from '../files/study-results.js';
import { memoryOption } from '../options.js';
import { printJson, printLines, printNote } from '../text/print.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface FiguresFlags {
  readonly output?: string;
  readonly weight?: ChosenWeight;
  readonly force?: true;
  readonly memory: number;
  readonly json?: true;
}

/** `BLOCK,OUTPUT,INPUT`; the block from 1, the others from 0. */
function chosenWeight(text: string): ChosenWeight {
  const [, block, row, column] = /^(\d{1,9}),(\d{1,9}),(\d{1,9})$/.exec(text) ?? [];
  if (column === undefined || block === '0') {
    throw new UsageError(
      `--weight ${text}: give block (from 1), output and input (from 0), such as 1,19,36`,
    );
  }
  return { block: Number(block), row: Number(row), column: Number(column) };
}

async function figures(ticket: string, flags: FiguresFlags): Promise<void> {
  const { output, weight, force, memory, json } = flags;
  const folder = output ?? `${path.basename(ticket).replace(/\.ticket$/i, '')}-figures`;
  // The ticket before the folder, which is made.
  const { figures: drawn, omitted } = await runInWorker('figures', {
    ticket,
    memory,
    ...(weight && { weight }),
  });
  prepareFolder(folder);
  const places = takeOutputs(
    FIGURE_NAMES.map((name) => figureRequest(path.join(folder, `${name}.svg`), force === true)),
    [{ option: 'the ticket', file: ticket }],
  );
  const files = FIGURE_NAMES.flatMap((name, index) => {
    const figure = drawn.find((each) => each.name === name);
    if (figure === undefined) {
      giveUp(places[index]);
      return [];
    }
    writeParts(places[index], [new TextEncoder().encode(figure.svg)]);
    return [path.join(folder, `${name}.svg`)];
  });
  for (const { name, reason } of omitted) printNote(`${name} is not drawn: ${reason}`);
  if (json) printJson({ ticket, files, omitted });
  else printLines(files);
}

export function configureFigures(command: Command): void {
  command
    .argument('<ticket>', 'a ticket of any kind')
    .option('-o, --output <folder>', "the folder (default: the ticket's name, -figures)")
    .option(
      '--weight <block,output,input>',
      'whose ladder is drawn (default: the largest of the first block)',
      chosenWeight,
    )
    .option('--force', 'replace files that are no figures of this program')
    .addOption(memoryOption())
    .option('--json', 'print one JSON object')
    .action(figures);
}
