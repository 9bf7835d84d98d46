/**
 * What sharing partial sums is worth: the fast engine's plan for one ticket with tables of every group
 * size, in float32 and after int16, as chosen in float64 too, against edges one by one. All in turn in one run, one thread, batch
 * 256. Usage: node bench/inference-designs.mjs TICKET [rounds], after a build.
 */
import os from 'node:os';
import process from 'node:process';
import { readTicketFile } from '../dist/cli/files/read-ticket.js';
import { complete } from '../dist/core/steps.js';
import { blockFactors } from '../dist/inference/block-factors.js';
import { chooseGrouping } from '../dist/inference/fast/digit-tables.js';
import { floatTypes } from '../dist/inference/fast/number-types.js';
import { planSegments } from '../dist/inference/fast/plan.js';
import { planRunner } from '../dist/inference/fast/runner.js';
import { segmentsOf } from '../dist/inference/fast/segments.js';
import { wasmMachines } from '../dist/inference/fast/wasm-kernels.js';
import { compileTicket } from '../dist/inference/pruned-program.js';
import { addCeiling } from './engines/add-ceiling.mjs';

const [file, rounds = '15'] = process.argv.slice(2);
const ticket = readTicketFile(file, { memory: 2 ** 31 });
const program = compileTicket(ticket);
const segments = segmentsOf(program, ticket.inputSigns);
const { factors } = blockFactors(program);
const raw = program.inputs - (program.constant ? 1 : 0);
const SAMPLES = 256;
const batch = Float64Array.from({ length: SAMPLES * raw }, (_, index) => (index * 7919) % 256);

function design(name, bytes, choose, type = 'float32') {
  const types = floatTypes(segments, type, bytes, false);
  const plan = planSegments(segments, types, program.constant, choose);
  const runner = planRunner(plan, factors, wasmMachines);
  const run = () => {
    for (let from = 0; from < SAMPLES; from += runner.lanes) {
      const starts = Array.from({ length: runner.lanes }, (_, lane) => (from + lane) * raw);
      const lanes = { batch, starts, factors: starts.map(() => 1), unit: 255 };
      complete(runner.runSteps(lanes, () => undefined));
    }
  };
  const { tables, digits, terms } = plan.additions;
  return {
    name,
    additions: tables + digits + terms,
    megabytes: plan.bytes / 2 ** 20,
    run,
    least: Number.POSITIVE_INFINITY,
  };
}

const sized = (size) => (segment) => ({ ...chooseGrouping(segment), size });
const designs = [
  ...[1, 2, 3, 4, 5, 6, 7].map((size) => design(`groups of ${size}`, false, sized(size))),
  design('groups as chosen', false, chooseGrouping),
  design('groups as chosen, after int16', true, chooseGrouping),
  design('groups as chosen, float64', false, chooseGrouping, 'float64'),
  design('groups as chosen, float64 after int16', true, chooseGrouping, 'float64'),
];
const ceiling = addCeiling('float32');
let adds = 0;
for (const { run } of designs) for (let warm = 0; warm < 15; warm++) run();
for (let round = 0; round < Number(rounds); round++) {
  adds = 4 * ceiling();
  for (const each of designs) {
    const start = process.cpuUsage();
    each.run();
    const { user, system } = process.cpuUsage(start);
    each.least = Math.min(each.least, (user + system) / SAMPLES);
  }
}
console.log(
  `${program.liveEdges} kept edges; ceiling ${(adds / 1e9).toFixed(1)} G float32 additions a second; load ${os.loadavg()[0].toFixed(1)}\n`,
);
console.log(
  '| design | additions a sample | least CPU µs a sample | G additions a second | share of the ceiling | MB |',
);
console.log('|---|---|---|---|---|---|');
for (const { name, additions, least, megabytes } of designs) {
  const rate = additions / least / 1e3;
  console.log(
    `| ${name} | ${additions} | ${least.toFixed(1)} | ${rate.toFixed(1)} | ${((100 * rate * 1e9) / adds).toFixed(0)} % | ${megabytes.toFixed(1)} |`,
  );
}
