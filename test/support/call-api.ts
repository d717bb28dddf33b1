import { contractProblem } from './check-contract.js';

export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON, null when there is no body. */
  readonly body: unknown;
}

/**
 * One HTTP call; a FormData is sent as multipart, anything else as JSON. For requests that the typed client
 * cannot send, such as wrong ones. Throws when the response breaks the contract of its route.
 */
export async function callApi(
  url: string,
  method: string,
  route: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> {
  const multipart = body instanceof FormData;
  const response = await fetch(new URL(route, url), {
    method,
    headers: { ...headers, ...(!multipart && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: multipart ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = text === '' ? null : (JSON.parse(text) as unknown);
  const problem = contractProblem(method, route, response.status, answer);
  if (problem !== null) throw new Error(problem);
  return { status: response.status, body: answer };
}

export function imageForm(
  images: Readonly<Record<string, Blob>>,
  fields: Readonly<Record<string, string>> = {},
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, image] of Object.entries(images)) form.append(name, image, `${name}.jpg`);
  return form;
}
