import { type InstallOutcome } from './place-pack.js';

const OUTCOMES: Readonly<Record<InstallOutcome, string>> = {
  'already-there': 'is there and whole',
  installed: 'installed',
  replaced: 'installed again',
};

export function describeOutcome(name: string, outcome: InstallOutcome, folder: string): string {
  return `${name}: ${OUTCOMES[outcome]} (${folder})`;
}
