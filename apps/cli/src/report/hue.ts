const GOLDEN_ANGLE = 137.508;

/** A colour of their own for a person, in degrees; far from the yellow of unknown faces. */
export function hueOf(personId: string): number {
  let hash = 0;
  for (const character of personId) hash = (hash * 31 + character.codePointAt(0)!) % 65_521;
  return Math.round(80 + ((hash * GOLDEN_ANGLE) % 300)) % 360;
}
