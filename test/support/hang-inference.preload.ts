import { openSync, renameSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';

/**
 * Preloaded into an embedder by a test. If HANG_INFERENCE names a FIFO, the next thread that runs a network
 * renames it and opens it. Without a writer, that system call never returns, like a call of a hung driver.
 */
const fifo = process.env.HANG_INFERENCE ?? '';
const create = InferenceSession.create.bind(InferenceSession) as (
  ...args: unknown[]
) => Promise<InferenceSession>;

InferenceSession.create = async (...args: unknown[]) => {
  const session = await create(...args);
  const run = session.run.bind(session) as (...args: unknown[]) => ReturnType<typeof session.run>;
  session.run = (...inputs: unknown[]) => {
    try {
      renameSync(fifo, `${fifo}.taken`);
    } catch {
      return run(...inputs);
    }
    openSync(`${fifo}.taken`, 'r');
    throw new Error('the FIFO has got a writer');
  };
  return session;
};
