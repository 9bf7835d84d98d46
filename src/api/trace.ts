/** What every live neuron of a ticket computes on one input, in steps. */
import { checkOptions, MEMORY, type OptionKinds, WATCH } from '../core/options.js';
import type { Watch } from '../core/progress.js';
import { perform } from '../core/steps.js';
import { type Trace, type TraceOptions, traceSteps } from '../inference/trace.js';
import type { ConstructedTicket } from '../ticket/ticket.js';

const OPTIONS: OptionKinds<TraceOptions & Watch> = { memory: MEMORY, ...WATCH };

/**
 * Every live neuron's exact value on one input: its coordinates, finite numbers, the constant not among
 * them; of feature maps, in the order that the ticket takes, the values at all positions of each neuron's plane. An input whose signs are not the domain's is followed like others. Works in steps as `find` does;
 * rejects with the signal's reason soon after it is aborted, with a `UsageError` for a ticket of another
 * kind or options that make no sense, and an `InputError` for a wrong input or where masks or values would need more than `memory` bytes.
 */
export async function trace(
  ticket: ConstructedTicket,
  input: Float64Array,
  options: TraceOptions & Watch = {},
): Promise<Trace> {
  checkOptions('trace', options, OPTIONS);
  return perform(traceSteps(ticket, input, options), options);
}
