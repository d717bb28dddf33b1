import { PipelineError } from '../../contracts/pipeline-error.js';

export interface S3Location {
  readonly bucket: string;
  /** '' or a path with a '/' at its end. */
  readonly prefix: string;
  /** URL of an S3 server other than AWS. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** Whether the bucket is in the path instead of the host name; most servers other than AWS need that. */
  readonly pathStyle: boolean;
}

const PARAMETERS = ['endpoint', 'region', 'pathStyle'];

/**
 * Reads `s3://bucket/prefix?endpoint=http://host:9000&region=us-east-1&pathStyle=true`.
 * @throws PipelineError STORE_URL_INVALID
 */
export function parseS3Url(url: URL): S3Location {
  const { searchParams: parameters } = url;
  const unknown = [...parameters.keys()].filter((name) => !PARAMETERS.includes(name));
  if (unknown.length > 0) throw invalid(`does not know the setting ${unknown.join(', ')}`);
  if (url.username !== '' || url.password !== '') {
    throw invalid(
      'must not contain credentials; use the environment or the files of the AWS tools',
    );
  }
  if (url.hostname === '') throw invalid('names no bucket');
  const endpoint = parameters.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !(/^https?:\/\//.test(endpoint) && URL.canParse(endpoint))) {
    throw invalid(`has the endpoint ${endpoint}, expected http:// or https://`);
  }
  const pathStyle = parameters.get('pathStyle') ?? 'false';
  if (pathStyle !== 'true' && pathStyle !== 'false') throw invalid('needs pathStyle=true or false');
  if (parameters.get('region') === '') throw invalid('has an empty region');
  const prefix = decode(url.pathname).replace(/^\//, '');
  return {
    bucket: url.hostname,
    prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
    endpoint,
    // Servers other than AWS rarely have regions, but the SDK requires one.
    region: parameters.get('region') ?? (endpoint === undefined ? undefined : 'us-east-1'),
    pathStyle: pathStyle === 'true',
  };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalid('has a % in its path that is not an escape; write it as %25');
  }
}

function invalid(problem: string): PipelineError {
  return new PipelineError(
    'STORE_URL_INVALID',
    `an s3:// store ${problem}; it looks like s3://bucket/prefix?endpoint=http://host:9000&region=us-east-1&pathStyle=true`,
    { stage: 'config', class: 'quarantine' },
  );
}
