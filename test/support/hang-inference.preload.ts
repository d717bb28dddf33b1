import { openSync, renameSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';

/**
 * Loaded into an embedder by a test. When HANG_INFERENCE names a FIFO, the thread that next runs a network
 * takes it away and hangs in a system call for good, as in a driver that never returns: opening a FIFO
 * waits for its writer.
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
