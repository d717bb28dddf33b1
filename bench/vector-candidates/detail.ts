import { type Sighting, type Template } from '../../apps/matcher/src/vectors/vector-store.port.js';

export function asTemplate(detail: string): Template {
  return JSON.parse(detail) as Template;
}

export function asSighting(detail: string): Sighting {
  return JSON.parse(detail) as Sighting;
}
