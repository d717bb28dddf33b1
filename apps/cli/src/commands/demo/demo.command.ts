import { type Command } from 'commander';
import path from 'node:path';
import { loadCliConfig } from '../../cli.config.js';
import { runDemo } from './run-demo.js';

interface DemoOptions {
  readonly people?: string;
  readonly archive?: string;
  readonly report: string;
}

export function registerDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('enrol people, import an archive, show who is where, and write a report')
    .option('--people <folder>', 'folder with one sub-folder of photographs per person')
    .option('--archive <place>', 'folder or s3://bucket/prefix?endpoint=… of photographs')
    .option('--report <folder>', 'where the report goes', 'report')
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  const config = loadCliConfig();
  process.exitCode = await runDemo(config, {
    people: options.people,
    archive: options.archive,
    report: path.resolve(options.report),
  });
}
