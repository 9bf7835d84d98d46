/** Output of a command: one JSON object with --json, else lines for people. */
import process from 'node:process';

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  printLine(JSON.stringify(value, null, 2));
}
