import path from 'node:path';
import pMap from 'p-map';
import { readPeopleFolder, type PersonFolder } from '#models/accuracy/photographs.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { withRetries } from '../client/api-client.js';
import { type MatcherApi } from '../client/matcher-api.js';
import { formatTable, printable } from '../output/table.js';

/** Photographs that are sent in parallel. */
const CONCURRENCY = 4;

interface RejectedPhotograph {
  readonly file: string;
  readonly code: string;
  readonly message: string;
}

interface EnrolledPerson {
  readonly name: string;
  /** Number of enrolled photographs of the folder. */
  readonly photographs: number;
  /** Number of photographs that were not enrolled before. */
  readonly added: number;
  readonly rejected: readonly RejectedPhotograph[];
}

interface Enrolment {
  readonly people: readonly EnrolledPerson[];
}

/**
 * Enrols the people of a folder with one sub-folder per person. Photographs that are enrolled already are not
 * added again. A photograph that cannot be used is reported. A new person without a usable photograph is
 * removed again.
 */
export async function enrolFolder(matcher: MatcherApi, folder: string): Promise<Enrolment> {
  const folders = await readPeopleFolder(folder);
  const known = new Map<string, string>();
  for await (const person of matcher.people()) known.set(person.name, person.id);
  const people: EnrolledPerson[] = [];
  for (const person of folders) {
    people.push(await enrolPerson(matcher, person, known.get(person.name)));
  }
  return { people };
}

async function enrolPerson(
  matcher: MatcherApi,
  { name, files }: PersonFolder,
  knownId: string | undefined,
): Promise<EnrolledPerson> {
  const id = knownId ?? (await matcher.addPerson(name)).id;
  const before = new Set(knownId === undefined ? [] : await matcher.templateIds(knownId));
  const rejected: RejectedPhotograph[] = [];
  const enrol = async (file: string) => {
    try {
      return (await withRetries(() => matcher.addTemplate(id, file))).id;
    } catch (error) {
      rejected.push({ file, ...reasonFor(error) });
      return null;
    }
  };
  const templates = await pMap(files, enrol, { concurrency: CONCURRENCY });
  const enrolled = new Set(templates.filter((template) => template !== null));
  if (enrolled.size === 0 && knownId === undefined) await matcher.deletePerson(id);
  return {
    name,
    photographs: enrolled.size,
    added: [...enrolled].filter((template) => !before.has(template)).length,
    rejected,
  };
}

/** The reason why a photograph was rejected. Other errors end the enrolment. */
function reasonFor(error: unknown) {
  if (!(error instanceof PipelineError) || error.httpStatus >= 500) throw error;
  if (error.httpStatus === 401 || error.code === 'GALLERY_SPACE_MISMATCH') throw error;
  return { code: error.code, message: error.message };
}

/** The enrolled people, and the photographs that could not be used, with the reason. */
export function describeEnrolment({ people }: Enrolment): string {
  const rows = people.map(({ name, photographs, added }) => [name, photographs, added]);
  const rejected = people.flatMap((person) =>
    person.rejected.map(
      ({ file, code, message }) =>
        `not enrolled: ${printable(path.join(person.name, path.basename(file)))}: ${code}: ${printable(message)}`,
    ),
  );
  return [formatTable(['PERSON', 'PHOTOGRAPHS', 'NEW'], rows), ...rejected].join('\n');
}
