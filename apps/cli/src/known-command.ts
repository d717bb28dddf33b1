import { type Command } from 'commander';

/** Commander prints the help of the parent for `nonsense --help`, as if the command existed, and exits with 0. */
export function refuseUnknownCommand(program: Command, args: readonly string[]): void {
  let command = program;
  for (const name of args) {
    if (command.commands.length === 0) return;
    if (name.startsWith('-') || name === 'help') continue;
    const known = command.commands.find((one) => one.name() === name);
    command = known ?? command.error(`error: unknown command '${name}'; --help lists the commands`);
  }
}
