import { request } from 'node:http';
import { json } from 'node:stream/consumers';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Code of the error; '' when the answer is none. */
  readonly code: string;
  readonly body: unknown;
}

/** A request with exactly these headers: `fetch` does not let a caller set Host or Sec-Fetch-Site. */
export function rawRequest(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
  body?: string,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      json(response)
        .catch(() => null)
        .then((answer) => {
          const { error } = (answer ?? {}) as { error?: { code: string } };
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            code: error?.code ?? '',
            body: answer,
          });
        }, reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
