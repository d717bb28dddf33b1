import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { PROJECT } from '../deploy/support/project.js';
import { type AlertCase } from './alert-case.js';
import { ENGINE_CASES } from './engine-alert-cases.js';
import { FAILURE_CASES } from './failure-alert-cases.js';
import { ALERT_FILES, alerts } from './observability-files.js';
import { QUEUE_CASES } from './queue-alert-cases.js';
import { RECOGNITION_CASES } from './recognition-alert-cases.js';
import { SERVICE_CASES } from './service-alert-cases.js';

const PROMTOOL = process.env.SIGHTLINE_TEST_PROMTOOL;
const CASES = [
  ...QUEUE_CASES,
  ...FAILURE_CASES,
  ...ENGINE_CASES,
  ...RECOGNITION_CASES,
  ...SERVICE_CASES,
];
const RULE_FILES = ALERT_FILES.map((file) => path.join(PROJECT, file));

const named = (cases: readonly AlertCase[]) => new Set(cases.map(({ alert }) => alert));

it('every alert has a case that fires and a near miss', () => {
  const all = new Set(alerts().map(({ alert }) => alert));
  expect(named(CASES.filter(({ fires }) => fires))).toEqual(all);
  expect(named(CASES.filter(({ fires }) => !fires))).toEqual(all);
});

(PROMTOOL ? describe : describe.skip)('promtool', () => {
  const promtool = (...args: string[]) => promisify(execFile)(PROMTOOL!, args);
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-alerts-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('accepts the rules', async () => {
    await promtool('check', 'rules', ...RULE_FILES);
  });

  it.each(CASES)('$alert: $when', async (alertCase) => {
    const file = path.join(folder, 'test.yml');
    await writeFile(file, stringify(promtoolTest(alertCase)));
    await promtool('test', 'rules', file);
  });
});

function promtoolTest({ alert, series, minute, fires }: AlertCase) {
  const { labels, annotations } = alerts().find((rule) => rule.alert === alert)!;
  const expected = fires && {
    exp_labels: { ...labels, ...fires.labels },
    exp_annotations: { ...annotations, summary: fires.summary },
  };
  const minutes = fires ? [minute] : Array.from({ length: minute + 1 }, (_, i) => i);
  return {
    rule_files: RULE_FILES,
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: minutes.map((at) => ({
          eval_time: `${at}m`,
          alertname: alert,
          exp_alerts: expected ? [expected] : [],
        })),
      },
    ],
  };
}
