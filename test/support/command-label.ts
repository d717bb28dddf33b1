import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { scriptName } from './script-names.js';

/** A command by its name; a script by its own, with the queue that it is about. */
export function commandLabel(words: readonly string[]): string {
  const command = (words[0] ?? '').toUpperCase();
  if (command !== 'EVAL' && command !== 'EVALSHA') return command;
  const queue = words[3]?.startsWith(`${QUEUE_PREFIX}:`) ? ` ${words[3].split(':')[1]!}` : '';
  return `${scriptName(command, words[1] ?? '')}${queue}`;
}
