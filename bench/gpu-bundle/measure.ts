/** Measures one job in its own process, so that a crash of a driver ends only this job. */
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeOnnxGraph } from '#models/onnx/encode-onnx.js';
import { peakMemory } from '../support/process-usage.js';
import { checkNetwork, openSession } from './measuring/check-network.js';
import {
  type BatchResult,
  type CeilingResult,
  type Job,
  type JobMessage,
} from './measuring/job.js';
import { timeDifference, timeRuns } from './measuring/time-runs.js';
import { type Ceiling, CEILINGS } from './networks/ceilings.js';
import { FACENET, generatedPixels } from './networks/generated-facenet.js';
import { float16Graph } from './networks/write-networks.js';

// Exits if the parent process is gone.
process.once('disconnect', () => process.exit());

process.once('message', (job: Job) => {
  void measure(job)
    .catch((error: unknown) =>
      tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
    )
    .finally(() => process.disconnect());
});

async function measure(job: Job): Promise<void> {
  const skip = (reason: string) => tell({ kind: 'skipped', reason });
  tell({ kind: 'checked', ...(await checkNetwork(job)) });
  if (job.batches.length > 0) {
    await measureBatches(job, (result) => tell({ kind: 'batch', result }), skip);
  }
  tell({ kind: 'memory', mib: await peakMemory(process.pid) });
  if (job.ceilings) {
    await measureCeilings(job, (result) => tell({ kind: 'ceiling', result }), skip);
  }
}

function tell(message: JobMessage): void {
  process.send!(message);
}

/** A batch is skipped if one run would take longer than the measuring time multiplied by this. */
const PATIENCE = 4;

/** Measures FaceNet with growing batches until they take too long. */
async function measureBatches(
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

/** Lengths of two chains. The difference of their times is the time of the additional links. */
const SHORT = 1;
const LONG = 9;

/** The best performance of the device with this provider. `skip` receives the reason for a failure. */
async function measureCeilings(
  job: Job,
  report: (result: CeilingResult) => void,
  skip: (reason: string) => void,
): Promise<void> {
  for (const ceiling of CEILINGS) {
    // TensorRT fuses a chain of additions into one operation.
    if (job.provider === 'tensorrt' && ceiling.name === 'memory') continue;
    const best = await bestOf(ceiling, job, skip);
    if (best) report(best);
  }
}

/** Tries larger sizes until one takes too long. */
async function bestOf(
  ceiling: Ceiling,
  job: Job,
  skip: (reason: string) => void,
): Promise<CeilingResult | undefined> {
  const { name, sizes } = ceiling;
  const bytes = job.precision === 'fp16' ? 2 : 4;
  let best: CeilingResult | undefined;
  for (const size of sizes) {
    try {
      const { differenceMs, longMs } = await timeChains(ceiling, size, job);
      if (differenceMs <= 0) throw new Error('the machine is too busy for a result');
      const work = ceiling.work(size) * (LONG - SHORT) * (name === 'memory' ? bytes : 1);
      const perSecond = work / (differenceMs / 1000);
      if (perSecond > (best?.perSecond ?? 0)) best = { name, perSecond, size };
      if (longMs > (job.seconds * 1000) / 3) break;
    } catch (error) {
      skip(`${name} of ${size}: ${error instanceof Error ? error.message : String(error)}`);
      break;
    }
  }
  return best;
}

async function timeChains(ceiling: Ceiling, size: number, { provider, precision, seconds }: Job) {
  const batch = ceiling.batch(size);
  const open = async (links: number) => {
    const graph = ceiling.chain(size, links);
    const bytes = encodeOnnxGraph(precision === 'fp16' ? float16Graph(graph) : graph);
    const session = await openSession(bytes, provider);
    const shape = [batch, ...graph.input.shape];
    const input = new Tensor('float32', new Float32Array(batch).fill(1), shape);
    return { session, run: () => session.run({ input }) };
  };
  const [short, long] = [await open(SHORT), await open(LONG)];
  const times = await timeDifference(short.run, long.run, seconds);
  await short.session.release();
  await long.session.release();
  return times;
}
