/**
 * What the `fast` engine takes on tickets of `skip`, in times of what it takes on Horner's of the same
 * network, domain and integers: all tickets in turn, one thread, in processor time (the least of the
 * rounds, which a busy machine disturbs least).
 *
 *   node bench/run-constructions.mjs [MODEL[=BITS] ..] [--domain DOMAIN] [--seconds N] [--exactness bits]
 *
 * A model is a path, or a file in the folder of real models (UNEARTH_SHARED); without BITS lossless.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { readModel } from '../dist/cli/files/read-model.js';
import { horner } from '../dist/constructions/horner/horner.js';
import { skip } from '../dist/constructions/skip/skip.js';
import { fastEngine } from '../dist/inference/fast/fast-engine.js';
import { compileTicket } from '../dist/inference/pruned-program.js';
import { findTicket } from '../dist/pipeline/find.js';
import { parseDomain } from '../dist/target/domain.js';

const BATCH = 256;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    domain: { type: 'string', default: 'box:0,1' },
    seconds: { type: 'string', default: '10' },
    exactness: { type: 'string', default: 'float' },
  },
});
const shared = process.env.UNEARTH_SHARED ?? '.';
const models = positionals.length > 0 ? positionals : ['mnist_256x2.onnx', 'mnist_256x2.onnx=13'];

function fileOf(name) {
  return existsSync(name) ? name : path.join(shared, 'models', name);
}

/** An engine that has seen a batch, and how long that took. */
function ready(construction, network, domain, precision, batch) {
  const { ticket, found } = findTicket({ ...network, domain }, { construction, domain, precision });
  if (!found) throw new Error('no seed has the network');
  const start = process.cpuUsage();
  const program = compileTicket(ticket);
  const exactness = values.exactness;
  const engine = fastEngine(program, { inputSigns: ticket.inputSigns, exactness });
  const outputs = engine.run(batch, BATCH);
  const { user, system } = process.cpuUsage(start);
  return { name: construction.name, engine, program, outputs, prepared: (user + system) / 1000 };
}

/** The least processor time of a batch for each engine, in µs a sample, in turns until the time is over. */
function inTurns(engines, batch) {
  const least = engines.map(() => Number.POSITIVE_INFINITY);
  const end = performance.now() + 1000 * Number(values.seconds);
  for (let round = 0; round < 3 || performance.now() < end; round++) {
    for (const [index, { engine }] of engines.entries()) {
      const start = process.cpuUsage();
      engine.run(batch, BATCH);
      const { user, system } = process.cpuUsage(start);
      least[index] = Math.min(least[index], (user + system) / BATCH);
    }
  }
  return least;
}

for (const given of models) {
  const [name, bits] = given.split('=');
  const { network } = readModel(fileOf(name));
  const { inputs } = network.layers[0];
  const domain = parseDomain(values.domain, inputs);
  const precision = bits ? { mode: 'bits', bits: Number(bits) } : { mode: 'lossless' };
  // Of many bits, so that nothing is added in int16.
  const batch = Float64Array.from(
    { length: BATCH * inputs },
    (_, index) => ((index * 7919 + 31 * (index >> 3)) % 256) / 255,
  );
  const engines = [horner, skip].map((each) => ready(each, network, domain, precision, batch));
  const least = inTurns(engines, batch);
  console.log(`\n${given}, ${values.domain}, exactness ${values.exactness}\n`);
  console.log(
    '| construction | computed in | kept edges | additions a sample | made ready, CPU ms | CPU µs a sample | times the first |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const [index, { name: own, engine, program, prepared }] of engines.entries()) {
    const ratio = least[index] / least[0];
    const cells = [own, engine.arithmetic(), program.liveEdges, engine.additions() ?? '-'];
    cells.push(prepared.toFixed(0), least[index].toFixed(0), ratio.toFixed(2));
    console.log(`| ${cells.join(' | ')} |`);
    const reason = engine.reason();
    if (reason !== '') console.log(`\n${own}: ${reason}\n`);
  }
}
