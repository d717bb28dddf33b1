import { type Redis } from 'ioredis';
import { type DeadLetter, type DeadJob, type EngineFacts } from '../../contracts/dead-letter.js';
import { type ImageSource } from '../../contracts/embed-image.contract.js';
import {
  DEFAULT_TENANT,
  deadLetterId,
  tenantSchema,
  type ImageRef,
  derivedIdSchema,
} from '../../contracts/image-ref.js';
import { type PipelineError } from '../../contracts/pipeline-error.js';
import { countDeadLetter } from '../observability/metrics.js';
import { type AddedJob, type JobEvidence } from '../queue/job-evidence.js';
import { productVersion } from '../runtime/product-version.js';
import { PUT_LETTER_SCRIPT } from './ledger-scripts.js';
import { oldestKept, type LetterLimits, letterHead } from './letter-limits.js';
import { type OutcomeLedger } from './outcome-ledger.js';

interface WriterCommands {
  putDeadLetter(...args: (string | number)[]): Promise<number>;
}

/** Keeps what failed that is no image of the ledger's; those are written with their outcome. */
export class DeadLetterWriter {
  private readonly commands: WriterCommands;

  constructor(
    redis: Redis,
    private readonly limits: LetterLimits,
  ) {
    redis.defineCommand('putDeadLetter', { lua: PUT_LETTER_SCRIPT, numberOfKeys: 0 });
    this.commands = redis as unknown as WriterCommands;
  }

  /** Safe to repeat: a letter takes the place of an earlier one of its id. */
  async put(letter: DeadLetter): Promise<void> {
    await this.commands.putDeadLetter(
      letter.id,
      letterHead(letter),
      JSON.stringify(letter),
      this.limits.most,
      oldestKept(this.limits, letter.diedAt),
    );
    countDeadLetter(letter);
  }
}

/** Longest payload that is kept whole, bytes of JSON. */
const MOST_DATA_BYTES = 64 * 1024;
const MOST_MESSAGE = 2_000;
const MOST_CAUSES = 5;
const MOST_CAUSE = 500;

interface DeadLetterFacts {
  readonly error: PipelineError;
  /** Null when there was never a job. */
  readonly evidence: JobEvidence | null;
  readonly tenant: string;
  /** Of an image the ledger knows; others are told by their job. */
  readonly imageId?: string;
  /** What a replay adds, when it is not the job that failed. */
  readonly replay?: AddedJob;
  readonly image?: ImageRef;
  readonly source?: ImageSource;
  readonly space?: string;
  readonly engine?: readonly EngineFacts[];
}

export function makeDeadLetter(facts: DeadLetterFacts, now = Date.now()): DeadLetter {
  const { error, evidence } = facts;
  const job = facts.replay ?? evidence?.job ?? null;
  return {
    id: facts.imageId ?? deadLetterId(evidence?.job.queue ?? '', evidence?.job.id ?? ''),
    tenant: facts.tenant,
    stage: error.stage,
    code: error.code,
    class: error.class,
    message: error.message.slice(0, MOST_MESSAGE),
    causes: causesOf(error),
    queue: job?.queue ?? null,
    job: job && deadJob(job),
    ofImage: facts.imageId !== undefined,
    image: facts.image ?? null,
    source: facts.source ?? null,
    attempts: evidence?.attempts ?? 0,
    crashes: evidence?.crashes ?? 0,
    worker: evidence?.worker ?? null,
    lastCrashedWorker: evidence?.lastCrashedWorker ?? null,
    engine: (facts.engine ?? []).map(({ role, pack, engine, device, precision }) => ({
      role,
      pack,
      engine,
      device,
      precision,
    })),
    versions: {
      sightline: productVersion(),
      node: process.version,
      payload: payloadVersion(evidence?.job.data),
      space: facts.space ?? null,
    },
    addedAt: evidence?.addedAt ?? null,
    diedAt: now,
  };
}

/** Of a payload that does not parse, nothing counts but a tenant that could be one. */
export function tenantOf(data: unknown): string {
  const tenant = tenantSchema.safeParse((data as { tenant?: unknown } | null)?.tenant);
  return tenant.success ? tenant.data : DEFAULT_TENANT;
}

function deadJob({ name, id, data, opts }: AddedJob): DeadJob {
  const bytes = Buffer.from(JSON.stringify(data ?? null));
  const whole = bytes.length <= MOST_DATA_BYTES;
  const text = whole ? bytes.toString() : bytes.subarray(0, MOST_DATA_BYTES).toString();
  return { name, id, data: text, whole, opts: { ...opts } };
}

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  let { cause } = error;
  while (cause instanceof Error && causes.length < MOST_CAUSES) {
    causes.push(cause.message.slice(0, MOST_CAUSE));
    ({ cause } = cause);
  }
  if (typeof cause === 'string' && causes.length < MOST_CAUSES) {
    causes.push(cause.slice(0, MOST_CAUSE));
  }
  return causes;
}

function payloadVersion(data: unknown): number | null {
  const version = (data as { v?: unknown } | null | undefined)?.v;
  return typeof version === 'number' && Number.isInteger(version) ? version : null;
}

/** Jobs about images whose payload does not parse: a mistake of whoever added them, or another version. */
export class RejectedJobs {
  constructor(
    private readonly ledger: OutcomeLedger,
    private readonly letters: DeadLetterWriter,
  ) {}

  /** An image that somebody waits for ends as failed, so that a later import tries it afresh. */
  async keep(error: PipelineError, evidence: JobEvidence): Promise<void> {
    const { id, data } = evidence.job;
    const facts = { error, evidence, tenant: tenantOf(data) };
    const known = derivedIdSchema.safeParse(id).success && (await this.ledger.isOpen(id));
    if (!known) return this.letters.put(makeDeadLetter(facts));
    await this.ledger.finish({
      imageId: id,
      tenant: facts.tenant,
      key: keyOf(data) ?? id,
      outcome: 'failed',
      error,
      letter: makeDeadLetter({ ...facts, imageId: id }),
      faces: 0,
      events: [],
    });
  }
}

function keyOf(data: unknown): string | null {
  const { image } = (data ?? {}) as { image?: { key?: unknown } | null };
  return typeof image?.key === 'string' ? image.key : null;
}
