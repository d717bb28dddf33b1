import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { readLua } from '#shared/platform/redis/lua-script.js';

/** The name of a command, or the name of a script with its queue. */
export function commandLabel(words: readonly string[]): string {
  const command = (words[0] ?? '').toUpperCase();
  if (command !== 'EVAL' && command !== 'EVALSHA') return command;
  const queue = words[3]?.startsWith(`${QUEUE_PREFIX}:`) ? ` ${words[3].split(':')[1]!}` : '';
  return `${scriptName(command, words[1] ?? '')}${queue}`;
}

const bullScripts = createRequire(import.meta.url)('bullmq/dist/cjs/scripts') as Readonly<
  Record<string, { readonly name: string; readonly content: string }>
>;

const NAMES = new Map<string, string>();
for (const { name, content } of Object.values(bullScripts)) NAMES.set(sha1(content), name);
for (const root of ['apps', 'libs']) {
  const folder = path.resolve(import.meta.dirname, '../..', root);
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.lua')) continue;
    NAMES.set(sha1(readLua(path.join(folder, file))), path.basename(file, '.lua'));
  }
}

/** The name of a Lua script of the services or of BullMQ, found by its text (EVAL) or its SHA-1 (EVALSHA). */
function scriptName(command: string, script: string): string {
  const sha = command === 'EVAL' ? sha1(script) : script;
  return NAMES.get(sha) ?? `script ${sha.slice(0, 8)}`;
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
