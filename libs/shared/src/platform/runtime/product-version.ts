import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** The project's package.json, seen from the compiled output. */
const PACKAGE = path.resolve(import.meta.dirname, '../../../../../../package.json');

let version: string | undefined;

/** Version of Sightline that runs, from package.json. */
export function productVersion(): string {
  version ??= z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(PACKAGE, 'utf8'))).version;
  return version;
}
