import { PROVIDER_NAMES } from '#vision/inference/onnx-devices.js';
import { type JobOutcome } from '../measuring/run-job.js';
import { type Precision, type Provider } from '../options.js';
import { explainFailure } from './explain-failure.js';

/** Drivers that compute on the processor. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader/i;

/** Embeddings of one face further apart than this are not the same network's; fp16 is within it. */
const LEAST_AGREEMENT = 0.999;

/** One provider at one precision, as the report and its JSON have it. */
export interface ProviderResult extends Omit<JobOutcome, 'embedding' | 'log' | 'failure'> {
  readonly provider: Provider;
  readonly precision: Precision;
  /** What the provider ran on, as far as it can be told. */
  readonly device: string | null;
  /** Nodes that the provider itself ran, as a share. */
  readonly nodeShare: number;
  /** Cosine between an embedding of this provider and the CPU's in fp32. */
  readonly agreement: number | null;
  /** What makes the figures other than they look. */
  readonly warnings: readonly string[];
  /** Why there are no figures, or no more. */
  readonly failure: string | null;
}

/**
 * @param devices names for providers that do not tell it themselves
 * @param reference the CPU's fp32 embedding
 */
export function providerResult(
  { provider, precision }: { readonly provider: Provider; readonly precision: Precision },
  { embedding, log, failure, ...outcome }: JobOutcome,
  devices: Partial<Record<Provider, string>>,
  reference: readonly number[],
): ProviderResult {
  const device = provider === 'webgpu' ? vulkanDevice(log) : (devices[provider] ?? null);
  const total = Object.values(outcome.nodes).reduce((sum, count) => sum + count, 0);
  const own = outcome.nodes[PROVIDER_NAMES[provider]] ?? 0;
  const agreement = embedding.length === 0 ? null : cosine(embedding, reference);
  const warnings = [
    ...(device && SOFTWARE.test(device) ? ['a software Vulkan driver: no GPU was used'] : []),
    ...(own < total
      ? [`${total - own} of ${total} nodes ran elsewhere: ${JSON.stringify(outcome.nodes)}`]
      : []),
    // Also true of an embedding that is no number.
    ...(agreement !== null && !(agreement >= LEAST_AGREEMENT)
      ? [`its embeddings differ from the CPU's: cosine ${agreement}`]
      : []),
  ];
  return {
    provider,
    precision,
    device,
    ...outcome,
    agreement,
    warnings,
    nodeShare: total === 0 ? 0 : own / total,
    failure: failure === null ? null : explainFailure(provider, failure, log),
  };
}

/** The Vulkan loader tells which device was opened, when asked for `driver` messages. */
function vulkanDevice(log: string): string | null {
  const [, name, library] = /Using "(.+?)" with driver: "(.+?)"/.exec(log) ?? [];
  return name ? `${name} (${library})` : null;
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
