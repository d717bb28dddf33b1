import { AsyncLocalStorage } from 'node:async_hooks';

/** What each line is told with while a job or a request is in hand: ids, never a secret or a key. */
export type LogFields = Readonly<Record<string, string>>;

const fields = new AsyncLocalStorage<LogFields>();

/** Runs `work`, and whatever it starts, with these fields in its log lines. */
export function withLogFields<Result>(more: LogFields, work: () => Result): Result {
  return fields.run({ ...fields.getStore(), ...more }, work);
}

/** Runs `work` with these fields alone: it outlives what started it. */
export function withOnlyLogFields<Result>(only: LogFields, work: () => Result): Result {
  return fields.run(only, work);
}

export function logFields(): LogFields {
  return fields.getStore() ?? {};
}
