// npm run generate:openapi: writes the OpenAPI documents of the services, which a test compares with what they serve.
import { mkdirSync, writeFileSync } from 'node:fs';
import prettier from 'prettier';
import { SERVICE_APIS } from '../dist/libs/shared/src/contracts/http/services.http.js';
import { openApiDocument } from '../dist/libs/shared/src/platform/http/openapi.js';
import { productVersion } from '../dist/libs/shared/src/platform/runtime/product-version.js';

const FOLDER = 'docs/openapi';

mkdirSync(FOLDER, { recursive: true });
for (const [name, service] of Object.entries(SERVICE_APIS)) {
  const file = `${FOLDER}/${name}.json`;
  const options = await prettier.resolveConfig(file);
  const text = JSON.stringify(openApiDocument(service, productVersion()));
  writeFileSync(file, await prettier.format(text, { ...options, filepath: file }));
}
