/** `unearth verify TICKET`: the proof, from the seed up. */
import process from 'node:process';
import type { Command } from 'commander';
import { grouped, seconds as inSeconds } from '../format.js';
import { printJson, printLine } from '../print.js';
import { runJob } from '../run-job.js';

interface VerifyFlags {
  readonly model?: string;
  readonly json?: true;
}

async function verify(ticket: string, flags: VerifyFlags): Promise<void> {
  const { kind, verdict, seed, seconds } = await runJob('verify', {
    ticket,
    ...(flags.model === undefined ? {} : { model: flags.model }),
  });
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
      ...(failure === undefined ? {} : { failure }),
      seconds,
    });
    return;
  }
  if (failure !== undefined) {
    const { block, layer, neuron, reason } = failure;
    printLine(`not proved: block ${block}, layer ${layer}, neuron ${neuron}: ${reason}`);
    return;
  }
  const edges = blocks.reduce((sum, block) => sum + block.liveEdges, 0);
  const what = kind === 'baseline' ? 'recorded weights' : 'integer network';
  printLine(
    `proved: pruned source (seed ${seed}) = ${what}, for all real inputs of its domain; ${blocks.length} blocks, ${grouped(edges)} live edges, ${inSeconds(seconds)}`,
  );
  if (modelMatches === null) printLine('the model was not compared: give --model FILE for that');
  else if (epsilon === '0') printLine('the integer network is the model, exactly: error 0');
  else if (epsilon !== null) printLine(`|model - ticket| <= ${epsilon} on the domain`);
  else
    printLine(
      'the integer network is this model rounded as recorded; nothing is promised of the error',
    );
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('prove a ticket from its seed and masks alone')
    .argument('<ticket>', 'a ticket file')
    .option('--model <file>', 'also prove the distance to this model')
    .option('--json', 'print one JSON object')
    .action(verify);
}
