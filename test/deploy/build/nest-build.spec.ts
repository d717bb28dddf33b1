import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { z } from 'zod';
import { DIST } from '../../support/start-app.js';
import { PROJECT, readProjectFile } from '../support/project.js';

const projectsSchema = z.object({
  projects: z.record(
    z.string(),
    z.object({
      type: z.enum(['application', 'library']),
      entryFile: z.string().optional(),
      sourceRoot: z.string(),
      compilerOptions: z.object({ tsConfigPath: z.string() }),
    }),
  ),
});
const { projects } = projectsSchema.parse(JSON.parse(readProjectFile('nest-cli.json')));
const APPS = Object.entries(projects).filter(([, { type }]) => type === 'application');

/** The source files that the tsconfig of an app names, as absolute paths. Imports are not followed. */
function filesOf(tsConfigPath: string): string[] {
  const file = path.join(PROJECT, tsConfigPath);
  const { config } = ts.readConfigFile(file, (name) => ts.sys.readFile(name)) as {
    config: unknown;
  };
  return ts.parseJsonConfigFileContent(config, ts.sys, path.dirname(file)).fileNames;
}

describe('nest-cli.json', () => {
  it('has a project for each app and each library', () => {
    const { imports } = JSON.parse(readProjectFile('package.json')) as { imports: object };
    const libraries = Object.keys(imports).map((alias) => /^#(\w+)/.exec(alias)![1]!);
    const apps = ['ingest', 'embedder', 'matcher', 'cli'];
    expect(Object.keys(projects).sort()).toEqual([...apps, ...libraries].sort());
    for (const { sourceRoot } of Object.values(projects)) {
      expect(existsSync(path.join(PROJECT, sourceRoot))).toBe(true);
    }
  });

  // No import names these files, so the tsconfig has to.
  it.each(APPS)('compiles the files that %s starts as threads and processes', (_, project) => {
    const files = filesOf(project.compilerOptions.tsConfigPath);
    const started = files.flatMap((file) => {
      const text = ts.sys.readFile(file) ?? '';
      return [...text.matchAll(/new URL\('(\.[^']+)\.js', import\.meta\.url\)/g)].map(([, name]) =>
        path.resolve(path.dirname(file), `${name}.ts`),
      );
    });
    expect(started.filter((file) => !files.includes(file))).toEqual([]);
    expect(files).toContain(path.join(PROJECT, `${project.entryFile}.ts`));
  });
});

describe('nest build', () => {
  /** Inside the project, where the Nest CLI allows output. Jest does not look for tests there. */
  const folder = path.join(PROJECT, 'node_modules/.cache/nest-build');

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('builds an app with the libraries that it imports, as npm run build does', async () => {
    await mkdir(folder, { recursive: true });
    const config = path.join(folder, 'tsconfig.json');
    const compilerOptions = { outDir: './out', sourceMap: true, noCheck: true };
    await writeFile(
      config,
      JSON.stringify({
        extends: path.join(PROJECT, 'apps/ingest/tsconfig.app.json'),
        compilerOptions,
      }),
    );
    const nest = path.join(PROJECT, 'node_modules/@nestjs/cli/bin/nest.js');
    const relative = path.relative(PROJECT, config);
    await promisify(execFile)(process.execPath, [nest, 'build', 'ingest', '--path', relative], {
      cwd: PROJECT,
    });
    const built = ts.sys.readDirectory(path.join(folder, 'out'), ['.js']);
    expect(built).toContain(path.join(folder, 'out/apps/ingest/src/main.js'));
    const ours = built.map((file) =>
      path.join(DIST, path.relative(path.join(folder, 'out'), file)),
    );
    expect(ours.filter((file) => !existsSync(file))).toEqual([]);
  }, 600_000);
});
