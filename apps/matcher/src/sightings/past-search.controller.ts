import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { Tenant } from '#shared/http/tenant.js';
import { ZodPipe } from '#shared/http/zod.pipe.js';
import { personIdSchema } from '../people/person.js';
import { PastSearchService } from './past-search.service.js';
import { sightingFilter, sightingFilterShape } from './sighting-query.js';

const bodySchema = z.strictObject({
  ...sightingFilterShape,
  limit: z.number().int().min(1).max(1000).default(100),
});

@Controller('v1/people/:id/search')
export class PastSearchController {
  constructor(private readonly past: PastSearchService) {}

  @Post()
  @HttpCode(200)
  search(
    @Tenant() tenant: string,
    @Param('id', new ZodPipe(personIdSchema)) id: string,
    @Body(new ZodPipe(bodySchema)) body: z.output<typeof bodySchema>,
  ) {
    return this.past.search(tenant, id, sightingFilter(body), body.limit);
  }
}
