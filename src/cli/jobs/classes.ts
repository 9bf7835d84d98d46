/** Classification certificates (Corollary 1) in the worker: where the class provably stays the same. */

import { UsageError, withFileName } from '../../core/errors.js';
import { asLabels, asSamples } from '../../data/samples.js';
import { domainMonitor } from '../../inference/domain-monitor.js';
import { withoutPadding } from '../../integer/join-networks.js';
import { certify } from '../../precision/certificate.js';
import {
  type BoxVerdict,
  certifyClassification,
  type SampleVerdict,
} from '../../precision/classification.js';
import { inRecordedUnits } from '../../precision/precision.js';
import type { Reading } from '../../target/network.js';
import { certificateSteps } from '../../ticket/cost.js';
import { readDataFile } from '../files/read-data.js';
import { describeDomain, readDomain } from '../files/read-domain.js';
import { readFullyConnected, refusingMisfits } from '../files/read-model.js';
import { readTicketOfKind } from '../files/read-ticket.js';
import type { JobContext } from '../workers/job.js';
import { type Unproved, unproved } from './proved.js';

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
  const { memory } = options;
  const ticket = readTicketOfKind(options.ticket, 'constructed', 'classes', {
    use: 'proof',
    memory,
  });
  const { network: model } = readFullyConnected(options.model, { memory });
  const refused = unproved(ticket, context, memory);
  if (refused !== null) return refused;
  const { domain, precision } = ticket;
  const inputs = ticket.inputSigns.length;
  const { matrices } = ticket.target;
  const subject = subjectOf(options, inputs, matrices[matrices.length - 1].rows, context);
  const spend = certificateSteps(ticket, memory);
  return refusingMisfits(options.model, () =>
    withFileName(options.ticket, () => {
      const network = inRecordedUnits(model, precision);
      const target = withoutPadding(ticket.target, network, domain);
      // The goal that the bits were chosen for makes the bounds those of `verify`, and soon found.
      const certificate = certify(network, target, domain, {
        ...(precision.mode === 'certified' && { goal: precision.requested }),
        ...(spend && { spend }),
        onProgress: context.onProgress,
      });
      const divisorOf = (values: Float64Array): number | null => {
        const { divide } = options;
        const { inputSigns } = ticket;
        const kind = {
          domain,
          inputSigns,
          divide,
          dividesExactly: false,
          outside: 'allow',
        } as const;
        const monitor = domainMonitor(kind);
        monitor.check(values, values, values.length / inputs, 0);
        return monitor.report().divisor;
      };
      const common = {
        proved: true as const,
        domain: describeDomain(domain),
        reading: network.reading ?? null,
        errors: certificate.outputDecimals,
        seconds: (performance.now() - start) / 1000,
      };
      if (subject.kind === 'samples') {
        const verdict = certifyClassification(network, target, domain, certificate, subject, {
          onProgress: context.onProgress,
        });
        const { verdicts: _, ...samples } = verdict;
        return { ...common, samples, divisor: divisorOf(subject.inputs), box: null };
      }
      const box = certifyClassification(network, target, domain, certificate, subject, {
        ...(spend && { spend }),
        onProgress: context.onProgress,
      });
      return { ...common, samples: null, divisor: null, box };
    }),
  );
}

function subjectOf(
  { data, divide, labels, box }: ClassesJobOptions,
  inputs: number,
  outputs: number,
  { notice }: JobContext,
) {
  if (data !== undefined) {
    const samples = withFileName(data, () => asSamples(readDataFile(data), inputs));
    const values = new Float64Array(samples.values.length);
    for (let index = 0; index < values.length; index++) {
      values[index] = samples.values[index] / divide;
    }
    if (labels === undefined) return { kind: 'samples' as const, inputs: values };
    const numbers = withFileName(labels, () =>
      // The classes of one output are its two signs.
      asLabels(readDataFile(labels), samples.count, Math.max(2, outputs)),
    );
    return { kind: 'samples' as const, inputs: values, labels: numbers };
  }
  const subject = readDomain(box ?? '', inputs, notice);
  if (subject.kind !== 'box') throw new UsageError('--box takes a box: box:lo,hi or a file of one');
  return subject;
}
