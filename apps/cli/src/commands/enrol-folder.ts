import path from 'node:path';
import pMap from 'p-map';
import { readPeopleFolder, type PersonFolder } from '#models/accuracy/photographs.js';
import { type ApiClient } from '#shared/client/api-client.js';
import { peopleHttp } from '#shared/contracts/http/people.http.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { readPhotograph, withRetries } from '../client/services.js';
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
export async function enrolFolder(matcher: ApiClient, folder: string): Promise<Enrolment> {
  const folders = await readPeopleFolder(folder);
  const known = new Map<string, string>();
  for await (const person of matcher.each(peopleHttp.list, {}, (page) => page.people)) {
    known.set(person.name, person.id);
  }
  const people: EnrolledPerson[] = [];
  for (const person of folders) {
    people.push(await enrolPerson(matcher, person, known.get(person.name)));
  }
  return { people };
}

async function enrolPerson(
  matcher: ApiClient,
  { name, files }: PersonFolder,
  knownId: string | undefined,
): Promise<EnrolledPerson> {
  const id = knownId ?? (await matcher.call(peopleHttp.create, { body: { name } })).id;
  const before = knownId === undefined ? new Set() : await templateIds(matcher, knownId);
  const rejected: RejectedPhotograph[] = [];
  const enrol = async (file: string) => {
    try {
      return (await withRetries(() => addTemplate(matcher, id, file))).id;
    } catch (error) {
      rejected.push({ file, ...reasonFor(error) });
      return null;
    }
  };
  const templates = await pMap(files, enrol, { concurrency: CONCURRENCY });
  const enrolled = new Set(templates.filter((template) => template !== null));
  if (enrolled.size === 0 && knownId === undefined) {
    await matcher.call(peopleHttp.delete, { params: { id } });
  }
  return {
    name,
    photographs: enrolled.size,
    added: [...enrolled].filter((template) => !before.has(template)).length,
    rejected,
  };
}

async function templateIds(matcher: ApiClient, id: string): Promise<ReadonlySet<string>> {
  const { templates } = await matcher.call(peopleHttp.read, { params: { id } });
  return new Set(templates.map((template) => template.id));
}

/** @throws PipelineError NO_FACE, SEVERAL_FACES, FACE_UNUSABLE and those of decoding */
async function addTemplate(matcher: ApiClient, personId: string, file: string) {
  const image = await readPhotograph(file);
  return matcher.call(peopleHttp.enrol, { params: { personId }, files: { image } });
}

/** The problem of the photograph; throws any other error, which ends the enrolment. */
function reasonFor(error: unknown) {
  if (!(error instanceof PipelineError) || error.httpStatus >= 500) throw error;
  if (error.httpStatus === 401 || error.code.startsWith('GALLERY_')) throw error;
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
