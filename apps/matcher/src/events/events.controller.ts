import { Controller, Res } from '@nestjs/common';
import { type Response } from 'express';
import { eventsHttp } from '#shared/contracts/http/events.http.js';
import { type ParsedInput } from '#shared/contracts/http/route.js';
import { Tenant } from '#shared/platform/http/access.js';
import { Input, Route } from '#shared/platform/http/route.js';
import { requestError } from '../request-error.js';
import { isEventId } from './event-log.js';
import { EventStreams } from './event-streams.js';

@Controller()
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  @Route(eventsHttp.stream)
  async stream(
    @Tenant() tenant: string,
    @Input() { query, headers }: ParsedInput<typeof eventsHttp.stream>,
    @Res() response: Response,
  ): Promise<undefined> {
    const { type: types, personId, cameraId } = query;
    const after = headers['last-event-id'] ?? query.lastEventId;
    if (after !== undefined && !isEventId(after)) {
      throw requestError(400, 'LAST_EVENT_ID_INVALID', 'Last-Event-ID is not an id of this stream');
    }
    await this.streams.send({ tenant, types, personId, cameraId }, after, response);
  }
}
