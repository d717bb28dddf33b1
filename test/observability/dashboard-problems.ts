import { type Dashboard, type Panel } from './observability-files.js';

const COLUMNS = 24;

/** Panels that Grafana would show wrongly or not at all. */
export function dashboardProblems({ panels, templating }: Dashboard): string[] {
  const ids = panels.map(({ id }) => id);
  const variables = templating.list.map(({ name }) => name);
  return [
    ...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `two panels have the id ${id}`),
    ...panels.flatMap((panel, i) => [
      ...panelProblems(panel, variables),
      ...panels
        .slice(i + 1)
        .filter((other) => overlap(panel, other))
        .map((other) => `${panel.title} and ${other.title} overlap`),
    ]),
  ];
}

function panelProblems(panel: Panel, variables: readonly string[]): string[] {
  const { title, type, gridPos, datasource, fieldConfig, targets } = panel;
  const used = targets.flatMap(({ expr }) => [...expr.matchAll(/\$(?!__)(\w+)/g)]);
  return [
    ...(gridPos.x + gridPos.w > COLUMNS ? [`${title} is wider than the page`] : []),
    ...used
      .filter(([, name]) => !variables.includes(name!))
      .map(([name]) => `${title}: no variable ${name}`),
    ...(type !== 'row' && datasource?.uid !== '${datasource}' ? [`${title} has no source`] : []),
    ...(type !== 'row' && !fieldConfig ? [`${title} has no unit`] : []),
    ...(type !== 'row' && targets.length === 0 ? [`${title} has no query`] : []),
  ];
}

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
