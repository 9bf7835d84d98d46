/**
 * What long work says of how far it is: the stages that there are, in the words in which people are told
 * of them, and the callback that everything long takes.
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
  analyse: { words: 'working out how errors grow', unit: 'layers' },
  allot: { words: 'choosing the bits', unit: 'candidates', atMost: true },
  quantise: { words: 'rounding the weights to integers', unit: 'layers' },
  plan: { words: 'planning the source', unit: 'constructions' },
  find: { words: 'finding the mask', unit: 'layers' },
  select: { words: 'choosing neurons for every weight', unit: 'inputs' },
  bound: { words: 'bounding the error', unit: 'boxes', atMost: true },
  prove: { words: 'proving the ticket', unit: 'layers' },
  certify: { words: 'proving the error bound', unit: 'boxes', atMost: true },
  attack: { words: 'searching for the largest error', unit: 'evaluations' },
  compile: { words: 'making the network ready', unit: 'layers' },
  run: { words: 'running the samples', unit: 'samples' },
  stream: { words: 'running the samples', unit: 'bytes' },
  measure: { words: 'measuring the accuracy', unit: 'samples' },
  study: { words: 'computing the study', unit: 'points' },
  write: { words: 'writing the file', unit: 'bytes' },
} as const satisfies Readonly<Record<string, StageEntry>>;

export type Stage = keyof typeof STAGES;

/**
 * Called now and then with the stage, and how much of it is done of how much in all; a total of 0 means
 * that nobody knows. `done` may be a fraction. Within a stage it only grows, until the stage begins again
 * (with the next seed, say), which is told with 0. May throw to stop the work.
 */
export type Progress = (stage: Stage, done: number, total: number, detail?: string) => void;

/** Progress of one stage alone. */
export type StageProgress = (done: number, total: number) => void;

/** The entry of a stage in the table. */
export function stageEntry(stage: Stage): StageEntry {
  return STAGES[stage];
}

/** Passes on what is further than all before, for work that goes back over a part of itself. */
export function onlyForward(progress: StageProgress): StageProgress {
  let furthest = -1;
  return (done, total) => {
    if (done <= furthest) return;
    furthest = done;
    progress(done, total);
  };
}
