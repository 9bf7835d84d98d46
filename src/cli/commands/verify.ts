/** `unearth verify TICKET`: the proof, from the seed up. */

import { statSync } from 'node:fs';
import process from 'node:process';
import type { Command } from 'commander';
import { InputError, UsageError } from '../../core/errors.js';
import { modelInWords, type Reading, roundingInWords } from '../../target/reading.js';
import { labelledFiles } from '../files/read-labelled.js';
import { digestOfFile } from '../files/read-ticket.js';
import type { VerifyJobResult } from '../jobs/verify.js';
import { folderName, memoryOption, threadsOption, wholeNumber } from '../options.js';
import { addQueueFlags, placeOf, type QueueFlags } from '../queue-flags.js';
import { counted, duration, grouped, percent } from '../text/format.js';
import { describeFailure, printJson, printLine } from '../text/print.js';
import { sampledInWords } from '../text/sampled-words.js';
import { runInWorker } from '../workers/run-in-worker.js';

interface VerifyFlags extends QueueFlags {
  readonly folder?: string;
  readonly ranges?: number;
  readonly memory: number;
  readonly threads: number;
  readonly model?: string;
  readonly data?: string;
  readonly labels?: string;
  readonly json?: true;
}

/** Labelled data of a trained ticket; of others the samples around which their error is certified. */
async function dataOf(ticket: string, data: string, labels: string | undefined) {
  const { ticketKind } = await import('../files/ticket-request.js');
  if (ticketKind(ticket) === 'trained') {
    return { data: labelledFiles(data, labels, 'test', '--labels') };
  }
  if (labels !== undefined) throw new UsageError('--labels is for trained tickets');
  return { samples: data };
}

async function verify(ticket: string, flags: VerifyFlags): Promise<void> {
  const { data, labels, model } = flags;
  if (labels !== undefined && data === undefined) throw new UsageError('--labels needs --data');
  const place = placeOf(flags);
  const { folder, ranges } = flags;
  if (place === undefined && folder !== undefined) throw new UsageError('--folder needs --queue');
  if (place === undefined && ranges !== undefined) throw new UsageError('--ranges needs --queue');
  const queue = place && {
    place,
    ...(await offerTicket(ticket, folder, flags.memory)),
    ...(ranges === undefined ? {} : { ranges }),
  };
  const result = await runInWorker('verify', {
    ticket,
    memory: flags.memory,
    threads: flags.threads,
    ...(queue && { queue }),
    ...(model === undefined ? {} : { model }),
    ...(data === undefined ? {} : await dataOf(ticket, data, labels)),
  }).catch((error: unknown) => {
    throw ofItsFile(error, ticket, queue?.digest);
  });
  if (result.kind === 'trained') {
    reportTrained(result, flags);
    return;
  }
  const { kind, verdict, reading, around, sampled, seed, seconds } = result;
  const { equal, proved, blocks, modelMatches, epsilon, outputs, failure } = verdict;
  if (!proved) process.exitCode = 1;
  if (flags.json) {
    printJson({
      proved,
      equal,
      blocks,
      epsilon,
      ...(outputs === null ? {} : { outputs }),
      modelMatches,
      ...(around === null ? {} : { around }),
      ...(sampled === null ? {} : { sampled }),
      ...(reading === null ? {} : { reading }),
      ...(failure === undefined ? {} : { failure }),
      seconds,
    });
    return;
  }
  if (failure !== undefined) {
    printLine(`not proved: ${describeFailure(failure)}`);
    return;
  }
  const edges = blocks.reduce((sum, block) => sum + block.liveEdges, 0);
  const what = kind === 'baseline' ? 'recorded weights' : 'integer network';
  printLine(
    `proved: pruned source (seed ${seed}) = ${what}, for all real inputs of its domain; ${counted(blocks.length, 'block')}, ${counted(edges, 'live edge')}, ${duration(seconds)}`,
  );
  if (modelMatches === null) printLine('the model was not compared: give --model FILE for that');
  else printLine(describeDistance(epsilon, reading, around));
  if (sampled !== null) {
    const { checked } = sampled;
    printLine(
      `${sampledInWords(sampled)}; ${checked ? 'counted again on them' : 'not counted again: give --model FILE --data FILE for that'}`,
    );
  }
}

/** How far the ticket is from the model, and what of the model was left out or rounded by reading. */
function describeDistance(
  epsilon: string | null,
  reading: Reading | null,
  around: string | null,
): string {
  const where = around === null ? 'on the domain' : `for inputs ${around}`;
  const model = modelInWords(reading);
  const rounding = roundingInWords(reading);
  const after = rounding === null ? '' : `; ${rounding}`;
  const read = rounding === null ? model : `${model} as it was read`;
  if (epsilon === '0') {
    return rounding === null
      ? `the integer network is ${model}, exactly: error 0`
      : `the integer network is ${read}: error 0${after}`;
  }
  if (epsilon !== null) {
    return read === 'the model'
      ? `|model - ticket| <= ${epsilon} ${where}`
      : `the ticket is within ${epsilon} of ${read}, ${where}${after}`;
  }
  return `the integer network is ${read === 'the model' ? 'this model' : read}, rounded as recorded; nothing is promised of the error${after}`;
}

/** The verdict on a trained ticket. */
function reportTrained(
  { verdict, seed, seconds }: Extract<VerifyJobResult, { kind: 'trained' }>,
  flags: VerifyFlags,
): void {
  const { proved, accuracy, failure, probes, keptEdges } = verdict;
  if (!proved) process.exitCode = 1;
  if (flags.json) {
    printJson({ ...verdict, seconds });
    return;
  }
  printLine(
    failure === undefined
      ? `verified: rebuilt from ${verdict.signsStored ? 'the signs it stores' : `seed ${seed}`} and ${grouped(keptEdges)} kept edges, its outputs on ${probes} probe inputs are those recorded, bit for bit; ${duration(seconds)}`
      : `not verified: ${failure.reason}`,
  );
  if (accuracy === null) {
    printLine('its accuracy was not measured: give --data FILE --labels FILE for that');
    return;
  }
  const { correct, samples, matches } = accuracy;
  const recorded =
    matches === null
      ? 'the ticket records nothing of these data'
      : `${matches ? 'as' : 'not as'} the ticket records`;
  printLine(
    `accuracy ${percent(correct / samples)} (${grouped(correct)} of ${grouped(samples)}), ${recorded}`,
  );
}

/** What workers say of a ticket that they know by its digest, said of its file. */
function ofItsFile(error: unknown, file: string, digest: string | undefined): unknown {
  if (!(error instanceof InputError) || error.file !== `${digest}.ticket`) return error;
  const { place, problem, remedy } = error;
  return new InputError({ file, place, problem, remedy });
}

/** Puts the ticket where workers find it: into the folder that they share, or else into the queue's server. */
async function offerTicket(ticket: string, folder: string | undefined, memory: number) {
  const { refuseToSend, shareFile } = await import('../../cluster/blobs.js');
  const attachment = {
    kind: 'ticket',
    digest: digestOfFile(ticket, memory),
    file: ticket,
  } as const;
  if (folder === undefined) refuseToSend('ticket', statSync(ticket).size);
  else shareFile(attachment, folder);
  return { digest: attachment.digest, attached: folder === undefined ? [attachment] : [] };
}

export function configureVerify(command: Command): void {
  addQueueFlags(command, 'have large blocks proved by the workers of this queue')
    .option('--folder <folder>', 'a folder that the workers share, for the ticket', folderName)
    .option(
      '--ranges <n>',
      'jobs of a block (default: by its size)',
      wholeNumber('--ranges', 1, 1e5),
    )
    .argument('<ticket>', 'a ticket file')
    .option('--model <file>', 'also prove the distance to this model')
    .option(
      '--data <file>',
      "a trained ticket's accuracy: samples, or a folder like MNIST's; else the inputs that its promise is about",
    )
    .option('--labels <file>', 'their labels (default: beside them, named like MNIST)')
    .addOption(memoryOption())
    .addOption(threadsOption('that prove large blocks'))
    .option('--json', 'print one JSON object')
    .action(verify);
}
