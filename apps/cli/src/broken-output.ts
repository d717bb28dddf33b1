import { describeError } from './cli-error.js';

/**
 * Ends the process when its output cannot be written: without a word if nobody reads it any more, as in
 * `sightline events | head`, and with the reason otherwise, for example because the disk is full. A command that
 * cleans up on SIGTERM does so first.
 */
export function endOnBrokenOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => end(error));
  process.stderr.on('error', (error: NodeJS.ErrnoException) => end(error));
}

function end(error: NodeJS.ErrnoException): void {
  const isClosed = error.code === 'EPIPE';
  if (!isClosed && process.stderr.writable) process.stderr.write(`${describeError(error)}\n`);
  const exitCode = isClosed ? 0 : 1;
  process.exitCode = exitCode;
  if (process.listenerCount('SIGTERM') > 0) process.emit('SIGTERM');
  else process.exit(exitCode);
}
