export type Samples = ReadonlyMap<string, number>;

/**
 * The metrics of a service: values by name and labels, in the notation of Prometheus.
 * @param key METRICS_KEY, where it is set
 */
export async function metrics(url: string, key?: string): Promise<Samples> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/metrics`, { headers });
  if (!response.ok) throw new Error(`${url}/metrics answered ${response.status}`);
  const lines = (await response.text()).split('\n');
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
  );
}

/** The sum over all series of a name that have these labels; NaN when there is none. */
export function sumOf(
  samples: Samples,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const found = [...samples].filter(([series]) => {
    const [own, rest = ''] = series.split('{');
    return own === name && wanted.every((pair) => rest.includes(pair));
  });
  return found.length === 0 ? NaN : found.reduce((sum, [, value]) => sum + value, 0);
}

/** All values of a label of a metric. */
export function labelValues(samples: Samples, name: string, label: string): Set<string> {
  const pattern = new RegExp(`[{,]${label}="([^"]*)"`);
  return new Set(
    [...samples.keys()]
      .filter((series) => series.startsWith(`${name}{`))
      .flatMap((series) => pattern.exec(series)?.[1] ?? []),
  );
}
