import { SERVICE_SCHEMAS } from '../deploy/support/service-settings.js';
import { type AlertCase } from './alert-case.js';

/** Percentage of Redis' memory above which ingest adds no images. */
const HIGH_WATER = Math.round(100 * SERVICE_SCHEMAS.ingest.shape.REDIS_HIGH_WATER.parse(undefined));

const redisUses = (perCent: number) => ({
  'sightline_redis_used_bytes{instance="i:7001"}': `${perCent}x20`,
  'sightline_redis_limit_bytes{instance="i:7001"}': '100x20',
});

export const SERVICE_CASES: readonly AlertCase[] = [
  {
    alert: 'ServiceDown',
    when: 'a matcher does not answer',
    minute: 7,
    series: {
      'up{job="ingest",instance="i:7001"}': '1x20',
      'up{job="matcher",instance="m:7003"}': '1x3 0x16',
      'up{job="matcher",instance="n:7003"}': '1x20',
    },
    fires: {
      labels: { job: 'matcher', instance: 'm:7003' },
      summary: 'matcher does not answer',
    },
  },
  {
    alert: 'ServiceDown',
    when: 'no ingest runs',
    minute: 3,
    series: { 'up{job="matcher",instance="m:7003"}': '1x20' },
    fires: { labels: { job: 'ingest' }, summary: 'ingest does not answer' },
  },
  {
    alert: 'ServiceDown',
    when: 'one instance restarts, and no embedder runs',
    minute: 20,
    series: {
      'up{job="ingest",instance="i:7001"}': '1x5 0 1x14',
      'up{job="matcher",instance="m:7003"}': '1x20',
      'up{job="embedder",instance="e:7002"}': '0x20',
    },
    fires: null,
  },
  {
    alert: 'EventLoopLags',
    when: 'a process hangs for three seconds',
    minute: 7,
    series: { 'nodejs_eventloop_lag_p99_seconds{job="embedder",instance="e:7002"}': '3x20' },
    fires: {
      labels: { job: 'embedder', instance: 'e:7002' },
      summary: 'embedder on e:7002 has an event loop lag of 3 s',
    },
  },
  {
    alert: 'EventLoopLags',
    when: 'it hangs once, and then less',
    minute: 20,
    series: {
      'nodejs_eventloop_lag_p99_seconds{job="embedder",instance="e:7002"}': '9 9 1.9x18',
      'nodejs_eventloop_lag_p99_seconds{job="grafana",instance="g:3000"}': '3x20',
    },
    fires: null,
  },
  {
    alert: 'DependencyAway',
    when: 'Qdrant is unavailable',
    minute: 7,
    series: { 'sightline_dependency_away{dependency="vectors",instance="m:7003"}': '1x20' },
    fires: {
      labels: { dependency: 'vectors' },
      summary: 'vectors is unavailable: jobs that need it wait',
    },
  },
  {
    alert: 'DependencyAway',
    when: 'it is available again after four minutes',
    minute: 20,
    series: {
      'sightline_dependency_away{dependency="vectors",instance="m:7003"}':
        '1x4 stale _x3 1x2 stale',
    },
    fires: null,
  },
  {
    alert: 'RedisFilling',
    when: 'intake is about to stop',
    minute: 7,
    series: redisUses(HIGH_WATER - 4),
    fires: { labels: {}, summary: `Redis uses ${HIGH_WATER - 4}% of its memory` },
  },
  {
    alert: 'RedisFilling',
    when: 'there is room',
    minute: 20,
    series: redisUses(HIGH_WATER - 6),
    fires: null,
  },
];
