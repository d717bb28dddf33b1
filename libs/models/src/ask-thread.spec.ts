import { describe, expect, it } from '@jest/globals';
import { askThread } from './ask-thread.js';

/** A thread of this code. */
function thread(code: string): URL {
  const source = `import { parentPort, workerData } from 'node:worker_threads';\n${code}`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}
const ask = (code: string, timeoutMs = 20_000) => askThread(thread(code), { n: 20 }, { timeoutMs });

describe('askThread', () => {
  it('returns the reply, even of a thread that does not end by itself', async () => {
    const code = 'setInterval(() => {}, 1000); parentPort.postMessage(workerData.n + 1);';
    expect(await ask(code)).toBe(21);
  });

  it('transfers buffers without a copy', async () => {
    const bytes = new Uint8Array(8);
    const code = 'parentPort.postMessage(workerData.bytes.length)';
    const options = { timeoutMs: 20_000, transfer: [bytes.buffer] };
    expect(await askThread(thread(code), { bytes }, options)).toBe(8);
    expect(bytes).toHaveLength(0);
  });

  it.each([
    ['throws', 'throw new Error("table index is out of bounds")', 'table index is out of bounds'],
    ['exits', 'process.exit(7)', 'the thread ended with code 7'],
    ['ends without a reply', '', 'the thread ended with code 0'],
    ['recurses', 'const f = () => f() + 1; f();', 'call stack'],
    [
      'uses too much memory',
      'const all = []; for (;;) all.push(new Array(1e6).fill({}));',
      'memory',
    ],
  ])('survives a thread that %s', async (_, code, message) => {
    await expect(ask(code)).rejects.toThrow(message);
  });

  it('throws when a thread hangs', async () => {
    await expect(ask('for (;;);', 200)).rejects.toThrow('the thread took longer than 0.2 seconds');
  });
});
