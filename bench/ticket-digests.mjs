/**
 * Tickets keep their bytes: finds every network below with both constructions, lossless and at a
 * certified 0.01, and compares the files with the recorded digests. Needs the build and the folder of
 * models that UNEARTH_SHARED names; without it the example alone is found. About ten minutes of CPU time.
 * Usage: node bench/ticket-digests.mjs [--write] [WORD...]; with words only lines that contain them all.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const recorded = path.join(root, 'test', 'pipeline', 'ticket-digests.txt');
const program = path.join(root, 'dist', 'cli', 'main.js');
const shared = path.join(process.env.UNEARTH_SHARED ?? '', 'models');
const acasxu = ['--domain', path.join(shared, 'acasxu.domain.txt')];
const images = ['--domain', 'box:0,1'];
const networks = [
  [path.join(root, 'examples', 'digits', 'digits.onnx'), images],
  [path.join(shared, 'acasxu_1_1.onnx'), acasxu],
  [path.join(shared, 'acasxu_2_3.onnx'), acasxu],
  [path.join(shared, 'vertcas_pra01.nnet'), []],
  [path.join(shared, 'mnist_256x2.onnx'), images],
  [path.join(shared, 'fc2_mnist_784_500_10.onnx'), images],
];

const words = process.argv.slice(2).filter((word) => word !== '--write');
const lines = existsSync(recorded)
  ? readFileSync(recorded, 'utf8').trim().split('\n').filter(Boolean)
  : [];
const known = new Map(
  lines.map((line) => [line.slice(line.indexOf('  ') + 2), line.split('  ')[0]]),
);
const folder = mkdtempSync(path.join(tmpdir(), 'ticket-digests-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Written after every ticket, so that a run that is ended leaves what it has. */
function record() {
  if (!process.argv.includes('--write')) return;
  const text = [...known].map(([name, digest]) => `${digest}  ${name}\n`).join('');
  writeFileSync(recorded, text);
}

let differing = 0;
for (const [model, domain] of networks) {
  for (const construction of ['horner', 'diamond']) {
    for (const precision of ['lossless', '0.01']) {
      const name = `${path.parse(model).name} ${construction} ${precision}`;
      if (!existsSync(model) || !words.every((word) => name.includes(word))) continue;
      const ticket = path.join(folder, `${name.replaceAll(' ', '-')}.ticket`);
      const epsilon = precision === 'lossless' ? [] : ['--epsilon', precision];
      const args = ['find', model, ...domain, ...epsilon, '--construction', construction];
      execFileSync(process.execPath, [program, ...args, '-o', ticket], { stdio: 'ignore' });
      const digest = createHash('sha256').update(readFileSync(ticket)).digest('hex');
      rmSync(ticket);
      const verdict = known.has(name) ? (known.get(name) === digest ? 'same' : 'DIFFERS') : 'new';
      if (verdict === 'DIFFERS') differing++;
      known.set(name, digest);
      record();
      console.log(`${digest.slice(0, 12)}  ${name}: ${verdict}`);
    }
  }
}
console.log(`${differing} differ`);
process.exitCode = differing === 0 ? 0 : 1;
