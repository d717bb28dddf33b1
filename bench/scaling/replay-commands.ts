import { type Redis } from 'ioredis';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type RecordedCommand } from './command-recorder.js';
import { readRedisUsage, usageBetween, type RedisUsage } from './redis-usage.js';
import { replyLength } from './resp-reply.js';

/**
 * `flood`: as fast as the server takes them, in as few reads and writes as that makes; the least that they
 * can cost. `one-by-one`: each waits for the answer to the last, so each costs a read, a write and a wait
 * of its own; the most.
 */
export type ReplayPace = 'flood' | 'one-by-one';

export interface ReplayFigures {
  readonly seconds: number;
  readonly redis: RedisUsage;
}

const CHUNK = 256 * 1024;
const END = 'sightline-replay-end';

/** Sends recorded commands over one connection, in their order, and reads what they take the server. */
export async function replayCommands(
  redis: Redis,
  redisUrl: string,
  commands: readonly RecordedCommand[],
  pace: ReplayPace,
): Promise<ReplayFigures> {
  const { port, hostname } = new URL(redisUrl);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay();
  await once(socket, 'connect');
  try {
    const before = await readRedisUsage(redis);
    const start = performance.now();
    await (pace === 'flood' ? flood(socket, commands) : oneByOne(socket, commands));
    const seconds = (performance.now() - start) / 1000;
    return { seconds, redis: usageBetween(before, await readRedisUsage(redis)) };
  } finally {
    socket.destroy();
  }
}

async function flood(socket: Socket, commands: readonly RecordedCommand[]): Promise<void> {
  let tail = '';
  const answered = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString('latin1', Math.max(0, chunk.length - 64))).slice(-64);
      if (tail.includes(END)) resolve();
    });
  });
  let batch: Buffer[] = [];
  let size = 0;
  const send = async () => {
    if (!socket.write(Buffer.concat(batch))) await once(socket, 'drain');
    [batch, size] = [[], 0];
  };
  for (const { bytes } of commands) {
    batch.push(bytes);
    size += bytes.length;
    if (size > CHUNK) await send();
  }
  batch.push(Buffer.from(`ECHO ${END}\r\n`));
  await send();
  await answered;
}

async function oneByOne(socket: Socket, commands: readonly RecordedCommand[]): Promise<void> {
  for (const { bytes } of commands) {
    let answer: Buffer = Buffer.alloc(0);
    socket.write(bytes);
    while (replyLength(answer) === null) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
    }
  }
}
