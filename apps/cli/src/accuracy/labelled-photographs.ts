import path from 'node:path';
import { isImageName } from '#shared/storage/image-name.js';
import { readPeopleFolder } from '../people/people-folder.js';

/** A photograph that is known to show one person. */
export interface LabelledPhotograph {
  readonly person: string;
  readonly file: string;
}

/**
 * Photographs of a folder with one sub-folder per person, as Labeled Faces in the Wild lies:
 * NAME/NAME_0001.jpg. Files that are no images by their names are passed over.
 * @throws PipelineError PEOPLE_NOT_FOUND
 */
export async function readLabelledPhotographs(folder: string): Promise<LabelledPhotograph[]> {
  const people = await readPeopleFolder(folder);
  return people.flatMap(({ name, files }) =>
    files
      .filter((file) => isImageName(path.basename(file)))
      .map((file) => ({ person: name, file })),
  );
}
