import { Tensor } from 'onnxruntime-node';
import { encodeOnnxGraph } from '#models/onnx/encode-onnx.js';
import { CEILINGS, type Ceiling } from '../networks/ceilings.js';
import { float16Graph } from '../networks/float16-graph.js';
import { type CeilingResult, type Job } from './job.js';
import { openSession } from './open-session.js';
import { timeDifference } from './time-runs.js';

/** Two chains: what the longer one takes more is links and nothing else. */
const SHORT = 1;
const LONG = 9;

/** What the device does at best through this provider; what it cannot run is told as a reason. */
export async function measureCeilings(
  job: Job,
  report: (result: CeilingResult) => void,
  skip: (reason: string) => void,
): Promise<void> {
  for (const ceiling of CEILINGS) {
    // TensorRT makes one operation of a chain of additions.
    if (job.provider === 'tensorrt' && ceiling.name === 'memory') continue;
    const best = await bestOf(ceiling, job, skip);
    if (best) report(best);
  }
}

/** Tries larger sizes until one takes long. */
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
      if (differenceMs <= 0) throw new Error('too much else is going on here to tell');
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
