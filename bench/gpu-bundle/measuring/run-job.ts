import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type GpuUse, watchGpu } from '../machine/describe-machine.js';
import { type BatchResult, type CeilingResult, type Job, type JobMessage } from './job.js';

/** Results of a job, possibly incomplete. */
export interface JobOutcome {
  readonly nodes: Readonly<Record<string, number>>;
  readonly embedding: readonly number[];
  readonly batches: readonly BatchResult[];
  readonly ceilings: readonly CeilingResult[];
  /** Reasons for skipped measurements. */
  readonly skipped: readonly string[];
  readonly peakMemoryMib: number | null;
  readonly gpu: GpuUse | null;
  readonly failure: string | null;
  /** Output of libraries. */
  readonly log: string;
}

const MEASURE = path.resolve(import.meta.dirname, '../measure.js');
/** Limits the memory for the output of drivers. */
const LONGEST_LOG = 1_000_000;

/** Runs a job in its own process. Returns failures of the process instead of throwing them. */
export async function runJob(
  job: Job,
  environment: Readonly<Record<string, string>>,
  onMessage: (message: JobMessage) => void,
): Promise<JobOutcome> {
  const child = fork(MEASURE, {
    // Otherwise ONNX Runtime sends telemetry, including an id of this machine.
    env: { ...process.env, ...environment, ORT_DISABLE_TELEMETRY: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const messages: JobMessage[] = [];
  let log = '';
  const collect = (chunk: Buffer) => (log = (log + chunk.toString()).slice(-LONGEST_LOG));
  child.stdout!.on('data', collect);
  child.stderr!.on('data', collect);
  child.on('message', (message) => {
    messages.push(message as JobMessage);
    onMessage(message as JobMessage);
  });
  const stopWatching = watchGpu();
  // If the process has exited already, the exit code shows it.
  child.send(job, () => undefined);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const of = <Kind extends JobMessage['kind']>(kind: Kind) =>
    messages.filter((message): message is JobMessage & { kind: Kind } => message.kind === kind);
  const crash =
    code === 0
      ? null
      : `the process ended with ${signal ?? `exit code ${code}`}; last line of its output: ${lastLine(log)}`;
  return {
    nodes: of('checked')[0]?.nodes ?? {},
    embedding: of('checked')[0]?.embedding ?? [],
    batches: of('batch').map(({ result }) => result),
    ceilings: of('ceiling').map(({ result }) => result),
    skipped: of('skipped').map(({ reason }) => reason),
    peakMemoryMib: of('memory')[0]?.mib ?? null,
    gpu: stopWatching(),
    failure: of('failed')[0]?.message ?? crash,
    log,
  };
}

function lastLine(text: string): string {
  return /[^\n]+(?=\s*$)/.exec(text)?.[0] ?? 'nothing';
}
