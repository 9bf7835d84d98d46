/** `unearth study figures`: the paper's figures from real small tickets, and heat maps of a ticket. */
import type { Command } from 'commander';
import { UsageError } from '../../core/errors.js';
import { memoryOption } from '../options.js';
import type { FiguresFlags } from './draw-figures.js';

function layerNumbers(text: string): number[] {
  if (!/^\d+(,\d+)*$/.test(text)) {
    throw new UsageError(`--layers ${text}: give layer numbers separated by commas, e.g. 1,2,5`);
  }
  return text.split(',').map(Number);
}

export function addStudyFigures(study: Command): void {
  study
    .command('figures')
    .description(
      "the paper's Figures 1 to 5 from real small tickets; heat maps of a ticket's masks",
    )
    .exitOverride()
    .option('-o, --output <folder>', 'folder of the figures', 'study')
    .option('--ticket <file>', 'a ticket whose masks are drawn as heat maps')
    .option('--layers <numbers>', 'its layers to draw (default: eight telling ones)', layerNumbers)
    .option('--force', 'replace files that unearth did not write')
    .addOption(memoryOption())
    .option('--json', 'print one JSON object')
    .action(async (flags: FiguresFlags) => (await import('./draw-figures.js')).drawFigures(flags));
}
