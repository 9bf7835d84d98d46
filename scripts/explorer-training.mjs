/**
 * Chooses the settings with which the explorer trains a mask, and writes web/data/training.json: every choice
 * is trained on the same training digits, and the one that is right most often on training digits held out is
 * taken, the first of equals. Test digits are not read here. `--check` trains the chosen one anew and exits
 * with 1 where it comes to something else. Needs the build; takes some ten seconds a choice.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { searchOptions, searchTicket } from '../dist/search/index.js';
import { bundle } from './bundle.mjs';
import { root } from './tools.mjs';

const code = await bundle(path.join(root, 'web', 'worker', 'training.ts'));
const { digits, optionsOf } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
const file = path.join(root, 'web', 'data', 'training.json');

const frame = { epochs: 8, batch: 50, training: 8000, heldOut: 1000, test: 1000 };
/** Of about as many edges. */
const WIDTHS = [
  [64, 128, 64, 10],
  [64, 224, 10],
];
const RATES = [0.1, 0.3, 1];
const KEEPS = [0.3, 0.5];

const data = digits('training', frame.training);

/** Of the digits held out, how many are right after the last epoch. */
async function tried(choice) {
  const outcome = await searchTicket({ options: searchOptions(optionsOf(frame, choice)), data });
  const { loss, validation } = outcome.history.at(-1);
  const right = Math.round(validation * frame.heldOut);
  process.stderr.write(
    `${choice.widths.join('-')}, rate ${choice.learningRate}, keep ${choice.keep}: loss ${loss.toFixed(4)}, ${right} of ${frame.heldOut} right\n`,
  );
  return { ...choice, right };
}

if (process.argv.includes('--check')) {
  const { chosen, candidates } = JSON.parse(readFileSync(file, 'utf8'));
  const { right } = await tried(chosen);
  const most = Math.max(...candidates.map((each) => each.right));
  if (right !== most) {
    process.stderr.write(
      `${file}: the chosen settings come to ${right}, and ${most} was written\n`,
    );
    process.exitCode = 1;
  }
} else {
  const candidates = [];
  for (const widths of WIDTHS) {
    for (const learningRate of RATES) {
      for (const keep of KEEPS) candidates.push(await tried({ widths, learningRate, keep }));
    }
  }
  const best = candidates.reduce((one, other) => (other.right > one.right ? other : one));
  const { widths, learningRate, keep } = best;
  writeFileSync(
    file,
    `${JSON.stringify({ frame, candidates, chosen: { widths, learningRate, keep } })}\n`,
  );
}
