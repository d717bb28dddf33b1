import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { readEventStream } from './event-stream.js';

describe('readEventStream', () => {
  it('puts events together from whatever pieces arrive', async () => {
    const text = ': ready\n\nid: 1-0\ndata: {"a":1}\n\nretry: 5\n\nid: 2-0\ndata: x\ndata: é\n\n';
    const pieces = [...Buffer.from(text)].map((byte) => Uint8Array.of(byte));
    const events = [];
    for await (const event of readEventStream(Readable.from(pieces))) events.push(event);
    expect(events).toEqual([
      { id: '1-0', data: '{"a":1}' },
      { id: '2-0', data: 'x\né' },
    ]);
  });

  it('takes no line separator of Unicode for the end of a line', async () => {
    const text = 'id: 1-0\ndata: {"name":"a\u2028b"}\n\n';
    const events = [];
    for await (const event of readEventStream(Readable.from([Buffer.from(text)]))) {
      events.push(event);
    }
    expect(events).toEqual([{ id: '1-0', data: '{"name":"a\u2028b"}' }]);
  });
});
