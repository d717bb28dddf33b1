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
import { LuaScript } from '../redis/lua-script.js';
import { productVersion } from '../runtime/product-version.js';
import { oldestKept, type LetterLimits, letterHead } from './letter-limits.js';
import { type OutcomeLedger } from './outcome-ledger.js';

const putDeadLetter = new LuaScript<number>(import.meta.dirname, 'lua/put-dead-letter.lua');
export const removeDeadLetter = new LuaScript<number>(
  import.meta.dirname,
  'lua/remove-dead-letter.lua',
);
export const forgetOldDeadLetters = new LuaScript<number>(
  import.meta.dirname,
  'lua/forget-old-dead-letters.lua',
);

/** Writes dead letters of jobs that are not about images of the ledger; those are written with their outcome. */
export class DeadLetterWriter {
  constructor(
    private readonly redis: Redis,
    private readonly limits: LetterLimits,
  ) {}

  /** Safe to repeat: a letter replaces an earlier one of the same id. */
  async put(letter: DeadLetter): Promise<void> {
    await putDeadLetter.run(
      this.redis,
      [],
      [
        letter.id,
        letterHead(letter),
        JSON.stringify(letter),
        this.limits.most,
        oldestKept(this.limits, letter.diedAt),
      ],
    );
    countDeadLetter(letter);
  }
}

/** Longest payload that is kept completely, bytes of JSON. */
const MAX_DATA_BYTES = 64 * 1024;
const MAX_MESSAGE = 2_000;
const MAX_CAUSES = 5;
const MAX_CAUSE = 500;

interface DeadLetterFacts {
  readonly error: PipelineError;
  /** Null when there was never a job. */
  readonly evidence: JobEvidence | null;
  readonly tenant: string;
  /** Given for an image of the ledger; other letters get an id from their job. */
  readonly imageId?: string;
  /** The job that a replay adds, if it is not the one that failed. */
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
    message: error.message.slice(0, MAX_MESSAGE),
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

/** The tenant of a payload that may be invalid; the default tenant if the field is not a valid name. */
export function tenantOf(data: unknown): string {
  const tenant = tenantSchema.safeParse((data as { tenant?: unknown } | null)?.tenant);
  return tenant.success ? tenant.data : DEFAULT_TENANT;
}

function deadJob({ name, id, data, opts }: AddedJob): DeadJob {
  const bytes = Buffer.from(JSON.stringify(data ?? null));
  const whole = bytes.length <= MAX_DATA_BYTES;
  const text = whole ? bytes.toString() : bytes.subarray(0, MAX_DATA_BYTES).toString();
  return { name, id, data: text, whole, opts: { ...opts } };
}

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  let { cause } = error;
  while (cause instanceof Error && causes.length < MAX_CAUSES) {
    causes.push(cause.message.slice(0, MAX_CAUSE));
    ({ cause } = cause);
  }
  if (typeof cause === 'string' && causes.length < MAX_CAUSES) {
    causes.push(cause.slice(0, MAX_CAUSE));
  }
  return causes;
}

function payloadVersion(data: unknown): number | null {
  const version = (data as { v?: unknown } | null | undefined)?.v;
  return typeof version === 'number' && Number.isInteger(version) ? version : null;
}

/** Handles jobs about images whose payload does not parse. */
export class RejectedJobs {
  constructor(
    private readonly ledger: OutcomeLedger,
    private readonly letters: DeadLetterWriter,
  ) {}

  /** An image of the ledger ends as failed, so that a later import tries it again. */
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
