import { Controller, Get, Query, Body, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { storeNameSchema } from '#shared/contracts/image-ref.js';
import { Tenant } from '#shared/platform/http/access.js';
import { ZodPipe } from '#shared/platform/http/zod.pipe.js';
import { personIdSchema } from '../people/person.js';
import { type SightingFilter } from '../vectors/vector-store.port.js';
import { PastSearchService } from './past-search.service.js';
import { SightingsService } from './sightings.service.js';

const instantSchema = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const sightingFilterShape = {
  store: storeNameSchema.optional(),
  cameraId: z.string().min(1).max(128).optional(),
  /** Seen at or after: ISO 8601 with zone. */
  from: instantSchema.optional(),
  /** Seen at or before. */
  to: instantSchema.optional(),
};

export const sightingsQuerySchema = z.strictObject({
  ...sightingFilterShape,
  personId: personIdSchema.optional(),
  cursor: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

type Given<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** The filter of those fields that are there. */
export function sightingFilter(given: Given<SightingFilter>): SightingFilter {
  const { store, personId, cameraId, from, to } = given;
  return {
    ...(store !== undefined && { store }),
    ...(personId !== undefined && { personId }),
    ...(cameraId !== undefined && { cameraId }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

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
