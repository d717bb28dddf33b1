import { type Exported } from './exported.js';
import { parsePromql } from './promql.js';

/** Metrics that no panel and no alert needs. */
const FOR_WHO_LOOKS = new Set([
  // The mean, from items and batches, is on the dashboard; how sizes are spread is for tuning BATCH_SIZE.
  'sightline_network_batch_size',
  // What engines keep: tests find leaks by them.
  'sightline_engine_sessions',
  'sightline_engine_tensors',
]);

/** Our metrics that are told and shown to nobody. */
export function unseenMetrics(
  exported: ReadonlyMap<string, Exported>,
  queries: readonly string[],
): string[] {
  const metricOf = (sample: string) =>
    exported.get(sample)?.type === 'histogram' ? sample.replace(/_[a-z]+$/, '') : sample;
  const samples = queries.flatMap((query) => parsePromql(query).selectors.map((it) => it.metric));
  const seen = new Set([...FOR_WHO_LOOKS, ...samples.map(metricOf)]);
  const ours = [...exported.keys()].filter((sample) => sample.startsWith('sightline_'));
  return [...new Set(ours.map(metricOf))].filter((metric) => !seen.has(metric));
}
