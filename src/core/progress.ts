/**
 * What long work says of how far it is: the stages that there are, in the words in which people are told
 * of them, and what everything long takes to be watched and ended. The names of stages are part of the API.
 */

interface StageEntry {
  /** What goes on, to stand before a bar. */
  readonly words: string;
  /** What is counted. */
  readonly unit: string;
  /** The total is the most that may come: the stage ends as soon as it has its answer. */
  readonly atMost?: true;
}

/** Every stage of long work. Those of one job follow each other about in this order. */
export const STAGES = {
  read: { words: 'reading the files', unit: 'files' },
  train: { words: 'training the mask', unit: 'steps' },
  choose: { words: 'choosing among masks', unit: 'masks' },
  analyse: { words: 'working out how errors grow', unit: 'layers' },
  allot: { words: 'choosing the bits', unit: 'candidates', atMost: true },
  quantise: { words: 'rounding the weights to integers', unit: 'layers' },
  plan: { words: 'planning the source', unit: 'constructions' },
  find: { words: 'finding the mask', unit: 'layers' },
  select: { words: 'choosing neurons for every weight', unit: 'inputs' },
  bound: { words: 'bounding the error', unit: 'boxes', atMost: true },
  prove: { words: 'proving the ticket', unit: 'layers' },
  certify: { words: 'proving the error bound', unit: 'boxes', atMost: true },
  classify: { words: 'proving the classes', unit: 'samples' },
  attack: { words: 'searching for the largest error', unit: 'evaluations' },
  compile: { words: 'making the network ready', unit: 'layers' },
  run: { words: 'running the samples', unit: 'samples' },
  stream: { words: 'running the samples', unit: 'bytes' },
  measure: { words: 'measuring the accuracy', unit: 'samples' },
  study: { words: 'computing the study', unit: 'points' },
  write: { words: 'writing the file', unit: 'bytes' },
} as const satisfies Readonly<Record<string, StageEntry>>;

export type Stage = keyof typeof STAGES;

/** How far long work is. */
export interface Progress {
  readonly stage: Stage;
  /**
   * How much of the stage is done; may be a fraction. It begins with 0, only grows, and ends with the total,
   * unless the work is given up (a seed that lacks the network). A stage may come once more: from 0 again.
   */
  readonly done: number;
  /** Of how much in all, in the stage's unit. Only stages of the command line tell 0: nobody knows. */
  readonly total: number;
  /** What the stage is at, in words. */
  readonly detail?: string;
}

/** What is asked of an `AbortSignal`; a type of its own, since ES2022 alone has none. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

/** How long work is watched and ended. */
export interface Watch {
  /** An `AbortSignal`. It ends the work soon after it is aborted, with its reason as the error. */
  readonly signal?: Signal;
  /** Called now and then. */
  readonly onProgress?: (progress: Progress) => void;
}

/** The entry of a stage in the table. */
export function stageEntry(stage: Stage): StageEntry {
  return STAGES[stage];
}
