import { type LogFields, withOnlyLogFields } from '../logging/log-context.js';
import { tracer } from './tracing.js';

/** Runs work in the background, outside of the request or job that happens to start it. */
export function runApart<Result>(fields: LogFields, work: () => Result): Result {
  const traces = tracer();
  return withOnlyLogFields(fields, () => (traces ? traces.apart(work) : work()));
}
