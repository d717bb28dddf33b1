import { Counter } from 'prom-client';
import { registers } from './registry.js';
import { tenantLabel } from './tenant-label.js';

const images = new Counter({
  name: 'sightline_images_total',
  help: 'Images that this process finished, by what came of them.',
  labelNames: ['outcome', 'tenant'],
  registers,
});

const letters = new Counter({
  name: 'sightline_dead_letters_total',
  help: 'Dead letters that this process wrote, by code and the stage that failed.',
  labelNames: ['code', 'stage'],
  registers,
});

export function countImage(outcome: string, tenant: string): void {
  images.inc({ outcome, tenant: tenantLabel.of(tenant) });
}

export function countDeadLetter({ code, stage }: { code: string; stage: string }): void {
  letters.inc({ code, stage });
}
