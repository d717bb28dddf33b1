/** The state of one image after a crash. */
export interface LeftBehind {
  readonly import: string;
  readonly image: string;
  readonly embedJob: string;
  readonly matchJob: string;
  readonly sightings: number;
  readonly events: number;
  readonly unacknowledged: number;
  readonly delivery: string;
}

export function describeState(left: LeftBehind): string {
  return [
    `import ${left.import}`,
    `image ${left.image}`,
    `embed job ${left.embedJob}`,
    `match job ${left.matchJob}`,
    `${left.sightings} sighting`,
    `${left.events} event`,
    `${left.unacknowledged} unfed`,
    `delivery ${left.delivery}`,
  ].join(', ');
}
