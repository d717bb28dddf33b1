import { expect, it } from '@jest/globals';
import { registry } from '../metrics/registry.js';
import { unwatchWorker, watchWorker } from './job-metrics.js';

it('counts galleries of tenants that are away under one name, however many there are', async () => {
  const away = [
    ...Array.from({ length: 1_000 }, (_, i) => `the gallery of t${i}`),
    'store archive',
  ];
  const worker = {
    ...{ queue: 'match-faces', jobsInHand: 0 },
    absences: away.map((dependency) => ({ dependency, since: 0 })),
  };
  watchWorker(worker);
  const text = await registry.getSingleMetricAsString('sightline_dependency_away');
  unwatchWorker(worker);
  expect(text.split('\n').filter((line) => line.startsWith('sightline_'))).toEqual([
    'sightline_dependency_away{dependency="the gallery"} 1000',
    'sightline_dependency_away{dependency="store archive"} 1',
  ]);
});
