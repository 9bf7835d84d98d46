/**
 * Which engine and number type fit a ticket, with the reason in words: one call that makes any ticket
 * ready for batches of samples. Every engine keeps the accuracy that was asked for, or hands samples to
 * exact arithmetic; it states its rounding error, and counts samples outside the ticket's domain.
 */
import { checkObject, checkWhole, oneOf, POSITIVE, whole } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { checkValues, MEMORY, type OptionKinds, THREADS } from '../core/options.js';
import { complete, type Steps } from '../core/steps.js';
import { depthOf, widthOf } from '../source/shape.js';
import type { InputSign } from '../target/network.js';
import { checkTicketOfAnyKind } from '../ticket/check-ticket.js';
import type { ConstructedTicket, Ticket } from '../ticket/ticket.js';
import { inputCount } from '../ticket/trained-maps.js';
import { constructedCore } from './constructed-core.js';
import { baselineEngines, mapEngines, trainedEngines } from './cores-on-demand.js';
import { type DomainMonitor, domainMonitor } from './domain-monitor.js';
import type { Core, EngineReport, OpenEngineOptions } from './engine-core.js';
import { ENGINES } from './engine-names.js';
import { errorReport } from './error-report.js';
import { checkBatch } from './float.js';
import { sizeOfMaps } from './map-sizes.js';
import { exactUnit, quotients } from './quotients.js';

export { type EngineReport, FEW_SAMPLES, type OpenEngineOptions } from './engine-core.js';

export interface OpenedEngine {
  readonly inputs: number;
  readonly outputs: number;
  /** Does beforehand what has to be done once for samples like these. */
  prepare(batch: Float64Array, samples: number): void;
  /** The same in steps of stage `compile`. */
  prepareSteps(batch: Float64Array, samples: number): Steps<void>;
  /**
   * Outputs of `samples` inputs, both row-major, the batch before its division. All outputs are finite.
   * Errors number the samples from `first`, the number of the batch's first one.
   */
  evaluate(batch: Float64Array, samples: number, first?: number): Float64Array;
  /** The same in steps: what has to be done once for such samples is of stage `compile`. */
  evaluateSteps(batch: Float64Array, samples: number, first?: number): Steps<Float64Array>;
  /** On everything evaluated so far. */
  report(): EngineReport;
}

/** What the options may hold. */
export const ENGINE_OPTIONS: OptionKinds<OpenEngineOptions> = {
  engine: oneOf(ENGINES),
  exactness: oneOf(['float', 'bits']),
  samples: whole(0, Number.MAX_SAFE_INTEGER),
  divide: POSITIVE,
  outside: oneOf(['refuse', 'allow']),
  threads: THREADS,
  memory: MEMORY,
};

/**
 * Throws a `UsageError` where a kind of ticket lacks the engine or the exactness that is asked for, or an
 * engine the exactness.
 */
export function checkEngine(
  ticket: Ticket,
  { engine = 'auto', exactness = 'float' }: OpenEngineOptions,
): void {
  const { kind } = ticket;
  const refuse = (option: string, why: string): never => {
    throw new UsageError(`${option}: ${why}`);
  };
  if (kind === 'baseline' && engine === 'fast') {
    refuse('option "engine: fast"', 'it only adds, and this ticket has real weights; give float');
  }
  if (kind === 'trained' && (engine === 'exact' || engine === 'folded')) {
    const why = 'the outputs of a trained ticket are defined in float64; give fast or float';
    refuse(`option "engine: ${engine}"`, why);
  }
  if (exactness === 'float') return;
  if (kind === 'trained') {
    const why =
      'the outputs of a trained ticket are defined in float64, and those are what float gives';
    refuse('option "exactness: bits"', why);
  }
  if (engine === 'float' || engine === 'folded') {
    const options = `option "exactness: bits" with option "engine: ${engine}"`;
    const others = kind === 'baseline' ? 'exact' : 'fast or exact';
    refuse(options, `that engine computes in float64; give the engine ${others}`);
  }
}

/**
 * Makes an engine ready for a ticket. Bounds and accuracy hold for tickets that are proved (`verify`).
 * Throws a `UsageError` where the ticket's kind lacks the engine or the exactness. In steps of stage `compile`,
 * counted in layers.
 */
export function* openEngineSteps(
  ticket: Ticket,
  options: OpenEngineOptions = {},
): Steps<OpenedEngine> {
  checkTicketOfAnyKind(ticket);
  checkObject('options', options);
  checkValues(options, ENGINE_OPTIONS);
  checkEngine(ticket, options);
  const { divide = 1, outside = 'refuse' } = options;
  const { inputs, outputs, inputSigns, domain } = sizeOf(ticket);
  const core = yield* coreOf(ticket, options);
  const monitor: DomainMonitor = domainMonitor({
    ...{ domain, inputSigns, divide, outside },
    dividesExactly: core.divides && exactUnit(divide) === divide,
  });
  const entering = (batch: Float64Array, first: number): Float64Array =>
    divide === 1 ? batch : quotients(batch, divide, inputs, first);
  function* evaluateSteps(batch: Float64Array, samples: number, first = 0): Steps<Float64Array> {
    checkBatch(batch, samples, inputs);
    checkWhole('first', first, 0, Number.MAX_SAFE_INTEGER);
    const values = entering(batch, first);
    const wrongSigns = monitor.check(batch, values, samples, first);
    return yield* core.runSteps(core.divides ? batch : values, samples, first, wrongSigns);
  }
  function* prepareSteps(batch: Float64Array, samples: number): Steps<void> {
    if (core.prepareSteps === undefined) return;
    yield* core.prepareSteps(core.divides ? batch : entering(batch, 0), samples);
  }
  return {
    inputs,
    outputs,
    prepare: (batch, samples) => complete(prepareSteps(batch, samples)),
    prepareSteps,
    evaluate: (batch, samples, first) => complete(evaluateSteps(batch, samples, first)),
    evaluateSteps,
    report() {
      const { error, ...state } = core.state();
      const outsideReport = monitor.report();
      return {
        ...state,
        error: errorReport(ticket, outputs, error, outsideReport),
        outside: outsideReport,
      };
    },
  };
}

/** Number of inputs (the constant not among them) and outputs, and the inputs' domain. */
export function sizeOf(ticket: Ticket): {
  readonly inputs: number;
  readonly outputs: number;
  readonly inputSigns: readonly InputSign[];
  readonly domain: ConstructedTicket['domain'];
} {
  if (ticket.kind === 'trained') {
    const inputs = inputCount(ticket.widths, ticket.maps);
    return {
      inputs,
      outputs: ticket.widths[ticket.widths.length - 1] as number,
      inputSigns: new Array<InputSign>(inputs).fill('signed'),
      domain: { kind: 'all' },
    };
  }
  const { domain, shape } = ticket;
  if (ticket.kind === 'constructed' && ticket.target.maps !== undefined) {
    return { ...sizeOfMaps(ticket, ticket.target.maps), domain };
  }
  const { inputSigns } = ticket.kind === 'baseline' ? ticket.effective : ticket;
  const outputs = widthOf(shape, depthOf(shape));
  return { inputs: inputSigns.length, outputs, inputSigns, domain };
}

function coreOf(ticket: Ticket, options: OpenEngineOptions): Steps<Core> {
  switch (ticket.kind) {
    case 'constructed':
      return ticket.target.maps === undefined
        ? constructedCore(ticket, options)
        : mapEngines.get()(ticket, ticket.target.maps, options);
    case 'baseline':
      return baselineEngines.get()(ticket, options);
    case 'trained':
      return trainedEngines.get()(ticket, options);
  }
}
