import { type Exported } from './exported.js';
import { parsePromql, type Selector } from './promql.js';

/** Labels that Prometheus adds to every series. */
const TARGET_LABELS = ['job', 'instance'];

/** References of a query to metrics and labels that the services do not export, and wrong uses of counters. */
export function queryProblems(
  text: string,
  exported: ReadonlyMap<string, Exported>,
): readonly string[] {
  const { selectors, groupings } = parsePromql(text);
  const known = selectors.map(({ metric }) => exported.get(metric));
  const labels = new Set([...TARGET_LABELS, ...known.flatMap((it) => [...(it?.labels ?? [])])]);
  const unsure = known.some((metric) => metric?.labels === null);
  return [
    ...selectors.flatMap((selector, i) => selectorProblems(selector, known[i])),
    ...groupings
      .filter((label) => !unsure && !labels.has(label))
      .map((label) => `no metric has the label ${label}`),
    ...(text.includes('histogram_quantile') && !groupings.includes('le')
      ? ['histogram_quantile without grouping by le']
      : []),
  ];
}

function selectorProblems(
  { metric, labels, over, sinceThen }: Selector,
  known?: Exported,
): string[] {
  if (!known) return [`no service exports ${metric}`];
  const counts = metric !== 'up' && known.type !== 'gauge';
  const has = known.labels;
  return [
    ...(counts && over === null && !sinceThen ? [`${metric} is a counter: use its rate`] : []),
    ...(!counts && over !== null ? [`${metric} is not a counter: it has no ${over}`] : []),
    ...labels
      .filter((label) => has !== null && !has.has(label) && !TARGET_LABELS.includes(label))
      .map((label) => `${metric} has no label ${label}`),
  ];
}
