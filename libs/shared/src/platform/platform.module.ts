import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
  Optional,
  type Provider,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { type Redis } from 'ioredis';
import { AccessGuard } from './http/access.js';
import { ErrorFilter } from './http/error.filter.js';
import { type OriginConfig } from './http/origins.js';
import { Outages } from './http/outages.js';
import { RateLimits } from './http/rate-limits.js';
import { ActiveRequests } from './http/requests.js';
import { DeadLetterWriter, RejectedJobs } from './ledger/dead-letter-writer.js';
import { letterLimits } from './ledger/letter-limits.js';
import { OutcomeLedger } from './ledger/outcome-ledger.js';
import { type AddressPolicy } from './net/address-policy.js';
import { HealthController, Readiness } from './observability/health.js';
import { MetricsController } from './observability/metrics.controller.js';
import { Queues } from './queue/queues.js';
import { closeRedis, connectRedis, RedisMemory } from './queue/redis.js';
import { ObjectStores, openStores } from './storage/open-stores.js';
import { UPLOADS_STORE } from './storage/storage.config.js';
import { CONFIG, REDIS, UPLOADS } from './tokens.js';

/** Settings that the platform reads; a service's settings have more. */
interface PlatformConfig extends OriginConfig {
  readonly INSTANCE_ID: string;
  readonly WRONG_KEYS_PER_MINUTE: number;
  readonly QUERIES_PER_MINUTE: number;
  readonly SHUTDOWN_TIMEOUT_MS: number;
  readonly REDIS_URL: string;
  readonly STORES: ReadonlyMap<string, URL>;
  readonly STORES_FILE?: string | undefined;
  readonly ALLOW_INTERNAL_ADDRESSES: AddressPolicy;
  readonly DEAD_LETTERS_MAX: number;
  readonly DEAD_LETTERS_DAYS: number;
  /** Only the matcher adds events. */
  readonly EVENT_STREAM_LENGTH?: number;
}

/**
 * What every service has: access control, error answers, health, metrics, the connection to Redis, the queues,
 * the outcome ledger and the object stores. Global, so Nest starts it first and closes it last: first the
 * features, then the queues, then Redis.
 */
@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  /** @param service name of the service, for Redis and the workers' names */
  static forRoot(service: string, config: PlatformConfig): DynamicModule {
    const connections = connectionProviders(service, config);
    return {
      module: PlatformModule,
      controllers: [HealthController, MetricsController],
      providers: [...httpProviders(config), ...connections],
      exports: [CONFIG, RateLimits, Readiness, ...connections.map(({ provide }) => provide)],
    };
  }

  /** Answers probes and metrics only: for a service that cannot work and says why. */
  static withoutConnections(config: PlatformConfig): DynamicModule {
    return {
      module: PlatformModule,
      controllers: [HealthController, MetricsController],
      providers: httpProviders(config),
      exports: [CONFIG, Readiness],
    };
  }

  constructor(@Optional() @Inject(REDIS) private readonly redis?: Redis) {}

  async onApplicationShutdown(): Promise<void> {
    if (this.redis) await closeRedis(this.redis);
  }
}

function httpProviders(config: PlatformConfig): Provider[] {
  return [
    { provide: CONFIG, useValue: config },
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_FILTER, useClass: ErrorFilter },
    ActiveRequests,
    Outages,
    RateLimits,
    Readiness,
  ];
}

function connectionProviders(service: string, config: PlatformConfig) {
  const limits = letterLimits(config);
  return [
    { provide: REDIS, useFactory: () => connectRedis(config.REDIS_URL, service) },
    {
      provide: Queues,
      inject: [REDIS],
      useFactory: (redis: Redis) => new Queues(service, redis),
    },
    {
      provide: RedisMemory,
      inject: [REDIS],
      useFactory: (redis: Redis) => new RedisMemory(redis),
    },
    {
      provide: OutcomeLedger,
      inject: [REDIS],
      useFactory: (redis: Redis) => new OutcomeLedger(redis, limits, config.EVENT_STREAM_LENGTH),
    },
    {
      provide: DeadLetterWriter,
      inject: [REDIS],
      useFactory: (redis: Redis) => new DeadLetterWriter(redis, limits),
    },
    {
      provide: RejectedJobs,
      inject: [OutcomeLedger, DeadLetterWriter],
      useFactory: (ledger: OutcomeLedger, letters: DeadLetterWriter) =>
        new RejectedJobs(ledger, letters),
    },
    {
      provide: ObjectStores,
      useFactory: () =>
        openStores(config.STORES, config.ALLOW_INTERNAL_ADDRESSES, config.STORES_FILE),
    },
    {
      provide: UPLOADS,
      inject: [ObjectStores],
      useFactory: (stores: ObjectStores) => stores.get(UPLOADS_STORE),
    },
  ];
}
