import { type Command } from 'commander';
import { readEventStream } from '#shared/client/event-stream.js';
import { eventsHttp } from '#shared/contracts/http/events.http.js';
import { loadCliConfig } from '../cli.config.js';
import { findServices } from '../client/services.js';

export function registerEventsCommand(program: Command): void {
  program
    .command('events')
    .description('print match events as they happen, one JSON object per line (CloudEvents 1.0)')
    .option(
      '--after <id>',
      'start after the event with this id; 0-0 starts at the oldest event (default: only new events)',
    )
    .action(tail);
}

async function tail(options: { after?: string }): Promise<void> {
  const { matcher } = await findServices(loadCliConfig());
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  try {
    const input = { headers: { 'last-event-id': options.after } };
    const response = await matcher.open(eventsHttp.stream, input, stop.signal);
    for await (const { data } of readEventStream(response.body!)) console.log(data);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
}
