/**
 * Attacks on the process edge of the built command line, over all commands: places of outputs, inputs
 * that are no files, options that collide, streams that cannot be written, signals at any time, and
 * others who write in the same folder. Prints what falls short: nothing. What is in hostile files is
 * tried by bench/hostile/.
 *
 *   node bench/attacks.mjs [KIND ...]     after npm run build; all kinds take some 20 minutes
 */
import process from 'node:process';
import { outcome } from './attacks/command.mjs';
import { prepare } from './attacks/lines.mjs';
import * as places from './attacks/places.mjs';
import * as searches from './attacks/searches-and-others.mjs';
import * as streams from './attacks/streams-and-signals.mjs';

const KINDS = { ...places, ...streams, ...searches };

const asked = process.argv.slice(2);
const unknown = asked.find((kind) => !Object.hasOwn(KINDS, kind));
if (unknown !== undefined) {
  process.stderr.write(`${unknown} is none of ${Object.keys(KINDS).join(', ')}\n`);
  process.exit(2);
}
prepare();
for (const [kind, attack] of Object.entries(KINDS)) {
  if (asked.length > 0 && !asked.includes(kind)) continue;
  const before = outcome.tried;
  await attack();
  process.stdout.write(`${kind}: ${outcome.tried - before} tried\n`);
}
process.stdout.write(`${outcome.tried} tried, ${outcome.shortfalls} fall short\n`);
process.exitCode = outcome.shortfalls === 0 ? 0 : 1;
