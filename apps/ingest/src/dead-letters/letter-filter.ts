import { type KeptLetter } from '#shared/contracts/dead-letter.js';
import { type LetterFilter } from '#shared/contracts/http/dead-letters.http.js';

export function matches(letter: KeptLetter, filter: LetterFilter): boolean {
  const { id, code, stage, class: errorClass, queue, import: importId, from, to } = filter;
  return (
    (id === undefined || letter.id === id) &&
    (code === undefined || letter.code === code) &&
    (stage === undefined || letter.stage === stage) &&
    (errorClass === undefined || letter.class === errorClass) &&
    (queue === undefined || letter.queue === queue) &&
    (importId === undefined || isOfImport(letter, importId)) &&
    (from === undefined || letter.diedAt >= from) &&
    (to === undefined || letter.diedAt <= to)
  );
}

function isOfImport({ imports, source }: KeptLetter, importId: string): boolean {
  return imports.includes(importId) || (source?.kind === 'import' && source.importId === importId);
}
