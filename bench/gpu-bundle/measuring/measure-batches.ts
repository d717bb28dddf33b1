import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { FACENET } from '../networks/facenet-graph.js';
import { generatedPixels } from '../networks/generated-pixels.js';
import { type BatchResult, type Job } from './job.js';
import { openSession } from './open-session.js';
import { timeRuns } from './time-runs.js';

/** A batch whose one run would take longer than this many times the measuring time is left out. */
const PATIENCE = 4;

/** Times FaceNet batch by batch, smallest first, until they take too long. */
export async function measureBatches(
  { provider, networks, batches, seconds }: Job,
  report: (result: BatchResult) => void,
  skip: (reason: string) => void,
): Promise<void> {
  const copied = await openSession(networks.facenet, provider);
  const resident = await openSession(networks.resident, provider);
  let millisecondsPerFace = 0;
  for (const batch of batches) {
    const expectedSeconds = (millisecondsPerFace * batch) / 1000;
    if (expectedSeconds > seconds * PATIENCE) {
      skip(`batches from ${batch}: one run would take about ${Math.round(expectedSeconds)} s`);
      break;
    }
    const result = {
      batch,
      copied: await timeRuns(
        runner(copied, generatedPixels(FACENET, batch), [batch, ...FACENET.input]),
        seconds,
      ),
      resident: await timeRuns(
        runner(resident, new Float32Array(batch * 3), [batch, 1, 1, 3]),
        seconds,
      ),
    };
    millisecondsPerFace = result.copied.medianMs / batch;
    report(result);
  }
  await copied.release();
  await resident.release();
}

function runner(session: InferenceSession, values: Float32Array, shape: readonly number[]) {
  const input = new Tensor('float32', values, shape);
  return () => session.run({ input });
}
