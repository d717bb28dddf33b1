/** Output and child processes of the set-up scripts. Uses Node only, because the scripts run before `npm ci`. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Prints a progress line on stderr. stdout is only for results. */
export function say(line) {
  process.stderr.write(`• ${line}\n`);
}

/** A set-up problem that the user can fix. Printed without a stack. */
export class SetupError extends Error {}

export function onPath(program) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, program)).find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a program without output. If it fails, its output is in the error. */
export async function runQuietly(program, args, options = {}) {
  const child = spawn(program, args, {
    cwd: ROOT,
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const code = await exitCode(child);
  if (code === 0) return;
  const command = [path.basename(program), ...args].join(' ');
  throw new SetupError(`${Buffer.concat(output)}\n${command} failed (exit code ${code})`);
}

/** Runs a program on this terminal, forwards signals to it and returns its exit code. */
export async function runHere(program, args, options = {}) {
  const child = spawn(program, args, { cwd: ROOT, stdio: 'inherit', ...options });
  const pass = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, pass);
  try {
    return await exitCode(child);
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass);
  }
}

function exitCode(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/** Runs the main function of a script, which returns the exit code. */
export async function main(work) {
  try {
    process.exitCode = await work();
  } catch (error) {
    const text = error instanceof SetupError ? error.message : error.stack;
    process.stderr.write(`\n${text}\n`);
    process.exitCode = 1;
  }
}
