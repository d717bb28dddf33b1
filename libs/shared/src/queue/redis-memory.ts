import { type Redis } from 'ioredis';

/** How long an answer of Redis is believed, milliseconds. */
const FRESH_MS = 1_000;

/** Bytes; the limit is its maxmemory, or the machine's memory where it has none. */
export interface MemoryUsage {
  readonly used: number;
  readonly limit: number;
}

/** How full Redis is. One that refuses to write holds up the very work that would empty it, so intake stops before. */
export class RedisMemory {
  private answer: Promise<MemoryUsage> = Promise.resolve({ used: 0, limit: 0 });
  private readAt = -Infinity;

  constructor(private readonly redis: Redis) {}

  /** Share of its maxmemory, or of the machine's memory where it has none, that Redis uses; 0 to about 1. */
  async usedShare(): Promise<number> {
    const { used, limit } = await this.usage();
    return limit > 0 ? used / limit : 0;
  }

  usage(): Promise<MemoryUsage> {
    if (performance.now() - this.readAt > FRESH_MS) {
      this.readAt = performance.now();
      this.answer = this.read();
      this.answer.catch(() => (this.readAt = -Infinity));
    }
    return this.answer;
  }

  private async read(): Promise<MemoryUsage> {
    const info = await this.redis.info('memory');
    const bytes = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
    return {
      used: bytes('used_memory'),
      limit: bytes('maxmemory') || bytes('total_system_memory'),
    };
  }
}
