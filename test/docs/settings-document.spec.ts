import { describe, expect, it } from '@jest/globals';
import { format, resolveConfig } from 'prettier';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { z } from 'zod';
import { readProjectFile } from '../deploy/support/project.js';
import { SERVICE_NAMES, SERVICE_SCHEMAS } from '../deploy/support/service-settings.js';
import { settingsDocument, settingsIn } from './settings-document.js';

const TARGET = 'docs/settings.md';

describe('docs/settings.md', () => {
  it('is what npm run generate:settings writes', async () => {
    const options = await resolveConfig(TARGET);
    const generated = await format(settingsDocument(), { ...options, filepath: TARGET });
    expect(readProjectFile(TARGET)).toBe(generated);
  });

  it('has examples that the services accept', () => {
    const examples = SERVICE_NAMES.flatMap((service) =>
      [...settingsIn(SERVICE_SCHEMAS[service])].flatMap(([name, setting]) =>
        setting.examples.map((example) => ({ service, name, example })),
      ),
    );
    expect(examples.length).toBeGreaterThan(10);
    for (const { service, name, example } of examples) {
      const environment = {
        REDIS_URL: 'redis://localhost',
        STORES: 'uploads=file:///tmp',
        [name]: example,
      };
      expect(() => loadConfig(SERVICE_SCHEMAS[service], environment)).not.toThrow();
    }
  });

  it('needs a description of every setting', () => {
    expect(() => settingsIn(z.object({ NEW_SETTING: z.string().default('x') }))).toThrow(
      'describe the setting NEW_SETTING',
    );
  });
});
