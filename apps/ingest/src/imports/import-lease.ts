import { Logger } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { importKeys } from '#shared/platform/ledger/keys.js';
import { LuaScript } from '#shared/platform/redis/lua-script.js';

const renewLease = new LuaScript<number>(import.meta.dirname, 'lua/renew-lease.lua');
const releaseLease = new LuaScript<number>(import.meta.dirname, 'lua/release-lease.lua');

/** After this time another process takes over the import of a crashed runner. */
const LEASE_MS = 6_000;
const RENEWAL_MS = 2_000;

/** The right to run one import. One ingest process holds it and renews it until it releases it. */
export class ImportLease {
  private readonly logger = new Logger('imports');
  private readonly timer: NodeJS.Timeout;
  private lost = false;

  private constructor(
    private readonly redis: Redis,
    readonly importId: string,
    readonly token: string,
  ) {
    this.timer = setInterval(() => void this.renew(), RENEWAL_MS);
  }

  static keyOf(importId: string): string {
    return `${importKeys.state(importId)}:lease`;
  }

  /** Null while another process runs the import. */
  static async acquire(redis: Redis, importId: string): Promise<ImportLease | null> {
    const token = randomUUID();
    const set = await redis.set(ImportLease.keyOf(importId), token, 'PX', LEASE_MS, 'NX');
    return set === 'OK' ? new ImportLease(redis, importId, token) : null;
  }

  get held(): boolean {
    return !this.lost;
  }

  /** Another process has taken over. */
  lose(): void {
    clearInterval(this.timer);
    this.lost = true;
  }

  async release(): Promise<void> {
    this.lose();
    await releaseLease.run(this.redis, [ImportLease.keyOf(this.importId)], [this.token]);
  }

  private async renew(): Promise<void> {
    try {
      const key = ImportLease.keyOf(this.importId);
      if ((await renewLease.run(this.redis, [key], [this.token, LEASE_MS])) === 1) return;
      this.lose();
    } catch (error) {
      this.logger.warn(error);
    }
  }
}
