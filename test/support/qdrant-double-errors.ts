/** An error response: `{"status":{"error":"…"},"time":0}` with this HTTP status. */
export class QdrantError extends Error {
  constructor(
    readonly httpStatus: number,
    message: string,
  ) {
    super(message);
  }
}

export function notFound(description: string): QdrantError {
  return new QdrantError(404, `Not found: ${description}`);
}

export function wrongInput(description: string): QdrantError {
  return new QdrantError(400, `Wrong input: ${description}`);
}

export function alreadyExists(collection: string): QdrantError {
  return new QdrantError(409, `Wrong input: Collection \`${collection}\` already exists!`);
}
