import { isMainThread, Worker } from 'node:worker_threads';

/** Preloaded into an embedder with NODE_OPTIONS. Simulates a memory leak in each batch of its networks. */
const KEPT_BYTES = 256 * 1024;

if (isMainThread) {
  const kept: Buffer[] = [];
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, ...message: Parameters<typeof post>) {
    kept.push(Buffer.alloc(KEPT_BYTES, 1));
    post.apply(this, message);
  };
}
