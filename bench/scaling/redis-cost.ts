import { type RecordedCommand } from './command-recorder.js';
import { type RedisUsage } from './redis-usage.js';

/** What images cost the one thread of Redis that runs commands. */
export interface RedisCost {
  /** CPU time an image, microseconds. */
  readonly micros: number;
  /** Images/s that would take that thread a whole core: extrapolated, unless it had one. */
  readonly bound: number;
  /** Share of a core that it took meanwhile. */
  readonly share: number;
}

export function redisCost(usage: RedisUsage, images: number, seconds: number): RedisCost {
  const { mainSeconds } = usage;
  return {
    micros: (1e6 * mainSeconds) / images,
    bound: images / mainSeconds,
    share: mainSeconds / seconds,
  };
}

export interface CommandKind {
  readonly label: string;
  readonly count: number;
  readonly bytes: number;
}

/** Recorded commands by label, those that send the most bytes first. */
export function commandKinds(commands: readonly RecordedCommand[]): CommandKind[] {
  const kinds = new Map<string, { label: string; count: number; bytes: number }>();
  for (const { label, bytes } of commands) {
    const kind = kinds.get(label) ?? { label, count: 0, bytes: 0 };
    kind.count++;
    kind.bytes += bytes.length;
    kinds.set(label, kind);
  }
  return [...kinds.values()].sort((a, b) => b.bytes - a.bytes);
}
