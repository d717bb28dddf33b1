// npm run generate:settings: writes docs/settings.md from the schemas of the settings.
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { settingsDocument } from '../dist/test/docs/settings-document.js';

const TARGET = 'docs/settings.md';

const options = await resolveConfig(TARGET);
writeFileSync(TARGET, await format(settingsDocument(), { ...options, filepath: TARGET }));
