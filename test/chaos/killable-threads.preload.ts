import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
import { type KillThread, type ThreadKilled } from './supervised-service.js';

/**
 * Preloaded into a service. Records the threads that the service starts, and terminates one on a message from the
 * parent process. A signal cannot kill a single thread.
 */
const running = new Set<threads.Worker>();

threads.Worker = class extends threads.Worker {
  constructor(...args: ConstructorParameters<typeof threads.Worker>) {
    super(...args);
    this.once('online', () => running.add(this));
    this.once('exit', () => running.delete(this));
  }
};
syncBuiltinESMExports();

process.on('message', ({ pick }: KillThread) => {
  const thread = [...running][Math.floor(pick * running.size)];
  running.delete(thread!);
  void thread?.terminate();
  process.send?.({ killed: thread !== undefined } satisfies ThreadKilled);
});
process.channel?.unref();
