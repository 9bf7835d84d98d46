/**
 * The script of the test page: finds a tiny network in a random source, writes and reads the ticket,
 * proves it, refuses a changed one, and runs the pruned source, all in the browser.
 */
import { denseLayer, evaluateNetwork, find, open, readTicket, verify } from './unearth.js';

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
async function isRefused(bytes) {
  const at = new TextDecoder('latin1').decode(bytes).search(/"seed":"?\d/);
  if (at < 0) throw new Error('no seed in the ticket');
  const changed = bytes.slice();
  const digit = changed.findIndex((byte, index) => index > at + 6 && byte >= 48 && byte <= 57);
  changed[digit] = changed[digit] === 57 ? 56 : changed[digit] + 1;
  try {
    return !(await verify(readTicket(changed))).proved;
  } catch (error) {
    return error.name === 'InputError';
  }
}

/** Whether a find ends with the signal's reason where a timer aborts it on the way. */
async function isCancelled() {
  const large = denseLayer({
    inputs: 200,
    outputs: 100,
    weights: Float64Array.from({ length: 20_000 }, (_, index) => ((index * 7919) % 255) - 127),
    bias: new Float64Array(100),
    activation: 'identity',
  });
  const controller = new AbortController();
  const stages = new Set();
  setTimeout(() => controller.abort(), 0);
  try {
    await find(
      { network: { layers: [large], domain: { kind: 'all' } } },
      { signal: controller.signal, onProgress: ({ stage }) => stages.add(stage) },
    );
    return false;
  } catch (error) {
    return error === controller.signal.reason && error.name === 'AbortError' && stages.size > 0;
  }
}

async function run() {
  const found = await find({ network }, { construction: 'diamond' });
  if (!found.found) return { found: false };
  const { bytes } = found;
  const ticket = readTicket(bytes);
  const verdict = await verify(ticket, { model: { network } });
  const inputs = Float64Array.of(0, 0, 1, -2, 0.5, 0.25, -3, 4);
  return {
    found: true,
    ticketBytes: bytes.length,
    equal: verdict.equal,
    proved: verdict.proved,
    modelMatches: verdict.modelMatches,
    changedIsRefused: await isRefused(bytes),
    isCancelled: await isCancelled(),
    expected: [...evaluateNetwork(network, inputs)],
    outputs: [...(await open(ticket).run(inputs))],
  };
}

try {
  globalThis.result = await run();
} catch (error) {
  globalThis.result = { error: String(error?.stack ?? error) };
}
