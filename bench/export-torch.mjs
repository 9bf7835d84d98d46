/**
 * Runs the Python lines of docs/export.md on exported matrices and compares their answer with the exact
 * engine's: `node bench/export-torch.mjs` after a build. Needs python3 with torch; the variable
 * PYTHON names another interpreter.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readModel } from '../dist/cli/files/read-model.js';
import { horner } from '../dist/constructions/horner/horner.js';
import { exportTicket } from '../dist/export/export-ticket.js';
import { fileBytes } from '../dist/export/exported-file.js';
import { openEngine } from '../dist/inference/open-engine-now.js';
import { findTicket } from '../dist/pipeline/find.js';
import { parseDomain } from '../dist/target/domain.js';

const interpreter = process.env.PYTHON ?? 'python3';
const root = path.resolve(import.meta.dirname, '..');
const page = readFileSync(path.join(root, 'docs/export.md'), 'utf8');
const [, python] = /```python\n(.*?)```/s.exec(page);
const folder = mkdtempSync(path.join(tmpdir(), 'unearth-torch-'));
const script = path.join(folder, 'run_ticket.py');
writeFileSync(script, python);
try {
  for (const name of ['digits', 'digits-conv']) {
    const { network } = readModel(path.join(root, `examples/digits/${name}.onnx`));
    const domain = parseDomain('box:0,1', 64);
    for (const precision of [{ mode: 'lossless' }, { mode: 'bits', bits: 6 }]) {
      const { ticket } = findTicket(network, { construction: horner, domain, precision });
      const engine = openEngine(ticket, { engine: 'exact' });
      const wanted = engine.evaluate(new Float64Array(64).fill(0.5), 1);
      for (const form of ['live', 'full', 'folded']) {
        const exported = exportTicket(ticket, { format: 'safetensors', form, compute: 'double' });
        const file = path.join(folder, 'digits.safetensors');
        writeFileSync(file, fileBytes(exported));
        const printed = execFileSync(interpreter, [script, file], { encoding: 'utf8' });
        const [outputs] = JSON.parse(printed);
        const seen = Math.max(...outputs.map((value, index) => Math.abs(value - wanted[index])));
        const { inputPlaces, tolerance } = exported.exactness;
        const stated = inputPlaces === null ? `at most ${tolerance.toExponential(1)}` : 'exact';
        console.log(`${name}, ${precision.mode}, ${form}: difference ${seen} (stated: ${stated})`);
        if (seen > (inputPlaces === null ? tolerance : 0)) process.exitCode = 1;
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
