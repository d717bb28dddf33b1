import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Flags that keep it off the network and let it run in a container. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
];

/** The real browser of this machine; `npm test` installs one when there is none. */
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
