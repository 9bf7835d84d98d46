/** What both networks make of the input, followed as it changes. */
import { upwards } from '../drawing/bits-plot.js';
import { bold, byId, fill, make } from '../page/dom.js';
import { valuesOf } from '../page/input-form.js';
import { ask } from '../page/stage.js';
import { foundNow, on, verdictNow, view } from '../page/state.js';
import { certifiedError, reasonOf } from '../page/verdict.js';
import type { Traced } from '../worker/protocol.js';

/** Of more outputs these are shown, the largest first. */
const MOST_SHOWN = 16;

function shownOutputs({ values, answer }: Traced): number[] {
  const all = values.map((_, index) => index);
  if (all.length <= MOST_SHOWN) return all;
  const largest = all.sort((a, b) => values[b] - values[a]).slice(0, MOST_SHOWN);
  return largest.includes(answer) ? largest : [answer, ...largest.slice(1)];
}

function showBars({ values, answer }: Traced, shown: readonly number[]): void {
  const own = shown.map((index) => values[index]);
  const low = Math.min(0, ...own);
  const span = Math.max(0, ...own) - low || 1;
  const cells = shown.flatMap((index) => {
    const value = values[index];
    const kind = index === answer ? 'best' : '';
    const bar = make('span', { class: `fill ${kind}` });
    bar.style.left = `${((Math.min(value, 0) - low) / span) * 100}%`;
    bar.style.width = `${Math.max(0.6, (Math.abs(value) / span) * 100)}%`;
    return [
      make('span', { class: kind }, String(index)),
      make('span', { class: 'track', 'aria-hidden': 'true' }, bar),
      make('span', { class: kind }, value.toFixed(3).replace('-', '−')),
    ];
  });
  fill(byId('outputs'), ...cells);
}

function showOutputs(traced: Traced): void {
  const certified = certifiedError(verdictNow());
  const { pruned, trained, difference, answer } = traced;
  const shown = shownOutputs(traced);
  showBars(traced, shown);
  const count = pruned.length;
  const same = pruned.filter((text, index) => text === trained[index]).length;
  const digits = pruned[answer].replace(/\D/g, '').length;
  // Of the examples it is known that they are classifiers.
  const isAnswer = view.example !== 'own';
  const largest = isAnswer ? `The answer is ${answer}` : `The largest is output ${answer}`;
  const what = count === 1 ? '' : ` ${largest}.`;
  const apart = ' Both were computed apart from each other';
  if (same === count) {
    fill(
      byId('equal'),
      bold('= equal, exactly'),
      `, in ${count === 1 ? 'its one output' : `all ${count} outputs`}.${what}${apart}; output ${answer} has ${digits} decimal digits, all the same.`,
    );
  } else {
    const bound =
      certified === undefined ? '' : `; certified for every input: at most ${certified}`;
    const isWithin = certified !== undefined && difference <= Number(certified);
    fill(
      byId('equal'),
      bold(isWithin ? '≈ within the error that was allowed' : '≠ not equal'),
      `: here the outputs differ by ${upwards(difference)} at most${bound}.${what}${apart}.`,
    );
  }
  fill(
    byId('digits-exact'),
    ...shown.flatMap((index) => [
      make('div', {}, bold(`output ${index}`)),
      make('p', { class: 'exact' }, `pruned random network ${pruned[index]}`),
      make('p', { class: 'exact' }, `trained network ${trained[index]}`),
    ]),
  );
}

/** After so long without an answer the page says that it is at work. */
const PATIENCE = 400;

/** Follows the input; only the newest one waits. */
export function startOutputs(onTrace: (traced: Traced) => void): void {
  let isBusy = false;
  let isAsked = false;
  const run = async (): Promise<void> => {
    const found = foundNow();
    if (found === undefined) return;
    if (isBusy) {
      isAsked = true;
      return;
    }
    isBusy = true;
    const timer = setTimeout(() => {
      byId('equal').textContent = 'Running it through both networks …';
    }, PATIENCE);
    try {
      const traced = await ask('trace', { input: valuesOf(view.input, found) });
      if (traced !== undefined) {
        showOutputs(traced);
        onTrace(traced);
      }
    } catch (error) {
      byId('equal').textContent = `It could not be run: ${reasonOf(error)}`;
    } finally {
      clearTimeout(timer);
      isBusy = false;
    }
    if (isAsked) {
      isAsked = false;
      await run();
    }
  };
  on('input', run);
  on('opened', () => {
    // What it says is of the network before.
    byId('equal').textContent = '';
    return run();
  });
}
