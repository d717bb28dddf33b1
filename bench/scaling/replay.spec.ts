import { describe, expect, it } from '@jest/globals';
import { replyLength } from './replay.js';

const WHOLE = [
  '+OK\r\n',
  '-ERR no\r\n',
  ':12\r\n',
  '$-1\r\n',
  '*-1\r\n',
  '*0\r\n',
  '$4\r\na\r\nb\r\n',
  '*3\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n+x\r\n',
];

describe('replyLength', () => {
  it.each(WHOLE)('finds the end of %j, and none before it is complete', (reply) => {
    const bytes = Buffer.from(`${reply}:99\r\n`);
    expect(replyLength(bytes)).toBe(reply.length);
    for (let cut = 0; cut < reply.length; cut++) {
      expect(replyLength(bytes.subarray(0, cut))).toBeNull();
    }
  });

  it('starts at the given position', () => {
    expect(replyLength(Buffer.from(`:1\r\n$2\r\nab\r\n`), 4)).toBe(8);
  });
});
