import { type PipeTransform } from '@nestjs/common';
import { type z } from 'zod';
import { PipelineError } from '../../contracts/pipeline-error.js';

/** Parses a body, query or parameter at the border; REQUEST_INVALID names every field that is wrong. */
export class ZodPipe<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  constructor(private readonly schema: Schema) {}

  transform(value: unknown): z.output<Schema> {
    const parsed = this.schema.safeParse(value ?? {});
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.map((issue) => ({
      field: issue.path.join('.'),
      problem: issue.message,
    }));
    throw new PipelineError(
      'REQUEST_INVALID',
      problems.map(({ field, problem }) => (field ? `${field}: ${problem}` : problem)).join('; '),
      { stage: 'query', class: 'quarantine', httpStatus: 400, details: { problems } },
    );
  }
}
