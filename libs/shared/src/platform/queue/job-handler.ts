import { z } from 'zod';
import {
  PipelineError,
  STAGES,
  type ErrorClass,
  type Stage,
} from '../../contracts/pipeline-error.js';
import { type QueueContract } from '../../contracts/queue-contract.js';
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

type ReadPayload<Payload> =
  | { readonly kind: 'payload'; readonly payload: Payload }
  /** Written by a newer producer: for a newer worker. */
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'invalid'; readonly problems: string };

const versionSchema = z.object({ v: z.int().positive() });

/** What a worker can make of a job's data: an older payload is upgraded, a newer one is left alone. */
export function readPayload<Payload>(
  contract: Pick<QueueContract<Payload, unknown>, 'version' | 'payload' | 'older'>,
  data: unknown,
): ReadPayload<Payload> {
  const version = versionSchema.safeParse(data).data?.v ?? contract.version;
  if (version > contract.version) return { kind: 'newer', version };
  const parsed = (contract.older[version] ?? contract.payload).safeParse(data);
  if (parsed.success) return { kind: 'payload', payload: parsed.data };
  const problems = parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
  return { kind: 'invalid', problems: problems.join('; ') };
}

/** A failed job keeps its error as one line of text: this is that line, and back. */
export function formatJobFailure(error: PipelineError): string {
  return `${error.code} [${error.stage}/${error.class}/${error.httpStatus}] ${error.message}`;
}

export function parseJobFailure(text: string, fallbackStage: Stage): PipelineError {
  const match = /^([A-Z][A-Z0-9_]+) \[(\w+)\/(retry|wait|quarantine)\/(\d{3})\] (.*)$/s.exec(text);
  if (!match) return new PipelineError('INTERNAL', text, { stage: fallbackStage, class: 'retry' });
  const [, code, stage, errorClass, httpStatus, message] = match;
  return new PipelineError(code!, message!, {
    stage: STAGES.find((known) => known === stage) ?? fallbackStage,
    class: errorClass as ErrorClass,
    httpStatus: Number(httpStatus),
  });
}
