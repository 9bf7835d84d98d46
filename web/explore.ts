/** Everything after the first paint: wires the sections to each other, to the workers and to the page's address. */
import type { WeightLadder } from './library.js';
import { bold, byId, bytes, fill, grouped, make, seconds } from './page/dom.js';
import { setTerm } from './page/glossary.js';
import { aboutNow, show } from './page/stage.js';
import {
  EXAMPLES,
  type Found,
  foundNow,
  on,
  readView,
  setVerdict,
  tell,
  verdictNow,
  view,
  writeView,
} from './page/state.js';
import type { WorkerClient } from './page/worker-client.js';
import { startInput } from './sections/input.js';
import { startMap } from './sections/map.js';
import { startScissors } from './sections/scissors.js';
import { startSeed } from './sections/seed.js';
import { startWeight } from './sections/weight.js';
import type { ExampleName } from './worker/protocol.js';

const WHAT: Readonly<Record<ExampleName, string>> = {
  digits: 'a digit classifier',
  conv: 'a convolutional digit classifier',
  toy: 'a classifier of points in a square',
};

/** The search for an example that is under way. */
let opening: AbortController | undefined;

/** Has an example searched for under the view's seed; what is called shows it, and says how that went. */
function begin(worker: WorkerClient, example: ExampleName): () => Promise<string> {
  opening?.abort();
  const own = new AbortController();
  opening = own;
  const { seed, delta } = view;
  const found = worker.call(
    'open',
    { example, seed, delta },
    {
      signal: own.signal,
      onStep: ({ words, done }) => {
        // Not of a search that was left, nor before there is a page to say it on.
        if (opening === own && document.readyState !== 'loading')
          byId('status').textContent = `${words}: ${Math.round(100 * done)} %`;
      },
    },
  );
  // Whoever shows it is told.
  found.catch(() => undefined);
  return async () => {
    const status = byId('status');
    try {
      const opened = await found;
      if (opening !== own) return '';
      if (!opened.found) {
        const words = `Not found: ${opened.reason}.`;
        status.textContent = words;
        return words;
      }
      show(opened, worker, {
        what: WHAT[example],
        reopen: () => begin(worker, example)(),
      });
      const verdict = await worker.call('verdict', {}, { signal: own.signal });
      if (opening !== own) return '';
      setVerdict(verdict);
      tell('proved');
      return inAWord(opened, verdict);
    } catch (error) {
      if (own.signal.aborted) return '';
      status.textContent = `It failed: ${error instanceof Error ? error.message : error}`;
      throw error;
    }
  };
}

/** How a find went, in a sentence. */
function inAWord(
  { seed, weights, kept }: Found,
  { proved, seconds: time }: { readonly proved: boolean; readonly seconds: number },
): string {
  return `Found and ${proved ? 'proved' : 'NOT proved'} under seed ${seed} in ${seconds(time)}: ${grouped(weights)} random weights, ${grouped(kept)} edges kept.`;
}

/** The page's first sentences say what is shown. */
function followLead(): void {
  on('opened', () => {
    const found = foundNow();
    if (found === undefined) return;
    const { weights, kept, parameters, seed, domain } = found;
    byId('lead-weights').textContent = grouped(weights);
    byId('lead-seed').textContent = String(seed);
    byId('lead-kept').textContent = grouped(kept);
    byId('lead-parameters').textContent = grouped(parameters);
    byId('lead-what').textContent = aboutNow()?.what ?? '';
    setTerm('domain', `The inputs that the promise is about: here ${domain}.`);
    if (verdictNow() === null) byId('status').textContent = 'Found on your machine; proving it …';
    else leadVerdict();
  });
  on('proved', leadVerdict);
}

function leadVerdict(): void {
  const [found, verdict] = [foundNow(), verdictNow()];
  if (found === undefined || verdict === null) return;
  const { proved, epsilon, seconds: time } = verdict;
  const isExact = epsilon === null || Number(epsilon) === 0;
  fill(
    byId('lead-how'),
    ...(isExact
      ? ['not nearly, but ', bold('exactly')]
      : ['up to an error of ', bold(`at most ${epsilon}`)]),
  );
  fill(
    byId('status'),
    'Found and ',
    bold(proved ? 'proved' : 'NOT proved'),
    ` on your machine just now, in ${seconds(time)}, from the seed and the trained weights; nothing was sent anywhere. The ticket (seed and mask) is ${bytes(found.ticketBytes)}.`,
  );
}

/** The weight that is chosen to begin with. */
function firstWeight(): void {
  const isDigits = view.example === 'digits';
  Object.assign(view, {
    block: 1,
    ...(isDigits ? { row: 19, column: 36, layer: 12 } : { row: 0, column: 0, layer: 5 }),
  });
}

function followExample(worker: WorkerClient): void {
  const choice = byId<HTMLSelectElement>('example');
  choice.value = view.example;
  choice.addEventListener('change', () => {
    const example = EXAMPLES.find((name) => name === choice.value);
    if (example === undefined) return;
    view.example = example;
    view.input = new Uint8Array(0);
    firstWeight();
    void begin(worker, example)();
  });
  on('opened', () => {
    // The visitor's own network is there to be chosen as long as it is shown.
    choice.querySelector('option[value=own]')?.remove();
    if (view.example === 'own') {
      choice.append(make('option', { value: 'own' }, aboutNow()?.what ?? ''));
    }
    choice.value = view.example;
  });
}

/** Milliseconds: browsers refuse an address that changes with every move of a pen. */
const ADDRESS = 200;

/** The address follows what is shown; back and forward are left alone. */
function followAddress(): void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const remember = (): void => {
    clearTimeout(waiting);
    waiting = setTimeout(write, ADDRESS);
  };
  const write = (): void => {
    if (foundNow() === undefined) return;
    const hash = view.example === 'own' ? ' ' : `#${writeView()}`;
    history.replaceState(null, '', hash.trim() || location.pathname + location.search);
  };
  for (const topic of ['opened', 'input', 'weight', 'layer', 'sorted'] as const)
    on(topic, remember);
  const button = byId('share');
  const words = button.textContent ?? '';
  on('opened', () => {
    button.textContent = words;
  });
  button.addEventListener('click', async () => {
    write();
    if (view.example === 'own') {
      button.textContent = 'your network is on your machine only: no link leads to it';
      return;
    }
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = 'copied';
    } catch {
      button.textContent = 'copy it from the address bar';
    }
  });
}

/** Sections further down come with code of their own, when they are near. */
function startLater(): void {
  const later: Readonly<Record<string, () => Promise<unknown>>> = {
    bits: async () => (await import('./sections/bits.js')).startBits(),
    systems: async () => (await import('./sections/systems.js')).startSystems(),
    train: async () => (await import('./sections/train.js')).startTrain(),
    own: async () => (await import('./sections/own.js')).startOwn(),
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        void later[target.id]?.();
      }
    },
    { rootMargin: '600px' },
  );
  for (const id of Object.keys(later)) observer.observe(byId(id));
}

/**
 * With a worker that is on its way already, which is asked at once. What is shown is wired up when the page
 * has been painted.
 */
export async function startExplorer(worker: WorkerClient, painted: Promise<void>): Promise<void> {
  // A shared address may say less than all: the rest is as for any first visit.
  const { hasInput } = readView(location.hash);
  if (!hasInput) view.input = new Uint8Array(0);
  const example = EXAMPLES.find((name) => name === view.example) ?? EXAMPLES[0];
  const showFound = begin(worker, example);
  await painted;
  followLead();
  followExample(worker);
  // First of those that ask the worker: outputs are what is waited for.
  startInput((traced) => map.setTrace(traced));
  const map = startMap();
  const scissors = startScissors();
  startWeight((ladder: WeightLadder | undefined) => {
    map.setLadder(ladder);
    scissors.setLadder(ladder);
  });
  startSeed();
  followAddress();
  startLater();
  await showFound();
}
