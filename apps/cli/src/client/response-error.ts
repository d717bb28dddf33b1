import { z } from 'zod';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

const errorBodySchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
});

/** The error of an answer that is none: the service's own code and message where it gave them. */
export async function errorFromResponse(
  response: Response,
  service: string,
): Promise<PipelineError> {
  const text = await response.text().catch(() => '');
  const body = errorBodySchema.safeParse(parseJson(text));
  const { status } = response;
  const options = {
    stage: 'query',
    class: status >= 500 ? 'retry' : 'quarantine',
    httpStatus: status,
  } as const;
  if (!body.success) {
    return new PipelineError(`HTTP_${status}`, `${service}: ${text.slice(0, 300)}`, options);
  }
  const { code, details } = body.data.error;
  const message =
    status === 401
      ? 'set SIGHTLINE_API_KEY to a key that the service knows'
      : body.data.error.message;
  return new PipelineError(code, message, { ...options, ...(details && { details }) });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
