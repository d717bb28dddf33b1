import { describe, expect, it } from '@jest/globals';
import { readProjectFile } from '../deploy/support/project.js';
import { dashboardProblems } from './dashboard-problems.js';
import { exportedMetrics } from './exported.js';
import { alerts, dashboards, panelSchema, rulesSchema } from './observability-files.js';
import { parsePromql } from './promql.js';
import { queryProblems } from './query-problems.js';
import { unseenMetrics } from './unseen-metrics.js';

const EXPORTED = exportedMetrics([
  [
    '# TYPE jobs counter',
    'jobs_total{queue="a",result="done, {really}"} 3',
    '# TYPE depth gauge',
    'depth{queue="a"} 4',
    '# TYPE seconds histogram',
    'seconds_bucket{le="1",stage="embed"} 2 # {trace_id="ab"} 0.5 1',
    'seconds_sum{stage="embed"} 2',
    '# TYPE away gauge',
    '# EOF',
  ].join('\n'),
]);

describe('queries', () => {
  it('parses metrics, labels, rates and groupings', () => {
    const text =
      'sum by (queue) (rate(jobs_total{result="done"}[$__rate_interval])) > on (a) depth';
    expect(parsePromql(text)).toEqual({
      selectors: [
        { metric: 'jobs_total', labels: ['result'], over: 'rate', sinceThen: false },
        { metric: 'depth', labels: [], over: null, sinceThen: false },
      ],
      groupings: ['queue', 'a'],
    });
    expect(() => parsePromql('sum(rate(')).toThrow('invalid PromQL');
  });

  it.each([
    'sum by (queue, job) (rate(jobs_total{result="done"}[5m]))',
    'max by (queue) (depth{queue="a"})',
    'histogram_quantile(0.9, sum by (stage, le) (rate(seconds_bucket[5m])))',
    'sum by (dependency) (away)',
    'sum by (queue) (jobs_total unless (jobs_total offset 15m)) > 5',
    'jobs_total unless last_over_time(jobs_total[6h] offset 15m)',
  ])('accepts %s', (text) => {
    expect(queryProblems(text, EXPORTED)).toEqual([]);
  });

  it.each([
    ['no_such_metric', 'no service exports no_such_metric'],
    ['rate(jobs_total{lane="x"}[5m])', 'jobs_total has no label lane'],
    ['depth{trace_id="x"}', 'depth has no label trace_id'],
    ['sum by (lane) (depth)', 'no metric has the label lane'],
    ['sum(jobs_total)', 'jobs_total is a counter: use its rate'],
    ['jobs_total unless (depth offset 15m)', 'jobs_total is a counter: use its rate'],
    ['rate(depth[5m])', 'depth is not a counter: it has no rate'],
    [
      'histogram_quantile(0.9, sum by (stage) (rate(seconds_bucket[5m])))',
      'histogram_quantile without grouping by le',
    ],
  ])('rejects %s', (text, problem) => {
    expect(queryProblems(text, EXPORTED)).toEqual([problem]);
  });
});

describe('metrics', () => {
  const exported = exportedMetrics([
    '# TYPE sightline_a counter\n# TYPE sightline_b_seconds histogram\n# TYPE other gauge',
  ]);

  it.each([
    [['rate(sightline_b_seconds_count[5m])'], ['sightline_a_total']],
    [['rate(sightline_a_total[5m])', 'other'], ['sightline_b_seconds']],
    [['rate(sightline_a_total[5m])', 'rate(sightline_b_seconds_sum[5m])'], []],
  ])('the queries %j do not use %j', (queries, unseen) => {
    expect(unseenMetrics(exported, queries)).toEqual(unseen);
  });
});

describe('dashboards', () => {
  it.each(dashboards().map((dashboard) => [dashboard.title, dashboard] as const))(
    '%s is valid: every panel has a position, a source and a unit',
    (_, dashboard) => {
      expect(dashboardProblems(dashboard)).toEqual([]);
    },
  );

  it('reports the problems of an invalid panel', () => {
    const [whole] = dashboards();
    const panel = panelSchema.parse({
      id: whole!.panels[0]!.id,
      type: 'timeseries',
      title: 'Bad',
      gridPos: { x: 20, y: 0, w: 8, h: 1 },
      targets: [{ expr: 'depth{queue="$no_such"}', refId: 'A' }],
    });
    expect(dashboardProblems({ ...whole!, panels: [...whole!.panels, panel] })).toEqual([
      `two panels have the id ${panel.id}`,
      'Throughput and Bad overlap',
      'Bad is wider than the page',
      'Bad: no variable $no_such',
      'Bad has no source',
      'Bad has no unit',
    ]);
  });
});

describe('alerts', () => {
  const anchors = [...readProjectFile('docs/runbooks.md').matchAll(/^## (\w+)$/gm)];

  it('have one paragraph each in the runbooks, and every paragraph has an alert', () => {
    const named = alerts().map(({ alert, annotations }) => [alert, annotations.runbook]);
    expect(named.map(([, runbook]) => runbook)).toEqual(
      named.map(([alert]) => `docs/runbooks.md#${alert!.toLowerCase()}`),
    );
    expect(named.map(([alert]) => alert).sort()).toEqual(anchors.map(([, name]) => name).sort());
  });

  it.each([
    ['a field that Prometheus does not know', { fore: '5m' }],
    ['a duration without a unit', { for: '5' }],
    ['an unknown severity', { labels: { severity: 'urgent' } }],
  ])('reject %s', (_, part) => {
    const [good] = alerts();
    const file = (rule: unknown) => ({ groups: [{ name: 'x', rules: [rule] }] });
    expect(rulesSchema.safeParse(file(good)).success).toBe(true);
    expect(rulesSchema.safeParse(file({ ...good, ...part })).success).toBe(false);
  });
});
