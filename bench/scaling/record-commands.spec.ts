import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { connect } from 'node:net';
import { startRedis, type TestRedis } from '../../test/support/start-redis.js';
import { waitUntil } from '../../test/support/wait-until.js';
import { encodeCommand, parseMonitorLine, replayable } from './record-commands.js';

describe('parseMonitorLine', () => {
  it('reads words with spaces, quotes and backslashes', () => {
    const line = String.raw`+1339518083.107412 [0 127.0.0.1:60866] "set" "a \"b\" \\n" "\x00\xff\r\n"`;
    const words = parseMonitorLine(line)!;
    expect(words.map((word) => word.toString('latin1'))).toEqual([
      'set',
      String.raw`a "b" \n`,
      '\x00\xff\r\n',
    ]);
  });

  it('ignores commands inside scripts, and lines without a command', () => {
    expect(parseMonitorLine('+1339518083.1 [0 lua] "hget" "a" "b"')).toBeNull();
    expect(parseMonitorLine('+OK')).toBeNull();
  });

  describe('against a server', () => {
    let server: TestRedis;
    let redis: Redis;
    beforeAll(async () => {
      server = await startRedis();
      redis = new Redis(server.url);
    });
    afterAll(async () => {
      await redis.quit();
      await server.stop();
    });

    it('returns every byte', async () => {
      const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const { port, hostname } = new URL(server.url);
      const monitor = connect(Number(port), hostname);
      let text = '';
      monitor.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      monitor.write('MONITOR\r\n');
      await waitUntil('MONITOR', () => text.includes('+OK'));
      await redis.set('bytes', all);
      const line = await waitUntil('the command', () => /^\+.*"set".*$/m.exec(text)?.[0]);
      monitor.destroy();
      expect(parseMonitorLine(line)).toEqual([Buffer.from('set'), Buffer.from('bytes'), all]);
    });
  });
});

const words = (text: string) => text.split(' ').map((word) => Buffer.from(word));
const replayed = (text: string) => replayable(words(text))?.join(' ');

describe('replayable', () => {
  it('does not change normal commands', () => {
    expect(replayed('EVALSHA abc 1 k a')).toBe('EVALSHA abc 1 k a');
    expect(replayed('xreadgroup GROUP g c STREAMS s >')).toBe('xreadgroup GROUP g c STREAMS s >');
  });

  it('makes blocking commands non-blocking', () => {
    expect(replayed('BZPOPMIN q:marker 5.5')).toBe('zpopmin q:marker');
    expect(replayed('xreadgroup GROUP g c COUNT 9 BLOCK 5000 STREAMS s >')).toBe(
      'xreadgroup GROUP g c COUNT 9 STREAMS s >',
    );
  });

  it('leaves out commands about the connection', () => {
    expect(replayed('CLIENT SETNAME bed')).toBeUndefined();
    expect(replayed('info memory')).toBeUndefined();
    expect(replayed('xread BLOCK 10000 STREAMS s 1767322800000-0')).toBeUndefined();
  });

  it('encodes every byte', () => {
    const bytes = Buffer.from([0xff, 0x0d, 0x0a]);
    const sent = encodeCommand([Buffer.from('set'), bytes]).toString('latin1');
    expect(sent).toBe('*2\r\n$3\r\nset\r\n$3\r\n\xff\r\n\r\n');
  });
});
