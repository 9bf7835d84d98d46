/** The commands: what each is for, and where it is. Only the one that is asked for is loaded. */
import type { Command } from 'commander';

interface CommandEntry {
  readonly description: string;
  /** Loads what adds the command's arguments, options and action. */
  readonly load: () => Promise<(command: Command) => void>;
  /** It tells of all commands, so all are loaded. */
  readonly needsAll?: true;
}

export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  find: {
    description: 'find a trained ReLU network in a seeded random +-1 network, by pruning alone',
    load: async () => (await import('./find.js')).configureFind,
  },
  verify: {
    description: 'check a ticket from its seed and masks alone',
    load: async () => (await import('./verify.js')).configureVerify,
  },
  run: {
    description: 'run the pruned source on inputs: additions and subtractions only',
    load: async () => (await import('./run.js')).configureRun,
  },
  plan: {
    description: 'the source each construction would need, with its failure bound; builds nothing',
    load: async () => (await import('./plan.js')).configurePlan,
  },
  inspect: {
    description: 'what a model or a ticket contains',
    load: async () => (await import('./inspect.js')).configureInspect,
  },
  attack: {
    description: 'search the domain for the input with the largest error, beside the certified one',
    load: async () => (await import('./attack.js')).configureAttack,
  },
  classes: {
    description: 'count the inputs whose class provably is the same in model and ticket',
    load: async () => (await import('./classes.js')).configureClasses,
  },
  certify: {
    description: 'count the inputs around which class and error provably stay',
    load: async () => (await import('./certify.js')).configureCertify,
  },
  search: {
    description: 'learn a mask over a random network: tickets by training',
    load: async () => (await import('./search.js')).configureSearch,
  },
  import: {
    description: "make a ticket of a mask that PyTorch's public codes have trained",
    load: async () => (await import('./import.js')).configureImport,
  },
  export: {
    description: 'write the pruned source for other programs, as ONNX or safetensors',
    load: async () => (await import('./export.js')).configureExport,
  },
  compare: {
    description: 'the systems of Table 1 side by side on one network',
    load: async () => (await import('./compare.js')).configureCompare,
  },
  study: {
    description: 'the theory as measured curves: resumable, parallel, with figures',
    load: async () => (await import('./study.js')).configureStudy,
  },
  worker: {
    description: 'compute jobs of a queue for others: points of studies, ranges of proofs',
    load: async () => (await import('./worker.js')).configureWorker,
  },
  queue: {
    description: 'what is in a queue, and taking it out',
    load: async () => (await import('./queue.js')).configureQueue,
  },
  figures: {
    description: 'pictures of a ticket: map of its neurons, ladder of a weight, masks',
    load: async () => (await import('./figures.js')).configureFigures,
  },
  completion: {
    description: 'print a script that completes commands, options and files in your shell',
    load: async () => (await import('./completion.js')).configureCompletion,
    needsAll: true,
  },
};
