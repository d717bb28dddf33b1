import { isMainThread, Worker } from 'node:worker_threads';

/** Loaded into an embedder by NODE_OPTIONS: it keeps something of each batch of its networks, for ever. */
const KEPT_BYTES = 256 * 1024;

if (isMainThread) {
  const kept: Buffer[] = [];
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, ...message: Parameters<typeof post>) {
    kept.push(Buffer.alloc(KEPT_BYTES, 1));
    post.apply(this, message);
  };
}
