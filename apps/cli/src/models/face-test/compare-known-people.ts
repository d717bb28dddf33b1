import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { dotProduct } from '#shared/scoring/dot-product.js';
import { type FacePipeline } from '#vision/face-pipeline.js';
import { GROUPS, SAME_PERSON, STRANGERS } from './known-people.js';
import { separationOf, similaritiesAcross, type Separation } from './separation.js';

/**
 * Embeds photographs of known people and compares every two of which it is known whether they show
 * the same person.
 * @param photographs folder that fetchNpmPhotographs filled
 * @throws PipelineError FACES_NOT_FOUND when the detector misses one of them
 */
export async function compareKnownPeople(
  pipeline: FacePipeline,
  photographs: string,
): Promise<Separation> {
  const embed = (file: string) => embedFaces(pipeline, path.join(photographs, file));
  const single = async (file: string) => (await embed(file))[0]!;
  const pairs = await Promise.all(SAME_PERSON.map((files) => Promise.all(files.map(single))));
  const strangers = await Promise.all(STRANGERS.map(single));
  const groups = await Promise.all(GROUPS.map(embed));
  const people = [...pairs, ...strangers.map((face) => [face])];
  const besideEachOther = groups.map((faces) => faces.map((face) => [face]));
  return separationOf(
    pairs.map(([one, other]) => dotProduct(one!, other!)),
    [people, ...besideEachOther].flatMap(similaritiesAcross),
  );
}

async function embedFaces(pipeline: FacePipeline, file: string): Promise<Float32Array[]> {
  const { faces } = await pipeline.process(await readFile(file));
  const embeddings = faces.flatMap(({ embedding }) => embedding ?? []);
  if (embeddings.length > 0) return embeddings;
  throw new PipelineError('FACES_NOT_FOUND', `no face was found in ${file}`, {
    stage: 'models',
    class: 'quarantine',
  });
}
