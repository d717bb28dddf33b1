import { type AlertCase } from './alert-case.js';

const DAMAGED = { code: 'IMAGE_DAMAGED', stage: 'decode' };
const letters = (instance: string) =>
  `sightline_dead_letters_total{code="IMAGE_DAMAGED",stage="decode",instance="${instance}"}`;

export const FAILURE_CASES: readonly AlertCase[] = [
  {
    alert: 'DeadLettersGrow',
    when: 'there are ten per minute',
    minute: 30,
    series: { [letters('e:7002')]: '100+10x40' },
    fires: {
      labels: DAMAGED,
      summary: '150 dead letters with IMAGE_DAMAGED within 15 minutes',
    },
  },
  {
    alert: 'DeadLettersGrow',
    when: 'the first sixty of a code appear',
    minute: 25,
    series: { [letters('e:7002')]: '_x20 60x20' },
    fires: {
      labels: DAMAGED,
      summary: '60 dead letters with IMAGE_DAMAGED within 15 minutes',
    },
  },
  {
    alert: 'DeadLettersGrow',
    when: 'an old and a new embedder report some',
    minute: 25,
    series: { [letters('e:7002')]: '7+2x40', [letters('f:7002')]: '_x20 31x20' },
    fires: {
      labels: DAMAGED,
      summary: '61 dead letters with IMAGE_DAMAGED within 15 minutes',
    },
  },
  {
    alert: 'DeadLettersGrow',
    when: 'there are three per minute, then none',
    minute: 60,
    series: { [letters('e:7002')]: '_x5 3+3x15 48x40' },
    fires: null,
  },
  {
    alert: 'DeadLettersGrow',
    when: 'Prometheus was down and finds many',
    minute: 160,
    series: { [letters('e:7002')]: '2+2x100 _x20 244+2x40' },
    fires: null,
  },
  {
    alert: 'ImagesFail',
    when: 'one image in fifty fails',
    minute: 25,
    series: {
      'sightline_images_total{outcome="failed",tenant="default"}': '0+2x30',
      'sightline_images_total{outcome="named",tenant="default"}': '0+98x30',
    },
    fires: { labels: {}, summary: '2% of the images fail' },
  },
  {
    alert: 'ImagesFail',
    when: 'many are refused and five fail',
    minute: 30,
    series: {
      'sightline_images_total{outcome="failed",tenant="default"}': '0x10 5x20',
      'sightline_images_total{outcome="refused",tenant="default"}': '0+3x30',
    },
    fires: null,
  },
];
