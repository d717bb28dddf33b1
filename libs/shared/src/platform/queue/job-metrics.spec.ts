import { expect, it } from '@jest/globals';
import { galleryDependency, storeDependency } from '../../contracts/dependency.js';
import { registry } from '../observability/metrics.js';
import { unwatchWorker, watchWorker } from './job-metrics.js';

it('counts unavailable galleries of all tenants under one label, however many there are', async () => {
  const unavailable = [
    ...Array.from({ length: 1_000 }, (_, i) => galleryDependency(`t${i}`)),
    storeDependency('archive'),
  ];
  const worker = {
    queue: 'match-faces',
    activeJobs: 0,
    outages: unavailable.map((dependency) => ({ dependency, since: 0 })),
  };
  watchWorker(worker);
  const text = await registry.getSingleMetricAsString('sightline_dependency_away');
  unwatchWorker(worker);
  expect(text.split('\n').filter((line) => line.startsWith('sightline_'))).toEqual([
    'sightline_dependency_away{dependency="the gallery"} 1000',
    'sightline_dependency_away{dependency="store archive"} 1',
  ]);
});
