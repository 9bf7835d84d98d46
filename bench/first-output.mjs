/**
 * How long the first output of a ticket takes, in a fresh process: reading the file, compiling the
 * pruned source, making an engine and running one sample, then the same sample again. Medians of
 * several processes in turn. Usage: node bench/first-output.mjs TICKET [processes], after a build.
 */
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ENGINES = ['float', 'fast', 'folded'];
const STEPS = ['read', 'compile', 'make', 'first', 'again'];

/** Milliseconds of each step. */
async function measure(file, name) {
  const { readTicketFile } = await import('../dist/cli/files/read-ticket.js');
  const { compileTicket } = await import('../dist/inference/pruned-program.js');
  const { floatEngine } = await import('../dist/inference/float.js');
  const { foldedEngine } = await import('../dist/inference/folded.js');
  const { fastEngine } = await import('../dist/inference/fast/fast-engine.js');
  let last = performance.now();
  const milliseconds = () => {
    const before = last;
    last = performance.now();
    return last - before;
  };
  const ticket = readTicketFile(file, { memory: 2 ** 31 });
  const read = milliseconds();
  const program = compileTicket(ticket);
  const compile = milliseconds();
  const engines = {
    float: () => floatEngine(program),
    folded: () => foldedEngine(ticket.target),
    fast() {
      const { run } = fastEngine(program, { inputSigns: ticket.inputSigns });
      return run;
    },
  };
  const run = engines[name]();
  const make = milliseconds();
  const { inputSigns } = ticket;
  const sample = Float64Array.from(inputSigns, (sign) => (sign === 'nonpositive' ? -0.25 : 0.25));
  run(sample, 1);
  const first = milliseconds();
  run(sample, 1);
  return { read, compile, make, first, again: milliseconds() };
}

const [file, given, engine] = process.argv.slice(2);
if (engine !== undefined) {
  console.log(JSON.stringify(await measure(file, engine)));
} else {
  const runs = Object.fromEntries(ENGINES.map((name) => [name, []]));
  for (let round = 0; round < Number(given ?? 9); round++) {
    for (const name of ENGINES) {
      const args = [fileURLToPath(import.meta.url), file, '1', name];
      const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      runs[name].push(JSON.parse(stdout));
    }
  }
  const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  console.log(`| engine | ${STEPS.join(', ms | ')}, ms |`);
  console.log(`|---|${STEPS.map(() => '---|').join('')}`);
  for (const name of ENGINES) {
    const cells = STEPS.map((step) => median(runs[name].map((run) => run[step])).toFixed(1));
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}
