import { z } from 'zod';
import { type Dependency } from '../../contracts/dependency.js';
import {
  PipelineError,
  STAGES,
  ERROR_CLASSES,
  type ErrorClass,
  type Stage,
} from '../../contracts/pipeline-error.js';
import { type QueueContract } from '../../contracts/queue-contract.js';
import { type JobEvidence } from './job-evidence.js';

/** Thrown by a handler to put the job back on the queue for a while; no attempt is counted. */
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
  /** Delivery is at least once: must be safe to run twice, even at the same time. */
  handle(payload: Payload): Promise<Result>;
  /**
   * What a payload needs apart from Redis. While one of these is unavailable, the job is not handled. An
   * error of class `wait` names the dependency it is about, unless the payload has only one.
   */
  needs?(payload: Payload): readonly Dependency[];
  /** Called when the job ends for good without a result, before it is marked failed. Safe to run twice. */
  giveUp(payload: Payload, error: PipelineError, evidence: JobEvidence): Promise<void>;
  /**
   * Called for a payload that does not parse, before the job is marked failed. No field of the payload can
   * be trusted. The error is PAYLOAD_INVALID of class quarantine. Safe to run twice.
   */
  reject?(error: PipelineError, evidence: JobEvidence): Promise<void>;
}

export type ReadPayload<Payload> =
  | { readonly kind: 'payload'; readonly payload: Payload }
  /** Written by a newer producer; a newer worker will take it. */
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'invalid'; readonly problems: string };

const versionSchema = z.object({ v: z.int().positive() });

/** Parses the data of a job. A payload of an older version is upgraded. */
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

/** The error of a failed job as the one line of text that BullMQ keeps; parseJobFailure reads it. */
export function formatJobFailure(error: PipelineError): string {
  return `${error.code} [${error.stage}/${error.class}/${error.httpStatus}] ${error.message}`;
}

const FAILURE = new RegExp(
  String.raw`^([A-Z][A-Z0-9_]+) \[(\w+)/(${ERROR_CLASSES.join('|')})/(\d{3})\] (.*)$`,
  's',
);

export function parseJobFailure(text: string, fallbackStage: Stage): PipelineError {
  const match = FAILURE.exec(text);
  if (!match) return new PipelineError('INTERNAL', text, { stage: fallbackStage, class: 'retry' });
  const [, code, stage, errorClass, httpStatus, message] = match;
  return new PipelineError(code!, message!, {
    stage: STAGES.find((known) => known === stage) ?? fallbackStage,
    class: errorClass as ErrorClass,
    httpStatus: Number(httpStatus),
  });
}
