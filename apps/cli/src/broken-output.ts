/**
 * Ends the process without a word when nobody reads its output any more, as in `sightline events | head`. A command
 * that cleans up on SIGTERM does so first.
 */
export function endOnBrokenOutput(): void {
  const end = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (process.listenerCount('SIGTERM') > 0) process.emit('SIGTERM');
    else process.exit(0);
  };
  process.stdout.on('error', end);
  process.stderr.on('error', end);
}
