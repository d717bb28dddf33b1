import { type KeptLetter } from '#shared/dead-letters/dead-letter.js';

/** A dead letter as the API lists it: all but the job's data. Times are ISO 8601. */
export function letterView(letter: KeptLetter) {
  const { job, addedAt, diedAt, ...rest } = letter;
  return {
    ...rest,
    job: job && { name: job.name, id: job.id, replayable: job.whole },
    addedAt: addedAt === null ? null : new Date(addedAt).toISOString(),
    diedAt: new Date(diedAt).toISOString(),
  };
}

/** With the job's data: parsed, or the beginning of its text when it was too large to keep. */
export function letterDetails(letter: KeptLetter) {
  const view = letterView(letter);
  const { job } = letter;
  if (!job || !view.job) return view;
  return {
    ...view,
    job: { ...view.job, data: job.whole ? (JSON.parse(job.data) as unknown) : job.data },
  };
}
