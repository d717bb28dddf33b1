import { type PipelineError } from '../contracts/pipeline-error.js';
import { type JobEvidence } from './job-evidence.js';

/** Thrown by a handler to put the job back for a while without burning an attempt. */
export class PostponeJob extends Error {
  constructor(
    readonly delayMs: number,
    reason: string,
  ) {
    super(reason);
    this.name = 'PostponeJob';
  }
}

export interface JobHandler<Payload, Result> {
  /** At-least-once: must be safe to run twice, also at the same time. */
  handle(payload: Payload): Promise<Result>;
  /**
   * What a payload needs from outside, by name. While one of them is away, jobs that need it are not
   * handled. An error of class `wait` names the one it is about, or is about the only one.
   */
  needs?(payload: Payload): readonly string[];
  /** Called once more work on the job is pointless, before it is marked failed. Safe to run twice. */
  giveUp(payload: Payload, error: PipelineError, evidence: JobEvidence): Promise<void>;
  /**
   * A payload that does not parse, so nothing of it may be trusted: PAYLOAD_INVALID, class quarantine.
   * Called before the job is marked failed. Safe to run twice.
   */
  reject?(error: PipelineError, evidence: JobEvidence): Promise<void>;
}
