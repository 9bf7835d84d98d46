/**
 * The script of the test page: finds a tiny network in a random source, writes and reads the ticket,
 * proves it, refuses a changed one, and runs the pruned source, all in the browser.
 */
import {
  compileTicket,
  concatenate,
  denseLayer,
  diamond,
  evaluateNetwork,
  findTicket,
  floatEngine,
  readTicket,
  verifyTicket,
} from './unearth.js';

const network = {
  layers: [
    denseLayer({
      inputs: 2,
      outputs: 3,
      weights: [0.5, -1, 0.75, 0.25, -0.5, 1],
      bias: [0.25, 0, -0.5],
      activation: 'relu',
    }),
    denseLayer({
      inputs: 3,
      outputs: 1,
      weights: [1, -0.5, 0.25],
      bias: [0.125],
      activation: 'identity',
    }),
  ],
  domain: { kind: 'all' },
};

/** Whether a ticket of the same length with another seed in it is refused by reader or proof. */
function isRefused(bytes) {
  const at = new TextDecoder('latin1').decode(bytes).search(/"seed":"?\d/);
  if (at < 0) throw new Error('no seed in the ticket');
  const changed = bytes.slice();
  const digit = changed.findIndex((byte, index) => index > at + 6 && byte >= 48 && byte <= 57);
  changed[digit] = changed[digit] === 57 ? 56 : changed[digit] + 1;
  try {
    return !verifyTicket(readTicket(changed)).proved;
  } catch (error) {
    return error.name === 'InputError';
  }
}

function run() {
  const found = findTicket(network, { construction: diamond });
  if (!found.found) return { found: false };
  const bytes = concatenate(found.bytes);
  const ticket = readTicket(bytes);
  const verdict = verifyTicket(ticket, { model: { network } });
  const inputs = Float64Array.of(0, 0, 1, -2, 0.5, 0.25, -3, 4);
  return {
    found: true,
    ticketBytes: bytes.length,
    equal: verdict.equal,
    proved: verdict.proved,
    modelMatches: verdict.modelMatches,
    changedIsRefused: isRefused(bytes),
    expected: [...evaluateNetwork(network, inputs)],
    outputs: [...floatEngine(compileTicket(ticket))(inputs, 4)],
  };
}

try {
  globalThis.result = run();
} catch (error) {
  globalThis.result = { error: String(error?.stack ?? error) };
}
