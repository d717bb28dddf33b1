import { derivedIdSchema } from '../contracts/image-ref.js';
import { type PipelineError } from '../contracts/pipeline-error.js';
import { type OutcomeLedger } from '../outcomes/outcome-ledger.js';
import { type JobEvidence } from '../queue/job-evidence.js';
import { type DeadLetterWriter } from './dead-letter-writer.js';
import { makeDeadLetter, tenantOf } from './make-dead-letter.js';

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
      ...{ imageId: id, tenant: facts.tenant },
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
