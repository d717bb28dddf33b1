import { type AlertCase } from './alert-case.js';

const TARGET = 'job="embedder",instance="e:7002"';
const INSTANCE = { instance: 'e:7002' };
const INFERENCE_CRASHED = { code: 'INFERENCE_CRASHED' };
const OLDEST = 'sightline_queue_oldest_seconds{queue="embed-image"}';

export const RECOGNITION_CASES: readonly AlertCase[] = [
  {
    alert: 'NetworksSlow',
    when: 'two threads are always busy',
    minute: 30,
    series: {
      [`sightline_network_seconds_total{${TARGET},role="detect"}`]: '0+20x40',
      [`sightline_network_seconds_total{${TARGET},role="embed"}`]: '0+99x40',
      [`sightline_engine_threads{${TARGET}}`]: '2x40',
      [OLDEST]: '1000x40',
    },
    fires: {
      labels: INSTANCE,
      summary: 'All inference threads are busy and images wait',
    },
  },
  {
    alert: 'NetworksSlow',
    when: 'no image waits for long',
    minute: 40,
    series: {
      [`sightline_network_seconds_total{${TARGET},role="embed"}`]: '0+119x40',
      [`sightline_engine_threads{${TARGET}}`]: '2x40',
      [OLDEST]: '800x40',
    },
    fires: null,
  },
  {
    alert: 'NetworksSlow',
    when: 'threads wait for images',
    minute: 40,
    series: {
      [`sightline_network_seconds_total{${TARGET},role="embed"}`]: '0+110x40',
      [`sightline_engine_threads{${TARGET}}`]: '2x40',
      [OLDEST]: '1000x40',
    },
    fires: null,
  },
  {
    alert: 'InferenceFails',
    when: 'networks crash every five seconds',
    minute: 25,
    series: { 'sightline_job_errors_total{code="INFERENCE_CRASHED"}': '0+12x40' },
    fires: { labels: INFERENCE_CRASHED, summary: 'Networks fail with INFERENCE_CRASHED' },
  },
  {
    alert: 'InferenceFails',
    when: 'a few crash, and many images are broken',
    minute: 40,
    series: {
      'sightline_job_errors_total{code="INFERENCE_CRASHED"}': '0+5x40',
      'sightline_job_errors_total{code="IMAGE_DAMAGED"}': '0+60x40',
    },
    fires: null,
  },
  {
    alert: 'FacesUncalibrated',
    when: 'there are no thresholds',
    minute: 20,
    series: { 'sightline_faces_decided_total{decision="uncalibrated"}': '0+1x40' },
    fires: {
      labels: {},
      summary: 'Nobody is named, because the pack has no thresholds',
    },
  },
  {
    alert: 'FacesUncalibrated',
    when: 'all faces are unknown',
    minute: 40,
    series: {
      'sightline_faces_decided_total{decision="below-threshold"}': '0+9x40',
      'sightline_faces_decided_total{decision="uncalibrated"}': '4x40',
    },
    fires: null,
  },
  {
    alert: 'WebhookFails',
    when: 'the first delivery is given up',
    minute: 10,
    series: {
      'sightline_webhook_deliveries_total{webhook="ops",result="gave_up"}': '0x5 1x40',
    },
    fires: {
      labels: { webhook: 'ops' },
      summary: 'Webhook ops did not accept events; all attempts failed',
    },
  },
  {
    alert: 'WebhookFails',
    when: 'attempts fail',
    minute: 40,
    series: {
      'sightline_webhook_deliveries_total{webhook="ops",result="failed"}': '0+5x40',
      'sightline_webhook_deliveries_total{webhook="ops",result="gave_up"}': '3x40',
    },
    fires: null,
  },
];
