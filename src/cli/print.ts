/** Output of a command: one JSON object with --json, else lines for people. */
import process from 'node:process';
import type { Unproved } from './jobs/proved.js';

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  printLine(JSON.stringify(value, null, 2));
}

/** What a command says of a ticket that is not proved, with exit code 1. */
export function printUnproved(ticket: string, { failure }: Unproved, json: boolean): void {
  process.exitCode = 1;
  if (json) {
    printJson({ proved: false, failure });
    return;
  }
  const { block, layer, neuron, reason } = failure;
  printLine(
    `not done: the ticket is not proved: block ${block}, layer ${layer}, neuron ${neuron}: ${reason}; see unearth verify ${ticket}`,
  );
}
