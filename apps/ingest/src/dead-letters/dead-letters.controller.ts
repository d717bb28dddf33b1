import { Controller } from '@nestjs/common';
import { type KeptLetter } from '#shared/contracts/dead-letter.js';
import { deadLettersHttp } from '#shared/contracts/http/dead-letters.http.js';
import { type ParsedInput } from '#shared/contracts/http/route.js';
import { Tenant } from '#shared/platform/http/access.js';
import { Input, Route } from '#shared/platform/http/route.js';
import { DeadLetterRepository } from './dead-letter-repository.js';
import { DeadLettersService } from './dead-letters.service.js';

/** A dead letter as the API lists it: without the job's data. */
function letterView(letter: KeptLetter) {
  const { job, addedAt, diedAt, ...rest } = letter;
  return {
    ...rest,
    job: job && { name: job.name, id: job.id, replayable: job.whole },
    addedAt: addedAt === null ? null : new Date(addedAt).toISOString(),
    diedAt: new Date(diedAt).toISOString(),
  };
}

/** With the job's data: parsed, or the beginning of its text when it was too large to keep. */
function letterDetails(letter: KeptLetter) {
  const { job, ...view } = letterView(letter);
  const kept = letter.job;
  if (!kept || !job) return { ...view, job: null };
  const data: unknown = kept.whole ? JSON.parse(kept.data) : kept.data;
  return { ...view, job: { ...job, data } };
}

/** Lists, replays and deletes jobs that failed for good. */
@Controller()
export class DeadLettersController {
  constructor(
    private readonly service: DeadLettersService,
    private readonly letters: DeadLetterRepository,
  ) {}

  @Route(deadLettersHttp.list)
  async list(
    @Tenant() tenant: string,
    @Input() { query }: ParsedInput<typeof deadLettersHttp.list>,
  ) {
    const { limit, cursor: from, ...filter } = query;
    const { letters, cursor } = await this.letters.page(tenant, filter, limit, from);
    return { letters: letters.map(letterView), cursor };
  }

  @Route(deadLettersHttp.counts)
  counts(@Tenant() tenant: string) {
    return this.letters.counts(tenant);
  }

  @Route(deadLettersHttp.read)
  async read(
    @Tenant() tenant: string,
    @Input() { params }: ParsedInput<typeof deadLettersHttp.read>,
  ) {
    return letterDetails(await this.service.read(tenant, params.id));
  }

  @Route(deadLettersHttp.replay)
  replay(@Tenant() tenant: string, @Input() { body }: ParsedInput<typeof deadLettersHttp.replay>) {
    return this.service.replay(tenant, body);
  }

  @Route(deadLettersHttp.drop)
  drop(@Tenant() tenant: string, @Input() { body }: ParsedInput<typeof deadLettersHttp.drop>) {
    return this.service.drop(tenant, body);
  }
}
