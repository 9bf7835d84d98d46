/**
 * Heavy work runs in a worker thread: a synchronous loop of minutes would otherwise keep Ctrl-C and
 * the progress line waiting. This is what the two threads say to each other.
 */
import type { Progress } from '../../core/progress.js';
import type { ProgressReport } from '../text/progress-text.js';
import type { OpenQueue, QueueStart } from './distant-queue.js';
import type { LaunchThread, ThreadStart } from './threads.js';
import type { TransferredError } from './transferred-error.js';

/** What a job may do besides returning its result. */
export interface JobContext {
  /** Takes how far the job is, in stages. */
  onProgress(progress: Progress): void;
  /** A remark for the user, e.g. about a constant that was rounded. */
  notice(text: string): void;
  /**
   * Writes bytes to standard output and waits until they are taken; false where nobody takes any more.
   * They are given away, not copied.
   */
  print(chunk: Uint8Array): boolean;
  /** Has the main thread start a thread and watch over it. */
  launchThread: LaunchThread;
  /** Has the main thread open a queue. */
  openQueue: OpenQueue;
}

/** What a job may do besides whose results come one by one (see `JobOptions.hear`). */
export interface TellingContext<News = unknown> extends JobContext {
  /** What the main thread does something with at once; `chunks` are given away, not copied. */
  tell(news: News, chunks?: readonly Uint8Array[]): void;
}

/** What a stoppable job may do besides (see `JobOptions.stoppable`). */
export interface StoppableContext<News = unknown> extends TellingContext<News> {
  /** Aborted, at the next progress, once the user has asked the job to stop: it then throws `JobStopped`. */
  readonly signal: AbortSignal;
}

/** Thrown by a job that was asked to stop. */
export class JobStopped extends Error {
  override readonly name = 'JobStopped';
}

export type JobMessage =
  | { readonly type: 'thread'; readonly start: ThreadStart }
  | { readonly type: 'queue'; readonly start: QueueStart }
  | { readonly type: 'progress'; readonly report: ProgressReport }
  | { readonly type: 'notice'; readonly text: string }
  | { readonly type: 'output'; readonly chunk: Uint8Array }
  | { readonly type: 'news'; readonly news: unknown }
  | { readonly type: 'stopped' }
  | { readonly type: 'result'; readonly value: unknown }
  | { readonly type: 'error'; readonly error: TransferredError };
