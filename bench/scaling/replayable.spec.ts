import { describe, expect, it } from '@jest/globals';
import { encodeCommand, replayable } from './replayable.js';

const words = (text: string) => text.split(' ').map((word) => Buffer.from(word));
const replayed = (text: string) => replayable(words(text))?.join(' ');

describe('replayable', () => {
  it('leaves work as it is', () => {
    expect(replayed('EVALSHA abc 1 k a')).toBe('EVALSHA abc 1 k a');
    expect(replayed('xreadgroup GROUP g c STREAMS s >')).toBe('xreadgroup GROUP g c STREAMS s >');
  });

  it('lets nothing block', () => {
    expect(replayed('BZPOPMIN q:marker 5.5')).toBe('zpopmin q:marker');
    expect(replayed('xreadgroup GROUP g c COUNT 9 BLOCK 5000 STREAMS s >')).toBe(
      'xreadgroup GROUP g c COUNT 9 STREAMS s >',
    );
  });

  it('leaves out what connections say about themselves', () => {
    expect(replayed('CLIENT SETNAME bed')).toBeUndefined();
    expect(replayed('info memory')).toBeUndefined();
    expect(replayed('xread BLOCK 10000 STREAMS s 1767322800000-0')).toBeUndefined();
  });

  it('is sent byte for byte', () => {
    const bytes = Buffer.from([0xff, 0x0d, 0x0a]);
    const sent = encodeCommand([Buffer.from('set'), bytes]).toString('latin1');
    expect(sent).toBe('*2\r\n$3\r\nset\r\n$3\r\n\xff\r\n\r\n');
  });
});
