/** Any ticket made ready for batches of samples, at once. */
import type { Watch } from '../core/progress.js';
import { complete } from '../core/steps.js';
import type { Ticket } from '../ticket/ticket.js';
import { provideFastEngines } from './fast-cores.js';
import { type OpenEngineOptions, type OpenedEngine, openEngineSteps } from './open-engine.js';
import { provideRarerEngines } from './rarer-cores.js';

/**
 * Makes an engine ready for a ticket. Bounds and accuracy hold for tickets that are proved (`verify`).
 * Throws a `UsageError` where the ticket's kind lacks the engine or the exactness.
 */
export function openEngine(ticket: Ticket, options: OpenEngineOptions & Watch = {}): OpenedEngine {
  provideRarerEngines();
  provideFastEngines();
  return complete(openEngineSteps(ticket, options), options);
}
