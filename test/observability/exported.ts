/** A metric as a service exports it. */
export interface Exported {
  readonly type: string;
  /** Null if it has no value yet. */
  readonly labels: ReadonlySet<string> | null;
}

/** Parses the /metrics output of services. @returns metrics by the names of their samples */
export function exportedMetrics(texts: readonly string[]): Map<string, Exported> {
  const found = new Map<string, { type: string; labels: Set<string> | null }>();
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const declared = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (declared) {
      const [, name, type] = declared;
      for (const sample of samplesOf(name!, type!)) {
        if (!found.has(sample)) found.set(sample, { type: type!, labels: null });
      }
      continue;
    }
    const sample = /^(\w+)(?:\{(.*?)\})? \S+/.exec(line);
    const metric = sample && found.get(sample[1]!);
    if (!metric) continue;
    metric.labels ??= new Set();
    for (const [, label] of (sample[2] ?? '').matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) {
      metric.labels.add(label!);
    }
  }
  return found;
}

function samplesOf(name: string, type: string): string[] {
  if (type === 'counter') return [name.endsWith('_total') ? name : `${name}_total`];
  if (type !== 'histogram') return [name];
  return ['_bucket', '_sum', '_count'].map((suffix) => `${name}${suffix}`);
}
