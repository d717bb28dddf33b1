import { Counter } from 'prom-client';
import { type Lane } from '#shared/contracts/queue-contract.js';
import { registers } from '#shared/platform/observability/metrics.js';

const added = new Counter({
  name: 'sightline_images_added_total',
  help: 'Images that this process put on the queue; those that it found there count too.',
  labelNames: ['lane'],
  registers,
});

export function countAdded(lane: Lane, images: number): void {
  added.inc({ lane }, images);
}
