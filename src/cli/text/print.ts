/**
 * All text of the program on its way to stdout and stderr, made safe here: whatever a file name, a cell or
 * a network's name contains, a line stays one line and no terminal obeys it.
 */
import process from 'node:process';
import { safeJson, safeText } from '../../core/safe-text.js';
import type { Unproved } from '../jobs/proved.js';
import { jsonPieces } from './json-text.js';

/** One line on stdout. */
export function printLine(text: string): void {
  process.stdout.write(`${safeText(text)}\n`);
}

/** Lines on stdout, such as those of a table. */
export function printLines(lines: readonly string[]): void {
  for (const line of lines) printLine(line);
}

/** One JSON object on stdout. */
export function printJson(value: unknown): void {
  for (const piece of jsonPieces(value)) process.stdout.write(safeJson(piece));
  process.stdout.write('\n');
}

/** One line on stderr: why the program stops, or what it says beside its results. */
export function printRemark(text: string): void {
  process.stderr.write(`${safeText(text)}\n`);
}

/** A remark on the work that goes on. */
export function printNote(text: string): void {
  printRemark(`note: ${text}`);
}

/** What a command says of a ticket that is not proved, with exit code 1. */
export function printUnproved(ticket: string, { failure }: Unproved, json: boolean): void {
  process.exitCode = 1;
  if (json) {
    printJson({ proved: false, failure });
    return;
  }
  printLine(
    `not done: the ticket is not proved: ${describeFailure(failure)}; see unearth verify ${ticket}`,
  );
}

/** Why a ticket is not proved: where in it, unless that is about the whole of it. */
export function describeFailure({ block, layer, neuron, reason }: Unproved['failure']): string {
  return block === 0 ? reason : `block ${block}, layer ${layer}, neuron ${neuron}: ${reason}`;
}
