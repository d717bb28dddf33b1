import { describe, expect, it } from '@jest/globals';
import { RespRequests } from './resp-requests.js';

const bytes = Buffer.from('*2\r\n$4\r\nECHO\r\n$5\r\nh\u00e9\r\n\r\n*1\r\n$4\r\nPING\r\n');

describe('RespRequests', () => {
  it('finds the same commands for each division of the bytes into chunks', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const requests = new RespRequests();
      const found = [
        ...requests.take(bytes.subarray(0, cut)),
        ...requests.take(bytes.subarray(cut)),
      ];
      expect(found.map(({ words }) => words)).toEqual([['ECHO', 'h\u00e9\r\n'], ['PING']]);
      expect(Buffer.concat(found.map((request) => request.bytes))).toEqual(bytes);
    }
  });

  it('refuses data that is not a command', () => {
    expect(() => new RespRequests().take(Buffer.from('PING\r\n'))).toThrow('no RESP *');
  });
});
