import { type Redis } from 'ioredis';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Folder that `#shared/` means in an include. */
const SHARED = path.resolve(import.meta.dirname, '../..');

/** `-- @include FILE`, a line of its own; FILE is relative to the including file, or starts with `#shared/`. */
const INCLUDE = /^-- @include (\S+)$/gm;

/**
 * A Lua script, which Redis runs as one atomic step. Its file lies beside the code that calls it and names
 * its keys and arguments in its first lines.
 */
export class LuaScript<Result> {
  private readonly text: string;
  private readonly sha1: string;

  /** @param folder of the calling file: `import.meta.dirname` */
  constructor(folder: string, file: string) {
    this.text = readLua(path.join(folder, file));
    this.sha1 = createHash('sha1').update(this.text).digest('hex');
  }

  async run(
    redis: Redis,
    keys: readonly string[],
    values: readonly (string | number)[] = [],
  ): Promise<Result> {
    const call = [keys.length, ...keys, ...values] as const;
    try {
      return (await redis.evalsha(this.sha1, ...call)) as Result;
    } catch (error) {
      // Redis forgets its scripts when it restarts.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return (await redis.eval(this.text, ...call)) as Result;
    }
  }
}

/** The text of a Lua file with its includes. */
export function readLua(file: string): string {
  return readFileSync(file, 'utf8').replace(INCLUDE, (_, name: string) =>
    readLua(
      name.startsWith('#shared/')
        ? path.join(SHARED, name.slice('#shared/'.length))
        : path.resolve(path.dirname(file), name),
    ),
  );
}
