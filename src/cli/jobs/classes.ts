/** Classification certificates (Corollary 1) in the worker: where the class provably stays the same. */

import { MisfitError, UsageError, withFileName } from '../../core/errors.js';
import type { Spend } from '../../core/limits.js';
import { complete } from '../../core/steps.js';
import { asLabels } from '../../data/samples.js';
import { domainMonitor } from '../../inference/domain-monitor.js';
import { sizeOf } from '../../inference/open-engine.js';
import { coordinateSigns } from '../../integer/channel-signs.js';
import { withoutPadding } from '../../integer/join-networks.js';
import { type Certificate, certify } from '../../precision/certificate.js';
import {
  type BoxVerdict,
  certifyClassification,
  type SampleVerdict,
} from '../../precision/classification.js';
import { certifyDifferencesSteps } from '../../precision/map-certificate.js';
import { mapClassificationSteps } from '../../precision/map-classification.js';
import { ownMapPlaces } from '../../precision/map-integers.js';
import { inRecordedUnits } from '../../precision/precision.js';
import { differencesOf } from '../../precision/robustness.js';
import type { InputSign } from '../../target/network.js';
import { hasMaps, type Network, type Reading } from '../../target/network.js';
import type { ConstructedTicket } from '../../ticket/constructed.js';
import { certificateSteps } from '../../ticket/cost.js';
import { readGivenSamples } from '../files/read-balls.js';
import { readDataFile } from '../files/read-data.js';
import { describeDomain, readDomain } from '../files/read-domain.js';
import { readFullyConnected, refusingMisfits } from '../files/read-model.js';
import { readTicketOfKind } from '../files/read-ticket.js';
import type { JobContext } from '../workers/job.js';
import { type Unproved, unproved } from './proved.js';
import { readTicketModel } from './ticket-model.js';

export interface ClassesJobOptions {
  readonly ticket: string;
  readonly model: string;
  /** Most bytes of memory. */
  readonly memory: number;
  /** Samples, or else a box. */
  readonly data?: string;
  readonly divide: number;
  readonly labels?: string;
  readonly box?: string;
}

export interface ClassesReport {
  readonly proved: true;
  readonly domain: string;
  /** What reading the model left out or rounded. */
  readonly reading: Reading | null;
  /** Upper bounds of the errors of the outputs on the domain, decimals rounded up. */
  readonly errors: readonly string[];
  readonly samples: Omit<SampleVerdict, 'verdicts'> | null;
  /** Where every sample was outside the domain, and divided by this would be inside. */
  readonly divisor: number | null;
  readonly box: BoxVerdict | null;
  readonly seconds: number;
}

export type ClassesJobResult = ClassesReport | Unproved;

export function classesJob(options: ClassesJobOptions, context: JobContext): ClassesJobResult {
  const start = performance.now();
  const { memory, model } = options;
  const ticket = readTicketOfKind(options.ticket, 'constructed', 'classes', {
    use: 'proof',
    memory,
  });
  const ofMaps = ticket.target.maps !== undefined;
  const { network } = ofMaps
    ? readTicketModel(ticket, model, memory)
    : readFullyConnected(model, { memory });
  const refused = unproved(ticket, context, memory);
  if (refused !== null) return refused;
  const { domain } = ticket;
  const subject = refusingMisfits(model, () => {
    if (hasMaps(network) !== ofMaps) throw new MisfitError('one is of feature maps, one is not');
    return subjectOf(options, ticket, network, context);
  });
  const spend = certificateSteps(ticket, memory);
  return refusingMisfits(model, () =>
    withFileName(options.ticket, () => {
      const { certificate, verdict } = ofMaps
        ? certifiedMaps(network, ticket, subject, spend, context)
        : certifiedMatrices(network, ticket, subject, spend, context);
      const common = {
        proved: true as const,
        domain: describeDomain(domain),
        reading: network.reading ?? null,
        errors: certificate.outputDecimals,
        seconds: (performance.now() - start) / 1000,
      };
      if (subject.kind === 'box') {
        return { ...common, samples: null, divisor: null, box: verdict as BoxVerdict };
      }
      const { verdicts: _, ...samples } = verdict as SampleVerdict;
      const divisor = divisorOf(ticket, options.divide, subject.inputs);
      return { ...common, samples, divisor, box: null };
    }),
  );
}

type Subject = ReturnType<typeof subjectOf>;

interface Certified {
  readonly certificate: Certificate;
  readonly verdict: SampleVerdict | BoxVerdict;
}

/** The goal that the bits were chosen for makes the bounds those of `verify`, and soon found. */
function goalOf({ precision }: ConstructedTicket) {
  return precision.mode === 'certified' ? { goal: precision.requested } : {};
}

function certifiedMatrices(
  model: Network,
  ticket: ConstructedTicket,
  subject: Subject,
  spend: Spend | undefined,
  { onProgress }: JobContext,
): Certified {
  const { domain, precision } = ticket;
  const network = inRecordedUnits(model, precision);
  const target = withoutPadding(ticket.target, network, domain);
  const certificate = certify(network, target, domain, {
    ...goalOf(ticket),
    ...(spend && { spend }),
    onProgress,
  });
  if (subject.kind === 'samples') {
    const verdict = certifyClassification(network, target, domain, certificate, subject, {
      onProgress,
    });
    return { certificate, verdict };
  }
  const verdict = certifyClassification(network, target, domain, certificate, subject, {
    ...(spend && { spend }),
    onProgress,
  });
  return { certificate, verdict };
}

function certifiedMaps(
  network: Network,
  ticket: ConstructedTicket,
  subject: Subject,
  spend: Spend | undefined,
  context: JobContext,
): Certified {
  const { domain, precision, target } = ticket;
  const places = ownMapPlaces(network, precision);
  const layers = complete(differencesOf(network, target, domain, places));
  const certificate = complete(
    certifyDifferencesSteps(layers, network, domain, { ...goalOf(ticket), spend }),
    context,
  );
  const steps = mapClassificationSteps(network, layers, domain, certificate, subject, { spend });
  return { certificate, verdict: complete(steps, context) };
}

/** The signs of the numbers of a sample. */
function sampleSigns({
  inputSigns,
  target,
  channelsLast,
}: ConstructedTicket): readonly InputSign[] {
  const { maps } = target;
  return maps === undefined
    ? inputSigns
    : coordinateSigns(inputSigns, maps.input, channelsLast !== undefined);
}

function divisorOf(ticket: ConstructedTicket, divide: number, values: Float64Array): number | null {
  const inputSigns = sampleSigns(ticket);
  const monitor = domainMonitor({
    ...{ domain: ticket.domain, inputSigns, divide },
    ...{ dividesExactly: false, outside: 'allow' },
  });
  monitor.check(values, values, values.length / inputSigns.length, 0);
  return monitor.report().divisor;
}

function subjectOf(
  { data, divide, labels, box }: ClassesJobOptions,
  ticket: ConstructedTicket,
  network: Network,
  { notice }: JobContext,
) {
  const { inputs, outputs } = sizeOf(ticket);
  if (data !== undefined) {
    const { samples, values: given } = readGivenSamples(data, network, notice);
    const values = given.map((value) => value / divide);
    if (labels === undefined) return { kind: 'samples' as const, inputs: values };
    const numbers = withFileName(labels, () =>
      // The classes of one output are its two signs.
      asLabels(readDataFile(labels), samples, Math.max(2, outputs)),
    );
    return { kind: 'samples' as const, inputs: values, labels: numbers };
  }
  const subject = readDomain(box ?? '', inputs, notice);
  if (subject.kind !== 'box') throw new UsageError('--box takes a box: box:lo,hi or a file of one');
  return subject;
}
