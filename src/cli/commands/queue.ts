/** `unearth queue status|cancel`: what is in a queue, and taking it out. */
import type { Command } from 'commander';
import { UsageError } from '../../core/errors.js';
import { addQueueFlags, placeOf, type QueueFlags } from '../queue-flags.js';
import { printJson, printLine } from '../text/print.js';

interface StatusFlags extends QueueFlags {
  readonly json?: true;
}

function requiredPlace(flags: QueueFlags) {
  const place = placeOf(flags);
  if (place === undefined) throw new UsageError('--queue is missing');
  return place;
}

async function status(flags: StatusFlags): Promise<void> {
  const { queueStatus } = await import('../../cluster/status.js');
  const { tasks, workers } = await queueStatus(requiredPlace(flags));
  if (flags.json) {
    printJson({ tasks, workers });
    return;
  }
  for (const [name, counts] of Object.entries(tasks)) {
    const states = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
    printLine(`${name}: ${states.join(', ')}`);
  }
  if (workers.length === 0) printLine('no workers');
  for (const { name, threads, done, unearth, node, isLost } of workers) {
    const about = `${threads} threads, ${done} jobs done, unearth ${unearth}, Node ${node}`;
    printLine(`${name}: ${about}${isLost ? '; lost' : ''}`);
  }
}

async function cancel(flags: StatusFlags): Promise<void> {
  const { cancelJobs } = await import('../../cluster/status.js');
  const cancelled = await cancelJobs(requiredPlace(flags));
  if (flags.json) printJson({ cancelled });
  else printLine(`${cancelled} jobs taken out`);
}

export function configureQueue(command: Command): void {
  const queue = 'the queue: redis://host:6379, or rediss://user@host:6379';
  const add = (name: string, description: string) =>
    addQueueFlags(command.command(name).description(description), queue, true).option(
      '--json',
      'print one JSON object',
    );
  add('status', 'jobs by their states, and workers').action(status);
  add('cancel', 'take all jobs of this version out, done or not').action(cancel);
}
