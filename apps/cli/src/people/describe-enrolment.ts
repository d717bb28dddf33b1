import path from 'node:path';
import { formatTable, printable } from '../output/table.js';
import { type Enrolment } from './enrol-folder.js';

/** Who is enrolled, and which photographs could not be used and why. */
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
