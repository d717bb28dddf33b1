import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { type Response } from 'express';
import { z } from 'zod';
import { Tenant } from '#shared/platform/http/access.js';
import { ZodPipe } from '#shared/platform/http/zod.pipe.js';
import { requestError } from '../request-error.js';
import { MATCH_EVENT_TYPES, isEventId } from './event-log.js';
import { EventStreams } from './event-streams.js';

const querySchema = z.strictObject({
  /** Several types are given as several parameters. */
  type: z.preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    z.array(z.enum(MATCH_EVENT_TYPES)).optional(),
  ),
  personId: z.string().optional(),
  cameraId: z.string().optional(),
  /** Same as the header, for clients that cannot set it. `0-0`: from the oldest event kept. */
  lastEventId: z.string().optional(),
});

@Controller('v1/events')
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  /** Server-sent events, one match event each. Goes on after Last-Event-ID, else starts now. */
  @Get()
  async stream(
    @Tenant() tenant: string,
    @Query(new ZodPipe(querySchema)) query: z.output<typeof querySchema>,
    @Headers('last-event-id') header: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const { type: types, personId, cameraId } = query;
    const after = header ?? query.lastEventId;
    if (after !== undefined && !isEventId(after)) {
      throw requestError(400, 'LAST_EVENT_ID_INVALID', 'Last-Event-ID is not an id of this stream');
    }
    await this.streams.send({ tenant, types, personId, cameraId }, after, response);
  }
}
