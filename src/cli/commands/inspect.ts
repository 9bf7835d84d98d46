/** `unearth inspect FILE`: what a model or a ticket contains. */
import type { Command } from 'commander';
import { memoryOption } from '../options.js';
import * as format from '../text/format.js';
import { printJson, printLines } from '../text/print.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface InspectFlags {
  readonly memory: number;
  readonly json?: true;
}

async function inspect(file: string, { memory, json }: InspectFlags): Promise<void> {
  const { report, rows } = await runInWorker('inspect', { file, memory });
  if (json) printJson(report);
  else printLines(format.table(rows));
}

export function configureInspect(command: Command): void {
  command
    .argument('<file>', 'a model or a ticket')
    .addOption(memoryOption())
    .option('--json', 'print one JSON object')
    .action(inspect);
}
