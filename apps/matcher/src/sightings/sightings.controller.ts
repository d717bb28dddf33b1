import { Controller } from '@nestjs/common';
import { type ParsedInput } from '#shared/contracts/http/route.js';
import { sightingsHttp } from '#shared/contracts/http/sightings.http.js';
import { Tenant } from '#shared/platform/http/access.js';
import { Input, Route } from '#shared/platform/http/route.js';
import { type SightingFilter } from '../vectors/vector-store.port.js';
import { PastSearchService } from './past-search.service.js';
import { SightingsService } from './sightings.service.js';

type Given<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** A filter of the fields that are given. */
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

@Controller()
export class SightingsController {
  constructor(private readonly sightings: SightingsService) {}

  @Route(sightingsHttp.list)
  async list(@Tenant() tenant: string, @Input() { query }: ParsedInput<typeof sightingsHttp.list>) {
    const { cursor, limit } = query;
    const page = { limit, ...(cursor !== undefined && { cursor }) };
    const { items, cursor: next } = await this.sightings.list(tenant, sightingFilter(query), page);
    return { sightings: items, cursor: next };
  }
}

@Controller()
export class PastSearchController {
  constructor(private readonly past: PastSearchService) {}

  @Route(sightingsHttp.searchPast)
  search(
    @Tenant() tenant: string,
    @Input() { params, body }: ParsedInput<typeof sightingsHttp.searchPast>,
  ) {
    return this.past.search(tenant, params.id, sightingFilter(body), body.limit);
  }
}
