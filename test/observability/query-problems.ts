import { type Exported } from './exported.js';
import { parsePromql, type Selector } from './promql.js';

/** What Prometheus adds to each series by itself. */
const TARGET_LABELS = ['job', 'instance'];

/** What is wrong with a query, given what the services really export. */
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
      .map((label) => `nothing has the label ${label}`),
    ...(text.includes('histogram_quantile') && !groupings.includes('le')
      ? ['histogram_quantile of what is not grouped by le']
      : []),
  ];
}

function selectorProblems(
  { metric, labels, over, sinceThen }: Selector,
  known?: Exported,
): string[] {
  if (!known) return [`nobody exports ${metric}`];
  const counts = metric !== 'up' && known.type !== 'gauge';
  const has = known.labels;
  return [
    ...(counts && over === null && !sinceThen ? [`${metric} only grows: take its rate`] : []),
    ...(!counts && over !== null ? [`${metric} is no counter: it has no ${over}`] : []),
    ...labels
      .filter((label) => has !== null && !has.has(label) && !TARGET_LABELS.includes(label))
      .map((label) => `${metric} has no label ${label}`),
  ];
}
