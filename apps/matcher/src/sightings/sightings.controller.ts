import { Controller, Get, Query } from '@nestjs/common';
import { type z } from 'zod';
import { Tenant } from '#shared/http/tenant.js';
import { ZodPipe } from '#shared/http/zod.pipe.js';
import { sightingFilter, sightingsQuerySchema } from './sighting-query.js';
import { SightingsService } from './sightings.service.js';

@Controller('v1/sightings')
export class SightingsController {
  constructor(private readonly sightings: SightingsService) {}

  @Get()
  async list(
    @Tenant() tenant: string,
    @Query(new ZodPipe(sightingsQuerySchema)) query: z.output<typeof sightingsQuerySchema>,
  ) {
    const { cursor, limit } = query;
    const page = { limit, ...(cursor !== undefined && { cursor }) };
    const { items, cursor: next } = await this.sightings.list(tenant, sightingFilter(query), page);
    return { sightings: items, cursor: next };
  }
}
