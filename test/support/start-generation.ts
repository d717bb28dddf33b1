import { type Redis } from 'ioredis';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { resultKeys, type GenerationSettings } from './generations.js';

const MAIN = fileURLToPath(new URL('./run-generation.main.js', import.meta.url));

export interface RunningGeneration {
  readonly process: ChildProcess;
  log(): string;
  /** Sends SIGTERM and returns the exit code. */
  stop(): Promise<number | null>;
}

/** Starts a worker process with the settings of `run-generation.main.ts`. */
export function startGeneration(
  settings: Pick<GenerationSettings, 'redisUrl' | 'queue'> & Partial<GenerationSettings>,
): RunningGeneration {
  const all: GenerationSettings = {
    generation: 2,
    adds: 0,
    concurrency: 16,
    lockMs: 30_000,
    workMs: 20,
    ...settings,
  };
  const child = spawn(process.execPath, [MAIN, JSON.stringify(all)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let log = '';
  const collect = (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return {
    process: child,
    log: () => log,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
}

const handledSchema = z.object({ id: z.string(), generation: z.int(), version: z.int() });

/** Jobs that the worker processes of a queue have processed. */
export async function readHandled(redis: Redis, queue: string) {
  const entries = await redis.lrange(resultKeys.handled(queue), 0, -1);
  return entries.map((entry) => handledSchema.parse(JSON.parse(entry)));
}

const givenUpSchema = z.object({
  code: z.string(),
  evidence: z.object({
    job: z.object({
      queue: z.string(),
      name: z.string(),
      id: z.string(),
      data: z.unknown(),
      opts: z.record(z.string(), z.unknown()),
    }),
    attempts: z.int(),
    crashes: z.int(),
    addedAt: z.number(),
    worker: z.string(),
    lastCrashedWorker: z.string().nullable(),
  }),
});

/** Jobs that failed permanently, by id. */
export async function readGivenUp(redis: Redis, queue: string) {
  const entries = Object.entries(await redis.hgetall(resultKeys.givenUp(queue)));
  return new Map(entries.map(([id, text]) => [id, givenUpSchema.parse(JSON.parse(text))]));
}
