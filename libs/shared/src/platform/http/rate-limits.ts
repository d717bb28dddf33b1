import { Inject, Injectable, Optional } from '@nestjs/common';
import { type Redis } from 'ioredis';
import ipaddr from 'ipaddr.js';
import { createHash } from 'node:crypto';
import {
  type RateLimiterLike,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  RLWrapperTimeouts,
} from 'rate-limiter-flexible';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { KEY_PREFIX } from '../queue/redis.js';
import { CONFIG, REDIS } from '../tokens.js';
import { RETRY_AFTER } from './error.filter.js';

interface RateConfig {
  readonly WRONG_KEYS_PER_MINUTE: number;
  readonly QUERIES_PER_MINUTE: number;
}

/** Seconds. */
const WINDOW = 60;
/** After this time a process counts for itself. Milliseconds. */
const REDIS_TIMEOUT_MS = 250;
/** Number of pairs of address and key that are remembered as working, and of blocked addresses. */
const REMEMBERED = 10_000;

/** Counts wrong keys by the caller's address and queries by key: in Redis, or in this process while Redis does not answer. */
@Injectable()
export class RateLimits {
  private readonly wrongKeys: RateLimiterLike;
  private readonly queries: RateLimiterLike;
  /** Addresses, and the time of `performance.now()` until which they are blocked. */
  private readonly blocked = new Map<string, number>();
  /** Pairs of address and key: a device with a wrong key must not stop the others at its address. */
  private readonly working = new Set<string>();

  constructor(
    @Inject(CONFIG) private readonly config: RateConfig,
    @Optional() @Inject(REDIS) redis: Redis | undefined,
  ) {
    this.wrongKeys = limiter('wrong-keys', config.WRONG_KEYS_PER_MINUTE, redis);
    this.queries = limiter('queries', config.QUERIES_PER_MINUTE, redis);
  }

  /**
   * Call it for every request that gives a key.
   * @param address of the caller
   * @throws PipelineError TOO_MANY_WRONG_KEYS (429), also for a right key that has not worked at this address before
   */
  async checkCaller(address: string, key: string, isRight: boolean): Promise<void> {
    const caller = networkOf(address);
    const pair = `${caller} ${digest(key)}`;
    if (isRight && this.working.has(pair)) return;
    const leftMs = (this.blocked.get(caller) ?? 0) - performance.now();
    if (leftMs > 0) throw tooManyWrongKeys(leftMs);
    if (isRight) remember(this.working, pair);
    else await this.countWrong(caller);
  }

  /** @throws PipelineError RATE_LIMITED (429) */
  async countQuery(key: string): Promise<void> {
    const waitMs = await take(this.queries, digest(key));
    if (waitMs === 0) return;
    const { QUERIES_PER_MINUTE } = this.config;
    const problem = `more than ${QUERIES_PER_MINUTE} queries within a minute (QUERIES_PER_MINUTE)`;
    throw tooMany('RATE_LIMITED', problem, waitMs);
  }

  private async countWrong(caller: string): Promise<void> {
    const waitMs = await take(this.wrongKeys, caller);
    if (waitMs === 0) return;
    remember(this.blocked, caller);
    this.blocked.set(caller, performance.now() + waitMs);
    throw tooManyWrongKeys(waitMs);
  }
}

/** While Redis does not answer, each process counts for itself. */
function limiter(name: string, points: number, redis: Redis | undefined): RateLimiterLike {
  const options = { keyPrefix: `${KEY_PREFIX}:rate:${name}`, points, duration: WINDOW };
  const memory = new RateLimiterMemory(options);
  if (!redis) return memory;
  const shared = new RateLimiterRedis({
    ...options,
    storeClient: redis,
    rejectIfRedisNotReady: true,
  });
  const insured = { limiter: shared, insuranceLimiter: memory, timeoutMs: REDIS_TIMEOUT_MS };
  return new RLWrapperTimeouts(insured);
}

/** @returns 0, or the milliseconds to wait when the limit is reached */
async function take(from: RateLimiterLike, key: string): Promise<number> {
  try {
    await from.consume(key);
    return 0;
  } catch (error) {
    if (error instanceof RateLimiterRes) return Math.max(1, error.msBeforeNext);
    throw error;
  }
}

/** Makes room for a new entry by forgetting the oldest. */
function remember(entries: Set<string> | Map<string, number>, entry: string): void {
  const [oldest] = entries.keys();
  if (oldest !== undefined && entries.size >= REMEMBERED) entries.delete(oldest);
  if (entries instanceof Set) entries.add(entry);
}

/** The address; of IPv6 the network of 64 bits, because one caller has all addresses of it. */
function networkOf(address: string): string {
  const [plain = ''] = address.split('%');
  if (!ipaddr.isValid(plain)) return address;
  const parsed = ipaddr.process(plain);
  return parsed.kind() === 'ipv4'
    ? parsed.toString()
    : Buffer.from(parsed.toByteArray().slice(0, 8)).toString('hex');
}

/** Keys of callers are not stored. */
function digest(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

function tooManyWrongKeys(waitMs: number): PipelineError {
  const problem = 'too many requests with a wrong key came from this address';
  return tooMany('TOO_MANY_WRONG_KEYS', problem, waitMs);
}

function tooMany(code: string, problem: string, waitMs: number): PipelineError {
  const seconds = Math.ceil(waitMs / 1000);
  return new PipelineError(code, `${problem}; try again in ${seconds} s`, {
    stage: 'query',
    class: 'retry',
    httpStatus: 429,
    details: { [RETRY_AFTER]: seconds },
  });
}
