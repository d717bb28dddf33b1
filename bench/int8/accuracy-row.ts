import { labelFaces } from '#models/accuracy/embed-photographs.js';
import { operatingPoints } from '#models/accuracy/operating-points.js';
import { type LabelledPhotograph } from '#models/accuracy/photographs.js';
import { scoreAllPairs } from '#models/accuracy/scored-pairs.js';
import { dotProduct } from '#models/scoring/as-norm.js';
import { fixedPercent } from '../../apps/cli/src/output/table.js';
import { kFoldAccuracy } from '../accuracy/k-fold.js';
import { FALSE_ACCEPT_RATES } from '../accuracy/measure-accuracy.js';
import { pairScores } from '../accuracy/pair-scores.js';
import { type LabelledPair } from '../accuracy/pairs-file.js';

/** Embeddings of photographs as probes and as templates; the same ones twice for a network by itself. */
export interface ProbesAndTemplates {
  readonly probes: readonly Float32Array[];
  readonly templates: readonly Float32Array[];
}

/** Pairs file, TAR at the false-accept rates, and the thresholds of these. */
export function accuracyRow(
  photographs: readonly LabelledPhotograph[],
  pairs: readonly LabelledPair[],
  { probes, templates }: ProbesAndTemplates,
): string[] {
  // Found by its place in `probes`: a score takes the one face as probe and the other as template.
  const embedded = photographs.map((photograph, index) => {
    return { ...photograph, embedding: probes[index]!, refused: null };
  });
  const templateOf = new Map(probes.map((probe, index) => [probe, templates[index]!]));
  const score = (probe: Float32Array, other: Float32Array) =>
    dotProduct(probe, templateOf.get(other)!);
  const folds = pairScores(pairs, embedded, (a, b) => score(a.embedding, b.embedding));
  const { faces, people } = labelFaces(embedded);
  const all = scoreAllPairs(faces, people.length, (a, b) => score(probes[a]!, probes[b]!));
  const points = operatingPoints(all, FALSE_ACCEPT_RATES);
  return [
    fixedPercent(kFoldAccuracy(folds).accuracy, 2),
    ...points.map(({ trueAcceptRate }) => fixedPercent(trueAcceptRate, 2)),
    ...points.map(({ threshold }) => threshold.toFixed(3)),
  ];
}
