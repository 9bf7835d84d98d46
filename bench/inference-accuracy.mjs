/**
 * What rounding costs: the fast engine in floats against exact outputs, on all images of an IDX file.
 * Usage: node bench/inference-accuracy.mjs TICKET IMAGES.gz, after a build. Prints the largest
 * difference and the number of images whose class (the largest output) is another one.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { gunzipSync } from 'node:zlib';

import { readTicketFile } from '../dist/cli/files/read-ticket.js';
import { argMax } from '../dist/inference/arg-max.js';
import { fastEngine } from '../dist/inference/fast/fast-engine.js';
import { compileTicket } from '../dist/inference/pruned-program.js';

const [file, images] = process.argv.slice(2);
const ticket = readTicketFile(file, { memory: 2 ** 31 });
const program = compileTicket(ticket);
const raw = ticket.inputSigns.length;
const pixels = gunzipSync(readFileSync(images)).subarray(16);
const count = pixels.length / raw;
const options = { inputSigns: ticket.inputSigns };
const exact = fastEngine(program, { ...options, divide: 255, exactness: 'bits' });
const contestants = [
  { name: '8-bit inputs', engine: fastEngine(program, { ...options, divide: 255 }), divide: 1 },
  { name: 'float inputs', engine: fastEngine(program, options), divide: 255 },
].map((each) => ({ ...each, difference: 0, otherClasses: 0 }));
const BATCH = 500;
let largest = 0;
for (let from = 0; from < count; from += BATCH) {
  const samples = Math.min(BATCH, count - from);
  const batch = Float64Array.from(pixels.subarray(from * raw, (from + samples) * raw));
  const wanted = exact.run(batch, samples);
  for (const value of wanted) largest = Math.max(largest, Math.abs(value));
  for (const each of contestants) {
    const values = each.engine.run(
      batch.map((value) => value / each.divide),
      samples,
    );
    const outputs = values.length / samples;
    for (const [index, value] of values.entries()) {
      each.difference = Math.max(each.difference, Math.abs(value - wanted[index]));
    }
    for (let at = 0; at < values.length; at += outputs) {
      if (argMax(values, at, outputs) !== argMax(wanted, at, outputs)) each.otherClasses++;
    }
  }
}
console.log(`${count} images, largest output ${largest}, exact: ${exact.arithmetic()}`);
for (const { name, engine, difference, otherClasses } of contestants) {
  console.log(
    `${name}, ${engine.arithmetic()}: largest difference ${difference}, other classes ${otherClasses}`,
  );
}
