import { type Redis } from 'ioredis';

/** Work of a redis-server since its start or since its statistics were reset. */
export interface RedisUsage {
  /** CPU time of the thread that runs commands, seconds. */
  readonly mainSeconds: number;
  /** CPU time of all threads and child processes in seconds, including writing the append-only file. */
  readonly allSeconds: number;
  /** Number of calls of each command and their time in seconds, including calls inside scripts. */
  readonly commands: ReadonlyMap<string, { readonly calls: number; readonly seconds: number }>;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export async function readRedisUsage(redis: Redis): Promise<RedisUsage> {
  // The cost of INFO itself is not in its own result.
  return parseRedisUsage(await redis.info('all'));
}

/** @param info the text of INFO ALL */
export function parseRedisUsage(info: string): RedisUsage {
  const number = (name: string) => {
    const found = new RegExp(`^${name}:([0-9.]+)`, 'm').exec(info);
    if (!found)
      throw new Error(`this redis-server does not report ${name}; version 6.2 or newer is needed`);
    return Number(found[1]);
  };
  const commands = [...info.matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm)].map(
    ([, name, calls, usec]) =>
      [name!, { calls: Number(calls), seconds: Number(usec) / 1e6 }] as const,
  );
  const all = ['user', 'sys', 'user_children', 'sys_children'];
  return {
    mainSeconds: number('used_cpu_user_main_thread') + number('used_cpu_sys_main_thread'),
    allSeconds: all.reduce((sum, kind) => sum + number(`used_cpu_${kind}`), 0),
    commands: new Map(commands),
    bytesIn: number('total_net_input_bytes'),
    bytesOut: number('total_net_output_bytes'),
  };
}

/** The difference between two readings. */
export function usageBetween(before: RedisUsage, after: RedisUsage): RedisUsage {
  const commands = [...after.commands].map(([name, { calls, seconds }]) => {
    const old = before.commands.get(name) ?? { calls: 0, seconds: 0 };
    return [name, { calls: calls - old.calls, seconds: seconds - old.seconds }] as const;
  });
  return {
    mainSeconds: after.mainSeconds - before.mainSeconds,
    allSeconds: after.allSeconds - before.allSeconds,
    commands: new Map(commands.filter(([, { calls }]) => calls > 0)),
    bytesIn: after.bytesIn - before.bytesIn,
    bytesOut: after.bytesOut - before.bytesOut,
  };
}

export function callsOf({ commands }: RedisUsage): number {
  return [...commands.values()].reduce((sum, { calls }) => sum + calls, 0);
}
