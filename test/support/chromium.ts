import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Flags that disable its own network requests and let it run in a container. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
];

/** The installed browser. `npm test` installs one if there is none. */
export function launchChromium(): Promise<Browser> {
  const executablePath =
    process.env.SIGHTLINE_TEST_CHROMIUM ??
    (process.env.PATH ?? '')
      .split(path.delimiter)
      .flatMap((folder) => NAMES.map((name) => path.join(folder, name)))
      .find((file) => existsSync(file));
  if (executablePath === undefined) {
    throw new Error('no Chromium on the PATH: sudo apt-get install chromium');
  }
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}
