import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** Messages of a text/event-stream, in order. Comments and events without data are skipped. */
export async function* readEventStream(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<EventSourceMessage> {
  const decoder = new TextDecoder();
  let messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    const complete = messages;
    messages = [];
    yield* complete;
  }
}
