import { Module } from '@nestjs/common';
import { EventLog } from './event-log.js';
import { EventStreams } from './event-streams.js';
import { EventsController } from './events.controller.js';
import { Webhooks } from './webhooks.js';

/** Match events for readers: server-sent events and webhooks. */
@Module({
  controllers: [EventsController],
  providers: [EventLog, EventStreams, Webhooks],
})
export class EventsModule {}
