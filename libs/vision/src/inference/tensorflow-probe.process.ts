import { type TensorflowRuntime } from './engine.port.js';
import { loadTensorflow, type ProbeAnswer } from './tensorflow-runtime.js';

// A child process that loads TensorFlow and sends the result. A native library that is built for another
// processor crashes its process, which must not be the service.
const runtime = JSON.parse(process.argv[2]!) as TensorflowRuntime;

async function probe(): Promise<ProbeAnswer> {
  try {
    const { description, onGpu, tf } = await loadTensorflow(runtime);
    const sum = tf.tidy(() => tf.add(1, 1).dataSync()[0]);
    if (sum !== 2) return { ok: false, reason: `it computes 1 + 1 = ${sum ?? 'nothing'}` };
    return { ok: true, description, onGpu };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

const answer = await probe();
process.send!(answer, () => process.exit(0));
