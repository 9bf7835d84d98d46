/** Everything after the first paint: wires the sections to each other, to the workers and to the page's address. */
import type { WeightLadder } from './library.js';
import { bold, byId, bytes, fill, grouped, make, seconds } from './page/dom.js';
import { takeDrops } from './page/drops.js';
import { setTerm } from './page/glossary.js';
import { aboutNow, isHolder, show } from './page/stage.js';
import {
  EXAMPLES,
  type Found,
  foundNow,
  type Outcome,
  on,
  outcomeNow,
  readView,
  settle,
  verdictNow,
  view,
  writeView,
} from './page/state.js';
import { certifiedError, foundWords, reasonOf } from './page/verdict.js';
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

/** In the first sentences, as in the page before anything is found. */
const TO_COME = 'its proof is to come';

/** The search for an example that is under way, and its proof. */
let opening: AbortController | undefined;

/**
 * Has an example searched for under the view's seed; what is called shows it, and says how that went, or
 * nothing where it was left for another one. Never rejects for what the worker could not do.
 */
function begin(
  worker: WorkerClient,
  example: ExampleName,
  onShow: () => void = () => undefined,
): () => Promise<string> {
  opening?.abort();
  const own = new AbortController();
  opening = own;
  const { signal } = own;
  const { seed, delta } = view;
  const found = worker
    .call(
      'open',
      { example, seed, delta },
      {
        signal,
        onStep: ({ words, done }) => {
          // Not of a search that was left, nor before there is a page to say it on.
          if (!signal.aborted && document.readyState !== 'loading')
            byId('status').textContent = `${words}: ${Math.round(100 * done)} %`;
        },
      },
    )
    .then(
      (opened) => (opened.found ? opened : `Not found: ${opened.reason}.`),
      (error: unknown) => `It failed: ${reasonOf(error)}`,
    );
  const verdict = async (): Promise<Outcome> => {
    const left = { failure: 'another search ended the proof' };
    if (signal.aborted) return left;
    return worker
      .call('verdict', {}, { signal })
      .catch((error: unknown) => (signal.aborted ? left : { failure: reasonOf(error) }));
  };
  return async () => {
    const opened = await found;
    if (typeof opened === 'string') {
      if (signal.aborted) return '';
      byId('status').textContent = opened;
      return opened;
    }
    // Found though it was left: where the page shows what this worker holds, that is it now.
    if (signal.aborted && !isHolder(worker)) return '';
    onShow();
    view.example = example;
    show(opened, worker, {
      what: WHAT[example],
      reopen: () => begin(worker, example)(),
    });
    const outcome = await verdict();
    return settle(opened, outcome) && !signal.aborted ? foundWords(opened, outcome) : '';
  };
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
    leadProof(found);
  });
  on('settled', () => {
    const found = foundNow();
    if (found !== undefined) leadProof(found);
  });
}

/** What the first sentences say of the proof. */
function leadProof({ ticketBytes }: Found): void {
  const [how, status, outcome] = [byId('lead-how'), byId('status'), outcomeNow()];
  if (outcome === null) {
    how.textContent = TO_COME;
    status.textContent = 'Found on your machine; proving it …';
    return;
  }
  const error = certifiedError(verdictNow());
  if (error === undefined) fill(how, bold('NOT proved'));
  else if (error === '0') fill(how, 'not nearly, but ', bold('exactly'));
  else fill(how, 'up to an error of ', bold(`at most ${error}`));
  if ('failure' in outcome) {
    fill(status, 'Found on your machine, ', bold('NOT proved'), `: ${outcome.failure}.`);
    return;
  }
  const { proved, seconds: time } = outcome;
  fill(
    status,
    'Found and ',
    bold(proved ? 'proved' : 'NOT proved'),
    ` on your machine just now, in ${seconds(time)}, from the seed and the trained weights; nothing was sent anywhere. The ticket (seed and mask) is ${bytes(ticketBytes)}.`,
  );
}

/** The weight that is chosen to begin with. */
function firstWeight(example: ExampleName): void {
  const isDigits = example === 'digits';
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
    const afresh = (): void => {
      view.input = new Uint8Array(0);
      firstWeight(example);
    };
    void begin(worker, example, afresh)();
  });
  on('opened', () => {
    // Another worker's network is shown: no search for an example goes on behind it, nor a proof.
    if (!isHolder(worker)) opening?.abort();
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
  const later: Record<string, () => Promise<unknown>> = {
    bits: async () => (await import('./sections/bits.js')).startBits(),
    systems: async () => (await import('./sections/systems.js')).startSystems(),
    train: async () => (await import('./sections/train.js')).startTrain(),
    own: async () => (await import('./sections/own.js')).startOwn(),
  };
  const start = (section: Element): void => {
    observer.unobserve(section);
    void later[section.id]?.();
    delete later[section.id];
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) start(target);
    },
    { rootMargin: '600px' },
  );
  for (const id of Object.keys(later)) observer.observe(byId(id));
  takeDrops(() => start(byId('own')));
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
