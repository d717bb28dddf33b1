import { describeMachine } from './machine/describe-machine.js';
import { providerEnvironments } from './machine/provider-environments.js';
import { type Job, type JobMessage } from './measuring/job.js';
import { runJob } from './measuring/run-job.js';
import { FACENET } from './networks/generated-facenet.js';
import { networkCost } from './networks/network-cost.js';
import { writeNetworks } from './networks/write-networks.js';
import { type Options, type Precision, type Provider } from './options.js';
import { type ProviderResult, providerResult } from './report/provider-result.js';
import { type Report } from './report/report.js';

/** Measures the selected providers and precisions one after the other. */
export async function measureAll(
  options: Options,
  folder: string,
  say: (line: string) => void,
): Promise<Report> {
  const machine = await describeMachine();
  say('writing FaceNet with generated weights …');
  const networks = await writeNetworks(
    [...new Set(['fp32' as const, ...options.precisions])],
    folder,
  );
  const { environments, notes } = await providerEnvironments(options, folder);
  const devices: Partial<Record<Provider, string>> = {
    cpu: machine.processor,
    ...(machine.gpus[0] && { cuda: machine.gpus[0].name, tensorrt: machine.gpus[0].name }),
  };
  const job = (provider: Provider, precision: Precision): Job => ({
    provider,
    precision,
    networks: networks[precision],
    folder,
    ceilings: true,
    batches: options.batches,
    seconds: options.seconds,
  });
  const check = { ...job('cpu', 'fp32'), batches: [], ceilings: false };
  const { embedding: reference } = await runJob(check, {}, () => undefined);
  const results: ProviderResult[] = [];
  for (const { provider, precision } of wanted(options)) {
    const onMessage = (message: JobMessage) =>
      say(`${provider} ${precision}: ${progress(message)}`);
    const outcome = await runJob(job(provider, precision), environments[provider], onMessage);
    results.push(providerResult({ provider, precision }, outcome, devices, reference));
  }
  return {
    machine,
    seconds: options.seconds,
    network: networkCost(FACENET),
    notes,
    results,
  };
}

/** fp16 on CPU is left out: on x86 the CPU provider has no fp16 kernels and would compute in fp32. */
function wanted({ providers, precisions }: Options) {
  return providers.flatMap((provider) =>
    precisions
      .filter((precision) => provider !== 'cpu' || precision === 'fp32')
      .map((precision) => ({ provider, precision })),
  );
}

/** A progress line. */
function progress(message: JobMessage): string {
  switch (message.kind) {
    case 'checked':
      return `runs (${JSON.stringify(message.nodes)})`;
    case 'batch': {
      const { batch, copied } = message.result;
      return `${batch} faces a run: ${((batch / copied.medianMs) * 1000).toFixed(1)} faces/s`;
    }
    case 'skipped':
      return `left out: ${message.reason}`;
    case 'memory':
      return 'measuring the ceilings …';
    case 'ceiling':
      return `${message.result.name}: ${message.result.perSecond.toExponential(2)}/s`;
    case 'failed':
      return `failed: ${message.message}`;
  }
}
