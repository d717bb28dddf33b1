import { PipelineError } from '../contracts/pipeline-error.js';
import { AddressForbiddenError } from '../net/guarded-agents.js';
import {
  objectChanged,
  objectNotFound,
  storeAccessDenied,
  storeError,
  storeUnavailable,
} from './object-errors.js';

/** What the SDK throws, as far as it is told apart here. */
interface S3Failure {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Our key is not known or no longer good: true for every object. */
const BAD_CREDENTIALS = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
]);

/** What a failed request for `key` means to the pipeline. */
export function s3Error(error: unknown, bucket: string, key: string): PipelineError {
  if (error instanceof PipelineError) return error;
  if (error instanceof AddressForbiddenError) {
    return storeError(
      'STORE_ADDRESS_FORBIDDEN',
      `bucket ${bucket}: ${error.message}`,
      'wait',
      error,
    );
  }
  const failure = error as S3Failure;
  const name = failure.name ?? failure.code ?? 'Error';
  const status = failure.$metadata?.httpStatusCode;
  const text = `bucket ${bucket}: ${name}${describe(failure, status)}`;
  if (name === 'NoSuchBucket') {
    return storeError('STORE_BUCKET_MISSING', `there is no bucket ${bucket}`, 'wait', error);
  }
  if (BAD_CREDENTIALS.has(name)) {
    return storeAccessDenied(`${text}; check the AWS credentials`, 'wait', error);
  }
  if (name === 'NoSuchKey' || name === 'NotFound') return objectNotFound(key, error);
  if (name === 'PreconditionFailed' || status === 412) return objectChanged(key);
  if (name === 'AccessDenied' || name === 'Forbidden' || status === 401 || status === 403) {
    return storeAccessDenied(`${text}, for ${key}`, 'retry', error);
  }
  if (status === 301 || status === 307) {
    return storeUnavailable(`${text}; is region right in the store's URL?`, error);
  }
  if (status !== undefined && status >= 400 && status < 500 && !isThrottling(status)) {
    return storeError('STORE_REQUEST_REFUSED', `${text}, for ${key}`, 'retry', error);
  }
  return storeUnavailable(text, error);
}

function isThrottling(status: number): boolean {
  return status === 408 || status === 429;
}

function describe(failure: S3Failure, status: number | undefined): string {
  const message = failure.message && failure.message !== failure.name ? `: ${failure.message}` : '';
  return (status === undefined ? '' : ` (HTTP ${status})`) + message;
}
