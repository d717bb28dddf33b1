import { type Redis } from 'ioredis';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { type ReadinessCheck } from '../observability/health.js';
import { type Needs } from '../runtime/run-service.js';
import { closeRedis, connectRedis, KEY_PREFIX, QUEUE_PREFIX } from './redis.js';

const KEYS = [`${KEY_PREFIX}:permission-check`, `${QUEUE_PREFIX}:permission-check`] as const;

/**
 * Every command that Sightline and BullMQ send or call in a Lua script, `K` in place of a key. They have the
 * right number of arguments, because Redis checks that before it checks the permission.
 */
export const REDIS_COMMANDS = [
  ...['PING', 'TIME', 'INFO memory', 'SCAN 0', 'EVAL return 0', 'EVALSHA 0 0'],
  ...['SCRIPT EXISTS 0', 'SCRIPT LOAD return'],
  ...['DEL K', 'UNLINK K', 'EXISTS K', 'TYPE K', 'PERSIST K', 'PTTL K', 'RENAME K K'],
  ...['EXPIRE K 1', 'PEXPIRE K 1', 'PEXPIREAT K 1'],
  ...['GET K', 'SET K v', 'INCR K', 'INCRBY K 1'],
  ...['HGET K f', 'HMGET K f', 'HGETALL K', 'HKEYS K', 'HLEN K', 'HEXISTS K f', 'HDEL K f'],
  ...['HSET K f v', 'HMSET K f v', 'HSETNX K f v', 'HINCRBY K f 1'],
  ...['LLEN K', 'LINDEX K 0', 'LRANGE K 0 0', 'LPOS K v', 'LPOP K', 'RPOP K', 'LPUSH K v'],
  ...['RPUSH K v', 'LREM K 0 v', 'LSET K 0 v', 'LTRIM K 0 0', 'RPOPLPUSH K K'],
  ...['SADD K v', 'SREM K v', 'SCARD K', 'SISMEMBER K v', 'SMEMBERS K'],
  ...['ZADD K 1 v', 'ZREM K v', 'ZCARD K', 'ZSCORE K v', 'ZCOUNT K 0 1', 'ZLEXCOUNT K - +'],
  ...['ZRANGE K 0 0', 'ZREVRANGE K 0 0', 'ZRANGEBYSCORE K 0 1', 'ZREVRANGEBYSCORE K 1 0'],
  ...['ZRANGEBYLEX K - +', 'ZPOPMIN K', 'BZPOPMIN K 1'],
  ...['ZREMRANGEBYRANK K 0 0', 'ZREMRANGEBYSCORE K 0 1'],
  ...['XADD K * f v', 'XDEL K 1-1', 'XLEN K', 'XTRIM K MAXLEN 1', 'XRANGE K - +'],
  ...['XREVRANGE K + -', 'XREAD STREAMS K 0', 'XREADGROUP GROUP g c STREAMS K 0'],
  ...['XACK K g 1-1', 'XAUTOCLAIM K g c 1 0', 'XGROUP CREATE K g 0', 'XGROUP DELCONSUMER K g c'],
  ...['XGROUP DESTROY K g', 'XINFO STREAM K', 'XINFO GROUPS K', 'XINFO CONSUMERS K g'],
] as const;

/** Number of keys that EVAL and EVALSHA get. */
const NO_KEYS = '0';

/**
 * Asks Redis for every command inside a transaction that is then discarded: Redis checks the permission when it
 * queues a command, and executes none of them.
 * @param redis a connection that nobody else uses
 * @throws PipelineError REDIS_PERMISSION_MISSING with all commands that the user may not run
 */
export async function checkPermissions(redis: Redis): Promise<void> {
  // Without these two the questions below would be executed.
  for (const command of ['MULTI', 'EXEC']) {
    const refused = await refusal(() => redis.call(command));
    if (refused !== null) throw missing(redis, [refused]);
  }
  const answers = await redis
    .pipeline([
      ['call', 'MULTI'],
      ...REDIS_COMMANDS.flatMap((command) =>
        KEYS.map((key) => ['call', ...argumentsOf(command, key)]),
      ),
      ['call', 'DISCARD'],
    ])
    .exec();
  const errors = (answers ?? []).map(([error]) => error);
  // Ends the transaction, which nothing else can end now.
  if (errors.at(-1)) redis.disconnect(true);
  const refused = errors.slice(1).flatMap((error, place) => {
    return error && isRefusal(error) ? [permissionOf(error, place)] : [];
  });
  if (refused.length > 0) throw missing(redis, refused);
}

function argumentsOf(command: string, key: string): string[] {
  const [name = '', ...rest] = command.split(' ');
  if (name.startsWith('EVAL')) return [name, rest.join(' '), NO_KEYS];
  return [name, ...rest.map((part) => (part === 'K' ? key : part))];
}

/** The permission that an answer says is missing: a command, or a pattern of keys. */
function permissionOf({ message }: Error, place = 0): string {
  const command = /run the '([^']+)' command/.exec(message)?.[1];
  if (command !== undefined) return `+${command.toLowerCase()}`;
  return `~${place % KEYS.length === 0 ? KEY_PREFIX : QUEUE_PREFIX}:*`;
}

async function refusal(ask: () => Promise<unknown>): Promise<string | null> {
  try {
    await ask();
    return null;
  } catch (error) {
    if (!(error instanceof Error) || !isRefusal(error)) throw error;
    return permissionOf(error);
  }
}

/** Redis puts the code of EXEC, EXECABORT, before it. */
function isRefusal({ message }: Error): boolean {
  return message.includes('NOPERM');
}

function missing(redis: Redis, permissions: readonly string[]): PipelineError {
  const user = redis.options.username ?? 'default';
  const rules = [...new Set(permissions)].sort();
  return new PipelineError(
    'REDIS_PERMISSION_MISSING',
    `the Redis user ${user} lacks permissions that Sightline needs; add them with: ACL SETUSER ${user} ${rules.join(' ')}`,
    { stage: 'config', class: 'quarantine', details: { user, missing: rules } },
  );
}

/** A service starts when Redis answers and its user may run every command. */
export function redisNeeds(url: string, service: string): Needs & { checks: ReadinessCheck[] } {
  const redis = connectRedis(url, `${service}-start`);
  let asking: Promise<void> | undefined;
  return {
    checks: [
      {
        name: 'redis',
        check: async () => {
          // Commands wait while Redis is unavailable: one waiting check is enough.
          asking ??= checkPermissions(redis).finally(() => (asking = undefined));
          await asking;
          return {};
        },
      },
    ],
    close: () => closeRedis(redis),
  };
}
