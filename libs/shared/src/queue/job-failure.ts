import { PipelineError, STAGES, type ErrorClass, type Stage } from '../contracts/pipeline-error.js';

/** A failed job keeps its error as one line of text: this is that line, and back. */
export function formatJobFailure(error: PipelineError): string {
  return `${error.code} [${error.stage}/${error.class}/${error.httpStatus}] ${error.message}`;
}

export function parseJobFailure(text: string, fallbackStage: Stage): PipelineError {
  const match = /^([A-Z][A-Z0-9_]+) \[(\w+)\/(retry|wait|quarantine)\/(\d{3})\] (.*)$/s.exec(text);
  if (!match) return new PipelineError('INTERNAL', text, { stage: fallbackStage, class: 'retry' });
  const [, code, stage, errorClass, httpStatus, message] = match;
  return new PipelineError(code!, message!, {
    stage: STAGES.find((known) => known === stage) ?? fallbackStage,
    class: errorClass as ErrorClass,
    httpStatus: Number(httpStatus),
  });
}
