import { matchEventSchema, type MatchEvent } from '#shared/contracts/match-event.contract.js';

export interface SentEvent {
  readonly id: string;
  readonly event: MatchEvent;
}

/** A reader of GET /v1/events. Not by eventsource-parser: that one drops the id of a frame without data. */
export class EventReader {
  readonly events: SentEvent[] = [];
  /** The last event id, as an EventSource keeps it: frames without data count too. */
  lastEventId = '';
  ended = false;
  private readonly stop = new AbortController();
  private reading: Promise<void> | undefined;

  constructor(
    private readonly url: string,
    private readonly key?: string,
  ) {}

  async open(query = '', lastEventId?: string): Promise<Response> {
    const response = await fetch(`${this.url}/v1/events${query}`, {
      headers: {
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
        ...(this.key !== undefined && { authorization: `Bearer ${this.key}` }),
      },
      signal: this.stop.signal,
    });
    if (response.ok) this.reading = this.read(response);
    return response;
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.reading;
  }

  private async read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of response.body!) {
        const frames = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
        rest = frames.pop()!;
        for (const frame of frames) this.take(frame);
      }
    } catch {
      // The connection was closed. The test checks the events until then.
    }
    this.ended = true;
  }

  private take(frame: string): void {
    const field = (name: string) =>
      frame
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const id = field('id');
    const data = field('data');
    if (id !== undefined) this.lastEventId = id;
    if (data === undefined) return;
    this.events.push({ id: this.lastEventId, event: matchEventSchema.parse(JSON.parse(data)) });
  }
}
