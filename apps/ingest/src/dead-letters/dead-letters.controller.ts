import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { type z } from 'zod';
import { type KeptLetter } from '#shared/contracts/dead-letter.js';
import { derivedIdSchema } from '#shared/contracts/image-ref.js';
import { Tenant } from '#shared/platform/http/access.js';
import { ZodPipe } from '#shared/platform/http/zod.pipe.js';
import { DeadLetterRepository } from './dead-letter-repository.js';
import { DeadLettersService } from './dead-letters.service.js';
import { letterListQuerySchema, letterSelectionSchema } from './letter-filter.js';

/** A dead letter as the API lists it: all but the job's data. Times are ISO 8601. */
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
  const view = letterView(letter);
  const { job } = letter;
  if (!job || !view.job) return view;
  return {
    ...view,
    job: { ...view.job, data: job.whole ? (JSON.parse(job.data) as unknown) : job.data },
  };
}

type Selection = z.output<typeof letterSelectionSchema>;

/** What ended for good without its result: look, replay after a fix, or drop. */
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly service: DeadLettersService,
    private readonly letters: DeadLetterRepository,
  ) {}

  @Get()
  async list(
    @Tenant() tenant: string,
    @Query(new ZodPipe(letterListQuerySchema)) query: z.output<typeof letterListQuerySchema>,
  ) {
    const { limit, cursor: from, ...filter } = query;
    const { letters, cursor } = await this.letters.page(tenant, filter, limit, from);
    return { letters: letters.map(letterView), cursor };
  }

  @Get('counts')
  counts(@Tenant() tenant: string) {
    return this.letters.counts(tenant);
  }

  @Get(':id')
  async read(@Tenant() tenant: string, @Param('id', new ZodPipe(derivedIdSchema)) id: string) {
    return letterDetails(await this.service.read(tenant, id));
  }

  @Post('replay')
  @HttpCode(200)
  replay(@Tenant() tenant: string, @Body(new ZodPipe(letterSelectionSchema)) selection: Selection) {
    return this.service.replay(tenant, selection);
  }

  @Post('drop')
  @HttpCode(200)
  drop(@Tenant() tenant: string, @Body(new ZodPipe(letterSelectionSchema)) selection: Selection) {
    return this.service.drop(tenant, selection);
  }
}
