/** Section 9: the visitor's own network, planned first, then found, proved and given back. */

import convolutional from '../../examples/digits/digits-conv.onnx?url';
import { bold, byId, bytes, fill, grouped, make, seconds } from '../page/dom.js';
import { isHolder, show } from '../page/stage.js';
import { foundNow, on, verdictNow, view } from '../page/state.js';
import { certifiedError, foundWords, reasonOf } from '../page/verdict.js';
import { startWorker, TaskError, type WorkerClient } from '../page/worker-client.js';
import type { Found, OwnFound, OwnRequest } from '../worker/protocol.js';

/** Beyond that the file is not even read: a network of 500 million source weights is smaller. */
const MOST_BYTES = 64e6;

/** Milliseconds without a key after which a text counts as typed. */
const TYPING = 250;

export function startOwn(): void {
  const file = byId<HTMLInputElement>('file');
  const find = byId<HTMLButtonElement>('own-find');
  const cancel = byId<HTMLButtonElement>('own-cancel');
  const bar = byId<HTMLProgressElement>('own-progress');
  const download = byId<HTMLAnchorElement>('own-download');
  const domain = byId<HTMLInputElement>('own-domain');
  const epsilon = byId<HTMLSelectElement>('own-epsilon');
  const planWords = byId('own-plan');
  const words = byId('own-words');
  let given: { readonly name: string; readonly bytes: Uint8Array } | undefined;
  let latest: File | undefined;
  let client: WorkerClient | undefined;
  /** Whose network the sections above show. */
  let shownBy: WorkerClient | undefined;
  let controller: AbortController | undefined;
  let address: string | undefined;

  const request = (): OwnRequest | undefined => {
    const found = foundNow();
    const verdict = verdictNow();
    if (given === undefined) return undefined;
    return {
      ...given,
      domain: domain.value,
      ...(epsilon.value !== '' && { epsilon: Number(epsilon.value) }),
      example:
        found === undefined || verdict === null
          ? { weights: 1.4e6, seconds: 1 }
          : { weights: Number(found.weights), seconds: verdict.seconds },
    };
  };
  const say = (error: unknown): void => {
    if (controller?.signal.aborted) {
      words.textContent = 'Cancelled; nothing is kept.';
      return;
    }
    if (error instanceof TaskError && error.remedy !== '') {
      fill(words, bold('Refused: '), `${error.problem}. What to do: ${error.remedy}.`);
    } else {
      fill(words, bold('Refused: '), error instanceof Error ? error.message : String(error));
    }
  };
  /** One job at a time, in a worker of its own, so that its memory goes with it; one that is shown is left alone. */
  const work = async (
    job: (worker: WorkerClient, signal: AbortSignal) => Promise<void>,
  ): Promise<void> => {
    controller?.abort();
    const own = new AbortController();
    controller = own;
    if (client === undefined || isHolder(client)) client = startWorker();
    for (const each of [cancel, bar]) each.hidden = false;
    find.hidden = true;
    download.hidden = true;
    words.textContent = '';
    try {
      await job(client, own.signal);
    } catch (error) {
      if (controller === own) say(error);
    } finally {
      if (controller === own) for (const each of [cancel, bar]) each.hidden = true;
    }
  };
  const onStep = (step: { readonly words: string; readonly done: number }): void => {
    bar.value = step.done;
    words.textContent = `${step.words} …`;
  };
  const plan = (): Promise<void> =>
    work(async (worker, signal) => {
      const asked = request();
      if (asked === undefined) return;
      planWords.textContent = `Planning for ${asked.name} …`;
      const planned = await worker
        .call('plan', asked, { signal, onStep })
        .catch((error: unknown) => {
          planWords.textContent = '';
          throw error;
        });
      const { weights, depth, parameters, failureBound, seconds: time } = planned;
      words.textContent = '';
      fill(
        planWords,
        bold(asked.name),
        `: ${grouped(parameters)} weights and biases. The random network will have `,
        bold(grouped(weights)),
        ` weights in ${depth} layers; a seed fails with probability ${failureBound.toExponential(1)} at most. Expected: about ${seconds(Math.max(0.1, time))} on this machine.`,
      );
      find.hidden = false;
    });
  const take = (name: string, content: Uint8Array): Promise<void> => {
    given = { name, bytes: content };
    clearTimeout(typing);
    return plan();
  };
  /** Nothing is left of what was given before, nor goes on. */
  const refuse = (problem: string): void => {
    controller?.abort();
    controller = undefined;
    given = undefined;
    planWords.textContent = '';
    for (const each of [find, download, cancel, bar]) each.hidden = true;
    fill(words, bold('Refused: '), problem);
  };
  const takeFiles = async (chosen: readonly File[]): Promise<void> => {
    const [one, ...others] = chosen;
    if (one === undefined) return;
    if (others.length > 0) {
      refuse(`${chosen.length} files. What to do: give one network at a time.`);
      return;
    }
    if (one.size > MOST_BYTES) {
      refuse(
        `${one.name} has ${bytes(one.size)}, and this page takes ${bytes(MOST_BYTES)} at most. What to do: use the command line, which takes larger files.`,
      );
      return;
    }
    latest = one;
    const content = await one.arrayBuffer().catch(() => undefined);
    // Another one was given meanwhile.
    if (latest !== one) return;
    if (content === undefined) {
      refuse(`${one.name} cannot be read. What to do: give an ONNX or .nnet file, no folder.`);
    } else await take(one.name, new Uint8Array(content));
  };
  const takeChosen = (): void => {
    const chosen = [...(file.files ?? [])];
    // The same file may be chosen again.
    file.value = '';
    void takeFiles(chosen);
  };
  file.addEventListener('change', takeChosen);
  byId('own-conv').addEventListener('click', async () => {
    const answer = await fetch(convolutional);
    await take('digits-conv.onnx', new Uint8Array(await answer.arrayBuffer()));
  });
  // Planned while it is typed, not when the field is left: that is a click on the button that a plan shows.
  let typing: ReturnType<typeof setTimeout> | undefined;
  const planAgain = (): void => {
    if (given !== undefined) void plan();
  };
  epsilon.addEventListener('change', planAgain);
  domain.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(planAgain, TYPING);
  });
  const tellFound = (asked: OwnRequest, found: Extract<OwnFound, { found: true }>): void => {
    const { bytes: content, kept, seed, proved, seconds: time } = found;
    const name = `${asked.name.replace(/(\.onnx|\.nnet)?(\.gz)?$/i, '')}.ticket`;
    if (address !== undefined) URL.revokeObjectURL(address);
    address = URL.createObjectURL(new Blob([content.slice()]));
    download.href = address;
    download.download = name;
    download.hidden = false;
    find.hidden = false;
    const error = certifiedError(found);
    const equals =
      error === '0' ? 'It equals your network exactly' : `No output is off by more than ${error}`;
    const promise = error === undefined ? '' : ` ${equals}, on ${asked.domain || 'all inputs'}.`;
    fill(
      words,
      bold(proved ? 'Found and proved' : 'Found, NOT proved'),
      ` under seed ${seed} in ${seconds(time)}: ${grouped(kept)} edges kept.${promise} The ticket has ${bytes(content.length)}. Check it apart from this page, with `,
      make('a', { href: './docs/cli.txt' }, 'the command line'),
      ': ',
      make('code', {}, `unearth verify ${name} --model ${asked.name}`),
    );
  };
  /**
   * Makes the network that was found the one of sections 2 to 4, and says how that went where it is asked
   * anew; those say why where it cannot be drawn.
   */
  const showAbove = async (
    worker: WorkerClient,
    asked: OwnRequest,
    signal: AbortSignal,
  ): Promise<string> => {
    const place = byId('own-shown');
    fill(place, 'Making the pictures of sections 2 to 4 …');
    let found: Found;
    try {
      found = await worker.call('show', {}, { signal });
    } catch (error) {
      const reason = error instanceof TaskError ? error.problem : String(error);
      place.textContent = signal.aborted
        ? 'It was found, and is not shown above.'
        : `Sections 2 to 4 cannot show it: ${reason}.`;
      return place.textContent;
    }
    const before = shownBy;
    shownBy = worker;
    view.example = 'own';
    show(found, worker, {
      what: `your network ${asked.name}`,
      reopen: () => reopen(worker, asked),
    });
    if (before !== undefined && before !== worker) before.end();
    fill(
      place,
      make('a', { href: '#run' }, 'Sections 2 to 4 now show it'),
      ': run it on an input, take one of its weights apart, cut an edge.',
    );
    return found.verdict === null ? '' : foundWords(found, found.verdict);
  };
  /** The same network under the view's seed. */
  const reopen = async (worker: WorkerClient, asked: OwnRequest): Promise<string> => {
    const { seed, delta } = view;
    const again: OwnRequest = { ...asked, seed, delta };
    const status = byId('status');
    const found = await worker
      .call('find', again, {
        onStep: (step) => {
          if (isHolder(worker))
            status.textContent = `${step.words}: ${Math.round(100 * step.done)} %`;
        },
      })
      .catch((error: unknown) => `It failed: ${reasonOf(error)}`);
    // Something else is shown by now, of which nothing is to be said here.
    if (!isHolder(worker)) return '';
    if (typeof found === 'string' || !found.found) {
      const failed = typeof found === 'string' ? found : `Not found: ${found.reason}.`;
      status.textContent = failed;
      return failed;
    }
    tellFound(asked, found);
    return showAbove(worker, asked, new AbortController().signal);
  };
  on('opened', () => {
    if (view.example === 'own' || shownBy === undefined) return;
    // An example is shown again: the memory of the visitor's network is given back.
    shownBy.end();
    if (client === shownBy) client = undefined;
    shownBy = undefined;
    byId('own-shown').textContent = '';
  });
  find.addEventListener('click', () =>
    work(async (worker, signal) => {
      const asked = request();
      if (asked === undefined) return;
      const found = await worker.call('find', asked, { signal, onStep });
      if (!found.found) {
        words.textContent = `Not found: ${found.reason}.`;
        return;
      }
      tellFound(asked, found);
      await showAbove(worker, asked, signal);
    }),
  );
  cancel.addEventListener('click', () => {
    clearTimeout(typing);
    controller?.abort();
  });
  // One that was chosen before this section's code had come.
  takeChosen();
}
