/** What the page shows, in the address after the `#`, so that a view can be shared. */
import type { ExampleName, Found, Verdict } from '../worker/protocol.js';
import { firstInput } from './input-form.js';

export type { Found };

export const EXAMPLES: readonly ExampleName[] = ['digits', 'conv', 'toy'];

export interface View {
  /** `own`: a network of the visitor's, which no address can name. */
  example: ExampleName | 'own';
  seed: bigint;
  /** Failure probability that the plan allows. */
  delta: number;
  /** The chosen weight; block from 1, row and column from 0. */
  block: number;
  row: number;
  column: number;
  /** The random layer looked into, from 1. */
  layer: number;
  sorted: boolean;
  /** The input, each value in 0..255 of its range; as hexadecimal digits in the address. */
  input: Uint8Array;
}

export const view: View = {
  example: 'digits',
  seed: 1n,
  delta: 1e-6,
  block: 1,
  row: 19,
  column: 36,
  layer: 12,
  sorted: false,
  input: new Uint8Array(64),
};

/** Inputs of the examples. */
const INPUTS: Readonly<Record<ExampleName, number>> = { digits: 64, conv: 64, toy: 2 };

const WHOLE = /^\d{1,20}$/;

/** Reads an address; what makes no sense is left out. */
export function readView(hash: string): { readonly hasInput: boolean } {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const whole = (name: string): number | undefined => {
    const text = given.get(name);
    return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
  };
  const example = EXAMPLES.find((name) => name === given.get('example')) ?? 'digits';
  view.example = example;
  const seed = given.get('seed');
  if (seed !== null && WHOLE.test(seed) && BigInt(seed) < 2n ** 64n) view.seed = BigInt(seed);
  const delta = Number(given.get('delta') ?? Number.NaN);
  if (delta >= 1e-12 && delta < 1) view.delta = delta;
  view.block = whole('block') ?? view.block;
  view.row = whole('row') ?? view.row;
  view.column = whole('column') ?? view.column;
  view.layer = whole('layer') ?? view.layer;
  view.sorted = given.get('sorted') === '1';
  const input = given.get('input') ?? '';
  if (!/^[0-9a-f]*$/.test(input) || input.length !== 2 * INPUTS[example]) {
    return { hasInput: false };
  }
  view.input = Uint8Array.from(input.match(/../g) ?? [], (text) => Number.parseInt(text, 16));
  return { hasInput: true };
}

export function writeView(): string {
  const { example, seed, delta, block, row, column, layer, sorted, input } = view;
  return new URLSearchParams({
    example,
    seed: String(seed),
    delta: String(delta),
    block: String(block),
    row: String(row),
    column: String(column),
    layer: String(layer),
    sorted: sorted ? '1' : '0',
    input: Array.from(input, (value) => value.toString(16).padStart(2, '0')).join(''),
  }).toString();
}

/** `settled`: the proof of what is shown has ended, one way or another. */
type Topic = 'opened' | 'settled' | 'input' | 'weight' | 'layer' | 'sorted';
const listeners = new Map<Topic, (() => void)[]>();

/** Calls back whenever this part of the view changes. */
export function on(topic: Topic, listener: () => void): void {
  listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
}

export function tell(topic: Topic): void {
  for (const listener of listeners.get(topic) ?? []) listener();
}

/** What the proof of a network came to: a verdict, or why there is none. */
export type Outcome = Verdict | { readonly failure: string };

/** The network that is shown, once one was found, and what its proof came to, once that is known. */
let opened: Found | undefined;
let outcome: Outcome | null = null;

export function foundNow(): Found | undefined {
  return opened;
}

/** Of what is shown; null while its proof is under way. */
export function outcomeNow(): Outcome | null {
  return outcome;
}

export function verdictNow(): Verdict | null {
  return outcome !== null && 'proved' in outcome ? outcome : null;
}

/** What the proof of `found` came to; not taken, and false, where another network is shown by then. */
export function settle(found: Found, came: Outcome): boolean {
  if (found !== opened) return false;
  outcome = came;
  tell('settled');
  return true;
}

export function setFound(found: Found): void {
  opened = found;
  outcome = found.verdict;
  const { map } = found;
  view.seed = found.seed;
  // A view of another network may name what this one does not have.
  view.block = Math.min(Math.max(1, view.block), map.blocks.length);
  const { rows, columns } = found.matrices[view.block - 1];
  view.row = Math.min(view.row, rows - 1);
  view.column = Math.min(view.column, columns - 1);
  view.layer = Math.min(Math.max(1, view.layer), map.layers.length - 1);
  if (view.input.length !== found.lower.length) view.input = firstInput(found.lower.length);
}
