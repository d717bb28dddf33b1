import { z } from 'zod';
import { form, postJson, requestJson } from '../support/api.js';

const PEOPLE = 4;
const templateSchema = z.object({ id: z.string() });

/** Enrols some of the archive's photographs, those that show one face. @returns template ids by person */
export async function enrolPeople(
  url: string,
  photographs: readonly Buffer[],
): Promise<Map<string, string>> {
  const people = new Map<string, string>();
  for (const image of photographs) {
    if (people.size === PEOPLE) break;
    const id = `person-${people.size}`;
    await postJson(`${url}/v1/people`, { name: id, id }).catch(notTheFirst);
    const body = form({ image });
    const enrolled = await requestJson(`${url}/v1/people/${id}/templates`, { method: 'POST', body })
      .then((template) => templateSchema.parse(template))
      .catch(notOneFace);
    if (enrolled) people.set(id, enrolled.id);
  }
  if (people.size < PEOPLE) throw new Error(`only ${people.size} photographs show one face`);
  return people;
}

function notTheFirst(error: unknown): void {
  if (!String(error).includes('PERSON_EXISTS')) throw error;
}

function notOneFace(error: unknown): null {
  if (!/: (409|422) /.test(String(error))) throw error;
  return null;
}
