import { type AlertCase } from './alert-case.js';

const EMBED = { queue: 'embed-image' };
const WAITS = 'sightline_job_wait_seconds_bucket';

export const QUEUE_CASES: readonly AlertCase[] = [
  {
    alert: 'QueuesUnseen',
    when: 'ingest exports no queue depth',
    minute: 4,
    series: { 'up{job="ingest"}': '1x10' },
    fires: { labels: {}, summary: 'No ingest reports the queue depths; autoscaling has stopped' },
  },
  {
    alert: 'QueuesUnseen',
    when: 'Redis is unavailable for two minutes',
    minute: 10,
    series: { 'sightline_queue_work{queue="embed-image"}': '5x3 stale _ 5x10' },
    fires: null,
  },
  {
    alert: 'NobodyWorks',
    when: 'jobs are only retried',
    minute: 15,
    series: {
      'sightline_queue_work{queue="embed-image"}': '5x20',
      'sightline_jobs_total{queue="embed-image",result="retried"}': '0+1x20',
      'sightline_jobs_total{queue="embed-image",result="done"}': '7x20',
      'sightline_jobs_total{queue="match-faces",result="done"}': '0+1x20',
    },
    fires: { labels: EMBED, summary: 'embed-image has work, but no job is completed' },
  },
  {
    alert: 'NobodyWorks',
    when: 'every image is refused',
    minute: 20,
    series: {
      'sightline_queue_work{queue="embed-image"}': '5x20',
      'sightline_queue_work{queue="match-faces"}': '0x20',
      'sightline_jobs_total{queue="embed-image",result="ended"}': '0+1x20',
    },
    fires: null,
  },
  {
    alert: 'NobodyWorks',
    when: 'the first replica starts after nine minutes',
    minute: 20,
    series: {
      'sightline_queue_work{queue="embed-image"}': '5x20',
      'sightline_jobs_total{queue="embed-image",result="done"}': '_x8 0+1x12',
    },
    fires: null,
  },
  {
    alert: 'LiveWaits',
    when: 'most camera images wait for more than 10 s',
    minute: 10,
    series: {
      [`${WAITS}{queue="embed-image",lane="live",le="10"}`]: '0+1x20',
      [`${WAITS}{queue="embed-image",lane="live",le="30"}`]: '0+10x20',
      [`${WAITS}{queue="embed-image",lane="live",le="+Inf"}`]: '0+10x20',
    },
    fires: { labels: EMBED, summary: 'Camera images wait on embed-image' },
  },
  {
    alert: 'LiveWaits',
    when: 'no worker takes camera images any more',
    minute: 14,
    series: {
      'sightline_queue_waiting{queue="match-faces",lane="live"}': '3x20',
      'sightline_job_wait_seconds_count{queue="match-faces",lane="live"}': '0+9x5 45x20',
    },
    fires: { labels: { queue: 'match-faces' }, summary: 'Camera images wait on match-faces' },
  },
  {
    alert: 'LiveWaits',
    when: 'one image waited for the first replica',
    minute: 20,
    series: {
      [`${WAITS}{queue="embed-image",lane="live",le="10"}`]: '0x20',
      [`${WAITS}{queue="embed-image",lane="live",le="60"}`]: '0x3 1x16',
      [`${WAITS}{queue="embed-image",lane="live",le="+Inf"}`]: '0x3 1x16',
    },
    fires: null,
  },
  {
    alert: 'LiveWaits',
    when: 'an archive, galleries and webhooks wait',
    minute: 20,
    series: {
      [`${WAITS}{queue="embed-image",lane="archive",le="900"}`]: '0x20',
      [`${WAITS}{queue="embed-image",lane="archive",le="+Inf"}`]: '0+10x20',
      [`${WAITS}{queue="rebuild-person",lane="live",le="60"}`]: '0x20',
      [`${WAITS}{queue="rebuild-person",lane="live",le="+Inf"}`]: '0+10x20',
      'sightline_queue_waiting{queue="embed-image",lane="archive"}': '3x20',
      'sightline_queue_waiting{queue="deliver-webhook-ops",lane="live"}': '3x20',
    },
    fires: null,
  },
  {
    alert: 'ArchiveStands',
    when: 'an image has waited for more than an hour',
    minute: 30,
    series: { 'sightline_queue_oldest_seconds{queue="embed-image"}': '3000+60x40' },
    fires: {
      labels: EMBED,
      summary: 'The oldest image on embed-image has waited 1h 20m 0s',
    },
  },
  {
    alert: 'ArchiveStands',
    when: 'it is taken a little later',
    minute: 60,
    series: { 'sightline_queue_oldest_seconds{queue="embed-image"}': '3000+60x24 0x40' },
    fires: null,
  },
];
