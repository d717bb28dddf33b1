import { type Exported } from './exported.js';
import { parsePromql } from './promql.js';

/** Metrics that need no panel and no alert. */
const WITHOUT_PANEL = new Set([
  // The dashboard shows the mean, from items and batches; the distribution is for tuning BATCH_SIZE.
  'sightline_network_batch_size',
  // Tests use these to find leaks.
  'sightline_engine_sessions',
  'sightline_engine_tensors',
]);

/** Our metrics that are exported but appear in no panel and no alert. */
export function unseenMetrics(
  exported: ReadonlyMap<string, Exported>,
  queries: readonly string[],
): string[] {
  const metricOf = (sample: string) =>
    exported.get(sample)?.type === 'histogram' ? sample.replace(/_[a-z]+$/, '') : sample;
  const samples = queries.flatMap((query) => parsePromql(query).selectors.map((it) => it.metric));
  const seen = new Set([...WITHOUT_PANEL, ...samples.map(metricOf)]);
  const ours = [...exported.keys()].filter((sample) => sample.startsWith('sightline_'));
  return [...new Set(ours.map(metricOf))].filter((metric) => !seen.has(metric));
}
