/**
 * unearth's side of bench/checker-agreement.py: reads tickets as lines of JSON, answers each with the exit code
 * that `unearth verify` has for it. Started without a pipe, it starts that script, with the same arguments.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { verifyBaselineTicket, verifyTicket } from '../dist/entries/constructions.js';
import { verifyTrained } from '../dist/entries/inference.js';
import { readNnet, readOnnx } from '../dist/entries/precision.js';
import { InputError, MisfitError, readTicket } from '../dist/index.js';

const checks = {
  constructed: verifyTicket,
  baseline: verifyBaselineTicket,
  trained: verifyTrained,
};

async function readModel(bytes, name) {
  const { network, reading } = name.endsWith('.nnet')
    ? readNnet(new TextDecoder().decode(bytes))
    : await readOnnx(bytes);
  return { network, reading, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function verdict(bytes, modelBytes, name) {
  try {
    const model = modelBytes && (await readModel(modelBytes, name));
    const ticket = await readTicket(bytes);
    const result = await checks[ticket.kind](ticket, { model });
    return { code: result.proved ? 0 : 1, reason: JSON.stringify(result.failure ?? null) };
  } catch (error) {
    const refused = error instanceof InputError || error instanceof MisfitError;
    return { code: refused ? 2 : 70, reason: String(error) };
  }
}

if (process.argv.length > 2) {
  const script = path.join(import.meta.dirname, 'checker-agreement.py');
  const { status } = spawnSync(
    process.env.UNEARTH_PYTHON ?? 'python3',
    [script, ...process.argv.slice(2)],
    { stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
} else {
  const bytes = (text) => (text ? new Uint8Array(Buffer.from(text, 'base64')) : undefined);
  for await (const line of createInterface({ input: process.stdin })) {
    const { ticket, model, name } = JSON.parse(line);
    console.log(JSON.stringify(await verdict(bytes(ticket), bytes(model), name)));
  }
}
