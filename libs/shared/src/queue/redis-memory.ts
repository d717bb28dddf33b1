import { type Redis } from 'ioredis';

/** How long an answer of Redis is believed, milliseconds. */
const FRESH_MS = 1_000;

/** How full Redis is. One that refuses to write holds up the very work that would empty it, so intake stops before. */
export class RedisMemory {
  private share: Promise<number> = Promise.resolve(0);
  private readAt = -Infinity;

  constructor(private readonly redis: Redis) {}

  /** Share of its maxmemory, or of the machine's memory where it has none, that Redis uses; 0 to about 1. */
  usedShare(): Promise<number> {
    if (performance.now() - this.readAt > FRESH_MS) {
      this.readAt = performance.now();
      this.share = this.read();
      this.share.catch(() => (this.readAt = -Infinity));
    }
    return this.share;
  }

  private async read(): Promise<number> {
    const info = await this.redis.info('memory');
    const bytes = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
    const most = bytes('maxmemory') || bytes('total_system_memory');
    return most > 0 ? bytes('used_memory') / most : 0;
  }
}
