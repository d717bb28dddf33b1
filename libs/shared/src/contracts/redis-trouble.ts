/** What every job needs, as the dependency of an error of class `wait`. */
export const REDIS_DEPENDENCY = 'redis';

/** Redis answers, but cannot do now what it is asked. */
export interface RedisTrouble {
  readonly code: 'REDIS_FULL' | 'REDIS_UNAVAILABLE';
  readonly message: string;
}

/** First word of an error that says so; that of a script's stands behind what Redis 6 says of the script. */
const TROUBLE = /(?:^|-)(OOM|MISCONF|LOADING|READONLY|BUSY|MASTERDOWN|NOREPLICAS) /;

/** @returns null for anything else, such as a script's own error: that one does not pass by waiting */
export function redisTrouble(error: unknown): RedisTrouble | null {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null;
  // A transaction only says that it was discarded; the commands before say why.
  const { previousErrors = [] } = error as { previousErrors?: readonly Error[] };
  const reason = [error, ...previousErrors].find(({ message }) => TROUBLE.test(message));
  if (!reason) return null;
  if (TROUBLE.exec(reason.message)?.[1] !== 'OOM') {
    return { code: 'REDIS_UNAVAILABLE', message: `Redis cannot write now: ${reason.message}` };
  }
  const message =
    'Redis has reached its maxmemory and takes no more; work waits until it is raised or keys expire';
  return { code: 'REDIS_FULL', message };
}
