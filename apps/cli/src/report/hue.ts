/** Degrees left out around amber, the colour of unknown faces: from 30 to 70. */
const START = 70;
const RANGE = 320;
const GOLDEN_SECTION = 0.618034;

/** Hue of the person at a place in the report, in degrees: far from its neighbours' and from amber. */
export function hueAt(place: number): number {
  return Math.round(START + ((80 + place * GOLDEN_SECTION * RANGE) % RANGE)) % 360;
}
